/* Takes in events: finds their heap, lets the ledger apply them, and shows the scopes what came of
 * it. */
#include "analyzer/analysis.h"

#include "analyzer/block_ahead.h"
#include "analyzer/stack_picture.h"

#include <stdlib.h>

struct analysis *analysis_new(const struct analysis_options *options, struct error *err)
{
    struct analysis *analysis = calloc(1, sizeof *analysis);
    if (!analysis) {
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for an analysis");
        return NULL;
    }
    analysis->options = *options;
    ledger_init(&analysis->ledger);
    analysis->ledger.counting = options->from_ns == 0;
    analysis->trace.scope.occupancy = &analysis->trace.occupancy;
    analysis->trace.scope.space = &analysis->trace.space;
    analysis->pool = block_pool_new(err);
    analysis->map_budget = map_budget_new(err);
    if (!analysis->pool || !analysis->map_budget) {
        analysis_free(analysis);
        return NULL;
    }
    return analysis;
}

void analysis_free(struct analysis *analysis)
{
    if (!analysis)
        return;
    ledger_release(&analysis->ledger);
    directory_release(&analysis->directory);
    scope_release(&analysis->trace.scope);
    map_budget_free(analysis->map_budget);
    stack_table_release(&analysis->stacks);
    block_pool_free(analysis->pool);
    free(analysis);
}

static bool is_process_selected(const struct analysis_options *options, uint32_t process)
{
    if (!options->processes)
        return true;
    for (size_t i = 0; i < options->process_count; i++)
        if (options->processes[i] == process)
            return true;
    return false;
}

static bool is_heap_selected(const struct analysis_options *options, uint64_t handle,
                             uint32_t ordinal)
{
    return (options->heap_handle == 0 || options->heap_handle == handle) &&
           (options->heap_ordinal == 0 || options->heap_ordinal == ordinal);
}

void analysis_start_counting(struct analysis *analysis, uint64_t t_ns)
{
    struct ledger *ledger = &analysis->ledger;
    struct directory *directory = &analysis->directory;
    ledger->counting = true;
    ledger->change++;
    scope_resume(&analysis->trace.scope, t_ns, ledger->change);
    for (size_t i = 0; i < directory->process_count; i++)
        scope_resume(&directory->processes[i]->scope, t_ns, ledger->change);
    for (size_t i = 0; i < directory->heap_count; i++) {
        struct heap_entry *entry = directory->heaps[i];
        if (!entry->is_selected || !entry->is_alive)
            continue;
        scope_resume(&entry->scope, t_ns, ledger->change);
        address_map_start(&entry->map, t_ns);
    }
}

/* What follows an event: a heap, and all that it is part of. */
static bool is_followed(const struct analysis *analysis, const struct heap_entry *entry)
{
    return entry->is_selected && analysis->ledger.counting;
}

/* `larger` is what `smaller`, which begins, is part of. */
static bool begin_larger(struct scope *larger, struct scope *smaller, struct error *err)
{
    if (larger->has_begun)
        return scope_part(larger, err);
    scope_begin_as(larger, smaller);
    return true;
}

/* The first event of a heap, before it is applied. */
static bool begin(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                  struct error *err)
{
    struct process_entry *process = entry->process;
    bool is_new_process = !process->scope.has_begun;
    if (is_new_process && !begin_larger(&analysis->trace.scope, &process->scope, err))
        return false;
    if (!begin_larger(&process->scope, &entry->scope, err))
        return false;
    address_map_start(&entry->map, t_ns);
    scope_begin(&entry->scope, t_ns);
    return true;
}

static bool before(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                   struct error *err)
{
    if (!is_followed(analysis, entry))
        return true;
    if (!entry->scope.has_begun && !begin(analysis, entry, t_ns, err))
        return false;
    scope_before(&entry->scope);
    scope_before(&entry->process->scope);
    scope_before(&analysis->trace.scope);
    return address_map_before(&entry->map, analysis->map_budget, t_ns, entry->heap->blocks, err);
}

/* What the heap is part of sees the event too, and is all that does when the heap has ended. */
static bool after_for_totals(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                             const struct timeline_flow *flow, struct error *err)
{
    uint64_t change = analysis->ledger.change;
    return scope_after(&entry->process->scope, t_ns, change, flow, err) &&
           scope_after(&analysis->trace.scope, t_ns, change, flow, err);
}

static bool after(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                  const struct timeline_flow *flow, struct error *err)
{
    if (!is_followed(analysis, entry))
        return true;
    return scope_after(&entry->scope, t_ns, analysis->ledger.change, flow, err) &&
           after_for_totals(analysis, entry, t_ns, flow, err);
}

bool analysis_picture_end(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                          struct error *err)
{
    entry->scope.gaps_at_end = snapshot_gaps_now(entry->heap->blocks);
    /* A heap that was marked and then could not be ended for want of memory has its map. */
    if (entry->map_at_end.cells)
        return true;
    return address_map_report(&entry->map, analysis->map_budget, t_ns, entry->heap->blocks,
                              &entry->map_at_end, err);
}

