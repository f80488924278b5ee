/* The live blocks of one heap: insert, find, resize, remove. */
#include "analyzer/block_table.h"
#include "analyzer/block_index.h"
#include "analyzer/stretch.h"

#include <assert.h>
#include <stdlib.h>

/* Where a block lies. */
struct extent {
    uint64_t address;
    uint64_t last; /* address of its last byte; of an empty block, its address */
    bool is_empty;
    struct granule *from; /* of address */
    struct granule *to;   /* of last */
};

static struct extent extent_of(uint64_t address, uint64_t size)
{
    if (size == 0)
        return (struct extent){ .address = address, .last = address, .is_empty = true };
    uint64_t room = UINT64_MAX - address; /* bytes of address space behind the first one */
    uint64_t more = size - 1 < room ? size - 1 : room;
    return (struct extent){ .address = address, .last = address + more };
}

/* Whether it lies in one page, as nearly every block does. */
static bool is_local(const struct extent *extent)
{
    return extent->address >> PAGE_SHIFT == extent->last >> PAGE_SHIFT;
}

static uint64_t local_bytes(const struct extent *extent)
{
    return extent->is_empty ? 0 : extent->last - extent->address + 1;
}

/* Where it ends in the page it starts in. */
static uint16_t end_in_page(const struct extent *extent)
{
    if (!is_local(extent))
        return PAGE_BYTES;
    return (uint16_t)(page_offset(extent->address) + local_bytes(extent));
}

/*
 * Changes one page's users and bytes, and what that and the blocks themselves add to the sums, all
 * modulo their width. The hot path: most events end here, and change nothing but the first two
 * sums.
 */
static inline void change_page(struct occupancy *occupancy, struct granule *granule,
                               struct page *page, uint64_t live_bytes, uint64_t live_blocks,
                               uint64_t bytes, uint32_t users)
{
    for (struct occupancy *o = occupancy; o; o = o->parent) {
        o->live_bytes += live_bytes;
        o->live_blocks += live_blocks;
    }
    granule_changed(granule);
    uint64_t cover = granule_cover(granule);
    const struct page old = *page;
    page->users += users;
    page->bytes += bytes;
    granule->span.bytes += page_capped_bytes(page) - page_capped_bytes(&old);
    bool is_pinned_once = old.users + cover <= 1 || page->users + cover <= 1;
    if (is_pinned_once ||
        page_bin(old.bytes + cover * PAGE_BYTES) != page_bin(page->bytes + cover * PAGE_BYTES))
        page_facts_replace(page_facts(&old, cover), page_facts(page, cover), occupancy);
}

struct granule *block_table_granule_of_tree(struct block_table *table, uint64_t number)
{
    struct granule *granule = span_tree_find(&table->tree, number);
    if (granule)
        *block_table_recent(table, number) = granule;
    return granule;
}

static struct granule *granule_new(struct block_table *table, uint64_t number)
{
    struct granule *granule = span_tree_add(&table->tree, number);
    if (granule)
        *block_table_recent(table, number) = granule;
    return granule;
}

static struct granule *granule_at_or_new(struct block_table *table, uint64_t number)
{
    struct granule *granule = block_table_granule(table, number);
    return granule ? granule : granule_new(table, number);
}

static void evict(struct block_table *table, const struct granule *granule)
{
    struct granule **recent = block_table_recent(table, granule->span.first);
    if (*recent == granule)
        *recent = NULL;
}

static void drop_if_unused(struct block_table *table, struct granule *granule)
{
    if (!granule || granule->span.starts > 0 || granule->lasts > 0)
        return;
    evict(table, granule);
    span_tree_remove(&table->tree, granule);
}

/*
 * Adds a block to the pages it lies in (`sign` 1) or takes it away (-1), its start apart, and adds
 * to `change` what that does to the page sums. True: it lies over granules that were touched.
 */
static bool lay(const struct extent *extent, int sign, struct occupancy *change)
{
    if (extent->is_empty)
        return false;
    struct stretch stretch = stretch_in(extent->from, extent->address, extent->last);
    stretch_lay(&stretch, sign, change);
    if (extent->to == extent->from)
        return false;
    stretch = stretch_in(extent->to, extent->address, extent->last);
    stretch_lay(&stretch, sign, change);
    extent->to->lasts += (uint32_t)sign;
    return span_tree_cover(extent->from, extent->to, sign, change);
}

