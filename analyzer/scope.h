/* What is followed over time: a heap, a process, or the trace. */
#ifndef ANALYZER_SCOPE_H
#define ANALYZER_SCOPE_H

#include "analyzer/levels.h"
#include "analyzer/timeline.h"

/* Zero-filled, with occupancy and space set: nothing has happened in it yet. */
struct scope {
    const struct occupancy *occupancy; /* the sums it follows: its owner's, who outlives it */
    const struct space *space;
    struct levels levels;
    struct timeline timeline;
    bool has_begun;
};

void scope_release(struct scope *scope); /* safe on a zero-filled one */

/*
 * The scope begins at `t_ns`: with its first event, or at --from with all that is there already
 * (`is_resumed`), which then is what its peaks and means begin with.
 */
void scope_begin(struct scope *scope, uint64_t t_ns, uint64_t change, bool is_resumed);

/* Before an event changes the sums. */
static inline void scope_before(struct scope *scope)
{
    levels_before(&scope->levels, scope->occupancy);
}

/* After change number `change` by an event at `t_ns`. False with ERROR_NO_MEMORY. */
static inline bool scope_after(struct scope *scope, uint64_t t_ns, uint64_t change,
                               const struct timeline_flow *flow, struct error *err)
{
    levels_after(&scope->levels, t_ns, change, scope->occupancy, scope->space);
    return timeline_add(&scope->timeline, t_ns, &scope->levels.now, flow, err);
}

/* After scope_before: the scope ends here with what it is now, unless another event comes. */
static inline void scope_mark_end(struct scope *scope, uint64_t t_ns)
{
    levels_mark_end(&scope->levels, t_ns, scope->occupancy);
}

/*
 * Fills of `out` what is a curve: levels, ratios, occupancy, the four frag_…, timeline and creep.
 * The scope ends at `end_ns`, or where it was marked, and is good for nothing afterwards. False
 * with ERROR_NO_MEMORY.
 */
bool scope_report(struct scope *scope, uint64_t end_ns, struct measures *out, struct error *err);

#endif
