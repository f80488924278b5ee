/* Two block tables, each beside its model, and how to compare them. */
#include "tests/table_bench.h"
#include "tests/by_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

void table_bench_set_up(struct table_bench *bench)
{
    struct error err = { 0 };
    *bench = (struct table_bench){ 0 };
    bench->process.parent = &bench->trace;
    bench->pool = block_pool_new(&err);
    assert_non_null(bench->pool);
    for (size_t t = 0; t < TABLES; t++) {
        bench->heap[t].parent = &bench->process;
        bench->table[t] = block_table_new(bench->pool, &bench->heap[t], &err);
        assert_non_null(bench->table[t]);
    }
}

void assert_same_sums(const struct occupancy *got, const struct occupancy *expected)
{
    assert_int_equal(got->live_bytes, expected->live_bytes);
    assert_int_equal(got->live_blocks, expected->live_blocks);
    assert_int_equal(got->touched_pages, expected->touched_pages);
    assert_int_equal(got->pinned_pages, expected->pinned_pages);
    assert_int_equal(got->pinned_waste_bytes, expected->pinned_waste_bytes);
    for (size_t bin = 0; bin < OCCUPANCY_BINS; bin++)
        assert_int_equal(got->histogram[bin], expected->histogram[bin]);
}

void table_bench_tear_down(struct table_bench *bench)
{
    const struct occupancy nothing = { 0 };
    for (size_t t = 0; t < TABLES; t++) {
        block_table_free(bench->table[t]);
        assert_same_sums(&bench->heap[t], &nothing);
    }
    assert_same_sums(&bench->process, &nothing);
    assert_same_sums(&bench->trace, &nothing);
    block_pool_free(bench->pool);
}

static void check_sums(struct table_bench *bench)
{
    struct occupancy all = { 0 };
    for (size_t t = 0; t < TABLES; t++) {
        struct occupancy expected = block_model_occupancy(&bench->model[t]);
        assert_same_sums(&bench->heap[t], &expected);
        occupancy_change(&all, &expected);
        assert_true(block_table_is_consistent(bench->table[t]));
    }
    assert_same_sums(&bench->process, &all);
    assert_same_sums(&bench->trace, &all);
}

void table_bench_check_from(struct block_table *table, const struct block_model *model,
                            uint64_t address, bool or_at)
{
    struct block_at at;
    size_t index = model->count;
    if (or_at || address < UINT64_MAX)
        index = block_model_from(model, or_at ? address : address + 1);
    assert_int_equal(block_table_after(table, address, or_at, &at), index < model->count);
    if (index == model->count)
        return;
    assert_int_equal(at.address, model->blocks[index].address);
    assert_int_equal(at.block->since, model->blocks[index].since);
}

static void check_blocks(struct block_table *table, const struct block_model *model)
{
    struct block_walk walk = { 0 };
    struct block_at at;
    size_t count = 0;
    uint64_t from = 0;
    for (; block_table_walk(table, &walk, &at); count++) {
        size_t index = block_model_from(model, from);
        assert_true(index < model->count);
        assert_int_equal(at.address, model->blocks[index].address);
        assert_int_equal(at.block->size, model->blocks[index].size);
        assert_int_equal(at.block->since, model->blocks[index].since);
        assert_ptr_equal(block_table_find(table, at.address), at.block);
        table_bench_check_from(table, model, at.address, true);
        table_bench_check_from(table, model, at.address, false);
        from = at.address + 1;
    }
    assert_int_equal(count, model->count);
    assert_false(block_table_walk(table, &walk, &at));
}

/* A walk that takes few runs at once, so that it stops and goes on. */
struct run_reader {
    struct granule_walk walk;
    struct granule_run runs[3];
    size_t at, count;
};

static bool next_run(struct block_table *table, struct run_reader *reader, struct granule_run *out)
{
    if (reader->at == reader->count) {
        reader->count = block_table_walk_granules(table, &reader->walk, reader->runs,
                                                  sizeof reader->runs / sizeof reader->runs[0]);
        reader->at = 0;
    }
    if (reader->count == 0)
        return false;
    *out = reader->runs[reader->at++];
    return true;
}

/* Every touched granule must lie in one run, with its bytes, in order of address; no other may. */
static void check_granules(struct block_table *table, const struct block_model *model)
{
    uint64_t breaks[4 * BLOCK_MODEL_MAX];
    size_t break_count = block_model_granule_breaks(model, breaks);
    struct run_reader reader = { 0 };
    struct granule_run run = { 0 };
    uint64_t done = 0; /* granules of the run */
    for (size_t i = 0; i + 1 < break_count; i++) {
        uint64_t end = breaks[i + 1];
        uint32_t bytes = end > breaks[i] ? block_model_granule_bytes(model, breaks[i]) : 0;
        for (uint64_t at = breaks[i]; bytes > 0 && at < end;) {
            if (done == run.granules) {
                assert_true(next_run(table, &reader, &run));
                done = 0;
            }
            assert_int_equal(run.address, (at - done) << GRANULE_SHIFT);
            assert_int_equal(run.bytes, bytes);
            uint64_t left = run.granules - done;
            uint64_t step = left < end - at ? left : end - at;
            assert_true(step > 0);
            done += step;
            at += step;
        }
    }
    assert_int_equal(done, run.granules);
    assert_false(next_run(table, &reader, &run));
}

void table_bench_check(struct table_bench *bench)
{
    check_sums(bench);
    for (size_t t = 0; t < TABLES; t++) {
        check_blocks(bench->table[t], &bench->model[t]);
        check_granules(bench->table[t], &bench->model[t]);
    }
}

static bool fits(const struct table_bench *bench, uint64_t more)
{
    return more <= UINT64_MAX - bench->trace.live_bytes;
}

void table_bench_insert(struct table_bench *bench, size_t t, uint64_t address, uint64_t size)
{
    struct error err = { 0 };
    struct block block = { .size = size, .since = ++bench->step };
    bool overlaps = false;
    struct block *stored = block_table_insert(bench->table[t], address, &block, &overlaps, &err);
    if (!stored) {
        assert_false(fits(bench, size));
        assert_int_equal(err.code, ERROR_LIMIT);
        return;
    }
    assert_int_equal(overlaps, block_model_overlaps(&bench->model[t], address, size));
    assert_int_equal(stored->since, bench->step);
    block_model_insert(&bench->model[t], address, size, bench->step);
}

void table_bench_resize(struct table_bench *bench, size_t t, uint64_t address, uint64_t size)
{
    struct error err = { 0 };
    size_t index = block_model_find(&bench->model[t], address);
    uint64_t old = bench->model[t].blocks[index].size;
    bool can_fit = size <= old || fits(bench, size - old);
    assert_int_equal(block_table_resize(bench->table[t], address, size, &err), can_fit);
    assert_int_equal(err.code, can_fit ? ERROR_NONE : ERROR_LIMIT);
    if (can_fit)
        bench->model[t].blocks[index].size = size;
}

void table_bench_remove(struct table_bench *bench, size_t t, uint64_t address)
{
    block_table_remove(bench->table[t], address);
    block_model_remove(&bench->model[t], block_model_find(&bench->model[t], address));
    assert_null(block_table_find(bench->table[t], address));
}
