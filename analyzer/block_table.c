/* The live blocks of one heap: insert, find, resize, remove. */
#include "analyzer/block_table.h"
#include "analyzer/block_index.h"

#include <assert.h>
#include <stdlib.h>

/* Has the page, whose users and bytes have just changed, count as it is now, in all sums. */
static __attribute__((noinline)) void page_recount(struct occupancy *occupancy,
                                                   const struct page *page, uint64_t cover,
                                                   uint64_t old_users, uint64_t old_bytes)
{
    page_facts_replace(page_facts_of(old_users + cover, old_bytes + cover * PAGE_BYTES),
                       page_facts(page, cover), occupancy);
}

/*
 * Adds `blocks` with `bytes`, `users` of which are not empty (modulo 2^64 and 2^32), to a page, and
 * has all sums follow. The hot path: a page that several blocks use changes its bin at most.
 * Whether it does is beyond prediction, so that is done in any case.
 */
static inline void change_page(struct occupancy *occupancy, const struct block_place *place,
                               uint64_t bytes, uint64_t blocks, uint32_t users)
{
    const uint64_t cover = granule_cover(place->granule);
    struct granule *granule = place->granule;
    struct page *page = place->page;
    granule_changed(granule);
    const uint32_t old_users = page->users, old_capped = page_capped_bytes(page);
    const uint64_t old_bytes = page->bytes;
    page->users += users;
    page->bytes += bytes;
    granule->span.bytes += page_capped_bytes(page) - old_capped;
    if (old_users > 1 && page->users > 1 && cover == 0) {
        occupancy_change_used(occupancy, bytes, blocks, page_bin(old_bytes), page_bin(page->bytes));
        return;
    }
    occupancy_change_live(occupancy, bytes, blocks);
    page_recount(occupancy, page, cover, old_users, old_bytes);
}

struct granule *block_table_granule_of_tree(struct block_table *table, uint64_t number)
{
    struct granule *granule = span_tree_find(&table->tree, number);
    if (granule)
        *block_table_recent(table, number) = granule;
    return granule;
}

static void evict(struct block_table *table, const struct granule *granule)
{
    struct granule **recent = block_table_recent(table, granule->span.first);
    if (*recent == granule)
        *recent = NULL;
}

struct granule *block_table_granule_new(struct block_table *table, uint64_t number)
{
    struct granule *granule = span_tree_add(&table->tree, number);
    if (granule)
        *block_table_recent(table, number) = granule;
    return granule;
}

void block_table_drop_if_unused(struct block_table *table, struct granule *granule)
{
    if (!granule || granule->span.starts > 0 || granule->lasts > 0)
        return;
    evict(table, granule);
    table->pool->granules_gone++;
    span_tree_remove(&table->tree, granule);
}

/* Sums that wrapped around would be wrong without a word. Those at the top are the largest. */
static bool can_grow(const struct block_table *table, uint64_t bytes, struct error *err)
{
    const struct occupancy *top = table->occupancy;
    while (top->parent)
        top = top->parent;
    if (bytes <= UINT64_MAX - top->live_bytes)
        return true;
    return error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET, "live blocks of more than 2^64 bytes");
}

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for another live block");
}

struct block_table *block_table_new(struct block_pool *pool, struct occupancy *occupancy,
                                    struct error *err)
{
    struct block_table *table = calloc(1, sizeof *table);
    if (!table) {
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for another heap");
        return NULL;
    }
    table->pool = pool;
    table->tree.arena = &pool->arena;
    table->occupancy = occupancy;
    table->salt = pool->table_count++ * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    return table;
}

static void give_back_blocks(struct block_pool *pool, struct page *page)
{
    const struct slot *starts = slots_array(&page->starts);
    for (uint32_t i = 0; i < page->starts.count; i++)
        block_pool_give_back(pool, starts[i].value);
}

void block_table_free(struct block_table *table)
{
    if (!table)
        return;
    struct occupancy change = { 0 };
    occupancy_subtract(&change, table->occupancy);
    occupancy_change(table->occupancy, &change);
    for (struct granule *granule = table->tree.head; granule; granule = granule->span.after) {
        evict(table, granule);
        for (size_t p = 0; p < GRANULE_PAGES; p++) {
            give_back_blocks(table->pool, &granule->pages[p]);
            page_release(&granule->pages[p], table->tree.arena);
        }
    }
    table->pool->granules_gone++;
    span_tree_release(&table->tree);
    free(table);
}

void block_table_drop(struct block_table *table)
{
    free(table);
}

