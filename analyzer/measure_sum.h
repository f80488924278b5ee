/* Measures of several traces as one: what adds up, added up. */
#ifndef ANALYZER_MEASURE_SUM_H
#define ANALYZER_MEASURE_SUM_H

#include "analyzer/result.h"
#include "decoder/error.h"

/* `sum` is zero-filled before the first. False with ERROR_NO_MEMORY and a part added. */
bool measure_sum_add(struct measures *sum, const struct measures *more, struct error *err);

/*
 * Works out what follows from the sums: rates, means, quantiles (from bins, always), fractions.
 * What neither adds up nor follows from what does is unknown: peaks, values at a time, creep,
 * reallocs a chain beyond the histogram, the top chains.
 */
void measure_sum_finish(struct measures *sum);

#endif
