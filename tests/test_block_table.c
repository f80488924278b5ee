/* Block tables against a plain array of blocks that is searched and added up at every step. */
#include "analyzer/block_table.h"
#include "tests/block_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { TABLES = 2 };

/* Two heaps of one process, over one pool, each with its model. */
struct bench {
    struct block_pool *pool;
    struct occupancy trace, process, heap[TABLES];
    struct block_table *table[TABLES];
    struct block_model model[TABLES];
    uint64_t step;
};

static void set_up(struct bench *bench)
{
    struct error err = { 0 };
    *bench = (struct bench){ 0 };
    bench->process.parent = &bench->trace;
    bench->pool = block_pool_new(&err);
    assert_non_null(bench->pool);
    for (size_t t = 0; t < TABLES; t++) {
        bench->heap[t].parent = &bench->process;
        bench->table[t] = block_table_new(bench->pool, &bench->heap[t], &err);
        assert_non_null(bench->table[t]);
    }
}

static void assert_same_sums(const struct occupancy *got, const struct occupancy *expected)
{
    assert_int_equal(got->live_bytes, expected->live_bytes);
    assert_int_equal(got->live_blocks, expected->live_blocks);
    assert_int_equal(got->touched_pages, expected->touched_pages);
    assert_int_equal(got->pinned_pages, expected->pinned_pages);
    assert_int_equal(got->pinned_waste_bytes, expected->pinned_waste_bytes);
    for (size_t bin = 0; bin < OCCUPANCY_BINS; bin++)
        assert_int_equal(got->histogram[bin], expected->histogram[bin]);
}

static void tear_down(struct bench *bench)
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

static void check_sums(struct bench *bench)
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

static void check_from(struct block_table *table, const struct block_model *model, uint64_t address,
                       bool or_at)
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
        check_from(table, model, at.address, true);
        check_from(table, model, at.address, false);
        from = at.address + 1;
    }
    assert_int_equal(count, model->count);
    assert_false(block_table_walk(table, &walk, &at));
}

