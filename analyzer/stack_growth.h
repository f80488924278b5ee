/* By what ratio the reallocs of one call stack change sizes: as struct growth, in little memory. */
#ifndef ANALYZER_STACK_GROWTH_H
#define ANALYZER_STACK_GROWTH_H

#include "analyzer/growth.h"
#include "decoder/error.h"

/*
 * Zero-filled is empty. While there are few ratios, they are kept themselves: 8 bytes each; 2 KiB
 * are for stacks with more than GROWTH_KEPT of them.
 */
struct stack_growth {
    uint64_t count;
    double *values; /* owned; all ratios, in no order, while count <= GROWTH_KEPT */
    uint64_t *bins; /* owned; from then on: below the histogram, GROWTH_BINS, above it */
};

/* Makes sure that the next stack_growth_count succeeds. False with ERROR_NO_MEMORY. */
bool stack_growth_reserve(struct stack_growth *growth, struct error *err);

/* As growth_count, after stack_growth_reserve. */
void stack_growth_count(struct stack_growth *growth, const struct resize *resize);

/* Adds the ratios to `sum`, as far as growth_median goes. */
void stack_growth_add_to(const struct stack_growth *growth, struct growth *sum);

void stack_growth_release(struct stack_growth *growth); /* zero-fills */

#endif
