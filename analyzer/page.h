/*
 * One page of a heap: how much of it live blocks use, and where they begin and end in it.
 *
 * Its users are the blocks that overlap it and have their first or last byte somewhere in its
 * granule of 64 KiB. Blocks that lie over the whole granule are counted there, as its cover.
 */
#ifndef ANALYZER_PAGE_H
#define ANALYZER_PAGE_H

#include "analyzer/occupancy.h"
#include "analyzer/slots.h"

struct page {
    struct slots starts; /* blocks that start here: offset, end in this page, index in the pool */
    struct slots tails;  /* users that start before it: offset of their last byte here, how many */
    uint64_t bytes;      /* that its users have in it */
    uint32_t users;
    uint16_t tails_end; /* after the last byte of all tails; 0: there are none */
    bool is_crossed;    /* blocks that start in it may overlap each other; for sure not, if unset */
};

/* Its bytes, or if blocks overlap there, at most all of them. */
static inline uint32_t page_capped_bytes(const struct page *page)
{
    return page->bytes < PAGE_BYTES ? (uint32_t)page->bytes : PAGE_BYTES;
}

/* How it counts, when `cover` blocks lie over its whole granule. */
static inline struct page_facts page_facts(const struct page *page, uint64_t cover)
{
    return page_facts_of(page->users + cover, page->bytes + cover * PAGE_BYTES);
}

/*
 * Whether a user has a byte in [from, to) of the page, from < to <= 4096. Looks at two neighbours,
 * unless blocks overlap or are empty: then at up to 4096.
 */
bool page_is_used(struct page *page, uint32_t from, uint32_t to);

/* Whether a user that starts before the page reaches to `offset`. */
static inline bool page_has_tail_at(const struct page *page, uint32_t offset)
{
    return page->tails_end > offset;
}

/* The rest of page_note_start. */
bool page_is_crossed_at(const struct page *page, uint32_t place);

/*
 * Notes whether the block that starts at that place in `starts`, its offset, overlaps another user,
 * for when it has come or grown. Returns that. Its cells mostly tell it: then nothing else is
 * looked at.
 */
static inline bool page_note_start(struct page *page, uint32_t place, uint32_t offset)
{
    const struct slots *starts = &page->starts;
    if ((starts->is_disjoint || starts->count == 1) && !page_has_tail_at(page, offset))
        return false;
    bool is_crossed = page_is_crossed_at(page, place);
    page->is_crossed |= is_crossed; /* by a tail, perhaps: then it is noted too early, no harm */
    return is_crossed;
}

/* Makes room for a user that starts before the page and whose last byte here is at `offset`. */
bool page_reserve_tail(struct page *page, uint32_t offset, struct arena *arena);

/* Adds (room is reserved), or takes away again, such a user's tail; users and bytes stay. */
void page_add_tail(struct page *page, uint32_t offset);
void page_remove_tail(struct page *page, uint32_t offset, struct arena *arena);

void page_release(struct page *page, struct arena *arena);

#endif
