/* Fetches the memory that the next calls of block tables will touch. */
#include "analyzer/block_ahead.h"

/*
 * The blocks that should be there. Which are, and which pages have an index, is beyond prediction:
 * they are listed without a branch, and each loop below has only what it is for.
 */
struct finds {
    size_t indexed_count, ordered_count;
    struct block_ahead *indexed[BLOCKS_AHEAD]; /* in pages with an index */
    struct block_ahead *ordered[BLOCKS_AHEAD]; /* in others */
};

/* Whether the granule that was at hand is the right one; else forgets it. */
static inline bool has_granule(struct block_ahead *at)
{
    if (!at->granule)
        return false;
    if (granule_is(at->granule, at->table, at->address >> GRANULE_BYTE_SHIFT))
        return true;
    at->granule = NULL;
    return false;
}

static inline uint32_t cell_of(const struct block_ahead *at)
{
    return page_offset(at->address) >> SLOTS_CELL_SHIFT;
}

/* Fetches what is so many bytes after the first slot. No pointers: there may be no array. */
BLOCKS_FETCHER fetch_near(const struct slots *slots, uintptr_t bytes)
{
    __builtin_prefetch((const void *)((uintptr_t)slots->many + bytes));
}

/* The index, and the last slot, which is followed by a new one, or fills the hole that one leaves.
 * Where there is no index, the first slot. */
BLOCKS_FETCHER fetch_index(struct block_ahead *at, struct finds *finds)
{
    const struct slots *starts = &at->page->starts;
    const uint32_t cell = cell_of(at);
    const uintptr_t mask = -(uintptr_t)starts->is_celled; /* ?: would become a branch */
    const uintptr_t index = -sizeof(struct slots_index);
    fetch_near(starts, mask & (index + cell / 64 * sizeof(struct slots_word)));
    fetch_near(starts, mask & (index + offsetof(struct slots_index, at) + cell));
    fetch_near(starts, (starts->count - 1u) * sizeof(struct slot));
    finds->indexed[finds->indexed_count] = at;
    finds->indexed_count += at->is_there & (uint32_t)mask;
    finds->ordered[finds->ordered_count] = at;
    finds->ordered_count += at->is_there & ~(uint32_t)mask;
}

/* What the cell says, or if that is not used, any slot: which it is, is beyond prediction too. */
BLOCKS_FETCHER fetch_slot(struct block_ahead *at)
{
    const struct slots *starts = &at->page->starts;
    const struct slots_index *index = slots_index(starts);
    const uint32_t cell = cell_of(at);
    const uint64_t is_used = index->words[cell / 64].used >> cell % 64 & 1;
    at->slot = &starts->many[index->at[cell] & -is_used];
    __builtin_prefetch(at->slot);
}

BLOCKS_FETCHER fetch_block(const struct block_ahead *at, const struct block_pool *pool)
{
    __builtin_prefetch(block_pool_at(pool, at->slot->value));
}

BLOCKS_FETCHER fetch_ordered_block(struct block_ahead *at, const struct block_pool *pool)
{
    const struct slots *starts = &at->page->starts;
    const uint32_t place = slots_find_in_order(starts, page_offset(at->address));
    at->slot = NULL;
    if (place == SLOTS_NONE)
        return;
    at->slot = starts->capacity ? &starts->many[place] : &starts->one;
    fetch_block(at, pool);
}

void blocks_ahead_fetch(struct blocks_ahead *ahead, size_t count, const struct block_pool *pool)
{
    struct finds finds;
    finds.indexed_count = finds.ordered_count = 0;
    for (size_t i = 0; i < count; i++)
        if (has_granule(&ahead->at[i]))
            fetch_index(&ahead->at[i], &finds);
    for (size_t i = 0; i < finds.indexed_count; i++)
        fetch_slot(finds.indexed[i]);
    for (size_t i = 0; i < finds.ordered_count; i++)
        fetch_ordered_block(finds.ordered[i], pool);
    for (size_t i = 0; i < finds.indexed_count; i++)
        fetch_block(finds.indexed[i], pool);
    ahead->granules_gone = pool->granules_gone;
}
