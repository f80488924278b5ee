/* Where blocks begin and end in a page. */
#include "analyzer/page.h"

#include <assert.h>

/* Whether a block that starts before `offset` reaches past it. */
static bool is_reached(const struct page *page, uint32_t offset)
{
    uint32_t at = offset;
    for (uint32_t i; (i = slots_previous(&page->starts, at)) != SLOTS_NONE;) {
        const struct slot start = slots_at(&page->starts, i);
        if (start.end > offset)
            return true;
        if (start.end > start.offset && !page->is_crossed)
            return false; /* what starts earlier ends earlier */
        at = start.offset;
    }
    return false;
}

/* Whether a block that is not empty starts in [from, end). */
static bool is_started(const struct page *page, uint32_t from, uint32_t end)
{
    uint32_t at = from;
    for (uint32_t i; (i = slots_next(&page->starts, at)) != SLOTS_NONE;) {
        const struct slot start = slots_at(&page->starts, i);
        if (start.offset >= end)
            return false;
        if (start.end > start.offset)
            return true;
        at = start.offset + 1u;
    }
    return false;
}

/* The same as both for the start at that place of an array in order: nothing is searched. */
static bool is_crossed_in_order(const struct page *page, uint32_t place)
{
    const struct slot *starts = page->starts.many;
    const struct slot start = starts[place];
    for (uint32_t i = place + 1; i < page->starts.count && starts[i].offset < start.end; i++)
        if (starts[i].end > starts[i].offset)
            return true;
    for (uint32_t i = place; i-- > 0;) {
        if (starts[i].end > start.offset)
            return true;
        if (starts[i].end > starts[i].offset && !page->is_crossed)
            return false; /* what starts earlier ends earlier */
    }
    return false;
}

bool page_is_used(struct page *page, uint32_t from, uint32_t to)
{
    assert(from < to && to <= PAGE_BYTES);
    return page->users > 0 &&
           (page_has_tail_at(page, from) || is_reached(page, from) || is_started(page, from, to));
}

bool page_is_crossed_at(const struct page *page, uint32_t place)
{
    const struct slot start = slots_at(&page->starts, place);
    if (start.end <= start.offset)
        return false;
    if (page_has_tail_at(page, start.offset))
        return true;
    if (page->starts.count == 1)
        return false;
    if (!page->starts.is_celled)
        return is_crossed_in_order(page, place);
    return !page->starts.is_disjoint &&
           (is_reached(page, start.offset) || is_started(page, start.offset + 1u, start.end));
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
    if (page->tails_end <= offset)
        page->tails_end = (uint16_t)(offset + 1);
}

void page_remove_tail(struct page *page, uint32_t offset, struct arena *arena)
{
    uint32_t place = slots_find(&page->tails, offset);
    assert(place != SLOTS_NONE);
    if (--slots_array(&page->tails)[place].value > 0)
        return;
    slots_remove(&page->tails, place, arena);
    place = slots_previous(&page->tails, PAGE_BYTES);
    page->tails_end =
        place != SLOTS_NONE ? (uint16_t)(slots_at(&page->tails, place).offset + 1) : 0;
}

void page_release(struct page *page, struct arena *arena)
{
    slots_release(&page->starts, arena);
    slots_release(&page->tails, arena);
}
