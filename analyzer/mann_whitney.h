/* Whether two samples differ in where they lie: the rank sum test of Mann and Whitney (1947). */
#ifndef ANALYZER_MANN_WHITNEY_H
#define ANALYZER_MANN_WHITNEY_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { MANN_WHITNEY_EXACT_MAX = 20 }; /* values in all */

/*
 * The two-sided p-value for samples `a` and `b`, of finite values and not empty. Up to
 * MANN_WHITNEY_EXACT_MAX values in all it is exact: the share of all ways to deal the values, ties
 * and all, whose rank sum lies as far from its mean. Above, the normal approximation with the
 * corrections for ties and for continuity. Values that are all equal give 1. False with
 * ERROR_NO_MEMORY.
 */
bool mann_whitney_p(const double *a, size_t a_count, const double *b, size_t b_count, double *p,
                    struct error *err);

/* The least p that samples of so many values can reach, when none are equal. */
double mann_whitney_least_p(size_t a_count, size_t b_count);

/* C(n, k) as far as a double goes; infinite beyond. */
double binomial(size_t n, size_t k);

#endif
