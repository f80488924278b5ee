/* Block tables in layouts worked out by hand, and at their limits. */
#include "tests/by_address.h"
#include "tests/table_bench.h"

#include "analyzer/block_ahead.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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
    struct table_bench bench;
    table_bench_set_up(&bench);
    for (size_t i = 0; i < c->count; i++) {
        bool overlaps = !c->blocks[i].overlaps;
        struct error err = { 0 };
        struct block block = { .size = c->blocks[i].size, .since = i };
        assert_non_null(
            block_table_insert(bench.table[0], c->blocks[i].address, &block, &overlaps, &err));
        assert_int_equal(overlaps, c->blocks[i].overlaps);
        block_model_insert(&bench.model[0], c->blocks[i].address, c->blocks[i].size, i);
        table_bench_check(&bench);
    }
    assert_same_sums(&bench.heap[0], &c->expected);
    for (size_t i = 0; i < c->count; i++) {
        table_bench_remove(&bench, 0, c->blocks[i].address);
        table_bench_check(&bench);
    }
    table_bench_tear_down(&bench);
}

/* 4096 blocks of one byte: as many starts as a page can have. */
static void holds_a_page_full_of_starts(void **state)
{
    (void)state;
    enum { STRIDE = 1237 }; /* odd: visits every offset once */
    struct table_bench bench;
    table_bench_set_up(&bench);
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
        struct blocks_ahead ahead = { 0 };
        blocks_ahead_page(&ahead.at[0], bench.table[0], address, true);
        blocks_ahead_page(&ahead.at[2], bench.table[0], address, false);
        blocks_ahead_fetch(&ahead, 3, bench.pool);
        assert_non_null(blocks_ahead_granule(&ahead, 0, bench.pool));
        assert_null(blocks_ahead_granule(&ahead, 1, bench.pool));
        assert_ptr_equal(blocks_ahead_granule(&ahead, 2, bench.pool), ahead.at[0].granule);
        block_table_remove(bench.table[0], address);
        if (i % 64 == 0)
            assert_true(block_table_is_consistent(bench.table[0]));
    }
    table_bench_tear_down(&bench);
}

/* What the look-ahead tells is that granule of that table, and only as long as all granules stay.
 */
static void forgets_granules_that_go(void **state)
{
    (void)state;
    struct table_bench bench;
    table_bench_set_up(&bench);
    struct error err = { 0 };
    const struct block block = { .size = 16 };
    bool overlaps;
    const uint64_t far = 0x7000 + ((uint64_t)POOL_RECENT << GRANULE_BYTE_SHIFT);
    assert_non_null(block_table_insert(bench.table[0], 0x7000, &block, &overlaps, &err));
    assert_non_null(block_table_insert(bench.table[0], 0x60000, &block, &overlaps, &err));
    struct blocks_ahead ahead = { 0 };
    blocks_ahead_page(&ahead.at[0], bench.table[0], 0x7000, true);
    blocks_ahead_page(&ahead.at[1], bench.table[0], far, false); /* its place has the other one */
    blocks_ahead_page(&ahead.at[2], bench.table[0], 0x60000, true);
    blocks_ahead_fetch(&ahead, 3, bench.pool);
    assert_ptr_equal(blocks_ahead_granule(&ahead, 0, bench.pool),
                     block_table_place(bench.table[0], 0x7000).granule);
    assert_null(blocks_ahead_granule(&ahead, 1, bench.pool));
    assert_ptr_equal(blocks_ahead_granule(&ahead, 2, bench.pool),
                     block_table_place(bench.table[0], 0x60000).granule);
    block_table_remove(bench.table[0], 0x60000);
    for (size_t i = 0; i < 3; i++)
        assert_null(blocks_ahead_granule(&ahead, i, bench.pool));
    blocks_ahead_fetch(&ahead, 1, bench.pool);
    assert_non_null(blocks_ahead_granule(&ahead, 0, bench.pool));
    blocks_ahead_none(&ahead);
    assert_null(blocks_ahead_granule(&ahead, 0, bench.pool));
    table_bench_tear_down(&bench);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *seed;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Whether the slot that was found ahead still is the block's, so that nothing is searched again. */
static bool is_hit(struct granule *granule, const struct slot *slot, uint64_t address)
{
    if (!granule || !slot)
        return false;
    const struct slots *starts = &granule_page(granule, address)->starts;
    const size_t number = slots_number(starts, slot);
    return number < starts->count &&
           slots_at(starts, (uint32_t)number).offset == page_offset(address);
}

/* What the look-ahead found says where the block is now, or nothing, whatever happened since. */
static void finds_again_what_was_found_ahead(void **state)
{
    (void)state;
    enum { PAGES = 18, PLACES = 40, ROUNDS = 4000 };
    static const uint64_t steps[] = { 64, 16, 8, 1 };
    struct table_bench bench;
    table_bench_set_up(&bench);
    uint64_t seed = 1, hits = 0, hits_after_a_change = 0, stale = 0;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        const uint64_t step = steps[round / 200 % 4], pages = round / 100 % 2 ? PAGES : 1;
        const uint64_t fill = round / 50 % 4; /* of 4 changes, so many insert */
        struct blocks_ahead ahead;
        uint64_t addresses[BLOCKS_AHEAD], changes = 0;
        size_t tables[BLOCKS_AHEAD];
        memset(&ahead, 0xa5, sizeof ahead);
        for (size_t i = 0; i < BLOCKS_AHEAD; i++) {
            tables[i] = next_random(&seed) % TABLES;
            addresses[i] = 0x70000 + next_random(&seed) % pages * PAGE_BYTES +
                           next_random(&seed) % PLACES * step;
            blocks_ahead_page(&ahead.at[i], bench.table[tables[i]], addresses[i], true);
        }
        blocks_ahead_fetch(&ahead, BLOCKS_AHEAD, bench.pool);
        for (size_t i = 0; i < BLOCKS_AHEAD; i++) {
            const size_t t = tables[i], other = next_random(&seed) % BLOCKS_AHEAD;
            struct granule *granule = blocks_ahead_granule(&ahead, i, bench.pool);
            const struct slot *slot = granule ? blocks_ahead_slot(&ahead, i) : NULL;
            struct block_place place, expected = block_table_place(bench.table[t], addresses[i]);
            const bool hit = is_hit(granule, slot, addresses[i]);
            hits += hit;
            hits_after_a_change += hit && changes;
            stale += slot && !hit && expected.block;
            block_table_seek_slot(bench.table[t], granule, slot, addresses[i], &place);
            assert_ptr_equal(place.block, expected.block);
            assert_ptr_equal(place.granule, expected.granule);
            if (place.granule) {
                assert_ptr_equal(place.page, expected.page);
                assert_int_equal(place.slot, expected.slot);
            }
            /* One of those that were looked at, or any. */
            const uint64_t address = addresses[other] + next_random(&seed) % 2 * step;
            if (block_table_find(bench.table[t], address)) {
                table_bench_remove(&bench, t, address);
                changes++;
            } else if (next_random(&seed) % 4 < fill && bench.model[t].count < BLOCK_MODEL_MAX) {
                const bool is_long = next_random(&seed) % 50 == 0;
                table_bench_insert(&bench, t, address, is_long ? 70000 : step);
                changes++;
            }
        }
        if (round % 50 == 0)
            table_bench_check(&bench);
    }
    assert_true(hits > 1000 && hits_after_a_change > 1000 && stale > 100);
    table_bench_tear_down(&bench);
}

