/* Blocks of the past by address. */
#ifndef ANALYZER_PAST_SORT_H
#define ANALYZER_PAST_SORT_H

#include <stddef.h>
#include <stdint.h>

/* 16 bytes, because there may be one for every block that was live at a peak. */
struct past_entry {
    uint64_t address;
    uint64_t size_and_peaks; /* past.c knows */
};

/* Entries, each with its stack, if there are any. */
struct past_range {
    struct past_entry *entries;
    uint32_t *stacks; /* NULL: none */
};

/*
 * Sorts so many of them by address, in place. No order of addresses makes it slow; it takes some 10
 * KB of stack. Equal addresses are in any order.
 */
void past_sort(struct past_range range, size_t count);

#endif
