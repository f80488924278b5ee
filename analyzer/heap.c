/* One heap of the trace: what is live in it, and what was counted of it. */
#include "analyzer/heap.h"

#include <stdlib.h>

struct heap *heap_new(struct block_pool *pool, struct space *space_parent, struct error *err)
{
    struct heap *heap = calloc(1, sizeof *heap);
    if (!heap) {
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a heap");
        return NULL;
    }
    heap->space.parent = space_parent;
    heap->destroyed_ns = RESULT_UNKNOWN;
    heap->first_ns = RESULT_UNKNOWN;
    heap->last_ns = RESULT_UNKNOWN;
    heap->blocks = block_table_new(pool, &heap->occupancy, err);
    if (!heap->blocks) {
        free(heap);
        return NULL;
    }
    return heap;
}

void heap_free(struct heap *heap)
{
    if (!heap)
        return;
    block_table_drop(heap->blocks);
    counts_release(&heap->counts);
    free(heap);
}

void heap_tell_past(struct heap *heap)
{
    const struct recent *recent = &heap->recent;
    const uint64_t latest_peak = past_latest_peak(heap->past);
    /* Which are old enough is hard to guess: they are listed without a branch. */
    const struct recent_removal *older[RECENT_CHANGES];
    size_t count = 0;
    for (uint64_t i = heap->past_removals; i < recent->removals; i++) {
        older[count] = &recent->last[i % RECENT_CHANGES];
        count += older[count]->block.since <= latest_peak;
    }
    for (size_t i = 0; i < count; i++)
        past_note(heap->past, older[i]->address, &older[i]->block, older[i]->change);
    heap->past_removals = recent->removals;
}

bool heap_turn_past(struct heap *heap, bool with_stacks, struct error *err)
{
    heap_tell_past(heap);
    return past_reserve(heap->past, RECENT_CHANGES, with_stacks, err);
}

bool heap_resize(struct heap *heap, const struct block_place *place, uint64_t size, uint64_t change,
                 struct error *err)
{
    if (!heap_note_removal(heap, place, change, err))
        return false;
    heap->resizes++;
    /* Even if the resize fails: the size until now is in the past, and begins anew. */
    place->block->since = change;
    return block_table_resize_at(heap->blocks, place, size, err);
}

/* All blocks go: the past is told at once, there is no room for them in recent. */
static bool tell_past_of_all(struct heap *heap, uint64_t change, struct error *err)
{
    heap_tell_past(heap);
    const uint64_t latest_peak = past_latest_peak(heap->past);
    struct block_walk walk = { 0 };
    struct block_at at;
    while (block_table_walk(heap->blocks, &walk, &at)) {
        if (at.block->since > latest_peak)
            continue;
        if (!past_reserve(heap->past, 1, at.block->stack != STACK_NONE, err))
            return false;
        past_note(heap->past, at.address, at.block, change);
        at.block->since = change; /* if the next one fails: until now it is in the past */
    }
    return true;
}

bool heap_clear(struct heap *heap, uint64_t change, struct error *err)
{
    if (heap->past && !tell_past_of_all(heap, change, err))
        return false;
    heap->cleared += heap->occupancy.live_blocks;
    block_table_free(heap->blocks);
    heap->blocks = NULL;
    return true;
}

bool heap_is_consistent(const struct heap *heap)
{
    uint64_t inserts = heap->recent.changes - heap->recent.removals;
    uint64_t ends = heap->recent.removals - heap->resizes + heap->cleared;
    return inserts - ends == heap->occupancy.live_blocks && counts_are_consistent(&heap->counts) &&
           (!heap->blocks || block_table_is_consistent(heap->blocks));
}
