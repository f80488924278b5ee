/* What is done to each number of struct stack_counts. */
#ifndef ANALYZER_STACK_COUNTS_H
#define ANALYZER_STACK_COUNTS_H

#include "analyzer/result.h"

static inline void stack_counts_add(struct stack_counts *sum, const struct stack_counts *more)
{
#define X(name) sum->name += more->name;
    STACK_COUNT_LIST(X, X)
#undef X
}

static inline bool stack_counts_are_empty(const struct stack_counts *counts)
{
#define X(name) &&counts->name == 0
    return true STACK_COUNT_LIST(X, X);
#undef X
}

#endif
