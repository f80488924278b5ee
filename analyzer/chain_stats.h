/* What became of the chains of a heap, a process or the trace. */
#ifndef ANALYZER_CHAIN_STATS_H
#define ANALYZER_CHAIN_STATS_H

#include "analyzer/chains.h"
#include "analyzer/result.h"
#include "analyzer/tally.h"

/* Zero-filled is empty. */
struct chain_stats {
    struct tally reallocs, moves; /* per chain */
    uint64_t copied_bytes;
    uint64_t classes[CHAIN_IRREGULAR + 1];      /* by enum chain_class */
    uint64_t reallocs_histogram[CHAIN_CLASSES]; /* chains by power class of their reallocs */
    struct chain_result *top; /* owned; room for TOP_CHAINS, most copied first; stacks as ids */
    size_t top_count;
};

/* Where and when a chain ended. */
struct chain_end {
    uint64_t address, bytes;    /* of its block at last */
    uint64_t first_ns, last_ns; /* born and freed; RESULT_UNKNOWN: before the trace, never */
    uint32_t first_stack;       /* as struct block's */
};

/*
 * Takes in a chain at its end; one without a counted realloc is passed over. False with
 * ERROR_NO_MEMORY.
 */
bool chain_stats_count(struct chain_stats *stats, const struct chain *chain,
                       const struct chain_end *end, struct error *err);

/* False with ERROR_NO_MEMORY and a part added. */
bool chain_stats_add(struct chain_stats *sum, const struct chain_stats *more, struct error *err);

/* Stacks are ids still, or RESULT_NO_STACK; stack_chains_name_rows makes rows of them. */
void chain_stats_report(struct chain_stats *stats, struct chains_result *out);
void chain_stats_release(struct chain_stats *stats); /* zero-fills */

#endif
