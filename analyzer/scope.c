/* What is followed over time: a heap, a process, or the trace. */
#include "analyzer/scope.h"

#include "analyzer/creep.h"

void scope_release(struct scope *scope)
{
    timeline_release(&scope->timeline);
}

void scope_begin(struct scope *scope, uint64_t t_ns, uint64_t change, bool is_resumed)
{
    scope->has_begun = true;
    levels_start(&scope->levels, t_ns);
    if (!is_resumed)
        return;
    levels_after(&scope->levels, t_ns, change, scope->occupancy, scope->space);
    timeline_restart(&scope->timeline, &scope->levels.now);
}

bool scope_report(struct scope *scope, uint64_t end_ns, struct measures *out, struct error *err)
{
    const struct levels *levels = &scope->levels;
    uint64_t first_ns = levels->first_ns;
    uint64_t last_ns = levels->is_ended ? levels->end.sums.at_ns : end_ns;
    levels_report(levels, end_ns, scope->occupancy, out);
    if (!scope->has_begun)
        out->first_ns = out->last_ns = RESULT_UNKNOWN;
    timeline_report(&scope->timeline, &out->timeline);
    return creep_slope(&out->timeline, first_ns, last_ns, out->basis_is_committed,
                       &out->creep_bytes_per_hour, err);
}
