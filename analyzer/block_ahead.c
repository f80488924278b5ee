/* Fetches the memory that the next calls of block tables will touch. */
#include "analyzer/block_ahead.h"

#include "analyzer/block_index.h"

/* gcc 12 takes a function that only fetches for one that does nothing, and drops calls of it. */
#define FETCHER static inline __attribute__((always_inline)) void

/* Fetches the first `bytes` of something small, which may lie across the end of a cache line. */
FETCHER fetch(const void *from, size_t bytes)
{
    __builtin_prefetch(from);
    __builtin_prefetch((const char *)from + bytes - 1);
}

void blocks_ahead_add(struct blocks_ahead *ahead, const struct block_table *table, uint64_t address,
                      bool is_there)
{
    struct granule *granule = *block_table_recent(table, address >> GRANULE_BYTE_SHIFT);
    if (!granule)
        return;
    const struct page *page = granule_page(granule, address);
    fetch(granule, offsetof(struct span, parent));
    fetch(page, sizeof *page);
    ahead->at[ahead->count++] = (struct block_ahead){ page, page_offset(address), is_there };
}

static inline struct slots_word *word_at(const struct slots *starts, uint32_t offset)
{
    return &slots_index(starts)->words[(offset >> SLOTS_CELL_SHIFT) / 64];
}

static inline uint8_t *cell_at(const struct slots *starts, uint32_t offset)
{
    return &slots_index(starts)->at[offset >> SLOTS_CELL_SHIFT];
}

FETCHER fetch_index(const struct block_ahead *at)
{
    const struct slots *starts = &at->page->starts;
    if (!starts->is_celled) {
        __builtin_prefetch(starts->many);
        return;
    }
    __builtin_prefetch(word_at(starts, at->offset));
    __builtin_prefetch(cell_at(starts, at->offset));
}

FETCHER fetch_slot(const struct block_ahead *at)
{
    const struct slots *starts = &at->page->starts;
    if (!starts->is_celled)
        return;
    __builtin_prefetch(&starts->many[starts->count - 1u]); /* is followed, or fills a hole */
    if (at->is_there)
        __builtin_prefetch(&starts->many[*cell_at(starts, at->offset)]);
}

FETCHER fetch_block(const struct block_ahead *at, const struct block_pool *pool)
{
    const struct slots *starts = &at->page->starts;
    uint32_t place;
    if (at->is_there && slots_seek(starts, at->offset, &place))
        __builtin_prefetch(block_pool_at(pool, slots_at(starts, place).value));
}

void blocks_ahead_fetch(const struct blocks_ahead *ahead, const struct block_pool *pool)
{
    for (size_t i = 0; i < ahead->count; i++)
        fetch_index(&ahead->at[i]);
    for (size_t i = 0; i < ahead->count; i++)
        fetch_slot(&ahead->at[i]);
    for (size_t i = 0; i < ahead->count; i++)
        fetch_block(&ahead->at[i], pool);
}
