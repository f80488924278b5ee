/* Whether a block table's sums agree with its blocks, from the bottom up. */
#include "analyzer/block_index.h"

#include <string.h>

/* What a granule's pages say about it. */
struct tally {
    uint64_t starts;
    uint64_t leaving;
    struct occupancy sums;
};

/* Adds up the blocks that start in the page. False: a slot disagrees with its block. */
static bool tally_starts(struct block_table *table, const struct granule *granule, size_t p,
                         struct page *page, struct tally *tally)
{
    uint64_t base = granule_address(granule) + ((uint64_t)p << PAGE_SHIFT);
    const struct slot *starts = slots_array(&page->starts);
    for (uint32_t i = 0; i < page->starts.count; i++) {
        uint64_t room = UINT64_MAX - base - starts[i].offset;
        uint64_t size = block_pool_at(table->pool, starts[i].value)->size;
        uint64_t last = starts[i].offset + (size && size - 1 < room ? size - 1 : room);
        uint64_t end = size == 0 ? starts[i].offset : last < PAGE_BYTES ? last + 1 : PAGE_BYTES;
        if (starts[i].end != end)
            return false;
        if (size > 0 && (base + last) >> GRANULE_BYTE_SHIFT != granule->span.first)
            tally->leaving++;
        tally->starts++;
        tally->sums.live_blocks++;
        tally->sums.live_bytes += size;
    }
    return true;
}

/* Whether users and bytes are those of the page's starts and tails, and crossing is noted. */
static bool is_page_consistent(struct page *page)
{
    uint64_t users = 0;
    uint64_t bytes = 0;
    uint32_t reached = 0, seen = 0, at = 0;
    const struct slot *starts = slots_array(&page->starts);
    for (uint32_t i; (i = slots_next(&page->starts, at)) != SLOTS_NONE; seen++) {
        struct slot start = starts[i];
        if (start.offset < at || slots_find(&page->starts, start.offset) != i)
            return false;
        at = start.offset + 1u;
        if (start.end == start.offset)
            continue;
        if (start.offset < reached && !page->is_crossed)
            return false;
        reached = start.end;
        users++;
        bytes += start.end - start.offset;
    }
    const struct slot *tails = slots_array(&page->tails);
    uint32_t tails_end = 0;
    for (uint32_t i = 0; i < page->tails.count; i++) {
        users += tails[i].value;
        bytes += (tails[i].offset + UINT64_C(1)) * tails[i].value;
        tails_end = tails[i].offset + 1u > tails_end ? tails[i].offset + 1u : tails_end;
    }
    return slots_are_consistent(&page->starts) && seen == page->starts.count &&
           users == page->users && bytes == page->bytes && tails_end == page->tails_end;
}

/* Has the blocks fetched that start in the page after that one, if it is of the same granule. */
BLOCKS_FETCHER fetch_blocks_after(const struct block_table *table, struct granule *granule,
                                  size_t p)
{
    if (p + 1 == GRANULE_PAGES)
        return;
    struct slots *starts = &granule->pages[p + 1].starts;
    const struct slot *array = slots_array(starts);
    for (uint32_t i = 0; i < starts->count; i++)
        __builtin_prefetch(block_pool_at(table->pool, array[i].value));
}

static bool tally_granule(struct block_table *table, struct granule *granule, uint64_t cover,
                          struct tally *tally)
{
    uint32_t bytes = 0;
    for (size_t p = 0; p < GRANULE_PAGES; p++) {
        struct page *page = &granule->pages[p];
        bytes += page_capped_bytes(page);
        block_table_fetch_slots(granule, p);
        fetch_blocks_after(table, granule, p);
        if (!is_page_consistent(page) || !tally_starts(table, granule, p, page, tally))
            return false;
        page_facts_add(page_facts(page, cover), 1, &tally->sums);
    }
    return bytes == granule->span.bytes;
}

static bool are_equal(const struct occupancy *a, const struct occupancy *b)
{
    return a->live_bytes == b->live_bytes && a->live_blocks == b->live_blocks &&
           a->touched_pages == b->touched_pages && a->pinned_pages == b->pinned_pages &&
           a->pinned_waste_bytes == b->pinned_waste_bytes &&
           memcmp(a->histogram, b->histogram, sizeof a->histogram) == 0;
}

bool block_table_is_consistent(struct block_table *table)
{
    struct occupancy sums = { 0 };
    uint64_t open = 0; /* blocks that lie over the gap before the granule */
    for (struct granule *granule = table->tree.head; granule; granule = granule->span.after) {
        struct tally tally = { 0 };
        uint64_t cover = open - granule->lasts;
        if (open < granule->lasts || cover != granule_cover(granule) ||
            !tally_granule(table, granule, cover, &tally))
            return false;
        if (tally.starts != granule->span.starts || tally.leaving != granule->leaving ||
            (tally.starts == 0 && granule->lasts == 0))
            return false;
        open = cover + tally.leaving;
        page_facts_add(page_facts_of(open, open * PAGE_BYTES),
                       granule_gap(granule) << GRANULE_PAGE_SHIFT, &tally.sums);
        occupancy_change(&sums, &tally.sums);
    }
    bool is_empty = !table->tree.head;
    if (is_empty && (table->tree.root || table->tree.covered_branches > 0))
        return false;
    return open == 0 && are_equal(&sums, table->occupancy);
}
