/* Medians of what rounds of a benchmark measured. */
#include "tests/bench/median.h"

#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double median(const double *values, size_t count)
{
    double sorted[ROUNDS_MAX];
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, by_value);
    return sorted[count / 2];
}

double median_ratio(const double *above, const double *below, size_t count)
{
    double ratios[ROUNDS_MAX];
    for (size_t i = 0; i < count; i++)
        ratios[i] = above[i] / below[i];
    return median(ratios, count);
}
