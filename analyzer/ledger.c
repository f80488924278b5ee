/* The rules that turn events into changes of heaps, and count them. */
#include "analyzer/ledger.h"

#include "analyzer/block_index.h"
#include "analyzer/step_stacks.h"

#include <assert.h>

/* (heap, Source) pairs with counts of their own, some 4 KB each: a trace may name any code. */
enum { SOURCE_COUNTS_MAX = 1 << 16 };

void ledger_init(struct ledger *ledger)
{
    *ledger = (struct ledger){ .counting = true };
    ledger->threads.chains = &ledger->chains;
    ledger->threads.anomalies = &ledger->anomalies;
}

void ledger_release(struct ledger *ledger)
{
    threads_release(&ledger->threads);
    chains_release(&ledger->chains);
    *ledger = (struct ledger){ 0 };
}

/* What `size` counts as. */
static uint64_t believe(struct ledger *ledger, uint64_t size, uint64_t file_offset)
{
    if (size > BELIEVABLE_BYTES_MAX || size > BELIEVABLE_SUM_MAX - ledger->named_bytes) {
        anomaly_note(&ledger->anomalies, ANOMALY_size_unbelievable, file_offset);
        return 0;
    }
    ledger->named_bytes += size;
    return size;
}

static struct source_counts *source_of(struct ledger *ledger, struct heap *heap, uint8_t index,
                                       struct error *err)
{
    struct source_counts *counts = heap->counts.sources.of[index];
    if (counts)
        return counts;
    if (ledger->source_count == SOURCE_COUNTS_MAX) {
        error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                  "more than %d pairs of a heap and an allocator path; --process takes fewer",
                  SOURCE_COUNTS_MAX);
        return NULL;
    }
    counts = sources_make(&heap->counts.sources, index, err);
    ledger->source_count += counts != NULL;
    return counts;
}

/*
 * What all kinds share: everything but the sizes that can fail before a rule is applied. Fills what
 * `step` has not got yet.
 */
static inline bool begin(struct step *step)
{
    struct ledger *ledger = step->ledger;
    const struct event *event = step->event;
    step->thread =
        threads_find(&ledger->threads, event->process, event->thread, ledger->change, step->err);
    if (!step->thread)
        return false;
    step->memory = threads_push(&ledger->threads, step->thread, step->err);
    if (!step->memory)
        return false;
    step->source_index = source_codes_index(&ledger->source_codes, event->source);
    step->source = source_of(ledger, step->heap, step->source_index, step->err);
    if (!step->source)
        return false;
    if (event->source == 0 ||
        (event->source > SOURCE_DOCUMENTED_LAST && event->source != ledger->own_source))
        anomaly_note(&ledger->anomalies, ANOMALY_source_unexpected, event->file_offset);
    thread_turn_expected(step->thread);
    return true;
}

/* Whether this is the ALLOC of a move that was applied without it (rule 4). */
static bool is_late_alloc(const struct step *step)
{
    const struct expectation *expected = &step->thread->expected_before;
    return expected->alloc && expected->heap == step->heap &&
           expected->alloc_address == step->event->address &&
           expected->alloc_size == step->event->size && step_find_new(step);
}

static void pass_late_alloc(struct step *step)
{
    thread_expect(step->thread, &step->thread->expected_before);
    step->thread->expected.alloc = false;
}

static void fail_alloc(struct step *step)
{
    step->heap->counts.traffic.failed_allocs += step->ledger->counting;
    if (step->stack && step->ledger->counting)
        step_stack_failed_alloc(step);
}

/* Remembers an ALLOC that was applied. */
static inline void remember_alloc(const struct step *step, struct moment before)
{
    struct thread_event *memory = step->memory;
    memory->heap = step->heap;
    memory->address = step->event->address;
    memory->kind = THREAD_ALLOC;
    memory->served = false;
    memory->counted = step->ledger->counting;
    memory->source = step->source_index;
    memory->alloc.size = step->event->size;
    memory->alloc.bytes = step->bytes;
    memory->alloc.before = before;
    memory->alloc.previous_alloc = step->thread->last_alloc;
    memory->alloc.stack = step->event->stack;
    step->thread->last_alloc = before.change;
}

