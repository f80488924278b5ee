/* Sums that stay at the end of their range: what a hostile file adds up must not wrap around. */
#ifndef ANALYZER_SATURATE_H
#define ANALYZER_SATURATE_H

#include "analyzer/wide.h"

#include <stdint.h>

/* For numbers that are never negative the order of such additions does not matter. */
static inline void saturate_u64(uint64_t *sum, uint64_t more)
{
    if (__builtin_add_overflow(*sum, more, sum))
        *sum = UINT64_MAX;
}

static inline void saturate_u128(u128 *sum, u128 more)
{
    if (__builtin_add_overflow(*sum, more, sum))
        *sum = ~(u128)0;
}

/* Real sums stay far away from the ends (levels.c). */
static inline void saturate_i128(i128 *sum, i128 more)
{
    const i128 greatest = (i128)(~(u128)0 >> 1);
    if (__builtin_add_overflow(*sum, more, sum))
        *sum = more < 0 ? -greatest - 1 : greatest;
}

#endif
