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

#include "analyzer/block_table.h"

#include <stddef.h>

enum { BLOCKS_AHEAD = 32 }; /* a batch */

/* A batch, empty if count is 0; its places are good until a table changes. */
struct blocks_ahead {
    size_t count;
    struct block_ahead {
        const struct page *page;
        uint32_t offset; /* in the page */
        bool is_there;   /* a block should be: it will be looked up; else there should be none */
    } at[BLOCKS_AHEAD];
};

/*
 * Adds a block to the batch, which is not full, and fetches its page; nothing if that is not worth
 * while. `is_there` tells whether the call will find it.
 */
void blocks_ahead_add(struct blocks_ahead *ahead, const struct block_table *table, uint64_t address,
                      bool is_there);

/* Fetches the rest for the whole batch; all tables in it have that pool. */
void blocks_ahead_fetch(const struct blocks_ahead *ahead, const struct block_pool *pool);

#endif
