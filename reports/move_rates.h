/* Move rates by the size before the realloc, as lines of a data file. */
#ifndef REPORTS_MOVE_RATES_H
#define REPORTS_MOVE_RATES_H

#include "analyzer/result.h"
#include "reports/plot.h"

/* The sizes that had reallocs, as log2 of bytes; without any, low is above high. */
struct move_rates {
    double low, high;
};

/*
 * Writes for each class of sizes: log2 of its lowest size, percent moved, the 95 % Wilson interval
 * of that (metrics.md), reallocs that succeeded.
 */
struct move_rates move_rates_put(struct plot *plot, const struct realloc_result *realloc);

/* The axes of such data, and what the script calls its file. */
void move_rates_axes(struct plot *plot, double low, double high);

#endif
