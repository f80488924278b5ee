/* Where the blocks of all heaps are stored, by 32-bit index. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* madvise */
#endif
#include "analyzer/block_pool.h"

#include <stdlib.h>
#include <sys/mman.h>

struct block_pool *block_pool_new(struct error *err)
{
    struct block_pool *pool = calloc(1, sizeof *pool);
    if (!pool) {
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for live blocks");
        return NULL;
    }
    pool->first_free = UINT32_MAX;
    return pool;
}

void block_pool_free(struct block_pool *pool)
{
    if (!pool)
        return;
    for (uint32_t s = 0; s < pool->slab_count; s++)
        free(pool->slabs[s]);
    free(pool->slabs);
    arena_release(&pool->arena);
    free(pool);
}

static bool add_slab(struct block_pool *pool)
{
    if (pool->slab_count == pool->slab_capacity) {
        uint32_t capacity = pool->slab_capacity ? 2 * pool->slab_capacity : 16;
        union pool_entry **slabs = realloc(pool->slabs, capacity * sizeof(union pool_entry *));
        if (!slabs)
            return false;
        pool->slabs = slabs;
        pool->slab_capacity = capacity;
    }
    union pool_entry *slab =
        aligned_alloc(POOL_SLAB_BLOCKS * sizeof *slab, POOL_SLAB_BLOCKS * sizeof *slab);
    if (!slab)
        return false;
#ifdef MADV_HUGEPAGE
    madvise(slab, POOL_SLAB_BLOCKS * sizeof *slab, MADV_HUGEPAGE); /* refused: just slower */
#endif
    pool->slabs[pool->slab_count++] = slab;
    return true;
}

/*
 * Some at once: in a heap that grows, whether the next block is a new one would be asked at every
 * block, and is beyond prediction. Not the whole slab: what is never used is never touched.
 */
static void link_blocks(struct block_pool *pool)
{
    const uint32_t first = pool->used, left = pool->room - first;
    pool->used += left < POOL_LINKED_BLOCKS ? left : POOL_LINKED_BLOCKS;
    for (uint32_t index = pool->used; index-- > first;)
        block_pool_give_back(pool, index);
}

bool block_pool_grow(struct block_pool *pool, struct error *err)
{
    if (pool->used >= POOL_BLOCKS_MAX)
        return error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                         "more than %u live blocks; --process takes fewer",
                         (unsigned)POOL_BLOCKS_MAX);
    if (pool->used == pool->room && !add_slab(pool))
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for more live blocks");
    uint64_t room = (uint64_t)pool->slab_count << POOL_SLAB_SHIFT;
    pool->room = room < POOL_BLOCKS_MAX ? (uint32_t)room : POOL_BLOCKS_MAX;
    link_blocks(pool);
    return true;
}
