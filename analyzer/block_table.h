/*
 * The live blocks of one heap, by address, found through their page.
 *
 * A block is found through its granule (64 KiB) and its page, which has its counters and its blocks
 * in order of address. So one look-up gives the block, its page's occupancy and its neighbours.
 * Nothing here knows of events: addresses and sizes only, of any alignment, overlapping or not.
 */
#ifndef ANALYZER_BLOCK_TABLE_H
#define ANALYZER_BLOCK_TABLE_H

#include "analyzer/occupancy.h"
#include "decoder/error.h"
#include "decoder/stacks.h"

#define BORN_BEFORE_TRACE UINT64_MAX

struct block {
    uint64_t size;    /* bytes as asked for; changed by block_table_resize_at only */
    uint64_t born_ns; /* first allocation of its chain, or BORN_BEFORE_TRACE */
    uint64_t since;   /* number of the change that put this size at this address */
    uint32_t chain;   /* index of its chain; 0: it was never reallocated */
    /* 32 bits together: a block's memory is what a heap's size is multiplied with. */
    union {
        struct {
            uint32_t stack : STACK_ID_BITS; /* of its chain's first allocation, or STACK_NONE */
            uint32_t source : 8;            /* index: of its last allocation or realloc */
            uint32_t source_known : 1;
        };
        uint32_t origin; /* the three of them, to be copied */
    };
};

/* Shared by the tables of one analysis: where their blocks are stored. */
struct block_pool;
struct block_pool *block_pool_new(struct error *err);
void block_pool_free(struct block_pool *pool); /* after all its tables. NULL is fine */

struct block_table;

/*
 * An empty table. It keeps `occupancy`, and all parents of that: the caller's, it outlives the
 * table, is all zero now, and serves no other table. A parent that it gets later holds its sums
 * from then on.
 */
struct block_table *block_table_new(struct block_pool *pool, struct occupancy *occupancy,
                                    struct error *err);

/* Removes every block (so the occupancy falls) and frees the table. NULL is fine. */
void block_table_free(struct block_table *table);

/*
 * Frees the table alone: what it has in the pool goes when that is freed, which nothing else must
 * be asked for any more. A touch of every block is saved, and the occupancy stays. NULL is fine.
 */
void block_table_drop(struct block_table *table);

struct page;
struct granule;
struct slot;

/* Where in its table a block starts, or would. Good until the next insert, remove or resize. */
struct block_place {
    uint64_t address;
    struct block *block;     /* NULL: none starts there */
    struct granule *granule; /* private to the table, as is the rest; NULL: there is none yet */
    struct page *page;
    uint32_t slot;
};
struct block_place block_table_place(struct block_table *table, uint64_t address);

/* The block that starts at `address`, or NULL. Good until the next insert or remove. */
static inline struct block *block_table_find(struct block_table *table, uint64_t address)
{
    return block_table_place(table, address).block;
}

/*
 * Adds a copy of `block` at `place`, where no block may start yet; returns it, or NULL with
 * ERROR_NO_MEMORY or ERROR_LIMIT (2^32 - 2 blocks; 2^64 - 1 live bytes in the occupancy at the
 * top) and nothing changed. `*overlaps` tells whether it covers bytes of another live block. A
 * block that would pass the end of the address space is cut there for pages and gaps, while its
 * size stays.
 */
struct block *block_table_insert_at(struct block_table *table, const struct block_place *place,
                                    const struct block *block, bool *overlaps, struct error *err);

/* Removes the block at `place`, which must have one. */
void block_table_remove_at(struct block_table *table, const struct block_place *place);

/* Gives the block at `place`, which must have one, another size. False as for insert. */
bool block_table_resize_at(struct block_table *table, const struct block_place *place,
                           uint64_t size, struct error *err);

/* A block and where it starts. */
struct block_at {
    uint64_t address;
    struct block *block;
};

/* The live block with the lowest start above `address` (or at it, if `or_at`). False: there is
 * none. */
bool block_table_after(struct block_table *table, uint64_t address, bool or_at,
                       struct block_at *out);

/*
 * A walk over all blocks in order of address; nothing may be inserted or removed meanwhile.
 *     struct block_walk walk = { 0 };
 *     while (block_table_walk(table, &walk, &at)) …
 */
enum { WALK_BLOCKS = 32 };
struct block_walk {
    struct granule *granule; /* private, as is the rest; NULL: it has not begun, or has ended */
    size_t page;             /* in the granule */
    uint32_t passed;         /* of the page's places or cells */
    bool has_begun;
    uint32_t next, count; /* of those that are found and fetched */
    struct block_at found[WALK_BLOCKS];
};

/* The rest of block_table_walk: finds the next blocks. False: there are none. */
bool block_table_walk_on(struct block_table *table, struct block_walk *walk);

static inline bool block_table_walk(struct block_table *table, struct block_walk *walk,
                                    struct block_at *out)
{
    if (walk->next == walk->count && !block_table_walk_on(table, walk))
        return false;
    *out = walk->found[walk->next++];
    return true;
}

/* A run of 64 KiB granules that hold the same number of live bytes each (capped at 65536). */
struct granule_run {
    uint64_t address;
    uint64_t granules;
    uint32_t bytes; /* in each of them; never 0 */
};
enum { GRANULE_SHIFT = 16 };

enum { WALK_AHEAD = 8 }; /* granules that are fetched before they are needed */

/* A walk over all touched granules in order of address. The fields are private. */
struct granule_walk {
    struct granule *granule; /* the next one, once it has begun */
    bool has_begun;
    unsigned seen;
    struct granule *last[WALK_AHEAD]; /* that were seen */
};

/*
 * Puts the next runs into out[0, max), max >= 2, and returns how many: 0 at the end only. Many at
 * once, because one call for each would cost more than the look at it. Nothing may be inserted or
 * removed meanwhile.
 */
size_t block_table_walk_granules(struct block_table *table, struct granule_walk *walk,
                                 struct granule_run *out, size_t max);

/*
 * Whether all sums agree with the blocks. Walks everything once and allocates nothing (25 ns a
 * block): for tests, fuzzers and the end.
 */
bool block_table_is_consistent(struct block_table *table);

#endif
