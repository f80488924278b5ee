/* The blocks and granules of a heap in order of address. */
#include "analyzer/block_index.h"

#include <assert.h>

/* The first start from that offset in the page on. False: there is none in the granule. */
static bool first_start(struct block_table *table, struct granule *granule, size_t page,
                        uint32_t offset, struct block_at *out, struct block_walk *after)
{
    for (; page < GRANULE_PAGES; page++, offset = 0) {
        struct slots *starts = &granule->pages[page].starts;
        uint32_t place = slots_next(starts, offset);
        if (place == SLOTS_NONE)
            continue;
        struct slot slot = slots_array(starts)[place];
        out->address = granule_address(granule) + (page << PAGE_SHIFT) + slot.offset;
        out->block = block_pool_at(table->pool, slot.value);
        *after = (struct block_walk){ granule, page, slot.offset + 1u, true };
        return true;
    }
    return false;
}

bool block_table_after(struct block_table *table, uint64_t address, bool or_at,
                       struct block_at *out)
{
    if (!or_at && address == UINT64_MAX)
        return false;
    uint64_t from = or_at ? address : address + 1;
    uint64_t number = from >> GRANULE_BYTE_SHIFT;
    struct block_walk unused;
    struct granule *granule = block_table_granule(table, number);
    if (granule) {
        size_t page = (size_t)(granule_page(granule, from) - granule->pages);
        if (first_start(table, granule, page, page_offset(from), out, &unused))
            return true;
    }
    granule = span_tree_next_start(&table->tree, number + 1);
    return granule && first_start(table, granule, 0, 0, out, &unused);
}

/*
 * Blocks lie in the pool as they came, so in order of address each one is a cache miss: those of
 * the next page are fetched while this one's are looked at.
 */
static void prefetch_next(const struct block_table *table, struct granule *granule, size_t page)
{
    do {
        if (++page == GRANULE_PAGES) {
            granule = granule->span.after;
            page = 0;
        }
    } while (granule && page > 0 && granule->pages[page].starts.count == 0);
    if (!granule)
        return;
    struct slots *starts = &granule->pages[page].starts;
    const struct slot *array = slots_array(starts);
    for (uint32_t i = 0; i < starts->count; i++)
        __builtin_prefetch(block_pool_at(table->pool, array[i].value));
}

bool block_table_walk(struct block_table *table, struct block_walk *walk, struct block_at *out)
{
    struct granule *granule = walk->has_begun ? (struct granule *)walk->region : table->tree.head;
    size_t page = walk->has_begun ? walk->page : 0;
    uint32_t offset = walk->has_begun ? walk->offset : 0;
    for (; granule; granule = granule->span.after, page = offset = 0) {
        if (!first_start(table, granule, page, offset, out, walk))
            continue;
        if (walk->page != page || offset == 0)
            prefetch_next(table, granule, walk->page);
        return true;
    }
    *walk = (struct block_walk){ .has_begun = true };
    return false;
}

static uint32_t bytes_in(const struct granule *granule)
{
    return granule_cover(granule) > 0 ? UINT32_C(1) << GRANULE_SHIFT : granule->span.bytes;
}

/*
 * Granules are linked, so that a walk would wait for each one to come before it knows the next. But
 * maps walk over the same ones again and again: each notes where the one lay that came some steps
 * later, in cache lines from itself, and the next walk fetches what is there. It is never followed,
 * so it may be wrong. A walk takes a third of the time.
 */
enum { LINE = 64 };

static inline void fetch_ahead(struct granule_walk *walk, struct granule *granule)
{
    intptr_t here = (intptr_t)granule;
    __builtin_prefetch((const void *)(here + (intptr_t)granule->span.ahead * LINE));
    struct granule **last = &walk->last[walk->seen++ % WALK_AHEAD];
    if (*last)
        (*last)->span.ahead = (int32_t)((here - (intptr_t)*last) / LINE);
    *last = granule;
}

static inline void go_on(struct granule_walk *walk, const struct granule *granule, size_t step)
{
    walk->region = granule;
    walk->granule = step;
    walk->has_begun = true;
}

/* A granule gives up to two runs: itself (step 0) and the gap behind it (step 1). */
bool block_table_walk_granules(struct block_table *table, struct granule_walk *walk,
                               struct granule_run *out)
{
    static_assert((int)GRANULE_SHIFT == (int)GRANULE_BYTE_SHIFT, "one idea of a granule");
    struct granule *granule = walk->has_begun ? (struct granule *)walk->region : table->tree.head;
    size_t step = walk->has_begun ? walk->granule : 0;
    for (; granule; granule = granule->span.after, step = 0) {
        uint64_t address = granule_address(granule);
        uint32_t bytes = bytes_in(granule);
        if (step == 0)
            fetch_ahead(walk, granule);
        if (step == 0 && bytes > 0) {
            *out = (struct granule_run){ address, 1, bytes };
            go_on(walk, granule, 1);
            return true;
        }
        uint64_t gap = granule_gap(granule);
        if (gap > 0 && granule_gap_cover(granule) > 0) {
            uint64_t behind = address + (UINT64_C(1) << GRANULE_SHIFT);
            *out = (struct granule_run){ behind, gap, UINT32_C(1) << GRANULE_SHIFT };
            go_on(walk, granule->span.after, 0);
            return true;
        }
    }
    go_on(walk, NULL, 0);
    return false;
}
