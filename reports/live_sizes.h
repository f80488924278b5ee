/* Sizes of the blocks that were live at the peak, as lines of a data file. */
#ifndef REPORTS_LIVE_SIZES_H
#define REPORTS_LIVE_SIZES_H

#include "analyzer/result.h"
#include "reports/plot.h"

#include <stdbool.h>

/* What axes must hold: the classes' edges as log2 of bytes, the tallest bars. */
struct live_sizes {
    double low, high, most_bytes, most_blocks;
};

/* Nothing yet. */
struct live_sizes live_sizes_none(void);

bool live_sizes_any(const struct measures *measures);

/*
 * Writes for each class of sizes: log2 of its edges, bytes live at the peak, blocks. Widens `sizes`
 * to hold them.
 */
void live_sizes_put(struct plot *plot, const struct measures *measures, struct live_sizes *sizes);

/* The axis of sizes. */
void live_sizes_axis(struct plot *plot, const struct live_sizes *sizes);

#endif
