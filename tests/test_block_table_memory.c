/* Block tables when memory runs out: every allocation of every call fails once. */
#define _DEFAULT_SOURCE /* madvise, in block_pool.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/arena.h"
#include "tests/by_address.h"

/* The files that allocate are compiled in here, so that their allocator is ours to refuse. */
static size_t allocations_left = SIZE_MAX;

static bool may_allocate(void);

static void *refusing_calloc(size_t count, size_t size)
{
    return may_allocate() ? calloc(count, size) : NULL;
}

static void *refusing_realloc(void *old, size_t size)
{
    return may_allocate() ? realloc(old, size) : NULL;
}

static void *refusing_aligned_alloc(size_t alignment, size_t size)
{
    return may_allocate() ? aligned_alloc(alignment, size) : NULL;
}

static void *refusing_arena_take(struct arena *arena, size_t bytes)
{
    return may_allocate() ? arena_take(arena, bytes) : NULL;
}

static void *refusing_arena_take_zeroed(struct arena *arena, size_t bytes)
{
    return may_allocate() ? arena_take_zeroed(arena, bytes) : NULL;
}

#define arena_take refusing_arena_take
#define arena_take_zeroed refusing_arena_take_zeroed
#define aligned_alloc refusing_aligned_alloc
#define calloc refusing_calloc
#define realloc refusing_realloc
#include "analyzer/block_pool.c"
#include "analyzer/block_table.c"
#include "analyzer/slots.c"
#include "analyzer/span.c"
#undef arena_take
#undef arena_take_zeroed
#undef aligned_alloc
#undef calloc
#undef realloc

#include "tests/block_model.h"

static bool may_allocate(void)
{
    return allocations_left == SIZE_MAX || (allocations_left > 0 && allocations_left-- > 0);
}

static struct block_pool *pool;
static struct block_table *table;
static struct occupancy heap;
static struct block_model model;

static void make_table(void)
{
    struct error err = { 0 };
    pool = block_pool_new(&err);
    if (pool)
        table = block_table_new(pool, &heap, &err);
    if (table)
        return;
    assert_int_equal(err.code, ERROR_NO_MEMORY);
    block_pool_free(pool);
    pool = NULL;
}

static void check_nothing_changed(void)
{
    struct occupancy expected = block_model_occupancy(&model);
    assert_memory_equal(&heap, &expected, sizeof heap);
    assert_true(block_table_is_consistent(table));
}

static bool try_insert(uint64_t address, uint64_t size)
{
    struct error err = { 0 };
    struct block block = { .size = size };
    bool overlaps;
    if (block_table_insert(table, address, &block, &overlaps, &err)) {
        assert_int_equal(overlaps, block_model_overlaps(&model, address, size));
        block_model_insert(&model, address, size, 0);
        return true;
    }
    assert_int_equal(err.code, ERROR_NO_MEMORY);
    return false;
}

static bool try_resize(uint64_t address, uint64_t size)
{
    struct error err = { 0 };
    if (block_table_resize(table, address, size, &err)) {
        model.blocks[block_model_find(&model, address)].size = size;
        return true;
    }
    assert_int_equal(err.code, ERROR_NO_MEMORY);
    return false;
}

/* Refuses the first allocation of a call, then only the second, and so on until it succeeds. */
static void until_it_succeeds(bool (*try)(uint64_t, uint64_t), uint64_t address, uint64_t size)
{
    bool is_done = false;
    for (size_t allowed = 0; !is_done; allowed++) {
        allocations_left = allowed;
        is_done = try(address, size);
        allocations_left = SIZE_MAX;
        check_nothing_changed();
    }
}

/* Blocks of every reach, overlapping, so that every kind of array has to grow. */
static void changes_nothing_when_memory_runs_out(void **state)
{
    (void)state;
    for (allocations_left = 0; !table; allocations_left++) {
        size_t allowed = allocations_left;
        make_table();
        allocations_left = allowed;
    }
    allocations_left = SIZE_MAX;
    for (uint64_t i = 0; i < 20; i++) {
        until_it_succeeds(try_insert, 0x20000 + 24 * i, UINT64_C(16) << i % 4);
        until_it_succeeds(try_insert, 0x2fff0 + 8 * i, 0x20 + i);
        until_it_succeeds(try_insert, 0x100000 * i + 8, UINT64_C(1) << i << i);
        until_it_succeeds(try_resize, 0x20000 + 24 * i, (i % 5) * 0x7f08);
        until_it_succeeds(try_resize, 0x100000 * i + 8, i % 2 ? 0 : 0x345678);
    }
    for (allocations_left = 0; model.count > 0; check_nothing_changed()) {
        block_table_remove(table, model.blocks[0].address); /* needs no memory at all */
        block_model_remove(&model, 0);
    }
    block_table_free(table);
    block_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(changes_nothing_when_memory_runs_out) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