struct block_place block_table_place(struct block_table *table, uint64_t address)
{
    struct block_place place;
    block_table_seek(table, NULL, address, &place);
    return place;
}

/* Whether such a block lies within the page it starts in, as nearly every one does. */
static inline bool is_local(uint64_t address, uint64_t size)
{
    return size <= PAGE_BYTES - page_offset(address);
}

/* Where in that page it ends. */
static inline uint32_t end_in_page(uint64_t address, uint64_t size)
{
    return is_local(address, size) ? page_offset(address) + (uint32_t)size : PAGE_BYTES;
}

/* block_table_insert_at where there is no granule yet: adds it first, and drops it if all was in
 * vain. */
static struct block *insert_in_new_granule(struct block_table *table, const struct block_place *at,
                                           const struct block *block, bool *overlaps,
                                           struct error *err)
{
    struct block_place place = *at;
    place.granule = block_table_granule_new(table, at->address >> GRANULE_BYTE_SHIFT);
    if (!place.granule) {
        no_memory(err);
        return NULL;
    }
    place.page = granule_page(place.granule, at->address);
    struct block *stored = block_table_insert_at(table, &place, block, overlaps, err);
    if (!stored)
        block_table_drop_if_unused(table, place.granule);
    return stored;
}

/*
 * A copy of the block, after block_pool_reserve; `*index` tells where. Field by field: the caller
 * has just written them so, and to read two at once would wait until they are in the cache, and
 * whatever was written before them. Worth 2 % of a report.
 */
static inline struct block *store(struct block_pool *pool, const struct block *block,
                                  uint32_t *index)
{
    *index = block_pool_take(pool);
    struct block *stored = block_pool_at(pool, *index);
    stored->size = block->size;
    stored->born_ns = block->born_ns;
    stored->since = block->since;
    stored->chain = block->chain;
    stored->origin = block->origin;
    return stored;
}

struct block *block_table_insert_at(struct block_table *table, const struct block_place *place,
                                    const struct block *block, bool *overlaps, struct error *err)
{
    assert(!place->block);
    const uint64_t address = place->address, size = block->size;
    if (!can_grow(table, size, err) || !block_pool_reserve(table->pool, err))
        return NULL;
    if (!place->granule)
        return insert_in_new_granule(table, place, block, overlaps, err);
    struct page *page = place->page;
    if (!slots_reserve(&page->starts, table->tree.arena) ||
        (!is_local(address, size) && !block_table_lay_long(table, place, size, overlaps))) {
        no_memory(err);
        return NULL;
    }
    if (place->granule->span.starts++ == 0)
        span_note_starts(&place->granule->span);
    uint32_t index;
    struct block *stored = store(table->pool, block, &index);
    const uint32_t slot = slots_insert_at(&page->starts, place->slot, page_offset(address),
                                          end_in_page(address, size), index);
    if (is_local(address, size)) {
        *overlaps = page_note_start(page, slot, page_offset(address)) ||
                    (size > 0 && granule_cover(place->granule) > 0);
        change_page(table->occupancy, place, size, 1, size > 0);
    }
    return stored;
}

void block_table_remove_at(struct block_table *table, const struct block_place *place)
{
    assert(place->block);
    struct granule *granule = place->granule;
    struct page *page = place->page;
    const uint64_t size = place->block->size;
    block_pool_give_back(table->pool, slots_at(&page->starts, place->slot).value);
    slots_remove(&page->starts, place->slot, table->tree.arena);
    if (page->starts.count == 0)
        page->is_crossed = false;
    if (is_local(place->address, size)) {
        change_page(table->occupancy, place, -size, UINT64_MAX, -(uint32_t)(size > 0));
    } else {
        block_table_lift_long(table, place, size);
    }
    if (--granule->span.starts == 0) {
        span_note_starts(&granule->span);
        block_table_drop_if_unused(table, granule);
    }
}

bool block_table_resize_at(struct block_table *table, const struct block_place *place,
                           uint64_t size, struct error *err)
{
    assert(place->block);
    struct block *block = place->block;
    const uint64_t grown_by = size - block->size;
    if (size > block->size && !can_grow(table, grown_by, err))
        return false;
    if (is_local(place->address, size) && is_local(place->address, block->size)) {
        change_page(table->occupancy, place, grown_by, 0,
                    (uint32_t)(size > 0) - (uint32_t)(block->size > 0));
    } else if (!block_table_lay_again(table, place, block->size, size)) {
        return no_memory(err);
    }
    slots_set_end(&place->page->starts, place->slot, end_in_page(place->address, size));
    page_note_start(place->page, place->slot, page_offset(place->address));
    block->size = size;
    return true;
}
