/* One heap of the trace: what is live in it, and what was counted of it. */
#ifndef ANALYZER_HEAP_H
#define ANALYZER_HEAP_H

#include "analyzer/block_table.h"
#include "analyzer/counts.h"
#include "analyzer/occupancy.h"
#include "analyzer/past.h"
#include "analyzer/recent.h"
#include "analyzer/space.h"

/*
 * One incarnation: a handle that is created again is another struct heap. Threads remember events
 * by heap, so a heap stays until its ledger is released, even after its end.
 */
struct heap {
    uint64_t handle;
    uint32_t process; /* index in struct processes */
    uint32_t ordinal; /* from 1, in its process */
    uint32_t flags;   /* of CREATE; means something only if created_in_trace */
    bool created_in_trace;
    uint64_t destroyed_ns;      /* RESULT_UNKNOWN: it was not */
    uint64_t first_ns, last_ns; /* of its events; whoever feeds them keeps this */
    struct block_table *blocks; /* NULL from its end on */
    struct past *past; /* where blocks that go are noted; NULL: nowhere. Whoever sets it frees it,
                          and sets it before the first one goes */
    struct process_stacks *stacks; /* where events are counted by stack; NULL: nowhere. Borrowed */
    struct occupancy occupancy;
    struct space space;
    struct recent recent;
    uint64_t past_removals;    /* of recent.removals, those that the past has been told */
    uint64_t resizes, cleared; /* blocks, for checks: recent knows what else came and went */
    struct counts counts;
};

/*
 * An empty heap whose blocks lie in `pool`; its space has this parent. Handle, ordinal and the like
 * are the caller's to fill, and the parent of its occupancy. NULL with ERROR_NO_MEMORY.
 */
struct heap *heap_new(struct block_pool *pool, struct space *space_parent, struct error *err);

/*
 * Its blocks stay in the pool until that is freed; nothing else may be asked of the pool after
 * this. NULL is fine.
 */
void heap_free(struct heap *heap);

/*
 * The three changes of what is live, number `change` each. They keep the table and the recent
 * changes together; the past is told later (heap_tell_past). False (NULL) with ERROR_NO_MEMORY or
 * ERROR_LIMIT and no other blocks or sizes than before.
 */
static inline struct block *heap_insert(struct heap *heap, const struct block_place *place,
                                        const struct block *block, bool *overlaps,
                                        struct error *err)
{
    struct block *inserted = block_table_insert_at(heap->blocks, place, block, overlaps, err);
    if (!inserted)
        return NULL;
    recent_note_insert(&heap->recent);
    return inserted;
}

/* Tells the past what it has not been told yet. Before anything is asked of it. */
void heap_tell_past(struct heap *heap);

/* The rest of heap_note_removal: the same, and makes room for the next RECENT_CHANGES, so that to
 * tell them cannot fail. */
bool heap_turn_past(struct heap *heap, bool with_stacks, struct error *err);

/*
 * The first half of heap_remove, and all that can fail: block_table_remove_at is what remains. The
 * past is told of many at once: whether it needs a block is hard to guess, and asked at once, that
 * waits for the block's memory. Worth 5 % of a report.
 */
static inline bool heap_note_removal(struct heap *heap, const struct block_place *place,
                                     uint64_t change, struct error *err)
{
    const bool is_full = heap->recent.removals % RECENT_CHANGES == 0;
    const bool has_stack = place->block->stack != STACK_NONE;
    if (heap->past && (is_full || (has_stack && !heap->past->stacks)) &&
        !heap_turn_past(heap, has_stack, err))
        return false;
    recent_note_removal(&heap->recent, place->address, place->block, change);
    return true;
}

static inline bool heap_remove(struct heap *heap, const struct block_place *place, uint64_t change,
                               struct error *err)
{
    if (!heap_note_removal(heap, place, change, err))
        return false;
    block_table_remove_at(heap->blocks, place);
    return true;
}

bool heap_resize(struct heap *heap, const struct block_place *place, uint64_t size, uint64_t change,
                 struct error *err);

/*
 * Removes all blocks and the table, as change number `change`. False with ERROR_NO_MEMORY: then
 * nothing may be removed any more.
 */
bool heap_clear(struct heap *heap, uint64_t change, struct error *err);

/* Whether all sums of the heap agree. Walks everything: for tests, fuzzers and the end. */
bool heap_is_consistent(const struct heap *heap);

#endif
