/* What a run of events left behind: noted event by event, taken in at once. */
#ifndef ANALYZER_POINTS_H
#define ANALYZER_POINTS_H

#include "analyzer/occupancy.h"

/* So many that a loop over them pays, so few that those of some heaps stay in the nearest cache. */
enum { POINTS_MAX = 32 };

/* Of one heap, one process or the trace, in order of time; an array a level. */
struct points {
    uint32_t count;
    uint64_t t_ns[POINTS_MAX];
    uint64_t live_bytes[POINTS_MAX], live_blocks[POINTS_MAX], touched_bytes[POINTS_MAX];
    uint64_t pinned_pages[POINTS_MAX], pinned_waste_bytes[POINTS_MAX];
};

/* There must be room. */
static inline void points_add(struct points *points, uint64_t t_ns,
                              const struct occupancy *occupancy)
{
    uint32_t i = points->count++;
    points->t_ns[i] = t_ns;
    points->live_bytes[i] = occupancy->live_bytes;
    points->live_blocks[i] = occupancy->live_blocks;
    points->touched_bytes[i] = occupancy->touched_pages << PAGE_SHIFT;
    points->pinned_pages[i] = occupancy->pinned_pages;
    points->pinned_waste_bytes[i] = occupancy->pinned_waste_bytes;
}

#endif
