/* The rules that turn events into changes of heaps, and count them. */
#include "analyzer/ledger.h"

#include "analyzer/block_index.h"
#include "analyzer/step_stacks.h"

#include <assert.h>

/* (heap, Source) pairs with counts of their own, some 4 KB each: a trace may name any code. */
enum { SOURCE_COUNTS_MAX = 1 << 16 };

/*
 * The two hot paths, each with all it calls but what is seldom: so a step is held in registers, and
 * is in memory only for what is apart, which gets a copy: 50 instructions an event.
 */
#define HOT __attribute__((flatten))
#define APART static __attribute__((noinline))
#define SELDOM static __attribute__((noinline, cold)) /* and far away: the hot code is short */

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

/* The counts of a Source that this heap has not met yet, or that is odd. NULL fills `err`. */
SELDOM struct source_counts *meet_source(struct ledger *ledger, struct heap *heap,
                                         const struct event *event, struct error *err)
{
    struct sources *sources = &heap->counts.sources;
    uint8_t index = source_codes_index(&ledger->source_codes, event->source);
    if (!sources->of[index] && ledger->source_count == SOURCE_COUNTS_MAX) {
        error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                  "more than %d pairs of a heap and an allocator path; --process takes fewer",
                  SOURCE_COUNTS_MAX);
        return NULL;
    }
    bool is_new = !sources->of[index];
    struct source_counts *counts = sources_make(sources, index, err);
    if (!counts)
        return NULL;
    ledger->source_count += is_new;
    bool is_expected = event->source != 0 && (event->source <= SOURCE_DOCUMENTED_LAST ||
                                              event->source == ledger->own_source);
    if (!is_expected)
        anomaly_note(&ledger->anomalies, ANOMALY_source_unexpected, event->file_offset);
    else if (event->source < SOURCES_USUAL)
        sources->usual[event->source] = counts;
    else
        sources_set_other(sources, event->source, counts); /* the recorder's own */
    return counts;
}

/* Fills what is known from the start; the rest when its time comes. */
static inline void step_begin(struct step *step, struct ledger *ledger, struct heap *heap,
                              const struct event *event, struct block_place *place,
                              struct error *err)
{
    assert(heap->blocks);
    step->ledger = ledger;
    step->heap = heap;
    step->event = event;
    step->place = place;
    step->err = err;
}

/*
 * What all kinds share: everything but the sizes that can fail before a rule is applied. Fills
 * thread, memory and source of `step`.
 */
static inline bool find_actors(struct step *step)
{
    struct ledger *ledger = step->ledger;
    const struct event *event = step->event;
    ledger->change++;
    step->thread =
        threads_find(&ledger->threads, event->process, event->thread, ledger->change, step->err);
    if (!step->thread)
        return false;
    step->memory = threads_push(&ledger->threads, step->thread, step->err);
    if (!step->memory)
        return false;
    step->source = sources_usual(&step->heap->counts.sources, event->source);
    if (!step->source && !(step->source = meet_source(ledger, step->heap, event, step->err)))
        return false;
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
    step->heap->counts.rare.failed_allocs += step->ledger->counting;
    if (step->stack && step->ledger->counting)
        step_stack_failed_alloc(step);
}

static inline unsigned counted(const struct ledger *ledger)
{
    static_assert(THREAD_COUNTED == true, "it is as it stands");
    return ledger->counting;
}

/* Remembers an ALLOC before it is applied, but for what it is. */
static inline void remember_alloc(const struct step *step)
{
    struct thread_event *memory = step->memory;
    memory->heap = step->heap;
    memory->address = step->event->address;
    memory->source = step->source->index;
    memory->alloc.size = step->event->size;
    memory->alloc.bytes = step->bytes;
    memory->alloc.before = (struct moment){ step->ledger->change, step->heap->recent.changes };
    memory->alloc.previous_alloc = step->thread->last_alloc;
    memory->alloc.stack = step->event->stack;
    step->thread->last_alloc = step->ledger->change;
}

