/* What is live of each stack at the peak: random changes of two heaps, against a copy of then. */
#include "analyzer/stack_picture.h"

#include "analyzer/heap.h"
#include "tests/trace_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { HEAPS = 2, SLOTS = 60, STACKS = 4, SLOT_BYTES = 1500, PAGE = 4096 };

struct picture {
    struct {
        uint64_t size; /* 0: nothing is there */
        uint32_t stack;
    } slots[HEAPS][SLOTS];
};

struct world {
    struct random random;
    struct error err;
    struct block_pool *pool;
    struct heap *heaps[HEAPS];
    struct past pasts[HEAPS];
    struct stack_table table;
    struct process_stacks *stacks;
    uint64_t change, peak;
    struct picture now, at_peak;
};

static void open_world(struct world *world, uint64_t seed)
{
    *world = (struct world){ .random = random_new(seed) };
    world->pool = block_pool_new(&world->err);
    assert_non_null(world->pool);
    world->stacks = stack_table_add_process(&world->table, 0, &world->err);
    assert_non_null(world->stacks);
    for (uint32_t id = 1; id <= STACKS; id++)
        assert_non_null(process_stacks_make(world->stacks, id, &world->err));
    for (size_t h = 0; h < HEAPS; h++) {
        world->heaps[h] = heap_new(world->pool, NULL, &world->err);
        assert_non_null(world->heaps[h]);
        past_init(&world->pasts[h], NULL, &world->peak, NULL);
        world->heaps[h]->past = &world->pasts[h];
    }
}

static void close_world(struct world *world)
{
    for (size_t h = 0; h < HEAPS; h++) {
        heap_free(world->heaps[h]);
        past_release(&world->pasts[h]);
    }
    block_pool_free(world->pool);
    stack_table_release(&world->table);
}

static uint64_t address_of(size_t slot)
{
    return 0x10000 + slot * SLOT_BYTES;
}

/* Something comes to a slot, changes its size or goes. */
static void act(struct world *world)
{
    size_t h = random_below(&world->random, HEAPS);
    struct heap *heap = world->heaps[h];
    size_t slot = random_below(&world->random, SLOTS);
    uint64_t size = 1 + random_below(&world->random, 3 * SLOT_BYTES);
    uint64_t address = address_of(slot), change = ++world->change;
    if (!heap->blocks)
        return;
    struct block_place place = block_table_place(heap->blocks, address);
    bool overlaps;
    if (!place.block) {
        struct block fresh = { .size = size,
                               .since = change,
                               .stack = random_below(&world->random, STACKS + 1) & STACK_ID_MASK };
        assert_non_null(heap_insert(heap, &place, &fresh, &overlaps, &world->err));
        world->now.slots[h][slot].stack = fresh.stack;
    } else if (random_below(&world->random, 3) == 0) {
        assert_true(heap_resize(heap, &place, size, change, &world->err));
    } else {
        assert_true(heap_remove(heap, &place, change, &world->err));
        size = 0;
    }
    world->now.slots[h][slot].size = size;
}

static void end_heap(struct world *world, size_t h)
{
    assert_true(heap_clear(world->heaps[h], ++world->change, &world->err));
    stack_picture_peak(world->stacks, &world->pasts[h], NULL);
    past_release(&world->pasts[h]);
    world->heaps[h]->past = NULL;
    memset(world->now.slots[h], 0, sizeof world->now.slots[h]);
}

static uint64_t bytes_in_page(const struct picture *picture, size_t h, size_t slot, uint64_t page)
{
    uint64_t from = address_of(slot), to = from + picture->slots[h][slot].size;
    from = from > page ? from : page;
    to = to < page + PAGE ? to : page + PAGE;
    return from < to ? to - from : 0;
}

static struct stack_counts count(const struct picture *picture, uint32_t stack)
{
    struct stack_counts counts = { 0 };
    for (size_t h = 0; h < HEAPS; h++)
        for (size_t slot = 0; slot < SLOTS; slot++) {
            uint64_t size = picture->slots[h][slot].size;
            if (size == 0 || picture->slots[h][slot].stack != stack)
                continue;
            counts.live_blocks_at_peak++;
            counts.live_bytes_at_peak += size;
            for (uint64_t page = 0x10000; page < address_of(SLOTS + 3); page += PAGE) {
                uint64_t bytes = bytes_in_page(picture, h, slot, page);
                bool is_pinned = bytes > 0;
                for (size_t other = 0; other < SLOTS; other++)
                    is_pinned &= other == slot || bytes_in_page(picture, h, other, page) == 0;
                counts.pinned_pages_at_peak += is_pinned;
                counts.pinned_waste_at_peak += is_pinned ? PAGE - bytes : 0;
            }
        }
    return counts;
}

static void check(struct world *world)
{
    for (size_t h = 0; h < HEAPS; h++)
        if (world->heaps[h]->blocks) {
            heap_tell_past(world->heaps[h]);
            stack_picture_peak(world->stacks, &world->pasts[h], world->heaps[h]->blocks);
        }
    for (uint32_t id = 1; id <= STACKS; id++) {
        const struct counted_stack *stack = process_stacks_find(world->stacks, id);
        struct stack_counts want = count(&world->at_peak, id);
        if (stack->peak_moment == world->peak)
            assert_memory_equal(&stack->counts, &want, sizeof want);
        else
            assert_int_equal(want.live_blocks_at_peak, 0);
    }
}

static void the_peak_that_stands_is_what_was_live_then(void **state)
{
    (void)state;
    enum { ROUNDS = 60, STEPS = 600 };
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct world world;
        open_world(&world, seed);
        uint32_t peak_every = 1 + random_below(&world.random, seed % 2 ? 4 : 400);
        size_t ends_at = random_below(&world.random, 2 * STEPS);
        for (size_t step = 0; step < STEPS; step++) {
            act(&world);
            if (step == ends_at)
                end_heap(&world, 1);
            if (random_below(&world.random, peak_every) == 0) {
                world.peak = world.change;
                world.at_peak = world.now;
            }
        }
        check(&world);
        close_world(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_peak_that_stands_is_what_was_live_then),
    };
    return cmocka_run_group_tests_name("stack_picture", tests, NULL, NULL);
}
