/* Blocks that lie over whole granules: what they change, without visiting each granule. */
#include "analyzer/span.h"

#include <assert.h>

/* Adds the pages of `part`, whose own level is raised by `cover`, to `sum`. */
static void summary_add(struct summary *sum, const struct summary *part, int64_t cover)
{
    struct summary high = *part;
    high.level += cover;
    if (sum->pages == 0) {
        *sum = high;
        return;
    }
    if (high.level < sum->level) {
        struct summary low = high;
        high = *sum;
        *sum = low;
    }
    sum->pages += high.pages;
    if (high.level == sum->level) {
        sum->lowest_pages += high.lowest_pages;
        sum->next_pages += high.next_pages;
        sum->next_touched += high.next_touched;
        occupancy_change(&sum->lowest, &high.lowest);
    } else if (high.level == sum->level + 1) {
        sum->next_pages += high.lowest_pages;
        sum->next_touched += high.lowest.touched_pages;
    }
}

static struct summary summary_of_granule(const struct granule *granule)
{
    struct summary summary = { .pages = GRANULE_PAGES, .lowest_pages = GRANULE_PAGES };
    for (size_t p = 0; p < GRANULE_PAGES; p++)
        page_facts_add(page_facts(&granule->pages[p], 0), 1, &summary.lowest);
    uint64_t gap_pages = granule_gap(granule) << GRANULE_PAGE_SHIFT;
    struct summary gap = { .pages = gap_pages, .lowest_pages = gap_pages };
    if (gap_pages > 0)
        summary_add(&summary, &gap, granule->leaving);
    return summary;
}

/* Brings the summary up to date. Recursion is bounded by the depth of the tree, 48. */
static void refresh(struct span *span)
{
    if (!span->is_stale)
        return;
    span->is_stale = false;
    if (!span->child[0]) {
        span->summary = summary_of_granule((const struct granule *)span);
        return;
    }
    struct summary summary = { 0 };
    for (size_t side = 0; side < 2; side++) {
        refresh(span->child[side]);
        summary_add(&summary, &span->child[side]->summary, span->child[side]->cover);
    }
    span->summary = summary;
}

/*
 * The page sums of a summary under `cover` more blocks than it knows of. A page that one block
 * covers is pinned if it has no users of its own, and full; below two blocks or more none is
 * pinned.
 */
static struct occupancy sums_under(const struct summary *summary, int64_t cover)
{
    int64_t level = summary->level + cover;
    assert(level >= 0);
    struct occupancy sums = { 0 };
    uint64_t covered = summary->pages;
    if (level == 0) {
        sums = summary->lowest;
        covered -= summary->lowest_pages;
        sums.pinned_pages += summary->next_pages - summary->next_touched;
    } else if (level == 1) {
        sums.pinned_pages = summary->lowest_pages - summary->lowest.touched_pages;
    }
    sums.touched_pages += covered;
    sums.histogram[OCCUPANCY_BINS - 1] += covered;
    return sums;
}

/* Adds to `change` what `sign` more blocks over the summary's pages change. True: any was touched.
 */
static bool add_difference(const struct summary *summary, int64_t cover, int sign,
                           struct occupancy *change)
{
    struct occupancy before = sums_under(summary, cover);
    struct occupancy after = sums_under(summary, cover + sign);
    occupancy_change(change, &after);
    occupancy_subtract(change, &before);
    return before.touched_pages > 0;
}

static bool cover_gap(struct granule *first, int sign, struct occupancy *change)
{
    uint64_t pages = granule_gap(first) << GRANULE_PAGE_SHIFT;
    uint64_t cover = granule_gap_cover(first);
    first->leaving += (uint32_t)sign;
    granule_changed(first);
    if (pages == 0)
        return false;
    struct summary gap = { .pages = pages, .lowest_pages = pages };
    return add_difference(&gap, (int64_t)cover, sign, change);
}

/* `above`: the sum of what is noted on the spans above this one. */
static bool cover_span(struct span *span, int64_t above, int sign, struct occupancy *change)
{
    refresh(span);
    bool was_touched = add_difference(&span->summary, above + span->cover, sign, change);
    bool was_covered = span->cover != 0;
    span->cover += sign;
    if (span->child[0]) {
        span->tree->covered_branches -= was_covered;
        span->tree->covered_branches += span->cover != 0;
    }
    span_mark_stale(span->parent);
    return was_touched;
}

/*
 * Climbs from both granules to where they meet; of each branch passed, the child on the inner side
 * belongs to the stretch. The lower of the two climbs first, so neither passes the meeting point.
 */
bool span_tree_cover(struct granule *first, struct granule *last, int sign,
                     struct occupancy *change)
{
    bool was_touched = cover_gap(first, sign, change);
    if (first->span.after == last)
        return was_touched;
    struct span *left = &first->span;
    struct span *right = &last->span;
    int64_t above_left = span_cover_above(left);
    int64_t above_right = span_cover_above(right);
    while (left->parent != right->parent) {
        if (left->parent->bit <= right->parent->bit) {
            struct span *inner = left->parent->child[1];
            if (inner != left && cover_span(inner, above_left, sign, change))
                was_touched = true;
            left = left->parent;
            above_left -= left->cover;
        } else {
            struct span *inner = right->parent->child[0];
            if (inner != right && cover_span(inner, above_right, sign, change))
                was_touched = true;
            right = right->parent;
            above_right -= right->cover;
        }
    }
    return was_touched;
}