/* A new block at the event's address, where none is, and only it. */
static inline bool insert_new(struct step *step)
{
    struct ledger *ledger = step->ledger;
    const struct block block = {
        .size = step->bytes,
        .born_ns = step->event->time_ns,
        .since = ledger->change,
        .stack = step->event->stack & STACK_ID_MASK,
        .source = step->source->index,
        .source_known = true,
    };
    remember_alloc(step);
    const struct block *inserted = step_insert(step, &block);
    if (!inserted)
        return false;
    step->memory->what = (uint8_t)(THREAD_ALLOC | counted(ledger));
    if (ledger->counting)
        counts_alloc(&step->heap->counts, step->source, inserted->size, 1);
    return true;
}

/* Ends what is live at the event's address although its FREE is missing. */
static bool make_way(struct step *step)
{
    if (!step_end_unfreed(step, step->place))
        return false;
    *step->place = block_table_place(step->heap->blocks, step->event->address);
    return true;
}

/*
 * Any ALLOC, or a REALLOC of no block, after find_actors; its size is in step.bytes. It has a step
 * of its own, so that the caller's need not be in memory.
 */
APART bool apply_any_alloc(struct step step)
{
    step.stack = step.event_stack = NULL;
    if (step.heap->stacks && !step_find_stack(&step))
        return false;
    if (step.event->address == 0) {
        fail_alloc(&step);
        return true;
    }
    if (step.thread->is_expecting && is_late_alloc(&step)) {
        pass_late_alloc(&step);
        return true;
    }
    if (step.place->block && !make_way(&step))
        return false;
    if (!insert_new(&step))
        return false;
    if (step.stack && step.ledger->counting)
        step_stack_alloc(&step);
    return true;
}

HOT bool ledger_alloc(struct ledger *ledger, struct heap *heap, const struct event *event,
                      struct granule *granule, struct error *err)
{
    struct block_place place;
    struct step step;
    step_begin(&step, ledger, heap, event, &place, err);
    if (!find_actors(&step))
        return false;
    step.bytes = believe(ledger, event->size, event->file_offset);
    block_table_seek(heap->blocks, granule, event->address, &place);
    bool is_usual =
        !place.block && event->address != 0 && !step.thread->is_expecting && !heap->stacks;
    return is_usual ? insert_new(&step) : apply_any_alloc(step);
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
        step->heap->counts.rare.realloc_internal_frees++;
}

/* Remembers a FREE that is applied, but for its block; `what`: flags that it has besides. */
static inline void remember_free(const struct step *step, unsigned what)
{
    struct thread_event *memory = step->memory;
    memory->heap = step->heap;
    memory->address = step->event->address;
    memory->what = (uint8_t)(THREAD_FREE | what | counted(step->ledger));
    memory->source = step->source->index;
    memory->freed.time_ns = step->event->time_ns;
}

/* A FREE of a block that is not known. A step of its own, as in apply_any_alloc. */
SELDOM bool free_unknown(struct step step)
{
    if (is_late_free(&step)) {
        pass_late_free(&step);
        return true;
    }
    step.memory->freed.identity = IDENTITY_BEFORE_TRACE;
    step.memory->freed.file_offset = step.event->file_offset;
    remember_free(&step, THREAD_WAITS);
    if (step.ledger->counting)
        counts_free(&step.heap->counts, thread_counted_free(step.memory), 1);
    return true;
}

/* Before its block is removed. Whether it was temporary is beyond prediction: no branch asks it. */
static inline void remember_free_of(const struct step *step, const struct block *block)
{
    struct thread_event *memory = step->memory;
    const uint64_t identity = step_identity(step, block);
    const unsigned is_temporary = thread_is_temporary(identity, step->thread->last_alloc);
    memory->freed.block = *block;
    memory->freed.identity = identity;
    if (block->chain != 0)
        chains_expect_end(chains_at(&step->ledger->chains, block->chain));
    remember_free(step, THREAD_KNOWN | is_temporary * THREAD_TEMPORARY |
                            (block->chain != 0 ? THREAD_WAITS : 0));
    step->heap->counts.rare.temporary += is_temporary & counted(step->ledger);
}

