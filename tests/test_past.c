/* Heaps as they were at their live peaks, against copies made at the time. */
#include "analyzer/past.h"
#include "tests/by_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *seed;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

enum { SLOTS = 300, LATE_MAX = 64 };

/* Live blocks by slot, which is an address; size 0 where none is. */
struct copy {
    uint64_t sizes[SLOTS];
};

struct world {
    struct block_pool *pool;
    struct occupancy occupancy;
    struct block_table *table;
    struct past past;
    struct copy now, at_peak[PAST_PEAKS];
    uint64_t peaks[PAST_PEAKS];
    uint64_t change;
    struct late_note {
        uint64_t address;
        struct block block;
        uint64_t until;
    } late[LATE_MAX + 1]; /* that the past has not been told yet */
    size_t late_count, most_late;
    bool has_stacks;
    struct error err;
};

/* Scattered over regions, and in another order than the slots'. */
static uint64_t address_of(size_t slot)
{
    uint64_t mixed = slot * 7919 % SLOTS;
    return (mixed % 3 << 40) + (mixed % 5 << 33) + (mixed << 4) + 0x10000;
}

static void world_open(struct world *world)
{
    *world = (struct world){ 0 };
    world->pool = block_pool_new(&world->err);
    assert_non_null(world->pool);
    world->table = block_table_new(world->pool, &world->occupancy, &world->err);
    assert_non_null(world->table);
    past_init(&world->past, &world->peaks[0], &world->peaks[1], &world->peaks[2]);
}

static void world_close(struct world *world)
{
    past_release(&world->past);
    block_table_free(world->table);
    block_pool_free(world->pool);
}

/* Tells the past of all that it has not been told yet. */
static void tell(struct world *world)
{
    for (size_t i = 0; i < world->late_count; i++) {
        const struct late_note *note = &world->late[i];
        assert_true(past_reserve(&world->past, 1, world->has_stacks, &world->err));
        past_note(&world->past, note->address, &note->block, note->until);
    }
    world->late_count = 0;
}

static void note(struct world *world, uint64_t address, const struct block *block)
{
    world->late[world->late_count++] = (struct late_note){ address, *block, world->change };
    if (world->late_count > world->most_late)
        tell(world);
}

static uint32_t stack_of(const struct world *world, size_t slot)
{
    return world->has_stacks && slot % 3 ? (uint32_t)slot : STACK_NONE;
}

/* Sets what is live at a slot (0: nothing) as one change. */
static void put(struct world *world, size_t slot, uint64_t size)
{
    uint64_t address = address_of(slot);
    struct block *block = block_table_find(world->table, address);
    world->change++;
    if (block)
        note(world, address, block);
    if (block && size) {
        block->since = world->change;
        assert_true(block_table_resize(world->table, address, size, &world->err));
    } else if (block) {
        block_table_remove(world->table, address);
    } else if (size) {
        bool overlaps;
        struct block fresh = { .size = size,
                               .since = world->change,
                               .stack = stack_of(world, slot) & 0x7fffff };
        assert_non_null(block_table_insert(world->table, address, &fresh, &overlaps, &world->err));
    }
    world->now.sizes[slot] = size;
}

static void make_peak(struct world *world, enum past_peak which)
{
    world->peaks[which] = world->change;
    world->at_peak[which] = world->now;
}

static size_t slot_of(uint64_t address)
{
    for (size_t slot = 0; slot < SLOTS; slot++)
        if (address_of(slot) == address)
            return slot;
    fail_msg("an address nobody used");
    return 0;
}

static void check_walk(struct world *world, enum past_peak which, const struct copy *expected)
{
    tell(world);
    struct past_walk walk = { 0 };
    struct copy got = { 0 };
    uint64_t last = 0;
    while (past_walk(&world->past, world->table, &walk)) {
        assert_int_not_equal(walk.peaks, 0);
        if (!(walk.peaks >> which & 1))
            continue;
        assert_true(walk.address > last);
        last = walk.address;
        got.sizes[slot_of(walk.address)] = walk.size;
        assert_int_equal(walk.stack, stack_of(world, slot_of(walk.address)));
    }
    assert_memory_equal(&got, expected, sizeof got);
}

/* All that is live now, and what is gone but was live at a peak. */
static void check_walk_of_live(struct world *world)
{
    tell(world);
    struct past_walk walk = { .wants_live = true };
    struct copy got = { 0 }, at_peak[PAST_PEAKS] = { 0 };
    while (past_walk(&world->past, world->table, &walk)) {
        const size_t slot = slot_of(walk.address);
        assert_true(walk.live || walk.peaks != 0);
        if (walk.live) {
            assert_int_equal(walk.live->size, walk.size);
            got.sizes[slot] = walk.size;
        }
        for (unsigned which = 0; which < PAST_PEAKS; which++)
            if (walk.peaks >> which & 1)
                at_peak[which].sizes[slot] = walk.size;
    }
    assert_memory_equal(&got, &world->now, sizeof got);
    assert_memory_equal(at_peak, world->at_peak, sizeof at_peak);
}

static void check_all(struct world *world)
{
    for (unsigned which = 0; which < PAST_PEAKS; which++)
        check_walk(world, which, &world->at_peak[which]);
    check_walk_of_live(world);
}

