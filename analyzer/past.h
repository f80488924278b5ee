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
#include "decoder/error.h"

/* Whose live peak: the heap's own, and those of what it is part of. */
enum past_peak { PAST_HEAP, PAST_PROCESS, PAST_TRACE, PAST_PEAKS };

struct past_entry; /* private to past.c, as are the fields of struct past */

struct past {
    const uint64_t *peaks[PAST_PEAKS]; /* the caller's levels.peak_change; 0: none yet */
    uint64_t seen[PAST_PEAKS];         /* the peaks when entries were last noted */
    size_t stale[PAST_PEAKS];          /* entries before this one are of older peaks */
    struct past_entry *entries;        /* owned; in the order they went, until they are sorted */
    uint32_t *stacks; /* owned; by the entries, struct block's; NULL: none has a stack */
    size_t count, capacity;
    bool is_sorted; /* by address */
};

/* An empty past that watches three peaks, which must outlive it and never fall; NULL: none. */
void past_init(struct past *past, const uint64_t *heap_peak, const uint64_t *process_peak,
               const uint64_t *trace_peak);
void past_release(struct past *past); /* safe on a zero-filled one */

/* The rest of past_note, for a block that came before a peak: most have come since. */
bool past_note_older(struct past *past, uint64_t address, const struct block *block,
                     uint64_t until_change, struct error *err);

/*
 * Notes that `block` at `address` is live no more from change number `until_change` on (because it
 * was freed, or has another size then), if a peak needs it. Sizes must be below 2^61, else
 * ERROR_LIMIT. False with ERROR_NO_MEMORY.
 */
static inline bool past_note(struct past *past, uint64_t address, const struct block *block,
                             uint64_t until_change, struct error *err)
{
    uint64_t since = block->since;
    if (since > *past->peaks[PAST_HEAP] && since > *past->peaks[PAST_PROCESS] &&
        since > *past->peaks[PAST_TRACE])
        return true;
    return past_note_older(past, address, block, until_change, err);
}

/*
 * A walk over all blocks that were live at some peak, in order of address; `table` holds those that
 * are live still (NULL: none is). Nothing may be noted, inserted or removed meanwhile.
 *     struct past_walk walk = { 0 };
 *     while (past_walk(&past, table, &walk)) … walk.address, walk.size, walk.peaks …
 */
struct past_walk {
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
