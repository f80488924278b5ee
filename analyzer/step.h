/* One event on its way through the ledger: what the rules need to know, and small steps they share.
 */
#ifndef ANALYZER_STEP_H
#define ANALYZER_STEP_H

#include "analyzer/ledger.h"

struct step {
    struct ledger *ledger;
    struct heap *heap;
    const struct event *event;
    struct error *err;
    struct block_place *place; /* of the event's address, until something changes */
    struct thread *thread;
    struct thread_event *memory;  /* of this event in the thread */
    struct source_counts *source; /* in this heap, of the event's Source */
    uint64_t bytes, old_bytes;    /* size and old size of the event; 0 where unbelievable */
    struct counted_stack
        *stack; /* what is done counts here; NULL: heap->stacks is NULL, or a FREE */
    struct counted_stack *event_stack; /* the same, of the stack that the event itself carries */
};

/* Which allocation a live block's chain began with. */
static inline uint64_t step_identity(const struct step *step, const struct block *block)
{
    if (block->chain != 0)
        return chains_at(&step->ledger->chains, block->chain)->identity;
    return block->born_ns == BORN_BEFORE_TRACE ? IDENTITY_BEFORE_TRACE : block->since;
}

/*
 * Completes the chain of `block` at `address`, if it has one; `last_ns` is when it ended, or
 * RESULT_UNKNOWN. False: no memory.
 */
bool step_end_chain(const struct step *step, uint64_t address, const struct block *block,
                    uint64_t last_ns);

/*
 * Ends the block that is live at `place` although its FREE is missing: its lifetime ends now, for
 * want of anything better. False with `err`.
 */
bool step_end_unfreed(const struct step *step, const struct block_place *place);

/* Inserts a block at step->place, and notes an overlap. NULL with `err`. */
static inline struct block *step_insert(const struct step *step, const struct block *block)
{
    bool overlaps;
    struct block *inserted = heap_insert(step->heap, step->place, block, &overlaps, step->err);
    if (inserted && overlaps)
        anomaly_note(&step->ledger->anomalies, ANOMALY_overlap, step->event->file_offset);
    return inserted;
}

/* Whether a block of the event's size is live at its address, by the ledger's belief. */
struct block *step_find_new(const struct step *step);

/* The event is a REALLOC of a block to another address. False with `err`. */
bool step_move(struct step *step);

/* Notes the anomaly, if the block's size is not the event's old size. */
void step_check_old_size(const struct step *step, uint64_t known_bytes);

/*
 * Counts a successful realloc of `old`, the block before it (NULL: unknown), whose chain from now
 * on is `chain`.
 */
void step_count_realloc(struct step *step, const struct block *old, uint32_t chain, bool moved);

/* Prepares step_count_realloc and the start of a chain, so that they cannot fail. */
bool step_reserve_realloc(const struct step *step);

/* The chain of `old` (NULL: unknown), begun if it has none. Only after step_reserve_realloc. */
uint32_t step_chain(const struct step *step, const struct block *old);

#endif