/* Every touched granule must lie in one run, with its bytes, in order of address; no other may. */
static void check_granules(struct block_table *table, const struct block_model *model)
{
    uint64_t breaks[4 * BLOCK_MODEL_MAX];
    size_t break_count = block_model_granule_breaks(model, breaks);
    struct granule_walk walk = { 0 };
    struct granule_run run = { 0 };
    uint64_t done = 0; /* granules of the run */
    for (size_t i = 0; i + 1 < break_count; i++) {
        uint64_t end = breaks[i + 1];
        uint32_t bytes = end > breaks[i] ? block_model_granule_bytes(model, breaks[i]) : 0;
        for (uint64_t at = breaks[i]; bytes > 0 && at < end;) {
            if (done == run.granules) {
                assert_true(block_table_walk_granules(table, &walk, &run));
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
    assert_false(block_table_walk_granules(table, &walk, &run));
}

static void check_all(struct bench *bench)
{
    check_sums(bench);
    for (size_t t = 0; t < TABLES; t++) {
        check_blocks(bench->table[t], &bench->model[t]);
        check_granules(bench->table[t], &bench->model[t]);
    }
}

static bool fits(const struct bench *bench, uint64_t more)
{
    return more <= UINT64_MAX - bench->trace.live_bytes;
}

static void insert(struct bench *bench, size_t t, uint64_t address, uint64_t size)
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

static void resize(struct bench *bench, size_t t, uint64_t address, uint64_t size)
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

static void remove_at(struct bench *bench, size_t t, uint64_t address)
{
    block_table_remove(bench->table[t], address);
    block_model_remove(&bench->model[t], block_model_find(&bench->model[t], address));
    assert_null(block_table_find(bench->table[t], address));
}

/* A few blocks whose sums were worked out by hand; removed again in the order of `removal`. */
struct layout_case {
    const char *name;
    struct {
        uint64_t address, size;
        bool overlaps;
    } blocks[6];
    size_t count;
    struct occupancy expected;
};

#define END UINT64_C(0xffffffffffffffff)
#define PAGES_OF_ALL (UINT64_C(1) << 52)

static struct layout_case layout_cases[] = {
    { .name = "the_worked_example_e4",
      .blocks = { { 0x20000, 4096, false }, { 0x21000, 16, false }, { 0x21010, 4096, false } },
      .count = 3,
      .expected = { .live_bytes = 8208,
                    .live_blocks = 3,
                    .touched_pages = 3,
                    .pinned_pages = 2,
                    .pinned_waste_bytes = 4080,
                    .histogram = { [0] = 1, [9] = 2 } } },
    { .name = "the_worked_example_e5",
      .blocks = { { 0x20000, 16, false }, { 0x20400, 16, false }, { 0x50000, 16, false } },
      .count = 3,
      .expected = { .live_bytes = 48,
                    .live_blocks = 3,
                    .touched_pages = 2,
                    .pinned_pages = 1,
                    .pinned_waste_bytes = 4080,
                    .histogram = { [0] = 2 } } },
    { .name = "an_empty_block_touches_nothing",
      .blocks = { { 0x20010, 0, false }, { 0x20000, 64, false }, { 0x20020, 0, false } },
      .count = 3,
      .expected = { .live_bytes = 64,
                    .live_blocks = 3,
                    .touched_pages = 1,
                    .pinned_pages = 1,
                    .pinned_waste_bytes = 4032,
                    .histogram = { [0] = 1 } } },
    { .name = "one_byte_at_both_ends_of_the_address_space",
      .blocks = { { 0, 1, false }, { END, 1, false } },
      .count = 2,
      .expected = { .live_bytes = 2,
                    .live_blocks = 2,
                    .touched_pages = 2,
                    .pinned_pages = 2,
                    .pinned_waste_bytes = 8190,
                    .histogram = { [0] = 2 } } },
    { .name = "a_block_past_the_end_is_cut_there_but_keeps_its_size",
      .blocks = { { END - 4095, 1 << 20, false }, { END, 0, false } },
      .count = 2,
      .expected = { .live_bytes = 1 << 20,
                    .live_blocks = 2,
                    .touched_pages = 1,
                    .pinned_pages = 1,
                    .histogram = { [9] = 1 } } },
    { .name = "a_block_over_everything",
      .blocks = { { 0, END, false } },
      .count = 1,
      .expected = { .live_bytes = END,
                    .live_blocks = 1,
                    .touched_pages = PAGES_OF_ALL,
                    .pinned_pages = PAGES_OF_ALL,
                    .pinned_waste_bytes = 1,
                    .histogram = { [9] = PAGES_OF_ALL } } },
    { .name = "blocks_that_cross_pages_and_granules_without_a_gap",
      .blocks = { { 0x1fff8, 16, false }, { 0x20008, 0x10000, false }, { 0x30008, 0xff8, false } },
      .count = 3,
      .expected = { .live_bytes = 16 + 0x10000 + 0xff8,
                    .live_blocks = 3,
                    .touched_pages = 18,
                    .pinned_pages = 16,
                    .pinned_waste_bytes = 4088,
                    .histogram = { [0] = 1, [9] = 17 } } },
    { .name = "nested_blocks_count_twice",
      .blocks = { { 0x100000, 0x100000, false },
                  { 0x140000, 0x40000, true },
                  { 0x150010, 1, true },
                  { 0x1fffff, 2, true },
                  { 0x0fffff, 1, false } },
      .count = 5,
      .expected = { .live_bytes = 0x140004,
                    .live_blocks = 5,
                    .touched_pages = 258,
                    .pinned_pages = 256 - 64 - 1 + 2,
                    .pinned_waste_bytes = 8190,
                    .histogram = { [0] = 2, [9] = 256 } } },
    { .name = "the_longer_of_two_nested_starts_is_not_forgotten",
      .blocks = { { 0x20000, 100, false },
                  { 0x20010, 1, true },
                  { 0x20020, 1, true },
                  { 0x20030, 1, true },
                  { 0x20064, 1, false } },
      .count = 5,
      .expected = { .live_bytes = 104,
                    .live_blocks = 5,
                    .touched_pages = 1,
                    .histogram = { [0] = 1 } } },
};

static void keeps_the_sums_of_a_layout(void **state)
{
    const struct layout_case *c = *state;
    struct bench bench;
    set_up(&bench);
    for (size_t i = 0; i < c->count; i++) {
        bool overlaps = !c->blocks[i].overlaps;
        struct error err = { 0 };
        struct block block = { .size = c->blocks[i].size, .since = i };
        assert_non_null(
            block_table_insert(bench.table[0], c->blocks[i].address, &block, &overlaps, &err));
        assert_int_equal(overlaps, c->blocks[i].overlaps);
        block_model_insert(&bench.model[0], c->blocks[i].address, c->blocks[i].size, i);
        check_all(&bench);
    }
    assert_same_sums(&bench.heap[0], &c->expected);
    for (size_t i = 0; i < c->count; i++) {
        remove_at(&bench, 0, c->blocks[i].address);
        check_all(&bench);
    }
    tear_down(&bench);
}

/* Random inserts, removals and resizes, with addresses and sizes of one kind. */
struct regime {
    const char *name;
    uint64_t (*address)(void);
    uint64_t (*size)(void);
    size_t blocks; /* about so many live at a time */
    size_t steps;
};

static uint64_t random_state;

/* SplitMix64, so that a failure can be repeated. */
static uint64_t random_bits(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t below(uint64_t limit)
{
    return random_bits() % limit;
}

static uint64_t every_64_bytes(void)
{
    return 0x7fe0000 + 64 * below(100);
}

static uint64_t every_16_bytes(void)
{
    return 0x7ffe000 + 16 * below(400);
}

static uint64_t any_byte_of_a_page(void)
{
    return 0x10000ff0 + below(300);
}

static uint64_t few_addresses(void)
{
    return 0x1ffe0 + 0x3ff8 * below(6);
}

static uint64_t in_some_pages(void)
{
    return 0xabc0f000 + below(40) * PAGE_BYTES + 8 * below(3);
}

static uint64_t in_some_granules(void)
{
    return 0x55550000 + (below(60) << GRANULE_SHIFT) + 0x7ff8 * below(3);
}

static uint64_t anywhere(void)
{
    uint64_t at = random_bits() >> below(64);
    return below(2) ? at : UINT64_MAX - at;
}

static uint64_t to_64(void)
{
    return below(65);
}

static uint64_t to_a_page(void)
{
    return below(8) ? below(40) : below(5000);
}

static uint64_t to_some_pages(void)
{
    return below(20 * PAGE_BYTES);
}

static uint64_t to_some_granules(void)
{
    return below(3) ? below(100) : below(UINT64_C(60) << GRANULE_SHIFT);
}

static uint64_t of_any_size(void)
{
    return random_bits() >> below(64);
}

static struct regime regimes[] = {
    { "random_blocks_that_never_overlap", every_64_bytes, to_64, 60, 4000 },
    { "random_dense_blocks", every_16_bytes, to_a_page, 60, 4000 },
    { "random_odd_blocks", any_byte_of_a_page, to_a_page, 60, 4000 },
    { "random_blocks_at_few_addresses", few_addresses, to_some_pages, 4, 4000 },
    { "random_blocks_over_pages", in_some_pages, to_some_pages, 30, 4000 },
    { "random_blocks_over_granules", in_some_granules, to_some_granules, 40, 4000 },
    { "random_blocks_anywhere", anywhere, of_any_size, 30, 4000 },
    { "random_small_blocks_anywhere", anywhere, to_64, 60, 3000 },
    { "random_blocks_anywhere_in_granules", in_some_granules, of_any_size, 20, 3000 },
};

static void random_step(struct bench *bench, const struct regime *regime)
{
    size_t t = below(TABLES);
    struct block_model *model = &bench->model[t];
    uint64_t address = regime->address();
    bool is_free = block_model_find(model, address) == model->count;
    if (is_free && model->count < BLOCK_MODEL_MAX && below(2 * regime->blocks) >= model->count) {
        insert(bench, t, address, regime->size());
        return;
    }
    if (model->count == 0)
        return;
    address = model->blocks[below(model->count)].address;
    if (below(3) == 0)
        resize(bench, t, address, regime->size());
    else
        remove_at(bench, t, address);
}

static void empty_a_table(struct bench *bench)
{
    struct error err = { 0 };
    block_table_free(bench->table[1]);
    bench->table[1] = block_table_new(bench->pool, &bench->heap[1], &err);
    assert_non_null(bench->table[1]);
    bench->model[1].count = 0;
}

static void agrees_with_the_model(void **state)
{
    const struct regime *regime = *state;
    struct bench bench;
    set_up(&bench);
    random_state = 20240229;
    for (size_t step = 0; step < regime->steps; step++) {
        if (step % 1000 == 999)
            empty_a_table(&bench);
        random_step(&bench, regime);
        check_all(&bench);
        for (size_t t = 0; t < TABLES; t++)
            check_from(bench.table[t], &bench.model[t], regime->address(), below(2));
    }
    while (bench.model[0].count > 0) {
        remove_at(&bench, 0, bench.model[0].blocks[0].address);
        check_all(&bench);
    }
    tear_down(&bench);
}

/* 4096 blocks of one byte: as many starts as a page can have. */
static void holds_a_page_full_of_starts(void **state)
{
    (void)state;
    enum { STRIDE = 1237 }; /* odd: visits every offset once */
    struct bench bench;
    set_up(&bench);
    struct error err = { 0 };
    const struct block block = { .size = 1 };
    bool overlaps;
    for (uint64_t i = 0; i < PAGE_BYTES; i++) {
        uint64_t address = 0x7000 + i * STRIDE % PAGE_BYTES;
        assert_non_null(block_table_insert(bench.table[0], address, &block, &overlaps, &err));
        assert_false(overlaps);
    }
    assert_int_equal(bench.heap[0].touched_pages, 1);
    assert_int_equal(bench.heap[0].histogram[9], 1);
    for (uint64_t i = 0; i < PAGE_BYTES; i++) {
        uint64_t address = 0x7000 + i * STRIDE % PAGE_BYTES;
        struct block_at at;
        assert_true(block_table_after(bench.table[0], address, true, &at));
        assert_int_equal(at.address, address);
        block_table_prefetch(bench.table[0], address);
        block_table_prefetch_block(bench.table[0], address);
        block_table_remove(bench.table[0], address);
        if (i % 64 == 0)
            assert_true(block_table_is_consistent(bench.table[0]));
    }
    tear_down(&bench);
}

/* Blocks over thousands of granules with blocks in them: some dozens of steps, and exact. */
static void covers_many_granules_at_once(void **state)
{
    (void)state;
    enum { GRANULES = 20000, COVERS = 20000 };
    struct bench bench;
    set_up(&bench);
    struct error err = { 0 };
    bool overlaps;
    for (uint64_t g = 1; g <= GRANULES; g++) {
        const struct block small = { .size = 16 };
        assert_non_null(
            block_table_insert(bench.table[0], g << GRANULE_SHIFT, &small, &overlaps, &err));
    }
    const struct block large = { .size = (uint64_t)GRANULES << GRANULE_SHIFT };
    for (uint64_t i = 0; i < COVERS; i++) {
        uint64_t address = 1 + i % 7;
        assert_non_null(block_table_insert(bench.table[0], address, &large, &overlaps, &err));
        assert_true(overlaps);
        assert_int_equal(bench.heap[0].touched_pages, 16 * GRANULES + 1);
        assert_int_equal(bench.heap[0].pinned_pages, 15 * GRANULES + 1);
        assert_int_equal(bench.heap[0].pinned_waste_bytes, address);
        block_table_remove(bench.table[0], address);
    }
    assert_true(block_table_is_consistent(bench.table[0]));
    tear_down(&bench);
}

static void frees_nothing_when_there_is_nothing(void **state)
{
    (void)state;
    block_table_free(NULL);
    block_pool_free(NULL);
}

static void refuses_live_bytes_past_64_bits(void **state)
{
    (void)state;
    struct bench bench;
    set_up(&bench);
    insert(&bench, 0, 0x20000, UINT64_MAX - 10);
    insert(&bench, 1, 0x20000, 10);
    insert(&bench, 1, 0x30000, 1);
    assert_int_equal(bench.model[1].count, 1);
    resize(&bench, 1, 0x20000, 11);
    check_all(&bench);
    tear_down(&bench);
}

int main(void)
{
    enum { LAYOUTS = sizeof layout_cases / sizeof *layout_cases };
    enum { REGIMES = sizeof regimes / sizeof *regimes };
    struct CMUnitTest tests[LAYOUTS + REGIMES + 4] = {
        cmocka_unit_test(frees_nothing_when_there_is_nothing),
        cmocka_unit_test(refuses_live_bytes_past_64_bits),
        cmocka_unit_test(holds_a_page_full_of_starts),
        cmocka_unit_test(covers_many_granules_at_once),
    };
    size_t count = 4;
    for (size_t i = 0; i < LAYOUTS; i++)
        tests[count++] = (struct CMUnitTest){ layout_cases[i].name, keeps_the_sums_of_a_layout,
                                              NULL, NULL, &layout_cases[i] };
    for (size_t i = 0; i < REGIMES; i++)
        tests[count++] =
            (struct CMUnitTest){ regimes[i].name, agrees_with_the_model, NULL, NULL, &regimes[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
