/* Where blocks begin and end in a page. */
#include "analyzer/page.h"

#include <assert.h>

/* Whether a start before `rank` reaches past `offset`. */
static bool is_reached(struct page *page, uint32_t rank, uint32_t offset)
{
    const struct slot *starts = slots_array(&page->starts);
    for (uint32_t i = rank; i-- > 0;) {
        if (starts[i].end > offset)
            return true;
        if (starts[i].end > starts[i].offset && !page->is_crossed)
            return false; /* what starts earlier ends earlier */
    }
    return false;
}

/* Whether a block that is not empty starts at `rank` or after it, before `end`. */
static bool is_started(struct page *page, uint32_t rank, uint32_t end)
{
    const struct slot *starts = slots_array(&page->starts);
    for (uint32_t i = rank; i < page->starts.count && starts[i].offset < end; i++)
        if (starts[i].end > starts[i].offset)
            return true;
    return false;
}

bool page_is_used(struct page *page, uint32_t rank, uint32_t from, uint32_t to)
{
    assert(from < to && to <= PAGE_BYTES);
    if (page->users == 0)
        return false;
    if (page->tails.count > 0 && slots_array(&page->tails)[page->tails.count - 1].offset >= from)
        return true;
    return is_reached(page, rank, from) || is_started(page, rank, to);
}

void page_note_crossing(struct page *page, uint32_t rank)
{
    struct slot slot = slots_array(&page->starts)[rank];
    if (page->is_crossed || slot.end == slot.offset)
        return;
    page->is_crossed = is_reached(page, rank, slot.offset) || is_started(page, rank + 1, slot.end);
}

bool page_reserve_tail(struct page *page, uint32_t offset)
{
    uint32_t rank = slots_rank(&page->tails, offset);
    return slots_has(&page->tails, rank, offset) || slots_reserve(&page->tails);
}

void page_add_tail(struct page *page, uint32_t offset)
{
    uint32_t rank = slots_rank(&page->tails, offset);
    if (slots_has(&page->tails, rank, offset))
        slots_array(&page->tails)[rank].value++;
    else
        slots_insert(&page->tails, rank, (struct slot){ .offset = (uint16_t)offset, .value = 1 });
}

void page_remove_tail(struct page *page, uint32_t offset)
{
    uint32_t rank = slots_rank(&page->tails, offset);
    assert(slots_has(&page->tails, rank, offset));
    if (--slots_array(&page->tails)[rank].value == 0)
        slots_remove(&page->tails, rank);
}

void page_release(struct page *page)
{
    slots_release(&page->starts);
    slots_release(&page->tails);
}