/* Makes all room that laying the extent takes, and finds its granules. */
static bool reserve(struct block_table *table, struct extent *extent)
{
    extent->from = granule_at_or_new(table, extent->address >> GRANULE_BYTE_SHIFT);
    if (!extent->from)
        return false;
    extent->to = extent->from;
    if (is_local(extent))
        return true;
    extent->to = granule_at_or_new(table, extent->last >> GRANULE_BYTE_SHIFT);
    if (!extent->to)
        return false;
    struct stretch first = stretch_in(extent->from, extent->address, extent->last);
    struct stretch last = stretch_in(extent->to, extent->address, extent->last);
    return stretch_reserve(&first) && (extent->to == extent->from || stretch_reserve(&last));
}

static void drop_unused_ends(struct block_table *table, const struct extent *extent)
{
    if (extent->to != extent->from)
        drop_if_unused(table, extent->to);
    drop_if_unused(table, extent->from);
}

/* Sums that wrapped around would be wrong without a word. Those at the top are the largest. */
static bool can_grow(const struct block_table *table, uint64_t bytes, struct error *err)
{
    if (bytes <= UINT64_MAX - table->top->live_bytes)
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
    table->top = occupancy;
    while (table->top->parent)
        table->top = table->top->parent;
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
    span_tree_release(&table->tree);
    free(table);
}

const struct page *block_table_prefetch_page(const struct block_table *table, uint64_t address)
{
    struct granule *granule = *block_table_recent(table, address >> GRANULE_BYTE_SHIFT);
    if (!granule)
        return NULL;
    struct page *page = granule_page(granule, address);
    __builtin_prefetch(granule);
    __builtin_prefetch(page);
    return page;
}

void block_table_prefetch_index(const struct page *page, uint64_t address)
{
    const struct slots *starts = &page->starts;
    if (!starts->is_celled) {
        __builtin_prefetch(starts->many);
        return;
    }
    const struct slots_index *index = slots_index(starts);
    __builtin_prefetch(index->used);
    __builtin_prefetch(&index->at[page_offset(address) >> SLOTS_CELL_SHIFT]);
}

void block_table_prefetch_slot(const struct page *page, uint64_t address)
{
    const struct slots *starts = &page->starts;
    if (!starts->is_celled)
        return;
    __builtin_prefetch(
        &starts->many[slots_index(starts)->at[page_offset(address) >> SLOTS_CELL_SHIFT]]);
    __builtin_prefetch(&starts->many[starts->count - 1u]); /* fills a hole, or is followed */
}

/* An insert asks whether they leave it room. */
static void prefetch_neighbours(const struct slots *starts, uint32_t offset)
{
    uint32_t previous = slots_previous(starts, offset), next = slots_next(starts, offset);
    if (previous != SLOTS_NONE)
        __builtin_prefetch(&starts->many[previous]);
    if (next != SLOTS_NONE)
        __builtin_prefetch(&starts->many[next]);
}

void block_table_prefetch_block(const struct block_table *table, const struct page *page,
                                uint64_t address)
{
    const struct slots *starts = &page->starts;
    uint32_t slot = slots_find(starts, page_offset(address));
    if (slot != SLOTS_NONE)
        __builtin_prefetch(block_pool_at(table->pool, slots_at(starts, slot).value));
    else if (starts->is_celled)
        prefetch_neighbours(starts, page_offset(address));
}

struct block_place block_table_place(struct block_table *table, uint64_t address)
{
    return block_table_seek(table, address);
}

/* Stores the block at `place`, and notes its start; room is reserved. */
static inline struct block *store(struct block_table *table, const struct block_place *place,
                                  struct page *page, struct slot start, const struct block *block)
{
    start.value = block_pool_take(table->pool);
    slots_insert_at(&page->starts, place->slot, start);
    if (place->granule->span.starts++ == 0)
        span_note_starts(&place->granule->span);
    struct block *stored = block_pool_at(table->pool, start.value);
    *stored = *block;
    return stored;
}

/* A block within one page, or an empty one. */
static inline struct block *insert_local(struct block_table *table, struct block_place place,
                                         uint32_t bytes, const struct block *block, bool *overlaps)
{
    if (!place.granule)
        place.granule = granule_new(table, place.address >> GRANULE_BYTE_SHIFT);
    struct granule *granule = place.granule;
    if (!granule)
        return NULL;
    struct page *page = granule_page(granule, place.address);
    if (!slots_reserve(&page->starts, table->tree.arena)) {
        drop_if_unused(table, granule);
        return NULL;
    }
    uint32_t offset = page_offset(place.address);
    uint32_t end = offset + bytes;
    assert(slots_find(&page->starts, offset) == SLOTS_NONE);
    bool is_used = bytes > 0 && page_is_used(page, offset, end);
    *overlaps = is_used || (bytes > 0 && granule_cover(granule) > 0);
    page->is_crossed |= is_used; /* by a tail, perhaps: then it is noted too early, no harm done */
    change_page(table->occupancy, granule, page, block->size, 1, bytes, bytes > 0);
    return store(table, &place, page, (struct slot){ (uint16_t)offset, (uint16_t)end, 0 }, block);
}

