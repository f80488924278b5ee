/*
 * Fetches the memory that the next calls of block tables will touch, so that their cache misses
 * overlap. It changes nothing.
 *
 * Each step goes through all blocks of a batch before the next one starts: the page first, then
 * what tells where a block starts in it, then its slot, then the block. Worth while from some ten
 * thousand live blocks on; below, it costs more than it saves.
 */
#ifndef ANALYZER_BLOCK_AHEAD_H
#define ANALYZER_BLOCK_AHEAD_H

#include "analyzer/block_index.h"

enum { BLOCKS_AHEAD = 32 }; /* a batch */

/* A batch. */
struct blocks_ahead {
    uint64_t granules_gone; /* of the pool, when it was fetched */
    struct block_ahead {
        struct granule *granule; /* that it starts in; NULL: there is none, or it is not at hand */
        const struct block_table *table; /* this and what follows is there if a granule is */
        uint64_t address;
        const struct page *page;
        const struct slot *slot; /* if is_there: that of the block, perhaps; or NULL */
        uint32_t is_there;       /* 1: a block should be, it will be looked up; 0: none should */
    } at[BLOCKS_AHEAD];
};

/* To be called if nothing is fetched: no granule is known. */
static inline void blocks_ahead_none(struct blocks_ahead *ahead)
{
    ahead->granules_gone = UINT64_MAX;
}

/*
 * The first step for one place of the batch: fetches the page. `is_there` tells whether the call
 * will find the block. A place without a granule is left out.
 */
BLOCKS_FETCHER blocks_ahead_page(struct block_ahead *at, const struct block_table *table,
                                 uint64_t address, bool is_there)
{
    at->granule = *block_table_recent(table, address >> GRANULE_BYTE_SHIFT);
    if (!at->granule)
        return;
    at->table = table;
    at->address = address;
    at->page = granule_page(at->granule, address);
    at->is_there = is_there;
    __builtin_prefetch(at->granule);
    __builtin_prefetch(at->page);
    __builtin_prefetch((const char *)(at->page + 1) - 1); /* it may lie in two cache lines */
}

/* The other steps for the first `count` places; all tables have that pool. */
void blocks_ahead_fetch(struct blocks_ahead *ahead, size_t count, const struct block_pool *pool);

/*
 * The granule in which block `i` of a batch that was fetched starts, for block_table_seek; NULL: it
 * is not known (any more).
 */
static inline struct granule *blocks_ahead_granule(const struct blocks_ahead *ahead, size_t i,
                                                   const struct block_pool *pool)
{
    return ahead->granules_gone == pool->granules_gone ? ahead->at[i].granule : NULL;
}

/*
 * The slot of that block, perhaps, for block_table_seek_slot. Only if its granule is known, and it
 * is_there.
 */
static inline const struct slot *blocks_ahead_slot(const struct blocks_ahead *ahead, size_t i)
{
    return ahead->at[i].slot;
}

#endif
