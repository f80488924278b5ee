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

bool heap_resize(struct heap *heap, const struct block_place *place, uint64_t size, uint64_t change,
                 struct error *err)
{
    if (heap->past && !past_note(heap->past, place->address, place->block, change, err))
        return false;
    recent_note_removal(&heap->recent, place->address, place->block, change);
    heap->resizes++;
    /* Even if the resize fails: the size until now is in the past, and begins anew. */
    place->block->since = change;
    return block_table_resize_at(heap->blocks, place, size, err);
}

bool heap_clear(struct heap *heap, uint64_t change, struct error *err)
{
    struct block_walk walk = { 0 };
    struct block_at at;
    while (heap->past && block_table_walk(heap->blocks, &walk, &at))
        if (!past_note(heap->past, at.address, at.block, change, err))
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
