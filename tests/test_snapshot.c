/* Gaps and live sizes at peaks that are over, from the blocks that are left and those that are
 * gone. */
#include "analyzer/snapshot.h"
#include "tests/by_address.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct world {
    struct block_pool *pool;
    struct occupancy occupancy;
    struct block_table *table;
    struct past past;
    uint64_t heap_peak, process_peak, trace_peak;
    uint64_t change;
    struct error err;
};

static void world_open(struct world *world)
{
    *world = (struct world){ 0 };
    world->pool = block_pool_new(&world->err);
    assert_non_null(world->pool);
    world->table = block_table_new(world->pool, &world->occupancy, &world->err);
    assert_non_null(world->table);
    past_init(&world->past, &world->heap_peak, &world->process_peak, &world->trace_peak);
}

static void world_close(struct world *world)
{
    past_release(&world->past);
    block_table_free(world->table);
    block_pool_free(world->pool);
}

static void insert(struct world *world, uint64_t address, uint64_t size)
{
    bool overlaps;
    struct block block = { .size = size, .since = ++world->change };
    assert_non_null(block_table_insert(world->table, address, &block, &overlaps, &world->err));
}

static void erase(struct world *world, uint64_t address)
{
    struct block *block = block_table_find(world->table, address);
    assert_non_null(block);
    assert_true(past_reserve(&world->past, 1, false, &world->err));
    past_note(&world->past, address, block, ++world->change);
    block_table_remove(world->table, address);
}

/* E4: three blocks at the peak, of which the middle one goes. */
/* As if the others had no sums. */
static void add_peak(struct snapshot *sum, struct world *world, enum past_peak which)
{
    struct snapshot others[PAST_PEAKS] = { 0 };
    struct snapshot *sums[PAST_PEAKS];
    for (size_t i = 0; i < PAST_PEAKS; i++)
        sums[i] = i == which ? sum : &others[i];
    struct peak_snapshots snapshots;
    struct past_walk walk = { 0 };
    snapshot_begin(&snapshots, sums, &world->past);
    while (past_walk(&world->past, world->table, &walk))
        snapshot_block(&snapshots, &walk);
    snapshot_finish(&snapshots);
}

static void answers_worked_example_4(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    insert(&world, 0x20000, 4096);
    insert(&world, 0x21000, 16);
    insert(&world, 0x21010, 4096);
    world.heap_peak = world.change;
    erase(&world, 0x21000);

    struct snapshot at_peak = { 0 };
    add_peak(&at_peak, &world, PAST_HEAP);
    assert_true(at_peak.gaps.known);
    assert_int_equal(at_peak.gaps.count, 0);
    assert_true(isnan(at_peak.gaps.fragmentation));
    assert_int_equal(at_peak.sizes.blocks[size_class_of(4096)], 2);
    assert_int_equal(at_peak.sizes.blocks[size_class_of(16)], 1);

    struct gaps_result now = snapshot_gaps_now(world.table);
    assert_true(now.known);
    assert_int_equal(now.count, 1);
    assert_int_equal(now.bytes, 16);
    world_close(&world);
}

static void answers_worked_example_5(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    insert(&world, 0x50000, 16);
    insert(&world, 0x20400, 16);
    insert(&world, 0x20000, 16);
    world.heap_peak = world.change;
    erase(&world, 0x20400);
    erase(&world, 0x20000);
    erase(&world, 0x50000);
    insert(&world, 0x20400, 8);

    struct snapshot at_peak = { 0 };
    add_peak(&at_peak, &world, PAST_HEAP);
    assert_int_equal(at_peak.gaps.count, 2);
    assert_int_equal(at_peak.gaps.bytes, 65504);
    assert_int_equal(at_peak.gaps.largest, 64496);
    assert_int_equal(at_peak.sizes.blocks[size_class_of(16)], 3);
    assert_int_equal(at_peak.sizes.blocks[size_class_of(8)], 0);
    world_close(&world);
}

static void gathers_heaps_at_one_peak_and_drops_those_of_an_older_one(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    insert(&world, 0x1000, 16);
    insert(&world, 0x1020, 16);
    world.process_peak = world.change;
    struct snapshot process = { 0 };
    add_peak(&process, &world, PAST_PROCESS);
    add_peak(&process, &world, PAST_PROCESS);
    assert_int_equal(process.gaps.count, 2);
    assert_int_equal(process.sizes.blocks[size_class_of(16)], 4);

    insert(&world, 0x1040, 100);
    world.process_peak = world.change;
    add_peak(&process, &world, PAST_PROCESS);
    assert_int_equal(process.change, world.change);
    assert_int_equal(process.gaps.count, 2);
    assert_int_equal(process.sizes.blocks[size_class_of(16)], 2);
    world_close(&world);
}

static void is_of_no_moment_without_a_peak_or_a_heap(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    insert(&world, 0x1000, 16);
    struct snapshot trace = { 0 };
    add_peak(&trace, &world, PAST_TRACE);
    assert_false(trace.gaps.known);
    assert_int_equal(trace.change, 0);
    assert_false(snapshot_gaps_now(NULL).known);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_worked_example_4),
        cmocka_unit_test(answers_worked_example_5),
        cmocka_unit_test(gathers_heaps_at_one_peak_and_drops_those_of_an_older_one),
        cmocka_unit_test(is_of_no_moment_without_a_peak_or_a_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
