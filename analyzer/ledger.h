/*
 * The rules that turn events into changes of heaps, and count them: metrics.md, section 2.
 *
 * The ledger knows threads and chains; heaps are the caller's. It decides for each REALLOC whether
 * the ALLOC and the FREE that Windows logs for the same move have been seen, so that nothing counts
 * twice.
 */
#ifndef ANALYZER_LEDGER_H
#define ANALYZER_LEDGER_H

#include "analyzer/heap.h"
#include "analyzer/threads.h"
#include "decoder/event.h"

/* A size above this is no size: it counts as 0 and is noted as size_unbelievable. */
#define BELIEVABLE_BYTES_MAX (UINT64_C(1) << 48)
/* So is one that would take the sum of all sizes of the trace above this: no sum of bytes can wrap.
 */
#define BELIEVABLE_SUM_MAX (UINT64_C(1) << 62)

/* Zero-filled, it is a ledger without events once ledger_init is called. It must not move then. */
struct ledger {
    struct chains chains;
    struct threads threads;
    struct source_codes source_codes;
    struct anomalies anomalies;
    uint64_t change;       /* number of the last step; each step has its own, from 1 */
    uint64_t named_bytes;  /* sum of all believed sizes */
    uint32_t own_source;   /* no anomaly though undocumented; 0: none */
    uint32_t source_count; /* of (heap, Source) with counts, see SOURCE_COUNTS_MAX */
    bool counting;         /* whether events count in totals; the caller's to set, at first true */
    struct ledger_outcome {
        bool is_realloc; /* a REALLOC of a block: in place, moved or failed */
        bool is_moved;
        uint64_t copied_bytes;
    } outcome; /* of the last REALLOC, if it counted: for sums over time. An ALLOC or FREE leaves it
                  alone: whoever has looked at it clears it */
};

void ledger_init(struct ledger *ledger);
void ledger_release(struct ledger *ledger); /* before its heaps are freed. Zero-filled is fine */

enum ledger_step {
    LEDGER_ERROR = -1, /* `err` says why; what was applied so far still counts */
    LEDGER_DONE,
    LEDGER_AGAIN, /* half of the event is applied: look at the peak, then apply it again */
};

/*
 * Apply an ALLOC, FREE or REALLOC to its heap, as change number ledger->change. A REALLOC in place
 * of an unknown block takes two steps, because the block counts for the peak with its old size
 * first. `granule` is that of the event's address in heap->blocks; NULL: it is not known. `slot` is
 * as in block_table_seek_slot. Errors (false) are ERROR_NO_MEMORY and ERROR_LIMIT.
 */
bool ledger_alloc(struct ledger *ledger, struct heap *heap, const struct event *event,
                  struct granule *granule, struct error *err);
bool ledger_free(struct ledger *ledger, struct heap *heap, const struct event *event,
                 struct granule *granule, const struct slot *slot, struct error *err);
enum ledger_step ledger_realloc(struct ledger *ledger, struct heap *heap, const struct event *event,
                                struct error *err);

/* Any of the three. */
static inline enum ledger_step ledger_apply(struct ledger *ledger, struct heap *heap,
                                            const struct event *event, struct error *err)
{
    if (event->kind == EVENT_realloc)
        return ledger_realloc(ledger, heap, event, err);
    bool done = event->kind == EVENT_alloc ? ledger_alloc(ledger, heap, event, NULL, err)
                                           : ledger_free(ledger, heap, event, NULL, NULL, err);
    return done ? LEDGER_DONE : LEDGER_ERROR;
}

/*
 * The trace ends with `heap` alive: its blocks' lifetimes are censored, their chains complete.
 * The blocks stay. Call it once a heap. False with ERROR_NO_MEMORY.
 */
bool ledger_close_heap(struct ledger *ledger, struct heap *heap, struct error *err);

/*
 * The same in two steps, for who walks over the blocks for more than that: once for each block,
 * which adds to `*censored` if its lifetime is; then with that sum, once for the heap. After a
 * false the sum means nothing.
 */
bool ledger_close_block(struct ledger *ledger, struct heap *heap, uint64_t address,
                        struct block *block, uint64_t *censored, struct error *err);
void ledger_close_count(struct ledger *ledger, struct heap *heap, uint64_t censored);

/*
 * The heap ends (DESTROY, its process's end, its handle created again), as change number
 * ledger->change: as ledger_close_heap, then its blocks count as destroyed and are removed;
 * heap->blocks is NULL.
 */
bool ledger_end_heap(struct ledger *ledger, struct heap *heap, struct error *err);

/*
 * Completes what waits for events that might still come: chains that were just freed, and the
 * anomaly free_of_unknown. Call it once, after the last event. False with ERROR_NO_MEMORY.
 */
bool ledger_finish(struct ledger *ledger, struct error *err);

#endif
