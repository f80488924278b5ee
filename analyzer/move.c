/* A realloc that moved its block: which of rules 2, 3 and 4 of metrics.md, section 2, applies. */
#include "analyzer/step_stacks.h"

static struct resize resize_of(const struct step *step)
{
    return (struct resize){
        .from = step->event->old_size,
        .to = step->event->size,
        .from_bytes = step->old_bytes,
        .to_bytes = step->bytes,
        .moved = true,
    };
}

/*
 * Judges whether the move could have been avoided. `before` is the moment before its first event,
 * `old` the block then.
 */
static void judge_room(const struct step *step, const struct block *old, struct moment before)
{
    const struct source_codes *codes = &step->ledger->source_codes;
    const struct event *event = step->event;
    if (!step->ledger->counting || event->size <= event->old_size || !old->source_known ||
        source_codes_is(codes, old->source, SOURCE_LOOKASIDE) ||
        source_codes_is(codes, old->source, SOURCE_LOW_FRAGMENTATION))
        return;
    struct heap *heap = step->heap;
    struct neighbour next;
    bool has_next =
        recent_next_block(&heap->recent, heap->blocks, event->old_address, before, &next);
    struct resize resize = resize_of(step);
    enum room_verdict verdict =
        room_judge(&heap->counts.room, event->old_address, &resize, has_next ? &next : NULL);
    if (step->stack)
        step_stack_room(step, verdict, &resize, &next);
}

/* The ALLOC was the realloc's: takes it out of the program's own. */
static void take_back_alloc(struct step *step, struct thread_event *alloc)
{
    struct counts *counts = &step->heap->counts;
    alloc->what |= THREAD_SERVED;
    thread_forget_alloc(step->thread, alloc);
    if (!(alloc->what & THREAD_COUNTED))
        return;
    counts_alloc(counts, counts->sources.of[alloc->source], alloc->alloc.bytes, (uint64_t)-1);
    if (step->stack)
        step_stack_take_back(step, alloc);
    counts->rare.realloc_internal_allocs++;
}

/* The FREE was the realloc's, too. */
static void take_back_free(struct step *step, struct thread_event *freed)
{
    struct counts *counts = &step->heap->counts;
    freed->what |= THREAD_SERVED;
    if (!(freed->what & THREAD_COUNTED))
        return;
    counts_free(counts, thread_counted_free(freed), (uint64_t)-1);
    counts->rare.temporary -= (freed->what & THREAD_TEMPORARY) != 0;
    counts->rare.realloc_internal_frees++;
}

/* The block at the new address goes on with the chain of `old` (NULL: unknown). */
static void inherit(struct step *step, struct block *block, const struct block *old)
{
    block->chain = step_chain(step, old);
    block->born_ns = old ? old->born_ns : BORN_BEFORE_TRACE;
    block->stack = old ? old->stack : STACK_NONE;
    block->source = step->source->index;
    block->source_known = true;
    if (old)
        step_check_old_size(step, old->size);
    step_count_realloc(step, old, block->chain, true);
}

/* The new block should have no chain of its own yet; in a trace that lies it may. */
static bool drop_chain(const struct step *step, struct block *block)
{
    bool done = step_end_chain(step, step->event->address, block, RESULT_UNKNOWN);
    block->chain = 0;
    return done;
}

/* Rule 2: ALLOC and FREE have applied the move; what is live stays as it is. */
static bool link_paired(struct step *step, struct thread_move move)
{
    struct block *block = step_find_new(step);
    if (!drop_chain(step, block))
        return false;
    const struct block *old = move.freed->what & THREAD_KNOWN ? &move.freed->freed.block : NULL;
    if (old)
        judge_room(step, old, move.alloc->alloc.before);
    take_back_free(step, move.freed);
    take_back_alloc(step, move.alloc);
    inherit(step, block, old);
    step->heap->counts.moves.paired += step->ledger->counting;
    return true;
}

/* Takes the block at the old address out of the heap. False with the step's error. */
static bool end_old(const struct step *step)
{
    struct block_place place = block_table_place(step->heap->blocks, step->event->old_address);
    return heap_remove(step->heap, &place, step->ledger->change, step->err);
}

/* Rule 3: only the ALLOC has been seen, so the old block ends here. */
static bool link_alloc(struct step *step, struct thread_event *alloc)
{
    if (!drop_chain(step, step_find_new(step)))
        return false;
    struct block copy;
    const struct block *old = block_table_find(step->heap->blocks, step->event->old_address);
    if (old) {
        copy = *old;
        old = &copy;
        judge_room(step, old, alloc->alloc.before);
        if (!end_old(step))
            return false;
    }
    take_back_alloc(step, alloc);
    inherit(step, step_find_new(step), old);
    step->heap->counts.moves.paired += step->ledger->counting;
    const struct expectation expected = {
        .heap = step->heap,
        .free_address = step->event->old_address,
        .free = true,
        .free_is_internal = true,
    };
    thread_expect(step->thread, &expected);
    return true;
}

static bool replace(struct step *step, const struct block *old)
{
    if (step->place->block && !step_end_unfreed(step, step->place))
        return false;
    if (old && !end_old(step))
        return false;
    struct block block = { .size = step->bytes, .since = step->ledger->change };
    *step->place = block_table_place(step->heap->blocks, step->event->address);
    struct block *inserted = step_insert(step, &block);
    if (!inserted) {
        if (old)
            step_end_chain(step, step->event->old_address, old, RESULT_UNKNOWN);
        return false;
    }
    inherit(step, inserted, old);
    return true;
}

/* Rule 4: the REALLOC stands alone, or comes first. */
static bool apply_standalone(struct step *step)
{
    struct moment now = { step->ledger->change, step->heap->recent.changes };
    struct block copy;
    const struct block *old = block_table_find(step->heap->blocks, step->event->old_address);
    if (old) {
        copy = *old;
        old = &copy;
        judge_room(step, old, now);
    }
    if (!replace(step, old))
        return false;
    step->heap->counts.moves.standalone += step->ledger->counting;
    const struct expectation expected = {
        .heap = step->heap,
        .alloc_address = step->event->address,
        .alloc_size = step->event->size,
        .free_address = step->event->old_address,
        .alloc = true,
        .free = true,
    };
    thread_expect(step->thread, &expected);
    return true;
}

bool step_move(struct step *step)
{
    if (!step_reserve_realloc(step))
        return false;
    const struct event *event = step->event;
    struct thread_move move = { NULL, NULL };
    if (step_find_new(step))
        move = thread_find_move(step->thread, step->heap, event->address, event->size,
                                event->old_address);
    if (step->stack && !step_borrow_stack(step, move.alloc))
        return false;
    if (move.freed)
        return link_paired(step, move);
    return move.alloc ? link_alloc(step, move.alloc) : apply_standalone(step);
}