HOT bool ledger_free(struct ledger *ledger, struct heap *heap, const struct event *event,
                     struct granule *granule, const struct slot *slot, struct error *err)
{
    struct block_place place;
    struct step step;
    step_begin(&step, ledger, heap, event, &place, err);
    if (!find_actors(&step))
        return false;
    block_table_seek_slot(heap->blocks, granule, slot, event->address, &place);
    const struct block *block = place.block;
    if (!block)
        return free_unknown(step);
    if (!heap_note_removal(heap, &place, ledger->change, err))
        return false;
    remember_free_of(&step, block);
    if (ledger->counting)
        counts_free(&heap->counts,
                    (struct counted_free){ block, event->time_ns, step.source->index }, 1);
    block_table_remove_at(heap->blocks, &place);
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
    struct block *block = step->place->block;
    struct block old = *block;
    if (!heap_resize(step->heap, step->place, step->bytes, step->ledger->change, step->err))
        return false;
    step_check_old_size(step, old.size);
    block->chain = step_chain(step, &old);
    block->source = step->source->index;
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
        .since = ++step->ledger->change,
    };
    return step_insert(step, &block) ? LEDGER_AGAIN : LEDGER_ERROR;
}

/* A REALLOC, after find_actors; its size is in step->bytes. */
static bool apply_realloc(struct step *step)
{
    const struct event *event = step->event;
    step->old_bytes = believe(step->ledger, event->old_size, event->file_offset);
    if (event->old_address == 0)
        return apply_any_alloc(*step);
    step->stack = step->event_stack = NULL;
    if (step->heap->stacks && !step_find_stack(step))
        return false;
    if (event->address == 0)
        return apply_failed_realloc(step);
    return is_in_place(event) ? apply_in_place(step) : step_move(step);
}

enum ledger_step ledger_realloc(struct ledger *ledger, struct heap *heap, const struct event *event,
                                struct error *err)
{
    ledger->outcome = (struct ledger_outcome){ 0 };
    struct block_place place = block_table_place(heap->blocks, event->address);
    struct step step;
    step_begin(&step, ledger, heap, event, &place, err);
    if (!place.block && is_in_place(event))
        return adopt(&step);
    if (!find_actors(&step))
        return LEDGER_ERROR;
    step.bytes = believe(ledger, event->size, event->file_offset);
    return apply_realloc(&step) ? LEDGER_DONE : LEDGER_ERROR;
}

bool ledger_close_block(struct ledger *ledger, struct heap *heap, uint64_t address,
                        struct block *block, uint64_t *censored, struct error *err)
{
    *censored += block->born_ns != BORN_BEFORE_TRACE;
    if (block->chain == 0)
        return true;
    struct step step = { .ledger = ledger, .heap = heap, .err = err };
    bool done = step_end_chain(&step, address, block, RESULT_UNKNOWN);
    block->chain = 0; /* it is given back, done or not */
    return done;
}

void ledger_close_count(struct ledger *ledger, struct heap *heap, uint64_t censored)
{
    if (ledger->counting)
        heap->counts.censored += censored;
}

bool ledger_close_heap(struct ledger *ledger, struct heap *heap, struct error *err)
{
    uint64_t censored = 0;
    struct block_walk walk = { 0 };
    struct block_at at;
    while (block_table_walk(heap->blocks, &walk, &at))
        if (!ledger_close_block(ledger, heap, at.address, at.block, &censored, err))
            return false;
    ledger_close_count(ledger, heap, censored);
    return true;
}

bool ledger_end_heap(struct ledger *ledger, struct heap *heap, struct error *err)
{
    ledger->change++;
    uint64_t destroyed_blocks = heap->occupancy.live_blocks;
    if (!ledger_close_heap(ledger, heap, err) || !heap_clear(heap, ledger->change, err))
        return false;
    if (ledger->counting)
        heap->counts.rare.destroyed_blocks += destroyed_blocks;
    return true;
}

bool ledger_finish(struct ledger *ledger, struct error *err)
{
    return threads_settle(&ledger->threads, err);
}