static struct block *insert_long(struct block_table *table, struct block_place place,
                                 struct extent *extent, const struct block *block, bool *overlaps)
{
    struct page *page = NULL;
    if (reserve(table, extent))
        page = granule_page(extent->from, extent->address);
    place.granule = extent->from;
    if (!page || !slots_reserve(&page->starts, table->tree.arena)) {
        drop_unused_ends(table, extent);
        return NULL;
    }
    uint32_t offset = page_offset(extent->address);
    assert(slots_find(&page->starts, offset) == SLOTS_NONE);
    struct stretch first = stretch_in(extent->from, extent->address, extent->last);
    struct stretch last = stretch_in(extent->to, extent->address, extent->last);
    *overlaps = stretch_is_used(&first) || (extent->to != extent->from && stretch_is_used(&last));
    page->is_crossed |= *overlaps;
    struct occupancy change = { .live_bytes = block->size, .live_blocks = 1 };
    if (lay(extent, 1, &change))
        *overlaps = true;
    occupancy_change(table->occupancy, &change);
    return store(table, &place, page, (struct slot){ (uint16_t)offset, PAGE_BYTES, 0 }, block);
}

struct block *block_table_insert_at(struct block_table *table, struct block_place place,
                                    const struct block *block, bool *overlaps, struct error *err)
{
    if (!can_grow(table, block->size, err) || !block_pool_reserve(table->pool, err))
        return NULL;
    struct extent extent = extent_of(place.address, block->size);
    struct block *stored =
        is_local(&extent)
            ? insert_local(table, place, (uint32_t)local_bytes(&extent), block, overlaps)
            : insert_long(table, place, &extent, block, overlaps);
    if (!stored)
        no_memory(err);
    return stored;
}

static void remove_long(struct block_table *table, struct extent *extent, uint64_t size)
{
    extent->to = block_table_granule(table, extent->last >> GRANULE_BYTE_SHIFT);
    struct occupancy change = { .live_bytes = -size, .live_blocks = UINT64_MAX };
    lay(extent, -1, &change);
    occupancy_change(table->occupancy, &change);
    if (extent->to != extent->from)
        drop_if_unused(table, extent->to);
}

void block_table_remove(struct block_table *table, struct block_place place)
{
    assert(place.block);
    struct granule *granule = place.granule;
    struct page *page = granule_page(granule, place.address);
    uint64_t size = place.block->size;
    block_pool_give_back(table->pool, slots_array(&page->starts)[place.slot].value);
    slots_remove(&page->starts, place.slot, table->tree.arena);
    if (page->starts.count == 0)
        page->is_crossed = false;

    struct extent extent = extent_of(place.address, size);
    extent.from = granule;
    if (is_local(&extent))
        change_page(table->occupancy, granule, page, -size, UINT64_MAX, -local_bytes(&extent),
                    -(uint32_t)(size > 0));
    else
        remove_long(table, &extent, size);
    if (--granule->span.starts == 0) {
        span_note_starts(&granule->span);
        drop_if_unused(table, granule);
    }
}

static bool resize_long(struct block_table *table, struct extent *old, struct extent *new,
                        uint64_t grown_by, struct error *err)
{
    if (!reserve(table, new)) {
        drop_unused_ends(table, new);
        return no_memory(err);
    }
    old->from = new->from;
    old->to = block_table_granule(table, old->last >> GRANULE_BYTE_SHIFT);
    struct occupancy change = { .live_bytes = grown_by };
    lay(old, -1, &change);
    lay(new, 1, &change);
    occupancy_change(table->occupancy, &change);
    if (old->to != new->to)
        drop_if_unused(table, old->to);
    return true;
}

bool block_table_resize(struct block_table *table, struct block_place place, uint64_t size,
                        struct error *err)
{
    assert(place.block);
    struct page *page = granule_page(place.granule, place.address);
    struct block *block = place.block;
    if (size > block->size && !can_grow(table, size - block->size, err))
        return false;
    struct extent old = extent_of(place.address, block->size);
    struct extent new = extent_of(place.address, size);
    if (is_local(&old) && is_local(&new))
        change_page(table->occupancy, place.granule, page, size - block->size, 0,
                    local_bytes(&new) - local_bytes(&old),
                    (uint32_t)(size > 0) - (uint32_t)(block->size > 0));
    else if (!resize_long(table, &old, &new, size - block->size, err))
        return false;
    slots_set_end(&page->starts, place.slot, end_in_page(&new));
    page_note_crossing(page, slots_at(&page->starts, place.slot));
    block->size = size;
    return true;
}
