/* The state of an analysis: private to analysis.c, which feeds it, and finish.c, which answers. */
#ifndef ANALYZER_ANALYSIS_H
#define ANALYZER_ANALYSIS_H

#include "analyzer/analyzer.h"
#include "analyzer/directory.h"
#include "analyzer/ledger.h"

struct analysis {
    struct analysis_options options;
    struct block_pool *pool;
    struct ledger ledger; /* its anomalies are those of the whole analysis */
    struct trace_entry trace;
    struct directory directory;
    struct map_budget *map_budget;
    uint64_t last_ns; /* of the events fed */
};

/* From `t_ns` on everything counts, and what is there already is what peaks and means begin with.
 */
void analysis_start_counting(struct analysis *analysis, uint64_t t_ns);

/* How a heap that is followed and alive stands at its end, `t_ns`: gaps and map. */
bool analysis_picture_end(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                          struct error *err);

/*
 * Adds the heap, alive or just ended, to the pictures of the live peaks of its scopes, and forgets
 * its past. Peaks that move later empty them again.
 */
void analysis_picture_peaks(struct analysis *analysis, struct heap_entry *entry);

#endif