/* Ends what is live at the event's address although its FREE is missing. */
static bool make_way(struct step *step)
{
    if (!step_end_unfreed(step, &step->place))
        return false;
    step->place = block_table_place(step->heap->blocks, step->event->address);
    return true;
}

/* A new block at the event's address, and only it. */
static inline bool insert_new(struct step *step)
{
    const struct moment before = { step->ledger->change, step->heap->recent.changes };
    if (step->place.block && !make_way(step))
        return false;
    const struct block block = {
        .size = step->bytes,
        .born_ns = step->event->time_ns,
        .since = before.change,
        .stack = step->event->stack & STACK_ID_MASK,
        .source = step->source_index,
        .source_known = true,
    };
    if (!step_insert(step, &block))
        return false;
    remember_alloc(step, before);
    return true;
}

/* An ALLOC, or a REALLOC of no block; its size is in step->bytes. */
static inline bool apply_alloc(struct step *step)
{
    struct ledger *ledger = step->ledger;
    if (step->event->address == 0) {
        fail_alloc(step);
        return true;
    }
    if (step->thread->is_expecting && is_late_alloc(step)) {
        pass_late_alloc(step);
        return true;
    }
    if (!insert_new(step))
        return false;
    if (!ledger->counting)
        return true;
    counts_alloc(&step->heap->counts, (struct counted_alloc){ step->bytes, step->source_index }, 1);
    if (step->stack)
        step_stack_alloc(step);
    return true;
}

/* A FREE that belongs to a move that was applied without it (rules 3 and 4). */
static bool is_late_free(const struct step *step)
{
    const struct expectation *expected = &step->thread->expected_before;
    return expected->free && expected->heap == step->heap &&
           expected->free_address == step->event->address;
}

static void pass_late_free(struct step *step)
{
    thread_expect(step->thread, &step->thread->expected_before);
    step->thread->expected.free = false;
    if (step->thread->expected.free_is_internal && step->ledger->counting)
        step->heap->counts.traffic.realloc_internal_frees++;
}

/* Remembers a FREE that was applied; memory->freed has the block, if it is known. */
static inline void remember_free(const struct step *step, bool is_known)
{
    struct thread_event *memory = step->memory;
    memory->heap = step->heap;
    memory->address = step->event->address;
    memory->kind = THREAD_FREE;
    memory->served = false;
    memory->counted = step->ledger->counting;
    memory->is_known = is_known;
    memory->is_temporary = false;
    memory->waits = !is_known || memory->freed.block.chain != 0;
    memory->source = step->source_index;
    memory->freed.time_ns = step->event->time_ns;
    memory->freed.file_offset = step->event->file_offset;
}

static inline bool apply_free(struct step *step)
{
    struct ledger *ledger = step->ledger;
    const bool is_known = step->place.block != NULL;
    if (!is_known && is_late_free(step)) {
        pass_late_free(step);
        return true;
    }
    /* The place in the thread's memory serves nothing until the FREE has been applied. */
    struct thread_event *memory = step->memory;
    memory->freed.identity = IDENTITY_BEFORE_TRACE;
    if (is_known) {
        memory->freed.block = *step->place.block;
        memory->freed.identity = step_identity(step, step->place.block);
        if (!heap_remove(step->heap, &step->place, ledger->change, step->err))
            return false;
    }
    remember_free(step, is_known);
    if (ledger->counting)
        counts_free(&step->heap->counts, thread_counted_free(memory), 1);
    thread_judge_free(memory, step->thread->last_alloc);
    return true;
}

static bool apply_failed_realloc(struct step *step)
{
    if (!step->ledger->counting)
        return true;
    moves_count_failed(&step->heap->counts.moves, step->event->old_size);
    step->source->failed++;
    if (step->stack)
        step_stack_failed_realloc(step);
    step->ledger->outcome.is_realloc = true;
    return true;
}

