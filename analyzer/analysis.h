/* The state of an analysis: private to what feeds it, analysis*.c, and finish.c, which answers. */
#ifndef ANALYZER_ANALYSIS_H
#define ANALYZER_ANALYSIS_H

#include "analyzer/analyzer.h"
#include "analyzer/directory.h"
#include "analyzer/ledger.h"
#include "analyzer/stack_table.h"

struct analysis {
    struct analysis_options options;
    struct block_pool *pool;
    struct ledger ledger; /* its anomalies are those of the whole analysis */
    struct trace_entry trace;
    struct directory directory;
    struct map_budget *map_budget;
    struct stack_table stacks;
};

/* From `t_ns` on everything counts, and what is there already is what peaks and means begin with.
 */
void analysis_start_counting(struct analysis *analysis, uint64_t t_ns);

/* How a heap that is followed and alive stands at its end, `t_ns`: gaps and map. */
bool analysis_picture_end(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                          struct error *err);

/*
 * As ledger_close_heap, analysis_picture_end and analysis_picture_peaks for a heap that is followed
 * and alive when the trace ends, with one walk for chains, gaps and peaks.
 */
bool analysis_close_heap(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                         struct error *err);

/*
 * Adds the heap, alive or just ended, to the pictures of the live peaks of its scopes, and forgets
 * its past. Peaks that move later empty them again.
 */
void analysis_picture_peaks(struct analysis *analysis, struct heap_entry *entry);

/*
 * An event with a stack has come to the heap, which does not count by stack: all selected heaps do
 * from now on, if it is an ALLOC or REALLOC of such a one. False with ERROR_NO_MEMORY.
 */
bool analysis_begin_stacks(struct analysis *analysis, const struct heap_entry *entry,
                           const struct event *event, struct error *err);

/* The same for a heap that appears when others do already. */
bool analysis_join_stacks(struct analysis *analysis, struct heap_entry *entry, struct error *err);

/* The process may end here, with the heaps that are added next as they are. */
void analysis_begin_end_stacks(struct process_entry *process);
void analysis_end_stacks(struct heap_entry *entry);

#endif
