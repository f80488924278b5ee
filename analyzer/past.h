/*
 * Blocks of a heap that are gone, but were live at a live peak that still stands. With the blocks
 * that are left they give back the heap as it was at that peak, in one pass over the trace.
 *
 * A block was live at the peak made by change p if it came at p or before and went after p. What is
 * noted here is what some peak needs: once all peaks have moved on, it is forgotten. So memory is
 * bounded by the blocks live at the peaks, and a note costs O(1) in the long run.
 */
#ifndef ANALYZER_PAST_H
#define ANALYZER_PAST_H

#include "analyzer/block_table.h"
#include "analyzer/huge.h"
#include "decoder/error.h"

/* Whose live peak: the heap's own, and those of what it is part of. */
enum past_peak { PAST_HEAP, PAST_PROCESS, PAST_TRACE, PAST_PEAKS };

struct past_entry; /* private to the past, as are the fields of struct past */

struct past {
    const uint64_t *peaks[PAST_PEAKS]; /* the caller's levels.peak_change; 0: none yet */
    uint64_t seen[PAST_PEAKS];         /* the peaks when entries were last noted */
    size_t stale[PAST_PEAKS];          /* entries before this one are of older peaks */
    struct huge entry_memory, stack_memory;
    struct past_entry *entries; /* in the order they went, until they are sorted */
    uint32_t *stacks;           /* by the entries, struct block's; NULL: none has a stack */
    size_t count, capacity;
    bool is_sorted; /* by address */
};

/* An empty past that watches three peaks, which must outlive it and never fall; NULL: none. */
void past_init(struct past *past, const uint64_t *heap_peak, const uint64_t *process_peak,
               const uint64_t *trace_peak);
void past_release(struct past *past); /* safe on a zero-filled one */

/*
 * Makes room for so many notes, with stacks if they may have some: then they cannot fail. False
 * with ERROR_NO_MEMORY.
 */
bool past_reserve(struct past *past, size_t notes, bool with_stacks, struct error *err);

/* The last change that made a peak: what came later was live at none. */
static inline uint64_t past_latest_peak(const struct past *past)
{
    uint64_t latest = *past->peaks[PAST_HEAP];
    for (unsigned which = PAST_PROCESS; which < PAST_PEAKS; which++)
        latest = *past->peaks[which] > latest ? *past->peaks[which] : latest;
    return latest;
}

/*
 * Notes that `block` at `address` is live no more from change number `until_change` on (because it
 * was freed, or has another size then), if a peak needs it. It may be told late, when other peaks
 * stand. There must be room; sizes must be below 2^61.
 */
void past_note(struct past *past, uint64_t address, const struct block *block,
               uint64_t until_change);

/*
 * A walk over all blocks that were live at some peak, in order of address; `table` holds those that
 * are live still (NULL: none is). Nothing may be noted, inserted or removed meanwhile.
 *     struct past_walk walk = { 0 };
 *     while (past_walk(&past, table, &walk)) … walk.address, walk.size, walk.peaks …
 */
struct past_walk {
    bool wants_live;    /* the caller's to set: it comes to all that is live, at a peak or not */
    struct block *live; /* the block the walk is at; NULL: it is gone */
    uint64_t address, size; /* of the block the walk is at */
    uint32_t stack;         /* the same, as struct block's */
    unsigned peaks;         /* bit `which` of each peak it was live at */
    unsigned block_peaks;   /* of the next in the table */
    struct block_walk blocks;
    struct block_at block; /* the next in the table, if has_block */
    size_t entry;          /* the next in the past */
    bool has_begun, has_block;
};
bool past_walk(struct past *past, struct block_table *table, struct past_walk *walk);

#endif
