/* Everything one heap, one process or the trace is over time. */
#include "analyzer/curves.h"

#include "analyzer/creep.h"

void curves_start(struct curves *curves, uint64_t t_ns)
{
    levels_start(&curves->levels, t_ns);
}

void curves_release(struct curves *curves)
{
    timeline_release(&curves->timeline);
    *curves = (struct curves){ 0 };
}

void curves_restart(struct curves *curves, uint64_t t_ns, uint64_t change,
                    const struct occupancy *occupancy, const struct space *space)
{
    levels_start(&curves->levels, t_ns);
    levels_after(&curves->levels, t_ns, change, occupancy, space);
    timeline_restart(&curves->timeline, &curves->levels.now);
}

bool curves_report(struct curves *curves, uint64_t end_ns, const struct occupancy *occupancy,
                   struct measures *out, struct error *err)
{
    const struct levels *levels = &curves->levels;
    levels_report(levels, end_ns, occupancy, out);
    timeline_report(&curves->timeline, &out->timeline);
    if (levels->is_ended)
        end_ns = out->last_ns;
    return creep_slope(&out->timeline, out->first_ns, end_ns, out->basis_is_committed,
                       &out->creep_bytes_per_hour, err);
}
