/* How live blocks lie in pages: sums that are kept at every change, for a heap and all above it. */
#ifndef ANALYZER_OCCUPANCY_H
#define ANALYZER_OCCUPANCY_H

#include "analyzer/result.h"

enum { PAGE_SHIFT = 12, PAGE_BYTES = 1 << PAGE_SHIFT };

/*
 * A heap's occupancy has that of its process as parent, and that one the trace's. Whoever changes a
 * sum changes it all the way up (occupancy_change), so totals have curves of their own. But as long
 * as a process has had one heap, or a trace one process, the sums of the larger are the smaller's
 * (directory.c): each level costs every event some 10 instructions.
 */
struct occupancy {
    uint64_t live_bytes; /* sizes of live blocks, as the program asked for them */
    uint64_t live_blocks;
    uint64_t touched_pages;      /* pages with at least one byte of a live block */
    uint64_t pinned_pages;       /* pages that exactly one live block overlaps */
    uint64_t pinned_waste_bytes; /* what such pages have left: page size - its bytes, summed */
    uint64_t histogram[OCCUPANCY_BINS]; /* touched pages by min(9, 10 * bytes / 4096), bytes capped
                                           at 4096 */
    struct occupancy *parent;           /* NULL at the top */
};

/* Adds the sums in `change` (differences, modulo 2^64) to `occupancy` and all its parents. */
void occupancy_change(struct occupancy *occupancy, const struct occupancy *change);

/* Its part for sizes: what every block changes that comes, goes or is resized. */
static inline void occupancy_change_live(struct occupancy *occupancy, uint64_t bytes,
                                         uint64_t blocks)
{
    for (struct occupancy *o = occupancy; o; o = o->parent) {
        o->live_bytes += bytes;
        o->live_blocks += blocks;
    }
}

/* Takes the sums in `less` from those in `sums`, modulo 2^64. No parents. */
void occupancy_subtract(struct occupancy *sums, const struct occupancy *less);

/* What one page adds to the sums. Zero-filled: nothing, it is not touched. */
struct page_facts {
    uint64_t touched; /* 0 or 1 */
    uint64_t pinned;  /* 0 or 1 */
    uint64_t pinned_waste_bytes;
    uint64_t bin; /* of the histogram */
};

/* The bin of a page with so many bytes. */
static inline uint64_t page_bin(uint64_t bytes)
{
    uint64_t bin = (bytes < PAGE_BYTES ? bytes : PAGE_BYTES) * OCCUPANCY_BINS / PAGE_BYTES;
    return bin < OCCUPANCY_BINS ? bin : OCCUPANCY_BINS - 1;
}

/* Of a page that `users` live blocks overlap, with `bytes` in it together. */
static inline struct page_facts page_facts_of(uint64_t users, uint64_t bytes)
{
    uint64_t capped = bytes < PAGE_BYTES ? bytes : PAGE_BYTES;
    return (struct page_facts){
        .touched = users > 0,
        .pinned = users == 1,
        .pinned_waste_bytes = users == 1 ? PAGE_BYTES - capped : 0,
        .bin = page_bin(bytes),
    };
}

/* Adds `pages` pages like this to the sums, modulo 2^64: (uint64_t)-1 takes one away. No parents.
 */
static inline void page_facts_add(struct page_facts facts, uint64_t pages, struct occupancy *sums)
{
    /* No branches: whether a page is touched or pinned is beyond prediction. */
    sums->touched_pages += facts.touched * pages;
    sums->histogram[facts.bin] += facts.touched * pages;
    sums->pinned_pages += facts.pinned * pages;
    sums->pinned_waste_bytes += facts.pinned_waste_bytes * pages;
}

/* Has one page count as `after` instead of `before`, in `occupancy` and all its parents. */
static inline void page_facts_replace(struct page_facts before, struct page_facts after,
                                      struct occupancy *occupancy)
{
    uint64_t touched = after.touched - before.touched;
    uint64_t pinned = after.pinned - before.pinned;
    uint64_t waste = after.pinned_waste_bytes - before.pinned_waste_bytes;
    for (struct occupancy *o = occupancy; o; o = o->parent) {
        o->touched_pages += touched;
        o->pinned_pages += pinned;
        o->pinned_waste_bytes += waste;
        o->histogram[before.bin] -= before.touched;
        o->histogram[after.bin] += after.touched;
    }
}

/*
 * As occupancy_change_live, for blocks of a page that several others use too: it is touched, and
 * not pinned, before and after, but may go to another bin.
 */
static inline void occupancy_change_used(struct occupancy *occupancy, uint64_t bytes,
                                         uint64_t blocks, uint64_t bin_before, uint64_t bin_after)
{
    for (struct occupancy *o = occupancy; o; o = o->parent) {
        o->live_bytes += bytes;
        o->live_blocks += blocks;
        o->histogram[bin_before]--;
        o->histogram[bin_after]++;
    }
}

#endif
