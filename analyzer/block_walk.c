/* The blocks and granules of a heap in order of address. */
#include "analyzer/block_index.h"

#include <assert.h>

static void tell(const struct block_table *table, const struct granule *granule, size_t page,
                 struct slot slot, struct block_at *out)
{
    out->address = granule_address(granule) + (page << PAGE_SHIFT) + slot.offset;
    out->block = block_pool_at(table->pool, slot.value);
}

/* The first start from that offset in the page on. False: there is none in the granule. */
static bool first_start(struct block_table *table, struct granule *granule, size_t page,
                        uint32_t offset, struct block_at *out)
{
    for (; page < GRANULE_PAGES; page++, offset = 0) {
        struct slots *starts = &granule->pages[page].starts;
        uint32_t place = slots_next(starts, offset);
        if (place == SLOTS_NONE)
            continue;
        tell(table, granule, page, slots_array(starts)[place], out);
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
    struct granule *granule = block_table_granule(table, number);
    if (granule) {
        size_t page = (size_t)(granule_page(granule, from) - granule->pages);
        if (first_start(table, granule, page, page_offset(from), out))
            return true;
    }
    granule = span_tree_next_start(&table->tree, number + 1);
    return granule && first_start(table, granule, 0, 0, out);
}

/*
 * The next place of a page, of which `*from` have been passed: cells, if there are any, else slots.
 * SLOTS_NONE: there is none. A third of what slots_next costs, which any offset may be asked of.
 */
static inline uint32_t next_place(const struct slots *starts, uint32_t *from)
{
    if (!starts->is_celled)
        return *from < starts->count ? (*from)++ : SLOTS_NONE;
    const struct slots_index *index = slots_index(starts);
    for (uint32_t cell = *from; cell < SLOTS_CELLS; cell = (cell | 63) + 1) {
        uint64_t used = index->words[cell / 64].used >> cell % 64;
        if (!used)
            continue;
        cell += (uint32_t)__builtin_ctzll(used);
        *from = cell + 1;
        return index->at[cell];
    }
    return SLOTS_NONE;
}

/* The page after that one, or with `granule` NULL the first one of all. False: there is none. */
static bool turn_page(const struct block_table *table, struct block_walk *walk)
{
    walk->passed = 0;
    if (walk->granule && ++walk->page < GRANULE_PAGES)
        return true;
    walk->granule = walk->granule ? walk->granule->span.after : table->tree.head;
    walk->page = 0;
    return walk->granule;
}

/*
 * Blocks lie in the pool as they came too, so in order of address each is a cache miss: many are
 * found and fetched before the first one is looked at.
 */
bool block_table_walk_on(struct block_table *table, struct block_walk *walk)
{
    walk->next = walk->count = 0;
    if (!walk->has_begun)
        turn_page(table, walk);
    walk->has_begun = true;
    while (walk->granule && walk->count < WALK_BLOCKS) {
        struct slots *starts = &walk->granule->pages[walk->page].starts;
        if (walk->passed == 0)
            block_table_fetch_slots(walk->granule, walk->page);
        const uint32_t place = next_place(starts, &walk->passed);
        if (place == SLOTS_NONE) {
            turn_page(table, walk);
            continue;
        }
        struct block_at *at = &walk->found[walk->count++];
        tell(table, walk->granule, walk->page, slots_array(starts)[place], at);
        __builtin_prefetch(at->block);
    }
    return walk->count > 0;
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

/* Up to two runs: the granule itself, and the gap behind it. Returns how many. */
static inline size_t put_runs(const struct granule *granule, struct granule_run *out)
{
    const uint32_t full = UINT32_C(1) << GRANULE_SHIFT;
    const uint64_t address = granule_address(granule);
    const uint32_t bytes = granule_cover(granule) > 0 ? full : granule->span.bytes;
    const uint64_t gap = granule_gap(granule);
    size_t count = 0;
    if (bytes > 0)
        out[count++] = (struct granule_run){ address, 1, bytes };
    if (gap > 0 && granule_gap_cover(granule) > 0)
        out[count++] = (struct granule_run){ address + full, gap, full };
    return count;
}

size_t block_table_walk_granules(struct block_table *table, struct granule_walk *walk,
                                 struct granule_run *out, size_t max)
{
    static_assert((int)GRANULE_SHIFT == (int)GRANULE_BYTE_SHIFT, "one idea of a granule");
    struct granule *granule = walk->has_begun ? walk->granule : table->tree.head;
    size_t count = 0;
    assert(max >= 2);
    for (; granule && count + 2 <= max; granule = granule->span.after) {
        fetch_ahead(walk, granule);
        count += put_runs(granule, &out[count]);
    }
    walk->granule = granule;
    walk->has_begun = true;
    return count;
}
