/* How long blocks live, from the first allocation of their chain to its FREE. */
#ifndef ANALYZER_LIFETIMES_H
#define ANALYZER_LIFETIMES_H

#include "analyzer/power_class.h"
#include "analyzer/result.h"

/* Zero-filled is empty. */
struct lifetimes {
    uint64_t classes[LIFETIME_CLASSES];
};

/* Counts a lifetime `times` times; (uint64_t)-1 takes it back. */
static inline void lifetimes_count(struct lifetimes *lifetimes, uint64_t ns, uint64_t times)
{
    lifetimes->classes[power_class(ns)] += times;
}

static inline void lifetimes_add(struct lifetimes *sum, const struct lifetimes *more)
{
    for (size_t i = 0; i < LIFETIME_CLASSES; i++)
        sum->classes[i] += more->classes[i];
}

#endif
