/* What a run of events left behind: noted event by event, taken in at once. */
#ifndef ANALYZER_POINTS_H
#define ANALYZER_POINTS_H

#include "analyzer/occupancy.h"

#include <stdalign.h>

/* So many that a loop over them pays, so few that those of some heaps stay in the nearest cache. */
enum { POINTS_MAX = 64 };

/* The values of a point, as an index into struct point. */
enum point_value {
    POINT_live_bytes,
    POINT_live_blocks,
    POINT_touched_pages,
    POINT_pinned_pages,
    POINT_pinned_waste_bytes,
    POINT_VALUES,
};

/* What one event left: aligned, so that values can be taken two by two. */
struct point {
    alignas(16) uint64_t of[POINT_VALUES]; /* by enum point_value */
    uint64_t t_ns;
};

/* Of one heap, one process or the trace, in order of time. */
struct points {
    uint32_t count;
    struct point at[POINTS_MAX];
};

/* There must be room. */
static inline void points_add(struct points *points, uint64_t t_ns,
                              const struct occupancy *occupancy)
{
    points->at[points->count++] = (struct point){
        .of = { occupancy->live_bytes, occupancy->live_blocks, occupancy->touched_pages,
                occupancy->pinned_pages, occupancy->pinned_waste_bytes },
        .t_ns = t_ns,
    };
}

#endif
