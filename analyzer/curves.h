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
    uint64_t settled;       /* events that levels and timeline have taken in */
    uint64_t counts;        /* of the points of the open row, as in struct timeline_flow */
    struct points points;   /* that levels have not taken in, … */
    uint32_t in_rows;       /* … and the timeline only so many, from the first: past rows' */
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

/* Before an event changes occupancy or space. */
static inline void curves_before(struct curves *curves)
{
    levels_before(&curves->levels);
}

/* Private to curves.c: takes in what is kept; and what must be done before an event is kept. */
void curves_settle(struct curves *curves);
bool curves_turn(struct curves *curves, uint64_t t_ns, const struct occupancy *occupancy,
                 const struct space *space, struct error *err);

/* The end of the open row: until then, and while space stands still, curves_note is enough. */
static inline uint64_t curves_row_end(const struct curves *curves)
{
    return curves->timeline.row_end_ns;
}

/* Events seen since they were started. */
static inline uint64_t curves_events(const struct curves *curves)
{
    return curves->settled + curves->points.count;
}

/*
 * After an event at `t_ns` for which `counts` (TIMELINE_EVENT and the rest) counts; it is in the
 * open row, changes no space, and is not a realloc, unless timeline_count_realloc is called too.
 * The peak is the caller's to look at: levels_is_peak.
 */
static inline void curves_note(struct curves *curves, uint64_t t_ns,
                               const struct occupancy *occupancy, uint64_t counts)
{
    points_add(&curves->points, t_ns, occupancy);
    curves->counts += counts;
    if (curves->points.count == POINTS_MAX)
        curves_settle(curves);
}

/*
 * After change number `change`, at `t_ns`, for which `flow` counts: all that there may be to do.
 * False with ERROR_NO_MEMORY.
 */
static inline bool curves_after(struct curves *curves, uint64_t t_ns, uint64_t change,
                                const struct occupancy *occupancy, const struct space *space,
                                const struct timeline_flow *flow, struct error *err)
{
    levels_rise(&curves->levels, change, occupancy);
    bool is_usual = t_ns < curves_row_end(curves) && curves->space_version == space->version;
    if (!is_usual && !curves_turn(curves, t_ns, occupancy, space, err))
        return false;
    timeline_count_realloc(&curves->timeline, flow);
    curves_note(curves, t_ns, occupancy, flow->counts);
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
