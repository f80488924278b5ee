/* Medians of what rounds of a benchmark measured. */
#ifndef TESTS_BENCH_MEDIAN_H
#define TESTS_BENCH_MEDIAN_H

#include <stddef.h>

enum { ROUNDS_MAX = 99 };

/* Of `count` values, 1 to ROUNDS_MAX. */
double median(const double *values, size_t count);

/* Of the ratios within a round, which noise over some rounds leaves alone. */
double median_ratio(const double *above, const double *below, size_t count);

#endif