static void gives_back_every_peak_of_random_changes(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 60; round++) {
        uint64_t seed = round;
        struct world world;
        world_open(&world);
        world.most_late = round % 3 == 0 ? 0 : next_random(&seed) % LATE_MAX;
        world.has_stacks = round / 2 % 2;
        uint64_t peak_every = 1 + next_random(&seed) % (round % 2 ? 5 : 900);
        size_t slots = 1 + next_random(&seed) % SLOTS;
        for (size_t step = 0; step < 1500; step++) {
            size_t slot = next_random(&seed) % slots;
            uint64_t size = next_random(&seed) % 3 ? 1 + next_random(&seed) % 90 : 0;
            put(&world, slot, size);
            for (unsigned which = 0; which < PAST_PEAKS; which++)
                if (next_random(&seed) % (peak_every * (which + 1)) == 0)
                    make_peak(&world, which);
            if (next_random(&seed) % 400 == 0)
                check_all(&world); /* a walk on the way spoils nothing */
        }
        check_all(&world);
        world_close(&world);
    }
}

static void gives_back_a_heap_that_is_gone(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    for (size_t slot = 0; slot < SLOTS; slot++)
        put(&world, slot, slot + 1);
    make_peak(&world, PAST_TRACE);
    for (size_t slot = 0; slot < SLOTS; slot++)
        put(&world, slot, 0);
    block_table_free(world.table);
    world.table = NULL;
    check_walk(&world, PAST_TRACE, &world.at_peak[PAST_TRACE]);
    static const struct copy nothing;
    check_walk(&world, PAST_HEAP, &nothing); /* there was no such peak */
    world_close(&world);
}

static void watches_no_more_peaks_than_it_was_told(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    past_init(&world.past, &world.peaks[0], NULL, NULL);
    put(&world, 1, 5);
    make_peak(&world, PAST_HEAP);
    put(&world, 1, 0);
    check_walk(&world, PAST_HEAP, &world.at_peak[PAST_HEAP]);
    static const struct copy nothing;
    check_walk(&world, PAST_TRACE, &nothing);
    world_close(&world);
}

static void remembers_only_what_a_peak_needs(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    for (size_t slot = 0; slot < SLOTS; slot++)
        put(&world, slot, 1);
    for (unsigned which = 0; which < PAST_PEAKS; which++)
        make_peak(&world, which);
    for (size_t step = 0; step < 100000; step++) {
        put(&world, step % SLOTS, 1 + step % 50);
        if (step % 1000 == 999)
            make_peak(&world, PAST_HEAP);
        assert_true(world.past.capacity <= 4 * SLOTS);
    }
    check_all(&world);
    world_close(&world);
}

/* Wherever the addresses begin to differ, and however many bits of them are left to sort by. */
static void gives_what_is_gone_in_order_of_address(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    static const uint64_t strides[] = {
        1, 3, 1 << 7, 1 << 20, UINT64_C(1) << 44, UINT64_MAX / COUNT
    };
    for (size_t s = 0; s < sizeof strides / sizeof strides[0]; s++) {
        const uint64_t peak = 1;
        const struct block block = { .size = 1, .since = 1 };
        struct past past;
        struct error err = { 0 };
        past_init(&past, &peak, NULL, NULL);
        assert_true(past_reserve(&past, COUNT, false, &err));
        for (uint64_t i = 0; i < COUNT; i++)
            past_note(&past, i * 7919 % COUNT * strides[s], &block, 2);
        struct past_walk walk = { 0 };
        for (uint64_t i = 0; i < COUNT; i++) {
            assert_true(past_walk(&past, NULL, &walk));
            assert_int_equal(walk.address, i * strides[s]);
        }
        assert_false(past_walk(&past, NULL, &walk));
        past_release(&past);
    }
}

/* So many that they lie in memory of their own, which grows and moves. */
static void remembers_more_than_an_allocator_likes_to_give(void **state)
{
    (void)state;
    enum { COUNT = 300000, PROCESS_PEAK = 100000 };
    uint64_t heap_peak = 1, process_peak = 0;
    struct past past;
    struct error err = { 0 };
    past_init(&past, &heap_peak, &process_peak, NULL);
    for (uint64_t i = 0; i < COUNT; i++) {
        const uint64_t place = i * 7919 % COUNT;
        const struct block block = { .size = 1 + place % 1000,
                                     .since = 1,
                                     .stack = (place % 3 ? place : STACK_NONE) & 0x7fffff };
        if (i == PROCESS_PEAK)
            process_peak = 1 + i;
        assert_true(past_reserve(&past, 1, true, &err));
        past_note(&past, place * 16, &block, 2 + i);
    }
    for (int heap_has_moved = 0; heap_has_moved < 2; heap_has_moved++) {
        struct past_walk walk = { 0 };
        uint64_t walked = 0, next = 0;
        while (past_walk(&past, NULL, &walk)) {
            const uint64_t place = walk.address / 16;
            assert_true(walk.address >= next);
            next = walk.address + 1;
            walked++;
            assert_int_equal(walk.size, 1 + place % 1000);
            assert_int_equal(walk.stack, place % 3 ? place : STACK_NONE);
            assert_int_equal(walk.peaks & 1u << PAST_HEAP, heap_has_moved ? 0 : 1u << PAST_HEAP);
        }
        assert_int_equal(walked, heap_has_moved ? COUNT - PROCESS_PEAK : COUNT);
        heap_peak = 2 + COUNT;
    }
    past_release(&past);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_every_peak_of_random_changes),
        cmocka_unit_test(gives_back_a_heap_that_is_gone),
        cmocka_unit_test(watches_no_more_peaks_than_it_was_told),
        cmocka_unit_test(remembers_only_what_a_peak_needs),
        cmocka_unit_test(gives_what_is_gone_in_order_of_address),
        cmocka_unit_test(remembers_more_than_an_allocator_likes_to_give),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