/* The block is live: one that was not has been adopted. */
static bool apply_in_place(struct step *step)
{
    if (!step_reserve_realloc(step))
        return false;
    struct block *block = step->place.block;
    struct block old = *block;
    if (!heap_resize(step->heap, &step->place, step->bytes, step->ledger->change, step->err))
        return false;
    step_check_old_size(step, old.size);
    block->chain = step_chain(step, &old);
    block->source = step->source_index;
    block->source_known = true;
    step_count_realloc(step, &old, block->chain, false);
    return true;
}

static bool is_in_place(const struct event *event)
{
    return event->kind == EVENT_realloc && event->address == event->old_address &&
           event->address != 0;
}

/* A block that is reallocated in place was there before the trace, if it is not known. */
static enum ledger_step adopt(struct step *step)
{
    const struct event *event = step->event;
    const struct block block = {
        .size = believe(step->ledger, event->old_size, event->file_offset),
        .born_ns = BORN_BEFORE_TRACE,
        .since = step->ledger->change,
    };
    return step_insert(step, &block) ? LEDGER_AGAIN : LEDGER_ERROR;
}

/* What an ALLOC and a REALLOC ask for. False with the step's error. */
static inline bool take_request(struct step *step)
{
    const struct event *event = step->event;
    step->bytes = believe(step->ledger, event->size, event->file_offset);
    if (event->kind == EVENT_realloc)
        step->old_bytes = believe(step->ledger, event->old_size, event->file_offset);
    return !step->heap->stacks || step_find_stack(step);
}

enum ledger_step ledger_apply(struct ledger *ledger, struct heap *heap, const struct event *event,
                              struct granule *granule, struct error *err)
{
    assert(heap->blocks);
    ledger->change++;
    ledger->outcome = (struct ledger_outcome){ 0 };
    struct step step; /* each field is filled when its time comes: most events need few */
    step.ledger = ledger;
    step.heap = heap;
    step.event = event;
    step.err = err;
    step.stack = step.event_stack = NULL;
    block_table_seek(heap->blocks, granule, event->address, &step.place);
    if (!step.place.block && is_in_place(event))
        return adopt(&step);

    if (!begin(&step))
        return LEDGER_ERROR;
    bool done;
    if (event->kind == EVENT_free)
        done = apply_free(&step);
    else if (!take_request(&step))
        done = false;
    else if (event->kind == EVENT_alloc || event->old_address == 0)
        done = apply_alloc(&step);
    else if (event->address == 0)
        done = apply_failed_realloc(&step);
    else
        done = is_in_place(event) ? apply_in_place(&step) : step_move(&step);
    return done ? LEDGER_DONE : LEDGER_ERROR;
}

/* The chains of all live blocks are complete; counts what they leave. */
static bool complete_blocks(struct ledger *ledger, struct heap *heap, struct error *err)
{
    struct step step = { .ledger = ledger, .heap = heap, .err = err };
    uint64_t censored = 0;
    struct block_walk walk = { 0 };
    struct block_at at;
    while (block_table_walk(heap->blocks, &walk, &at)) {
        censored += at.block->born_ns != BORN_BEFORE_TRACE;
        if (!step_end_chain(&step, at.address, at.block, RESULT_UNKNOWN))
            return false;
        at.block->chain = 0;
    }
    if (ledger->counting)
        heap->counts.censored += censored;
    return true;
}

bool ledger_close_heap(struct ledger *ledger, struct heap *heap, struct error *err)
{
    return complete_blocks(ledger, heap, err);
}

bool ledger_end_heap(struct ledger *ledger, struct heap *heap, struct error *err)
{
    ledger->change++;
    ledger->outcome = (struct ledger_outcome){ 0 };
    uint64_t destroyed_blocks = heap->occupancy.live_blocks;
    if (!complete_blocks(ledger, heap, err) || !heap_clear(heap, ledger->change, err))
        return false;
    if (ledger->counting)
        heap->counts.traffic.destroyed_blocks += destroyed_blocks;
    return true;
}

bool ledger_finish(struct ledger *ledger, struct error *err)
{
    return threads_settle(&ledger->threads, err);
}
