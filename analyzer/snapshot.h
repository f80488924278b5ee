/* A heap at one moment, or the sum of heaps: its gaps, and which sizes are live. */
#ifndef ANALYZER_SNAPSHOT_H
#define ANALYZER_SNAPSHOT_H

#include "analyzer/gaps.h"
#include "analyzer/live_sizes.h"
#include "analyzer/past.h"

/* Zero-filled: of no moment. */
struct snapshot {
    uint64_t change; /* the last change before the moment, as levels.peak_change */
    struct gaps_result gaps;
    struct live_sizes sizes;
};

/*
 * Adds a heap as it was at the peaks that its past watches, to `sums[which]` each. A sum that is of
 * another moment is emptied first, so a process can gather the heaps that end while its peak may
 * still move: those of an older peak fall away. `table` may be NULL, as for past_walk.
 */
void snapshot_add_peaks(struct snapshot *const sums[PAST_PEAKS], struct past *past,
                        struct block_table *table);

/* The gaps of a heap as it is. `table` may be NULL: a heap that is gone has none, and is unknown.
 */
struct gaps_result snapshot_gaps_now(struct block_table *table);

#endif
