/*
 * The free runs between neighbouring live blocks of a heap (metrics.md, section 4). A run that
 * contains whole aligned 64 KiB granules is cut there: those hold no live byte, and may not even be
 * committed. So every gap is smaller than two granules.
 */
#ifndef ANALYZER_GAPS_H
#define ANALYZER_GAPS_H

#include "analyzer/result.h"

/* Private to gaps.c, but `result`. Zero-filled: no block yet. */
struct gaps {
    struct gaps_result result; /* `known` and `fragmentation` are gaps_finish's to fill */
    uint64_t end;              /* the furthest end so far, at most UINT64_MAX */
    bool has_begun;
};

/*
 * Takes in the next live block in order of address. A block of 0 bytes is a neighbour too; one that
 * would pass the end of the address space ends there.
 */
void gaps_block(struct gaps *gaps, uint64_t address, uint64_t size);

/* All blocks have been taken in: completes gaps->result. */
void gaps_finish(struct gaps *gaps);

/* Adds another heap's gaps to `sum`, which may be zero-filled. */
void gaps_add(struct gaps_result *sum, const struct gaps_result *more);

#endif