void analysis_picture_peaks(struct analysis *analysis, struct heap_entry *entry)
{
    struct snapshot *const sums[PAST_PEAKS] = {
        [PAST_HEAP] = &entry->scope.at_live_peak,
        [PAST_PROCESS] = &entry->process->scope.at_live_peak,
        [PAST_TRACE] = &analysis->trace.scope.at_live_peak,
    };
    snapshot_add_peaks(sums, &entry->past, entry->heap->blocks);
    if (entry->heap->stacks)
        stack_picture_peak(entry->heap->stacks, &entry->past, entry->heap->blocks);
    past_release(&entry->past);
    entry->heap->past = NULL;
}

/*
 * Remembers how a heap stands just before it ends: that is its end. If no heap of its process
 * outlives it, the same goes for the process, until another one appears.
 */
static bool mark_end(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                     bool is_last_of_process, struct error *err)
{
    const struct timeline_flow flow = { .events = 1 };
    struct scope *scope = &entry->scope;
    /* What follows is of the heap alone. */
    if (!scope_part(&entry->process->scope, err))
        return false;
    if (!scope_has_values(scope)) {
        /* Its end is all that is known of it; there was nothing in it. */
        if (!after(analysis, entry, t_ns, &(struct timeline_flow){ 0 }, err))
            return false;
        if (!before(analysis, entry, t_ns, err))
            return false;
    }
    if (!scope_after(scope, t_ns, analysis->ledger.change, &flow, err))
        return false;
    scope_mark_end(scope, t_ns);
    if (is_last_of_process)
        scope_mark_end(&entry->process->scope, t_ns);
    return analysis_picture_end(analysis, entry, t_ns, err);
}

/* Ends a heap that was marked, if it is followed. */
static bool end_heap(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                     struct error *err)
{
    struct heap *heap = entry->heap;
    heap->destroyed_ns = t_ns;
    if (!ledger_end_heap(&analysis->ledger, heap, err))
        return false;
    if (entry->scope.has_begun)
        analysis_picture_peaks(analysis, entry);
    space_end(&heap->space);
    directory_end_heap(&analysis->directory, entry);
    return true;
}

static bool destroy(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                    struct error *err)
{
    bool followed = is_followed(analysis, entry);
    bool is_last = entry->process->alive == 1;
    if (followed && !mark_end(analysis, entry, t_ns, is_last, err))
        return false;
    if (followed && is_last) {
        entry->process->scope.gaps_at_end = entry->scope.gaps_at_end;
        analysis_begin_end_stacks(entry->process);
        analysis_end_stacks(entry);
    }
    if (!end_heap(analysis, entry, t_ns, err))
        return false;
    return !followed ||
           after_for_totals(analysis, entry, t_ns, &(struct timeline_flow){ .events = 1 }, err);
}

/* All heaps of the process end at once: each of them is marked before the first one goes. */
static bool end_process(struct analysis *analysis, uint32_t process, uint64_t t_ns,
                        struct error *err)
{
    struct process_entry *owner = directory_find_process(&analysis->directory, process);
    if (!owner)
        return true;
    struct heap_entry *last = NULL;
    struct gaps_result gaps_at_end = { 0 };
    for (struct heap_entry *e = owner->first_heap; e; e = e->next_of_process) {
        if (!e->is_alive || !is_followed(analysis, e))
            continue;
        if (!before(analysis, e, t_ns, err) || !mark_end(analysis, e, t_ns, true, err))
            return false;
        gaps_add(&gaps_at_end, &e->scope.gaps_at_end);
        if (!last)
            analysis_begin_end_stacks(owner);
        analysis_end_stacks(e);
        last = e;
    }
    for (struct heap_entry *e = owner->first_heap; e; e = e->next_of_process)
        if (e->is_alive && !end_heap(analysis, e, t_ns, err))
            return false;
    if (!last)
        return true;
    owner->scope.gaps_at_end = gaps_at_end;
    return after_for_totals(analysis, last, t_ns, &(struct timeline_flow){ 0 }, err);
}

static struct heap_entry *add_heap(struct analysis *analysis, const struct event *event,
                                   struct error *err)
{
    struct directory *directory = &analysis->directory;
    struct process_entry *process =
        directory_process(directory, &analysis->trace, event->process, err);
    if (!process)
        return NULL;
    bool is_selected = is_heap_selected(&analysis->options, event->heap, process->heaps + 1);
    struct heap_entry *entry = directory_add_heap(directory, analysis->pool, &analysis->trace,
                                                  process, event->heap, is_selected, err);
    if (!entry || (analysis->stacks.is_on && !analysis_join_stacks(analysis, entry, err)))
        return NULL;
    entry->heap->first_ns = event->time_ns;
    return entry;
}

/* The heap an event is about; a CREATE always begins another one. NULL fills `err`. */
static struct heap_entry *heap_of(struct analysis *analysis, const struct event *event,
                                  struct error *err)
{
    struct heap_entry *entry =
        directory_find_heap(&analysis->directory, event->process, event->heap);
    if (entry && event->kind == EVENT_create) {
        anomaly_note(&analysis->ledger.anomalies, ANOMALY_heap_recreated, event->file_offset);
        if (!before(analysis, entry, event->time_ns, err) ||
            !destroy(analysis, entry, event->time_ns, err))
            return NULL;
        entry = NULL;
    }
    return entry ? entry : add_heap(analysis, event, err);
}