/* Blocks over thousands of granules with blocks in them: some dozens of steps, and exact. */
static void covers_many_granules_at_once(void **state)
{
    (void)state;
    enum { GRANULES = 20000, COVERS = 20000 };
    struct table_bench bench;
    table_bench_set_up(&bench);
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
    table_bench_tear_down(&bench);
}

static void sees_that_a_block_grew_over_its_neighbour(void **state)
{
    (void)state;
    struct table_bench bench;
    table_bench_set_up(&bench);
    table_bench_insert(&bench, 0, 0x20000, 16);
    table_bench_insert(&bench, 0, 0x20010, 16);
    table_bench_resize(&bench, 0, 0x20000, 256);
    table_bench_insert(&bench, 0, 0x20080, 16);
    assert_true(block_model_overlaps(&bench.model[0], 0x20090, 1));
    table_bench_insert(&bench, 0, 0x20090, 1);
    table_bench_check(&bench);
    table_bench_tear_down(&bench);
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
    struct table_bench bench;
    table_bench_set_up(&bench);
    table_bench_insert(&bench, 0, 0x20000, UINT64_MAX - 10);
    table_bench_insert(&bench, 1, 0x20000, 10);
    table_bench_insert(&bench, 1, 0x30000, 1);
    assert_int_equal(bench.model[1].count, 1);
    table_bench_resize(&bench, 1, 0x20000, 11);
    table_bench_check(&bench);
    table_bench_tear_down(&bench);
}

int main(void)
{
    enum { LAYOUTS = sizeof layout_cases / sizeof *layout_cases };
    struct CMUnitTest tests[LAYOUTS + 7] = {
        cmocka_unit_test(frees_nothing_when_there_is_nothing),
        cmocka_unit_test(refuses_live_bytes_past_64_bits),
        cmocka_unit_test(holds_a_page_full_of_starts),
        cmocka_unit_test(forgets_granules_that_go),
        cmocka_unit_test(finds_again_what_was_found_ahead),
        cmocka_unit_test(covers_many_granules_at_once),
        cmocka_unit_test(sees_that_a_block_grew_over_its_neighbour),
    };
    for (size_t i = 0; i < LAYOUTS; i++)
        tests[7 + i] = (struct CMUnitTest){ layout_cases[i].name, keeps_the_sums_of_a_layout, NULL,
                                            NULL, &layout_cases[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
