/* What is followed over time: a heap, a process, or the trace. */
#ifndef ANALYZER_SCOPE_H
#define ANALYZER_SCOPE_H

#include "analyzer/curves.h"
#include "analyzer/snapshot.h"

/*
 * Zero-filled, with occupancy and space set: nothing has happened in it yet.
 *
 * As long as a process has had one heap, or a trace one process, all that happens in the larger
 * happens in the smaller, and their curves are the same. Then only the smaller is fed, and the
 * larger has it as its twin, until they part.
 */
struct scope {
    const struct occupancy *occupancy; /* the sums it follows: its owner's, who outlives it */
    const struct space *space;
    struct curves curves;
    struct snapshot at_live_peak;   /* of the heaps that have ended, until the trace has */
    struct gaps_result gaps_at_end; /* known from its end on */
    struct scope *twin;             /* whose curves stand for this one's; NULL: it has its own */
    bool has_begun;
};

static inline void scope_release(struct scope *scope)
{
    curves_release(&scope->curves);
}

static inline void scope_begin(struct scope *scope, uint64_t t_ns)
{
    scope->has_begun = true;
    curves_start(&scope->curves, t_ns);
}

/* At --from: what is there already, which change number `change` left, is what it begins with. */
static inline void scope_resume(struct scope *scope, uint64_t t_ns, uint64_t change)
{
    scope->has_begun = true;
    curves_restart(&scope->curves, t_ns, change, scope->occupancy, scope->space);
}

/* The same for what begins with the first event of `twin`, which is all there is in it. */
static inline void scope_begin_as(struct scope *scope, struct scope *twin)
{
    scope->has_begun = true;
    scope->twin = twin;
    levels_have_no_peak(&scope->curves.levels);
}

/*
 * From now on it has curves of its own, before an event that changes it or its twin alone is
 * applied. Does nothing without a twin. False with ERROR_NO_MEMORY.
 */
bool scope_part(struct scope *scope, struct error *err);

/* Before an event changes the sums. It may be left out where no end is marked. */
static inline void scope_before(struct scope *scope)
{
    if (!scope->twin)
        curves_before(&scope->curves);
}

/* Whether an event has made a live peak, which is for scope_rise to note. */
static inline bool scope_is_peak(const struct scope *scope)
{
    return levels_is_peak(&scope->curves.levels, scope->occupancy->live_bytes);
}

/* Notes the peak that change number `change` made, if it did; in a twin before what has it. */
static inline void scope_rise(struct scope *scope, uint64_t change)
{
    if (!scope->twin)
        levels_rise(&scope->curves.levels, change, scope->occupancy);
    else /* Who remembers blocks of a peak looks here for it. */
        scope->curves.levels.peak_change = scope->twin->curves.levels.peak_change;
}

/* As curves_note: before scope_row_end. */
static inline void scope_note(struct scope *scope, uint64_t t_ns, uint64_t counts)
{
    if (!scope->twin)
        curves_note(&scope->curves, t_ns, scope->occupancy, counts);
}

/* The same for the rest of what a realloc counts for. */
static inline void scope_count_realloc(struct scope *scope, const struct timeline_flow *flow)
{
    if (!scope->twin)
        timeline_count_realloc(&scope->curves.timeline, flow);
}

/* Until when events that change no space are for scope_note; with a twin, that one knows. */
static inline uint64_t scope_row_end(const struct scope *scope)
{
    return scope->twin ? UINT64_MAX : curves_row_end(&scope->curves);
}

/*
 * After change number `change` by any event at `t_ns`; in a twin before what has it. False with
 * ERROR_NO_MEMORY.
 */
static inline bool scope_after(struct scope *scope, uint64_t t_ns, uint64_t change,
                               const struct timeline_flow *flow, struct error *err)
{
    scope_rise(scope, change);
    return scope->twin ||
           curves_after(&scope->curves, t_ns, change, scope->occupancy, scope->space, flow, err);
}

/* After scope_before: it ends here with what it is now, unless another event comes. No twin. */
static inline void scope_mark_end(struct scope *scope, uint64_t t_ns)
{
    curves_mark_end(&scope->curves, t_ns, scope->occupancy);
}

/* Whether any event has been seen. */
static inline bool scope_has_values(const struct scope *scope)
{
    return levels_has_values(&scope->curves.levels);
}

#endif
