/* The pages of one granule that a block lies in. */
#include "analyzer/stretch.h"

struct stretch stretch_in(struct granule *granule, uint64_t address, uint64_t last)
{
    uint64_t base = granule->span.first << GRANULE_BYTE_SHIFT;
    uint64_t top = base + ((UINT64_C(1) << GRANULE_BYTE_SHIFT) - 1);
    uint64_t begin = address > base ? address : base;
    uint64_t end = last < top ? last : top;
    return (struct stretch){
        .granule = granule,
        .first_page = begin >> PAGE_SHIFT & (GRANULE_PAGES - 1),
        .last_page = end >> PAGE_SHIFT & (GRANULE_PAGES - 1),
        .begin = (uint32_t)(begin & (PAGE_BYTES - 1)),
        .end = (uint32_t)(end & (PAGE_BYTES - 1)),
        .has_start = address >= base,
    };
}

static uint32_t begin_in(const struct stretch *stretch, size_t page)
{
    return page == stretch->first_page ? stretch->begin : 0;
}

static uint32_t end_in(const struct stretch *stretch, size_t page)
{
    return page == stretch->last_page ? stretch->end : PAGE_BYTES - 1;
}

static bool is_tail(const struct stretch *stretch, size_t page)
{
    return page != stretch->first_page || !stretch->has_start;
}

static struct arena *arena_of(const struct stretch *stretch)
{
    return stretch->granule->span.tree->arena;
}

bool stretch_reserve(const struct stretch *stretch)
{
    for (size_t p = stretch->first_page; p <= stretch->last_page; p++)
        if (is_tail(stretch, p) &&
            !page_reserve_tail(&stretch->granule->pages[p], end_in(stretch, p), arena_of(stretch)))
            return false;
    return true;
}

bool stretch_is_used(const struct stretch *stretch)
{
    if (granule_cover(stretch->granule) > 0)
        return true;
    for (size_t p = stretch->first_page; p <= stretch->last_page; p++) {
        struct page *page = &stretch->granule->pages[p];
        if (page_is_used(page, begin_in(stretch, p), end_in(stretch, p) + 1))
            return true;
    }
    return false;
}

static void lay_page(struct page *page, const struct stretch *stretch, size_t p, int sign)
{
    uint32_t end = end_in(stretch, p);
    stretch->granule->span.bytes -= page_capped_bytes(page);
    page->users += (uint32_t)sign;
    page->bytes += (uint64_t)sign * (end - begin_in(stretch, p) + 1);
    stretch->granule->span.bytes += page_capped_bytes(page);
    if (!is_tail(stretch, p))
        return;
    if (sign > 0)
        page_add_tail(page, end);
    else
        page_remove_tail(page, end, arena_of(stretch));
}

void stretch_lay(const struct stretch *stretch, int sign, struct occupancy *change)
{
    uint64_t cover = granule_cover(stretch->granule);
    for (size_t p = stretch->first_page; p <= stretch->last_page; p++) {
        struct page *page = &stretch->granule->pages[p];
        page_facts_add(page_facts(page, cover), UINT64_MAX, change);
        lay_page(page, stretch, p, sign);
        page_facts_add(page_facts(page, cover), 1, change);
    }
    granule_changed(stretch->granule);
}
