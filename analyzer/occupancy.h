/* How live blocks lie in pages: sums that are kept at every change, for a heap and all above it. */
#ifndef ANALYZER_OCCUPANCY_H
#define ANALYZER_OCCUPANCY_H

#include "analyzer/result.h"

enum { PAGE_SHIFT = 12, PAGE_BYTES = 1 << PAGE_SHIFT };

/*
 * A heap's occupancy has that of its process as parent, and that one the trace's. Whoever changes a
 * sum changes it all the way up (occupancy_change), so totals have curves of their own.
 */
struct occupancy {
    uint64_t live_bytes;         /* sizes of live blocks, as the program asked for them */
    uint64_t live_blocks;
    uint64_t touched_pages;      /* pages with at least one byte of a live block */
    uint64_t pinned_pages;       /* pages that exactly one live block overlaps */
    uint64_t pinned_waste_bytes; /* what such pages have left: page size - its bytes, summed */
    uint64_t histogram[OCCUPANCY_BINS]; /* touched pages by min(9, 10 * bytes / 4096), bytes capped
                                           at 4096 */
    struct occupancy *parent;    /* NULL at the top */
};

/* Adds the sums in `change` (differences, modulo 2^64) to `occupancy` and all its parents. */
void occupancy_change(struct occupancy *occupancy, const struct occupancy *change);

#endif
