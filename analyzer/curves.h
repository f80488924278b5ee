/*
 * Everything one heap, one process or the trace is over time: its levels and its timeline. What
 * levels.h says of the order of calls holds here; runs of events are kept and taken in by curves.c.
 */
#ifndef ANALYZER_CURVES_H
#define ANALYZER_CURVES_H

#include "analyzer/levels.h"
#include "analyzer/timeline.h"

/* Private to curves.c, but levels.peak_change, which is always that of the last event. */
struct curves {
    struct levels levels;
    struct timeline timeline;
    uint64_t space_version; /* of the space that levels and timeline know */
    struct points points;   /* of the open row, and not in levels and timeline yet */
};

void curves_start(struct curves *curves, uint64_t t_ns); /* of a zero-filled one: the first event */
void curves_release(struct curves *curves);              /* safe on a zero-filled one */

/* Fills `to`, which is zero-filled, with all `from` is but its end. False with ERROR_NO_MEMORY. */
bool curves_copy(struct curves *to, const struct curves *from, struct error *err);

/*
 * At --from: begins anew at `t_ns` with what is there, which change number `change` left. The
 * curves must have been released or be zero-filled, or have been started before.
 */
void curves_restart(struct curves *curves, uint64_t t_ns, uint64_t change,
                    const struct occupancy *occupancy, const struct space *space);

/* Before an event changes `occupancy` or space. */
static inline void curves_before(struct curves *curves, const struct occupancy *occupancy)
{
    levels_before(&curves->levels, occupancy);
}

/* Private to curves.c: takes in what is kept; and what must be done before an event is kept. */
void curves_settle(struct curves *curves);
bool curves_turn(struct curves *curves, uint64_t t_ns, const struct occupancy *occupancy,
                 const struct space *space, struct error *err);

/* After change number `change`, at `t_ns`, for which `flow` counts. False with ERROR_NO_MEMORY. */
static inline bool curves_after(struct curves *curves, uint64_t t_ns, uint64_t change,
                                const struct occupancy *occupancy, const struct space *space,
                                const struct timeline_flow *flow, struct error *err)
{
    levels_rise(&curves->levels, change, occupancy->live_bytes);
    bool is_usual = timeline_is_in_row(&curves->timeline, t_ns) &&
                    curves->space_version == space->version && curves->points.count < POINTS_MAX;
    if (!is_usual && !curves_turn(curves, t_ns, occupancy, space, err))
        return false;
    points_add(&curves->points, t_ns, occupancy);
    timeline_count(&curves->timeline, flow);
    return true;
}

/* As levels_mark_end. */
void curves_mark_end(struct curves *curves, uint64_t t_ns, const struct occupancy *occupancy);

/*
 * Fills what levels_report does, creep_bytes_per_hour and timeline of `out`, which owns the rows;
 * the timeline is empty afterwards. False with ERROR_NO_MEMORY.
 */
bool curves_report(struct curves *curves, uint64_t end_ns, const struct occupancy *occupancy,
                   struct measures *out, struct error *err);

#endif
