/* struct block_table as the files see it that make it up. */
#ifndef ANALYZER_BLOCK_INDEX_H
#define ANALYZER_BLOCK_INDEX_H

#include "analyzer/block_pool.h"

#include <assert.h>

struct block_table {
    struct block_pool *pool;     /* the caller's */
    struct occupancy *occupancy; /* the caller's */
    struct span_tree tree;
    uint64_t salt; /* spreads equal addresses of different heaps over pool->recent */
};

static inline struct granule **block_table_recent(const struct block_table *table, uint64_t number)
{
    return &table->pool->recent[(number + table->salt) & (POOL_RECENT - 1)];
}

/* The rest of block_table_granule: the tree finds it. */
struct granule *block_table_granule_of_tree(struct block_table *table, uint64_t number);

/* Whether it is that granule of that table. */
static inline bool granule_is(const struct granule *granule, const struct block_table *table,
                              uint64_t number)
{
    return granule->span.first == number && granule->span.tree == &table->tree;
}

/* The granule with that number, or NULL. Nearly always the table of recent ones has it. */
static inline struct granule *block_table_granule(struct block_table *table, uint64_t number)
{
    struct granule *granule = *block_table_recent(table, number);
    if (granule && granule_is(granule, table, number))
        return granule;
    return block_table_granule_of_tree(table, number);
}

static inline struct page *granule_page(struct granule *granule, uint64_t address)
{
    return &granule->pages[address >> PAGE_SHIFT & (GRANULE_PAGES - 1)];
}

static inline uint32_t page_offset(uint64_t address)
{
    return (uint32_t)(address & (PAGE_BYTES - 1));
}

/* Adds the granule with that number, which is not there. NULL: no memory. */
struct granule *block_table_granule_new(struct block_table *table, uint64_t number);

/* Removes the granule if no block starts or ends in it. */
void block_table_drop_if_unused(struct block_table *table, struct granule *granule);

/*
 * For blocks that leave the page they start in (block_long.c): what there is to do for one apart
 * from its start, sums included. `place` must have a granule.
 */
bool block_table_lay_long(struct block_table *table, const struct block_place *place, uint64_t size,
                          bool *overlaps); /* false: no memory, and nothing changed */
void block_table_lift_long(struct block_table *table, const struct block_place *place,
                           uint64_t size);

/* The same for another size, if at least one of the two leaves the page. False: no memory. */
bool block_table_lay_again(struct block_table *table, const struct block_place *place,
                           uint64_t old_size, uint64_t new_size);

/* block_table_place, for the hot path. `granule` is that of the address; NULL: it is not known. */
static inline void block_table_seek(struct block_table *table, struct granule *granule,
                                    uint64_t address, struct block_place *place)
{
    assert(!granule || granule_is(granule, table, address >> GRANULE_BYTE_SHIFT));
    if (!granule)
        granule = block_table_granule(table, address >> GRANULE_BYTE_SHIFT);
    place->address = address;
    place->block = NULL;
    place->granule = granule;
    place->slot = 0;
    if (!granule)
        return;
    struct page *page = granule_page(granule, address);
    place->page = page;
    if (slots_seek(&page->starts, page_offset(address), &place->slot))
        place->block = block_pool_at(table->pool, slots_at(&page->starts, place->slot).value);
}

/*
 * The same, where `slot` may be that of the block: what was found a moment ago, in this page of
 * this granule, whatever has happened to its slots since. NULL: it was not looked for. Nothing is
 * searched a second time, and how its page is ordered need not be guessed: 2 % of a report.
 */
static inline void block_table_seek_slot(struct block_table *table, struct granule *granule,
                                         const struct slot *slot, uint64_t address,
                                         struct block_place *place)
{
    assert(!granule || granule_is(granule, table, address >> GRANULE_BYTE_SHIFT));
    if (granule && slot) {
        struct page *page = granule_page(granule, address);
        const size_t number = slots_number(&page->starts, slot);
        if (number < page->starts.count) {
            /* Not `*slot`: that may have been given back, and this lie where it lay. */
            const struct slot now = slots_at(&page->starts, (uint32_t)number);
            if (now.offset == page_offset(address)) {
                *place = (struct block_place){ address, block_pool_at(table->pool, now.value),
                                               granule, page, (uint32_t)number };
                return;
            }
        }
    }
    block_table_seek(table, granule, address, place);
}

/* gcc 12 takes a function that only fetches for one that does nothing, and drops calls of it. */
#define BLOCKS_FETCHER static inline __attribute__((always_inline)) void

BLOCKS_FETCHER fetch_lines(const void *from, size_t bytes)
{
    enum { LINE = 64 };
    for (size_t at = 0; at < bytes + LINE - 1; at += LINE)
        __builtin_prefetch((const char *)from + at);
}

/*
 * For who goes through all pages in order, at each of them: fetches the slots of a page to come
 * and, at a granule's first one, all pages of the next granule.
 */
BLOCKS_FETCHER block_table_fetch_slots(const struct granule *granule, size_t page)
{
    enum { PAGES_AHEAD = 4 };
    const bool is_of_next = page + PAGES_AHEAD >= GRANULE_PAGES;
    const struct granule *of = is_of_next ? granule->span.after : granule;
    if (page == 0 && granule->span.after)
        fetch_lines(granule->span.after->pages, sizeof granule->pages);
    if (!of)
        return;
    const struct slots *starts = &of->pages[(page + PAGES_AHEAD) % GRANULE_PAGES].starts;
    if (starts->capacity == 0)
        return;
    if (starts->is_celled)
        fetch_lines(slots_index(starts), sizeof(struct slots_index));
    fetch_lines(starts->many, starts->count * sizeof(struct slot));
}

static inline uint64_t granule_address(const struct granule *granule)
{
    return granule->span.first << GRANULE_BYTE_SHIFT;
}

#endif
