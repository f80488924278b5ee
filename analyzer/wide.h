/* 128-bit whole numbers, where a product or a sum of 64-bit ones needs them. */
#ifndef ANALYZER_WIDE_H
#define ANALYZER_WIDE_H

#include <math.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

/*
 * What has this integral over `span`; NAN for no span. Whole part and rest apart, because their sum
 * has more digits than a double.
 */
static inline double wide_mean(u128 integral, uint64_t span)
{
    if (span == 0)
        return NAN;
    u128 whole = integral / span;
    uint64_t rest = (uint64_t)(integral % span);
    return (double)whole + (double)rest / (double)span;
}

#endif
