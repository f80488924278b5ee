/*
 * The granules of one heap, in order of address, and the large blocks that lie over them.
 *
 * A granule is 64 KiB of address space in which some live block has its first or last byte; only
 * those exist. They are the leaves of a binary radix tree (a crit-bit tree) on their number: no
 * deeper than the 48 bits of one whatever a trace does, in order, and never in need of balance.
 *
 * A block that leaves its first granule lies over the pages up to its last one. Those in its two
 * granules count it themselves; the stretch between is covered: one more block on each granule
 * there and on the gaps between them. Such a cover is noted on the few spans that make up the
 * stretch, and each span keeps a summary that tells what its pages amount to under any cover. So a
 * block over a million granules is added in some dozens of steps, and none of them is wrong when
 * blocks overlap.
 */
#ifndef ANALYZER_SPAN_H
#define ANALYZER_SPAN_H

#include "analyzer/page.h"

#include <assert.h>

enum {
    GRANULE_PAGE_SHIFT = 4,
    GRANULE_PAGES = 1 << GRANULE_PAGE_SHIFT,
    GRANULE_BYTE_SHIFT = PAGE_SHIFT + GRANULE_PAGE_SHIFT,
};

/*
 * What pages amount to, by the number of blocks that cover them. Only the lowest and the next level
 * are told apart: covers never fall below 0, and from 2 on all pages count alike.
 */
struct summary {
    int64_t level;         /* the lowest cover in it, before what is noted on the span and above */
    uint64_t pages;        /* all of them, gaps included */
    uint64_t lowest_pages; /* those with the lowest cover */
    uint64_t next_pages;   /* those with the lowest + 1 */
    uint64_t next_touched; /* of them, those with users of their own */
    struct occupancy lowest; /* page sums of the lowest, as they are without any cover */
};

/* A granule, or a branch: all granules with some leading bits in common, at least two. */
struct span {
    /* What walks and look-ups touch; in a granule it is one cache line. */
    uint64_t first; /* the granule's number (address >> 16), or the lowest a branch may hold */
    int64_t cover;  /* blocks over all of it, less what is noted above; may be negative */
    struct span_tree *tree;
    struct span *child[2]; /* of a branch; both NULL in a granule */
    struct granule *after; /* of a granule: the next one in order of address */
    uint32_t starts; /* blocks that start in the granule; of a branch: children that have any */
    uint32_t bytes;  /* of a granule: of its pages, each capped at 4096 */
    uint8_t bit;     /* of a branch: the highest bit in which its children differ */
    bool is_stale;   /* the summary is out of date, as are all above it */
    int32_t ahead;   /* private to block_walk.c */

    struct span *parent; /* NULL: the root */
    struct summary summary;
};

struct granule {
    struct span span;       /* first, so that a leaf is its granule */
    struct granule *before; /* the neighbour in order of address */
    uint32_t lasts;         /* blocks that end in it, but start in an earlier one */
    uint32_t leaving;       /* blocks that start in it, but end in a later one */
    struct page pages[GRANULE_PAGES];
};

static_assert(offsetof(struct span, parent) == 64 && sizeof(struct granule) % 64 == 0,
              "what look-ups touch of a granule is one cache line");

/* Empty if all but the arena is zero. */
struct span_tree {
    struct arena *arena; /* the caller's: for granules, branches, and slots of pages */
    struct span *root;
    struct granule *head;
    size_t covered_branches; /* branches with a cover that is not 0; nearly always there are none */
};

/* The granule with that number, or NULL. */
struct granule *span_tree_find(const struct span_tree *tree, uint64_t number);

/* Adds a granule that is not there. NULL: no memory, and nothing changed. */
struct granule *span_tree_add(struct span_tree *tree, uint64_t number);

/* Removes a granule in which no block starts or ends any more. */
void span_tree_remove(struct span_tree *tree, struct granule *granule);

/* The first granule in which a block starts, from `number` on, or NULL. */
struct granule *span_tree_next_start(const struct span_tree *tree, uint64_t number);

/* Gives back all granules; their pages must have been released. */
void span_tree_release(struct span_tree *tree);

/* To be called when a granule gets its first start, and when it has lost the last. */
void span_note_starts(struct span *granule);

/* Marks the summaries of a span and of all above it as out of date. */
void span_mark_stale(struct span *span);

static inline void granule_changed(struct granule *granule)
{
    if (!granule->span.is_stale)
        span_mark_stale(&granule->span);
}

/* The sum of what is noted on the spans above. */
int64_t span_cover_above(const struct span *span);

/* How many blocks lie over the whole granule and end outside of it. */
static inline uint64_t granule_cover(const struct granule *granule)
{
    int64_t cover = granule->span.cover;
    if (granule->span.tree->covered_branches > 0)
        cover += span_cover_above(&granule->span);
    return (uint64_t)cover;
}

/* How many blocks lie over the gap between the granule and the next one. */
static inline uint64_t granule_gap_cover(const struct granule *granule)
{
    return granule_cover(granule) + granule->leaving;
}

/* How many granules would fit between this one and the next; 0 for the last. */
static inline uint64_t granule_gap(const struct granule *granule)
{
    return granule->span.after ? granule->span.after->span.first - granule->span.first - 1 : 0;
}

/*
 * Adds one block (`sign` 1) to the cover of everything between two granules, or takes it away (-1),
 * and adds to `change` what that does to the page sums. True: something there was touched before.
 */
bool span_tree_cover(struct granule *first, struct granule *last, int sign,
                     struct occupancy *change);

#endif
