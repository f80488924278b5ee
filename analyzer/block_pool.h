/* Where the blocks of all heaps are stored, by 32-bit index. */
#ifndef ANALYZER_BLOCK_POOL_H
#define ANALYZER_BLOCK_POOL_H

#include "analyzer/block_table.h"
#include "analyzer/span.h"

enum {
    POOL_SLAB_SHIFT = 16,
    POOL_SLAB_BLOCKS = 1 << POOL_SLAB_SHIFT, /* 2 MiB: one huge page, where the system has them */
    POOL_LINKED_BLOCKS = 128, /* that are made free at once: a page, of those that are small */
    POOL_RECENT = 1 << 14,    /* a GiB of heap in granules: beyond it, the tree finds them */
};
#define POOL_BLOCKS_MAX (UINT32_MAX - UINT32_C(1))

union pool_entry {
    struct block block;
    uint32_t next_free; /* index, or UINT32_MAX */
};

struct block_pool {
    struct arena arena;       /* of the tables: where their indices lie */
    union pool_entry **slabs; /* owned; never moved, so that pointers to blocks stay good */
    uint32_t slab_count;
    uint32_t slab_capacity;
    uint32_t first_free;                 /* index, or UINT32_MAX */
    uint32_t used;                       /* indices from here on were never free */
    uint32_t room;                       /* there are slabs for indices below */
    uint32_t table_count;                /* tables made so far: salts their look-ups below */
    uint64_t granules_gone;              /* how often a granule was removed: pointers to it ended */
    struct granule *recent[POOL_RECENT]; /* by number and table, direct-mapped; of any table */
};

static inline struct block *block_pool_at(const struct block_pool *pool, uint32_t index)
{
    return &pool->slabs[index >> POOL_SLAB_SHIFT][index & (POOL_SLAB_BLOCKS - 1)].block;
}

/* Makes blocks free, where none is. False with ERROR_LIMIT or ERROR_NO_MEMORY. */
bool block_pool_grow(struct block_pool *pool, struct error *err);

/* Makes sure that the next block_pool_take succeeds. */
static inline bool block_pool_reserve(struct block_pool *pool, struct error *err)
{
    return pool->first_free != UINT32_MAX || block_pool_grow(pool, err);
}

/* Takes a free index, after block_pool_reserve. */
static inline uint32_t block_pool_take(struct block_pool *pool)
{
    uint32_t index = pool->first_free;
    pool->first_free =
        pool->slabs[index >> POOL_SLAB_SHIFT][index & (POOL_SLAB_BLOCKS - 1)].next_free;
    /* The one after it is told by that one: fetched now, it is there when it is taken. */
    if (pool->first_free != UINT32_MAX)
        __builtin_prefetch(block_pool_at(pool, pool->first_free), 1);
    return index;
}

static inline void block_pool_give_back(struct block_pool *pool, uint32_t index)
{
    union pool_entry *entry =
        &pool->slabs[index >> POOL_SLAB_SHIFT][index & (POOL_SLAB_BLOCKS - 1)];
    entry->next_free = pool->first_free;
    pool->first_free = index;
}

#endif
