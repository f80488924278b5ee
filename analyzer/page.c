/* Where blocks begin and end in a page. */
#include "analyzer/page.h"

#include <assert.h>

/* Whether a block that starts before `offset` reaches past it. */
static bool is_reached(struct page *page, uint32_t offset)
{
    const struct slot *starts = slots_array(&page->starts);
    uint32_t at = offset;
    for (uint32_t i; (i = slots_previous(&page->starts, at)) != SLOTS_NONE; at = starts[i].offset) {
        if (starts[i].end > offset)
            return true;
        if (starts[i].end > starts[i].offset && !page->is_crossed)
            return false; /* what starts earlier ends earlier */
    }
    return false;
}

/* Whether a block that is not empty starts in [from, end). */
static bool is_started(struct page *page, uint32_t from, uint32_t end)
{
    const struct slot *starts = slots_array(&page->starts);
    uint32_t at = from;
    for (uint32_t i; (i = slots_next(&page->starts, at)) != SLOTS_NONE;
         at = starts[i].offset + 1u) {
        if (starts[i].offset >= end)
            return false;
        if (starts[i].end > starts[i].offset)
            return true;
    }
    return false;
}

/* The same as is_reached and is_started together, with one search, in an array in order. */
static bool is_crossed_in_order(struct page *page, uint32_t from, uint32_t to)
{
    const struct slot *starts = slots_array(&page->starts);
    uint32_t rank = slots_rank(&page->starts, from);
    for (uint32_t i = rank; i < page->starts.count && starts[i].offset < to; i++)
        if (starts[i].end > starts[i].offset)
            return true;
    for (uint32_t i = rank; i-- > 0;) {
        if (starts[i].end > from)
            return true;
        if (starts[i].end > starts[i].offset && !page->is_crossed)
            return false; /* what starts earlier ends earlier */
    }
    return false;
}

bool page_is_used_by_any(struct page *page, uint32_t from, uint32_t to)
{
    assert(from < to && to <= PAGE_BYTES);
    if (page->tails.count > 0 && slots_next(&page->tails, from) != SLOTS_NONE)
        return true;
    if (!page->starts.is_celled)
        return is_crossed_in_order(page, from, to);
    return is_reached(page, from) || is_started(page, from, to);
}

void page_note_crossing(struct page *page, struct slot start)
{
    if (page->is_crossed || page->starts.is_disjoint || start.end == start.offset)
        return;
    page->is_crossed =
        is_reached(page, start.offset) || is_started(page, start.offset + 1u, start.end);
}

bool page_reserve_tail(struct page *page, uint32_t offset, struct arena *arena)
{
    return slots_find(&page->tails, offset) != SLOTS_NONE || slots_reserve(&page->tails, arena);
}

void page_add_tail(struct page *page, uint32_t offset)
{
    uint32_t place = slots_find(&page->tails, offset);
    if (place != SLOTS_NONE)
        slots_array(&page->tails)[place].value++;
    else
        slots_insert(&page->tails, (struct slot){ .offset = (uint16_t)offset, .value = 1 });
}

void page_remove_tail(struct page *page, uint32_t offset, struct arena *arena)
{
    uint32_t place = slots_find(&page->tails, offset);
    assert(place != SLOTS_NONE);
    if (--slots_array(&page->tails)[place].value == 0)
        slots_remove(&page->tails, place, arena);
}

void page_release(struct page *page, struct arena *arena)
{
    slots_release(&page->starts, arena);
    slots_release(&page->tails, arena);
}
