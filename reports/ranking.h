/* The heaps of a result that matter most by some measure. */
#ifndef REPORTS_RANKING_H
#define REPORTS_RANKING_H

#include "analyzer/result.h"
#include "decoder/error.h"

struct ranked_heap {
    const struct process_result *process;
    const struct heap_result *heap;
    uint64_t weight;
    size_t position; /* in the result: decides between equals */
};

struct ranking {
    struct ranked_heap *heaps; /* heaviest first; owned */
    size_t count;              /* at most the number asked for */
    size_t all;                /* how many heaps there are, the weightless apart */
};

/* Weights to rank by: 0 leaves a heap out. */
uint64_t weight_live_peak(const struct measures *measures);    /* + 1: no heap is left out */
uint64_t weight_reallocs(const struct measures *measures);     /* bytes copied; + 1 if it has any */
uint64_t weight_waste_at_end(const struct measures *measures); /* touched - live, + 1 if touched */

/* False with ERROR_NO_MEMORY. */
bool ranking_make(struct ranking *ranking, const struct result *result,
                  uint64_t (*weight)(const struct measures *measures), size_t top,
                  struct error *err);
void ranking_release(struct ranking *ranking); /* safe on a zero-filled ranking */

#endif
