/* By how much one sample lies above another: the estimate of Hodges and Lehmann (1963). */
#ifndef ANALYZER_HODGES_LEHMANN_H
#define ANALYZER_HODGES_LEHMANN_H

#include <stddef.h>

/* The median of all differences between a value of one and a value of the other sample. */
struct shift {
    double middle;
    double low, high; /* infinite: so few values bound nothing at that confidence */
};

/*
 * How far `b` lies above `a`, with the interval that the rank sum test at `alpha` does not reject.
 * Both are in ascending order, finite and not empty; 0 < alpha < 1. The interval is exact, if
 * no values are equal, up to MANN_WHITNEY_EXACT_MAX values in all, and from the normal
 * approximation above. Takes no memory, and time that hardly grows faster than the samples.
 */
struct shift hodges_lehmann(const double *a, size_t a_count, const double *b, size_t b_count,
                            double alpha);

#endif
