/* By what ratio reallocs change sizes. */
#ifndef ANALYZER_GROWTH_H
#define ANALYZER_GROWTH_H

#include "analyzer/resize.h"
#include "analyzer/result.h"
#include "analyzer/wide.h"

enum { GROWTH_KEPT = 63 }; /* up to so many values, quantiles are values themselves */

/* Zero-filled is empty. */
struct growth {
    uint64_t count;
    i128
        log_sum; /* of the ratios' natural logarithms, each rounded to 2^-32: so order is nothing */
    uint64_t exact_1, exact_1_5, exact_2; /* the last two within 1 % */
    uint64_t below, above;
    uint64_t histogram[GROWTH_BINS];
    double values[GROWTH_KEPT]; /* all ratios, in no order, while count <= GROWTH_KEPT */
};

/* Takes in a realloc; one from or to 0 bytes has no ratio and is passed over. */
void growth_count(struct growth *growth, const struct resize *resize);

void growth_add(struct growth *sum, const struct growth *more);
void growth_report(const struct growth *growth, struct growth_result *out);

/* The bin of the histogram that a ratio above 0 counts in; outside: below 0, or GROWTH_BINS. */
int growth_bin(double ratio);

/* The middle of all ratios by nearest rank; NAN without any. */
double growth_median(const struct growth *growth);

#endif
