/* What an event does to the scopes of its heap: private to the files of the analysis. */
#ifndef ANALYZER_ANALYSIS_SCOPES_H
#define ANALYZER_ANALYSIS_SCOPES_H

#include "analyzer/analysis.h"

/* What follows an event: a heap, and all that it is part of. */
static inline bool analysis_follows(const struct analysis *analysis, const struct heap_entry *entry)
{
    return entry->is_selected && analysis->ledger.counting;
}

/* For analysis.c: the rest of analysis_before and analysis_after_step, when there is more to do
 * than to note the event. */
bool analysis_turn_before(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                          struct error *err);
void analysis_note_peaks(struct analysis *analysis, struct heap_entry *entry);
bool analysis_turn_after_step(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                              uint64_t counts, struct error *err);
void analysis_count_realloc(struct analysis *analysis, struct heap_entry *entry);

/* Before an event at `t_ns` is applied to a heap, followed or not. False with ERROR_NO_MEMORY. */
static inline bool analysis_before(struct analysis *analysis, struct heap_entry *entry,
                                   uint64_t t_ns, struct error *err)
{
    return t_ns < entry->usual_until_ns || analysis_turn_before(analysis, entry, t_ns, err);
}

/* Whether what the event left is a live peak of any scope. */
static inline bool analysis_is_peak(const struct analysis *analysis, const struct heap_entry *entry)
{
    return scope_is_peak(&entry->scope) || scope_is_peak(&entry->process->scope) ||
           scope_is_peak(&analysis->trace.scope);
}

/* After an event of any kind. False with ERROR_NO_MEMORY. */
bool analysis_turn_after(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                         const struct timeline_flow *flow, struct error *err);

/* Notes an event before entry->usual_until_ns, for which `counts` counts. */
static inline void analysis_note(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                                 uint64_t counts)
{
    scope_note(&entry->scope, t_ns, counts);
    scope_note(&entry->process->scope, t_ns, counts);
    scope_note(&analysis->trace.scope, t_ns, counts);
}

/*
 * After a step of the ledger (ledger_apply) that was the event, for which `counts` of a struct
 * timeline_flow counts. False with ERROR_NO_MEMORY.
 */
static inline bool analysis_after_step(struct analysis *analysis, struct heap_entry *entry,
                                       uint64_t t_ns, uint64_t counts, struct error *err)
{
    if (t_ns >= entry->usual_until_ns)
        return analysis_turn_after_step(analysis, entry, t_ns, counts, err);
    if (analysis_is_peak(analysis, entry))
        analysis_note_peaks(analysis, entry);
    if (analysis->ledger.outcome.is_realloc)
        analysis_count_realloc(analysis, entry);
    analysis_note(analysis, entry, t_ns, counts);
    return true;
}

/* What the heap is part of sees the event too, and is all that does when the heap has ended. */
bool analysis_after_for_totals(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                               const struct timeline_flow *flow, struct error *err);

/*
 * Remembers how a heap that is followed stands just before it ends, after analysis_before: that is
 * its end. If no heap of its process outlives it, the same goes for the process, until another one
 * appears. False with ERROR_NO_MEMORY.
 */
bool analysis_mark_end(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                       bool is_last_of_process, struct error *err);

#endif