static struct timeline_flow flow_of(const struct ledger *ledger, const struct event *event)
{
    const struct ledger_outcome *outcome = &ledger->outcome;
    bool has_source = event->kind == EVENT_alloc || event->kind == EVENT_realloc;
    bool is_named = event->source > 0 && event->source < SOURCE_SLOTS;
    return (struct timeline_flow){
        .events = 1,
        .reallocs = outcome->is_realloc,
        .moved = outcome->is_moved,
        .copied_bytes = outcome->copied_bytes,
        .has_source = has_source,
        .source_slot = has_source && is_named ? (uint8_t)event->source : 0,
    };
}

static bool apply_to_blocks(struct analysis *analysis, struct heap_entry *entry,
                            const struct event *event, struct error *err)
{
    struct ledger *ledger = &analysis->ledger;
    enum ledger_step step = ledger_apply(ledger, entry->heap, event, err);
    if (step == LEDGER_AGAIN) {
        if (!after(analysis, entry, event->time_ns, &(struct timeline_flow){ 0 }, err) ||
            !before(analysis, entry, event->time_ns, err))
            return false;
        step = ledger_apply(ledger, entry->heap, event, err);
    }
    struct timeline_flow flow = flow_of(ledger, event);
    return step == LEDGER_DONE && after(analysis, entry, event->time_ns, &flow, err);
}

static bool apply_to_space(struct analysis *analysis, struct heap_entry *entry,
                           const struct event *event, struct error *err)
{
    analysis->ledger.change++;
    if (event->kind == EVENT_create) {
        entry->heap->created_in_trace = true;
        entry->heap->flags = event->flags;
    }
    if (!space_apply(&entry->heap->space, event))
        anomaly_note(&analysis->ledger.anomalies, ANOMALY_size_unbelievable, event->file_offset);
    return after(analysis, entry, event->time_ns, &(struct timeline_flow){ .events = 1 }, err);
}

static bool feed_heap_event(struct analysis *analysis, const struct event *event, struct error *err)
{
    struct heap_entry *entry = heap_of(analysis, event, err);
    if (!entry || !before(analysis, entry, event->time_ns, err))
        return false;
    entry->heap->last_ns = event->time_ns;
    if (event->stack != STACK_NONE && !entry->heap->stacks &&
        !analysis_begin_stacks(analysis, entry, event, err))
        return false;
    switch (event->kind) {
    case EVENT_alloc:
    case EVENT_free:
    case EVENT_realloc:
        return apply_to_blocks(analysis, entry, event, err);
    case EVENT_destroy:
        return destroy(analysis, entry, event->time_ns, err);
    default:
        return apply_to_space(analysis, entry, event, err);
    }
}

static bool feed_event(struct analysis *analysis, const struct event *event, struct error *err)
{
    const struct analysis_options *options = &analysis->options;
    if (options->to_ns && event->time_ns > options->to_ns)
        return true;
    if (!analysis->ledger.counting && event->time_ns >= options->from_ns)
        analysis_start_counting(analysis, options->from_ns);
    analysis->last_ns = event->time_ns;
    if (!is_process_selected(options, event->process))
        return true;
    if (event->kind == EVENT_process_end)
        return end_process(analysis, event->process, event->time_ns, err);
    return !(event->has & EVENT_HAS_HEAP) || feed_heap_event(analysis, event, err);
}

enum { LOOK_AHEAD_FROM = 1 << 14 }; /* live blocks, from which on it gains more than it costs */

/* Has the memory fetched that the next events will touch: the misses of all of them overlap. */
static void look_ahead(struct analysis *analysis, const struct event *events, size_t count)
{
    struct blocks_ahead ahead;
    ahead.count = 0;
    for (const struct event *event = events; event < events + count; event++) {
        if (event->kind != EVENT_alloc && event->kind != EVENT_free && event->kind != EVENT_realloc)
            continue;
        struct heap_entry *entry =
            directory_find_heap(&analysis->directory, event->process, event->heap);
        if (entry && entry->heap->blocks)
            blocks_ahead_add(&ahead, entry->heap->blocks, event->address,
                             event->kind != EVENT_alloc);
    }
    blocks_ahead_fetch(&ahead, analysis->pool);
}

bool analysis_feed(struct analysis *analysis, const struct event_batch *batch, struct error *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        size_t left = batch->count - i;
        if (i % BLOCKS_AHEAD == 0 && analysis->trace.occupancy.live_blocks > LOOK_AHEAD_FROM)
            look_ahead(analysis, &batch->events[i], left < BLOCKS_AHEAD ? left : BLOCKS_AHEAD);
        if (!feed_event(analysis, &batch->events[i], err)) {
            analysis->stacks.is_torn = true;
            return false;
        }
    }
    return true;
}
