/* What a run of events left behind: noted event by event, taken in at once. */
#ifndef ANALYZER_POINTS_H
#define ANALYZER_POINTS_H

#include "analyzer/occupancy.h"

/* So many that a loop over them pays, so few that those of some heaps stay in the nearest cache. */
enum { POINTS_MAX = 64 };

/* Points are taken so many at once: a multiple of it have room. */
enum { POINTS_ABREAST = 4 };

/* The values of a point, as an index into struct point. */
enum point_value {
    POINT_live_bytes,
    POINT_live_blocks,
    POINT_touched_pages,
    POINT_pinned_pages,
    POINT_pinned_waste_bytes,
    POINT_VALUES,
};

/* What one event left. */
struct point {
    uint64_t of[POINT_VALUES]; /* by enum point_value */
    uint64_t t_ns;
};

/* Of one heap, one process or the trace, in order of time. */
struct points {
    uint32_t count;
    uint64_t t_ns[POINTS_MAX + 1]; /* one more, for who looks at the next */
    uint64_t of[POINT_VALUES][POINTS_MAX];
};

/* There must be room. */
static inline void points_add(struct points *points, uint64_t t_ns,
                              const struct occupancy *occupancy)
{
    const uint32_t i = points->count++;
    points->t_ns[i] = t_ns;
    points->of[POINT_live_bytes][i] = occupancy->live_bytes;
    points->of[POINT_live_blocks][i] = occupancy->live_blocks;
    points->of[POINT_touched_pages][i] = occupancy->touched_pages;
    points->of[POINT_pinned_pages][i] = occupancy->pinned_pages;
    points->of[POINT_pinned_waste_bytes][i] = occupancy->pinned_waste_bytes;
}

static inline struct point points_at(const struct points *points, uint32_t i)
{
    struct point point = { .t_ns = points->t_ns[i] };
    for (unsigned which = 0; which < POINT_VALUES; which++)
        point.of[which] = points->of[which][i];
    return point;
}

#endif
