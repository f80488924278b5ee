/*
 * Everything one heap, one process or the trace is over time: its levels and its timeline. What
 * levels.h says of the order of calls holds here.
 */
#ifndef ANALYZER_CURVES_H
#define ANALYZER_CURVES_H

#include "analyzer/levels.h"
#include "analyzer/timeline.h"

struct curves {
    struct levels levels;
    struct timeline timeline;
};

void curves_start(struct curves *curves, uint64_t t_ns); /* of a zero-filled one: the first event */
void curves_release(struct curves *curves);              /* safe on a zero-filled one */

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

/* After change number `change`, at `t_ns`, for which `flow` counts. False with ERROR_NO_MEMORY. */
static inline bool curves_after(struct curves *curves, uint64_t t_ns, uint64_t change,
                                const struct occupancy *occupancy, const struct space *space,
                                const struct timeline_flow *flow, struct error *err)
{
    levels_after(&curves->levels, t_ns, change, occupancy, space);
    return timeline_add(&curves->timeline, t_ns, &curves->levels.now, flow, err);
}

/*
 * Fills what levels_report does, creep_bytes_per_hour and timeline of `out`, which owns the rows;
 * the timeline is empty afterwards. False with ERROR_NO_MEMORY.
 */
bool curves_report(struct curves *curves, uint64_t end_ns, const struct occupancy *occupancy,
                   struct measures *out, struct error *err);

#endif
