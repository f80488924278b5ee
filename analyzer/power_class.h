/* Classes of whole numbers by powers of two. */
#ifndef ANALYZER_POWER_CLASS_H
#define ANALYZER_POWER_CLASS_H

#include <stddef.h>
#include <stdint.h>

/* 0 for 0; i for [2^(i-1), 2^i): 1 to 64. */
static inline size_t power_class(uint64_t value)
{
    return value == 0 ? 0 : (size_t)(64 - __builtin_clzll(value));
}

#endif
