/* The rules that turn events into changes of heaps, and count them. */
#include "analyzer/ledger.h"

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

/* Everything that can fail before a rule is applied. */
static bool begin(struct step *step)
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

    struct thread *thread = step->thread;
    if (thread->expected.heap || thread->expected_before.heap) {
        thread->expected_before = thread->expected;
        thread->expected = (struct expectation){ 0 };
    }
    if (event->kind == EVENT_free)
        return true;
    step->bytes = believe(ledger, event->size, event->file_offset);
    if (event->kind == EVENT_realloc)
        step->old_bytes = believe(ledger, event->old_size, event->file_offset);
    return !step->heap->stacks || step_find_stack(step);
}

/* Whether this is the ALLOC of a move that was applied without it (rule 4). */
static bool is_late_alloc(const struct step *step)
{
    const struct expectation *expected = &step->thread->expected_before;
    return expected->alloc && expected->heap == step->heap &&
           expected->alloc_address == step->event->address &&
           expected->alloc_size == step->event->size && step_find_new(step);
}

static bool apply_alloc(struct step *step)
{
    struct ledger *ledger = step->ledger;
    struct counts *counts = &step->heap->counts;
    uint64_t address = step->event->address;
    if (address == 0) {
        counts->traffic.failed_allocs += ledger->counting;
        if (step->stack && ledger->counting)
            step_stack_failed_alloc(step);
        return true;
    }
    if (is_late_alloc(step)) {
        step->thread->expected = step->thread->expected_before;
        step->thread->expected.alloc = false;
        return true;
    }
    struct moment before = { ledger->change, step->heap->recent.changes };
    if (!step_end_unfreed(step, address))
        return false;
    struct block block = {
        .size = step->bytes,
        .born_ns = step->event->time_ns,
        .since = ledger->change,
        .stack = step->event->stack & STACK_ID_MASK,
        .source = step->source_index,
        .source_known = true,
    };
    if (!step_insert(step, &block))
        return false;

    struct thread_event *memory = step->memory;
    memory->heap = step->heap;
    memory->address = address;
    memory->kind = THREAD_ALLOC;
    memory->served = false;
    memory->counted = ledger->counting;
    memory->alloc.size = step->event->size;
    memory->alloc.counts = (struct counted_alloc){ step->bytes, step->source_index };
    memory->alloc.before = before;
    memory->alloc.previous_alloc = step->thread->last_alloc;
    memory->alloc.stack = step->event->stack;
    step->thread->last_alloc = ledger->change;
    if (ledger->counting)
        counts_alloc(counts, &memory->alloc.counts, 1);
    if (step->stack && ledger->counting)
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
    step->thread->expected = step->thread->expected_before;
    step->thread->expected.free = false;
    if (step->thread->expected.free_is_internal && step->ledger->counting)
        step->heap->counts.traffic.realloc_internal_frees++;
}

/* `block` is NULL if it is not known. */
static struct counted_free describe_free(const struct step *step, const struct block *block)
{
    if (!block)
        return (struct counted_free){ .source = step->source_index };
    return (struct counted_free){
        .is_known = true,
        .has_lifetime = block->born_ns != BORN_BEFORE_TRACE,
        .bytes = block->size,
        .lifetime_ns = step->event->time_ns - block->born_ns,
        .source = step->source_index,
        .block_source = block->source,
    };
}

static bool apply_free(struct step *step)
{
    struct ledger *ledger = step->ledger;
    uint64_t address = step->event->address;
    const struct block_place place = block_table_place(step->heap->blocks, address);
    const struct block *block = place.block;
    if (!block && is_late_free(step)) {
        pass_late_free(step);
        return true;
    }
    /* The place in the thread's memory serves nothing until the FREE has been applied. */
    struct thread_event *memory = step->memory;
    memory->freed.identity = IDENTITY_BEFORE_TRACE;
    memory->freed.counts = describe_free(step, block);
    if (block) {
        memory->freed.block = *block;
        memory->freed.identity = step_identity(step, block);
        if (!heap_remove(step->heap, place, ledger->change, step->err))
            return false;
    }
    memory->freed.time_ns = step->event->time_ns;
    memory->freed.file_offset = step->event->file_offset;
    memory->heap = step->heap;
    memory->address = address;
    memory->kind = THREAD_FREE;
    memory->served = false;
    memory->counted = ledger->counting;
    memory->is_temporary = false;
    memory->waits = !block || memory->freed.block.chain != 0;
    if (ledger->counting)
        counts_free(&step->heap->counts, &memory->freed.counts, 1);
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
    struct block_place place = block_table_place(step->heap->blocks, step->event->address);
    if (!step_reserve_realloc(step))
        return false;
    struct block *block = place.block;
    struct block old = *block;
    if (!heap_resize(step->heap, place, step->bytes, step->ledger->change, step->err))
        return false;
    step_check_old_size(step, old.size);
    block->chain = step_chain(step, &old);
    block->source = step->source_index;
    block->source_known = true;
    step_count_realloc(step, &old, block->chain, false);
    return true;
}

static bool apply_realloc(struct step *step)
{
    const struct event *event = step->event;
    if (event->old_address == 0)
        return apply_alloc(step);
    if (event->address == 0)
        return apply_failed_realloc(step);
    return event->address == event->old_address ? apply_in_place(step) : step_move(step);
}

/* A block that is reallocated in place was there before the trace, if it is not known. */
static bool is_to_be_adopted(const struct heap *heap, const struct event *event)
{
    return event->kind == EVENT_realloc && event->address == event->old_address &&
           event->address != 0 && !block_table_find(heap->blocks, event->address);
}

static enum ledger_step adopt(struct ledger *ledger, struct heap *heap, const struct event *event,
                              struct error *err)
{
    struct block block = {
        .size = believe(ledger, event->old_size, event->file_offset),
        .born_ns = BORN_BEFORE_TRACE,
        .since = ledger->change,
    };
    struct step step = { .ledger = ledger, .heap = heap, .event = event, .err = err };
    return step_insert(&step, &block) ? LEDGER_AGAIN : LEDGER_ERROR;
}

enum ledger_step ledger_apply(struct ledger *ledger, struct heap *heap, const struct event *event,
                              struct error *err)
{
    assert(heap->blocks);
    ledger->change++;
    ledger->outcome = (struct ledger_outcome){ 0 };
    if (is_to_be_adopted(heap, event))
        return adopt(ledger, heap, event, err);

    struct step step = { .ledger = ledger, .heap = heap, .event = event, .err = err };
    if (!begin(&step))
        return LEDGER_ERROR;
    bool done = event->kind == EVENT_alloc  ? apply_alloc(&step)
                : event->kind == EVENT_free ? apply_free(&step)
                                            : apply_realloc(&step);
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
