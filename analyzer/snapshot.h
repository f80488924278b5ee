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

/* A heap as it was at the peaks that its past watches, in the making. Private to snapshot.c. */
struct peak_snapshots {
    struct snapshot *sums[PAST_PEAKS];
    const struct past *past;
    unsigned like[PAST_PEAKS]; /* the first peak that the same change made */
    struct gaps gaps[PAST_PEAKS];
};

/*
 * Adds a heap as it was at the peaks that its past watches, to `sums[which]` each. A sum that is of
 * another moment is emptied first, so a process can gather the heaps that end while its peak may
 * still move: those of an older peak fall away. One walk serves all peaks, and whoever wants more
 * of it: it costs a cache miss a block, where counting costs little.
 *
 *     snapshot_begin(&snapshots, sums, &past);
 *     while (past_walk(&past, table, &walk))
 *         snapshot_block(&snapshots, &walk);
 *     snapshot_finish(&snapshots);
 */
void snapshot_begin(struct peak_snapshots *snapshots, struct snapshot *const sums[PAST_PEAKS],
                    const struct past *past);
void snapshot_block(struct peak_snapshots *snapshots, const struct past_walk *walk);
void snapshot_finish(struct peak_snapshots *snapshots);

/* The gaps of a heap as it is. `table` may be NULL: a heap that is gone has none, and is unknown.
 */
struct gaps_result snapshot_gaps_now(struct block_table *table);

#endif
