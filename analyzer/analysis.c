/* Takes in events: finds their heap, lets the ledger apply them, and shows the scopes what came of
 * it. */
#include "analyzer/analysis_scopes.h"

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
    analysis->ledger.own_source = options->own_source;
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

static bool map_end(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                    struct error *err)
{
    /* A heap that was marked and then could not be ended for want of memory has its map. */
    if (entry->map_at_end.cells)
        return true;
    return address_map_report(&entry->map, analysis->map_budget, t_ns, entry->heap->blocks,
                              &entry->map_at_end, err);
}

bool analysis_picture_end(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                          struct error *err)
{
    entry->scope.gaps_at_end = snapshot_gaps_now(entry->heap->blocks);
    return map_end(analysis, entry, t_ns, err);
}

/* For the pictures of the live peaks of a heap's scopes. */
static void begin_peaks(struct analysis *analysis, struct heap_entry *entry,
                        struct peak_snapshots *peaks)
{
    struct snapshot *const sums[PAST_PEAKS] = {
        [PAST_HEAP] = &entry->scope.at_live_peak,
        [PAST_PROCESS] = &entry->process->scope.at_live_peak,
        [PAST_TRACE] = &analysis->trace.scope.at_live_peak,
    };
    if (entry->heap->past)
        heap_tell_past(entry->heap);
    snapshot_begin(peaks, sums, &entry->past);
}

static void forget_past(struct heap_entry *entry)
{
    past_release(&entry->past);
    entry->heap->past = NULL;
}

static void finish_peaks(struct heap_entry *entry, struct peak_snapshots *peaks)
{
    snapshot_finish(peaks);
    if (entry->heap->stacks)
        stack_picture_peak(entry->heap->stacks, &entry->past, entry->heap->blocks);
    forget_past(entry);
}

/*
 * In order of address each block is a cache miss, where what is done with it costs little: one walk
 * in place of three is worth 2 to 3 % of a report with 1 M live.
 */
bool analysis_close_heap(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                         struct error *err)
{
    struct heap *heap = entry->heap;
    struct peak_snapshots peaks;
    struct gaps gaps = { 0 };
    uint64_t censored = 0;
    struct past_walk walk = { .wants_live = true };
    begin_peaks(analysis, entry, &peaks);
    while (past_walk(&entry->past, heap->blocks, &walk)) {
        snapshot_block(&peaks, &walk);
        if (!walk.live)
            continue;
        gaps_block(&gaps, walk.address, walk.size);
        if (!ledger_close_block(&analysis->ledger, heap, walk.address, walk.live, &censored, err))
            return false;
    }
    finish_peaks(entry, &peaks);
    gaps_finish(&gaps);
    entry->scope.gaps_at_end = gaps.result;
    ledger_close_count(&analysis->ledger, heap, censored);
    return map_end(analysis, entry, t_ns, err);
}

void analysis_picture_peaks(struct analysis *analysis, struct heap_entry *entry)
{
    struct peak_snapshots peaks;
    struct past_walk walk = { 0 };
    begin_peaks(analysis, entry, &peaks);
    while (past_walk(&entry->past, entry->heap->blocks, &walk))
        snapshot_block(&peaks, &walk);
    finish_peaks(entry, &peaks);
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
    else
        forget_past(entry); /* before what counts begins, no peak needs it */
    space_end(&heap->space);
    directory_end_heap(&analysis->directory, entry);
    return true;
}

static bool destroy(struct analysis *analysis, struct heap_entry *entry, uint64_t t_ns,
                    struct error *err)
{
    bool followed = analysis_follows(analysis, entry);
    bool is_last = entry->process->alive == 1;
    if (followed && !analysis_mark_end(analysis, entry, t_ns, is_last, err))
        return false;
    if (followed && is_last) {
        entry->process->scope.gaps_at_end = entry->scope.gaps_at_end;
        analysis_begin_end_stacks(entry->process);
        analysis_end_stacks(entry);
    }
    if (!end_heap(analysis, entry, t_ns, err))
        return false;
    return !followed ||
           analysis_after_for_totals(analysis, entry, t_ns,
                                     &(struct timeline_flow){ .counts = TIMELINE_EVENT }, err);
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
        if (!e->is_alive || !analysis_follows(analysis, e))
            continue;
        if (!analysis_before(analysis, e, t_ns, err) ||
            !analysis_mark_end(analysis, e, t_ns, true, err))
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
    return analysis_after_for_totals(analysis, last, t_ns, &(struct timeline_flow){ 0 }, err);
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
        if (!analysis_before(analysis, entry, event->time_ns, err) ||
            !destroy(analysis, entry, event->time_ns, err))
            return NULL;
        entry = NULL;
    }
    return entry ? entry : add_heap(analysis, event, err);
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
    return analysis_turn_after(analysis, entry, event->time_ns,
                               &(struct timeline_flow){ .counts = TIMELINE_EVENT }, err);
}

static bool is_of_blocks(const struct event *event)
{
    const unsigned kinds = 1u << EVENT_alloc | 1u << EVENT_free | 1u << EVENT_realloc;
    return kinds >> event->kind & 1;
}

/* What an event of blocks counts for in the sums over time: an ALLOC or REALLOC, or any. */
static uint64_t counts_of_alloc(const struct event *event)
{
    uint32_t slot = event->source < SOURCE_SLOTS ? event->source : 0;
    return TIMELINE_EVENT + TIMELINE_SOURCE(slot);
}

static uint64_t counts_of(const struct event *event)
{
    return event->kind == EVENT_free ? TIMELINE_EVENT : counts_of_alloc(event);
}

/* An event of blocks, whatever there may be to do. */
static bool feed_any(struct analysis *analysis, struct heap_entry *entry, const struct event *event,
                     struct error *err)
{
    struct heap *heap = entry->heap;
    uint64_t t_ns = event->time_ns;
    if (!analysis_before(analysis, entry, t_ns, err))
        return false;
    heap->last_ns = t_ns;
    if (event->stack != STACK_NONE && !heap->stacks &&
        !analysis_begin_stacks(analysis, entry, event, err))
        return false;
    enum ledger_step step = ledger_apply(&analysis->ledger, heap, event, err);
    if (step == LEDGER_AGAIN) {
        if (!analysis_turn_after_step(analysis, entry, t_ns, 0, err) ||
            !analysis_before(analysis, entry, t_ns, err))
            return false;
        step = ledger_apply(&analysis->ledger, heap, event, err);
    }
    bool done =
        step == LEDGER_DONE && analysis_after_step(analysis, entry, t_ns, counts_of(event), err);
    if (event->kind == EVENT_realloc)
        analysis->ledger.outcome = (struct ledger_outcome){ 0 };
    return done;
}

/* If it is of blocks, tells the heap that it is about: it remains to be fed. */
static bool feed_heap_event(struct analysis *analysis, const struct event *event,
                            struct heap_entry **of_blocks, struct error *err)
{
    struct heap_entry *entry = heap_of(analysis, event, err);
    if (!entry)
        return false;
    if (is_of_blocks(event)) {
        *of_blocks = entry;
        return true;
    }
    if (!analysis_before(analysis, entry, event->time_ns, err))
        return false;
    entry->heap->last_ns = event->time_ns;
    return event->kind == EVENT_destroy ? destroy(analysis, entry, event->time_ns, err)
                                        : apply_to_space(analysis, entry, event, err);
}

/* Any event. If it is wanted and of blocks, tells the heap: it remains to be fed. */
static bool feed_event(struct analysis *analysis, const struct event *event,
                       struct heap_entry **of_blocks, struct error *err)
{
    const struct analysis_options *options = &analysis->options;
    *of_blocks = NULL;
    if (options->to_ns && event->time_ns > options->to_ns)
        return true;
    if (!analysis->ledger.counting && event->time_ns >= options->from_ns)
        analysis_start_counting(analysis, options->from_ns);
    if (!is_process_selected(options, event->process))
        return true;
    if (event->kind == EVENT_process_end)
        return end_process(analysis, event->process, event->time_ns, err);
    return !(event->has & EVENT_HAS_HEAP) || feed_heap_event(analysis, event, of_blocks, err);
}

enum { LOOK_AHEAD_FROM = 1 << 14 }; /* live blocks, from which on it gains more than it costs */

/* A few events, and the heaps that they are about before the first: NULL, if not known. */
struct feed {
    const struct event *events;
    size_t count;
    struct heap_entry *heaps[BLOCKS_AHEAD];
    struct blocks_ahead ahead;
};

static void find_heaps(struct analysis *analysis, struct feed *feed)
{
    for (size_t i = 0; i < feed->count; i++)
        feed->heaps[i] = directory_find_heap(&analysis->directory, feed->events[i].process,
                                             feed->events[i].heap);
}

/* Has the memory fetched that the next events will touch: the misses of all of them overlap. */
static void look_ahead(struct feed *feed, const struct block_pool *pool)
{
    for (size_t i = 0; i < feed->count; i++) {
        struct block_ahead *at = &feed->ahead.at[i];
        const struct event *event = &feed->events[i];
        if (feed->heaps[i])
            blocks_ahead_page(at, feed->heaps[i]->heap->blocks, event->address,
                              event->kind != EVENT_alloc);
        else
            at->granule = NULL;
    }
    blocks_ahead_fetch(&feed->ahead, feed->count, pool);
}

/* Any event. Apart from the loop over the usual ones, so that those have the registers. */
static __attribute__((noinline)) bool feed_unusual(struct analysis *analysis,
                                                   const struct event *event, struct error *err)
{
    struct heap_entry *entry;
    return feed_event(analysis, event, &entry, err) &&
           (!entry || feed_any(analysis, entry, event, err));
}

/* An ALLOC of a heap that is followed, before entry->usual_until_ns. */
static inline bool feed_alloc(struct analysis *analysis, struct heap_entry *entry,
                              const struct event *event, struct granule *granule, struct error *err)
{
    if (event->stack != STACK_NONE && !entry->heap->stacks &&
        !analysis_begin_stacks(analysis, entry, event, err))
        return false;
    if (!ledger_alloc(&analysis->ledger, entry->heap, event, granule, err))
        return false;
    if (analysis_is_peak(analysis, entry))
        analysis_note_peaks(analysis, entry);
    return true;
}

/*
 * Event `i`. The kind is known long before it is known whether there is a block at the address:
 * asked first, what is guessed wrong is put right soon. And a FREE makes no peak.
 */
static inline bool feed_one(struct analysis *analysis, const struct feed *feed, size_t i,
                            struct error *err)
{
    const struct event *event = &feed->events[i];
    struct heap_entry *entry = feed->heaps[i];
    bool is_free = event->kind == EVENT_free;
    bool is_usual = entry && event->time_ns < entry->usual_until_ns;
    if (!is_usual || (!is_free && event->kind != EVENT_alloc))
        return feed_unusual(analysis, event, err);
    entry->heap->last_ns = event->time_ns;
    struct granule *granule = blocks_ahead_granule(&feed->ahead, i, analysis->pool);
    bool done = is_free ? ledger_free(&analysis->ledger, entry->heap, event, granule,
                                      granule ? blocks_ahead_slot(&feed->ahead, i) : NULL, err)
                        : feed_alloc(analysis, entry, event, granule, err);
    if (!done)
        return false;
    analysis_note(analysis, entry, event->time_ns,
                  is_free ? TIMELINE_EVENT : counts_of_alloc(event));
    return true;
}

static size_t at_a_time(size_t left)
{
    return left < BLOCKS_AHEAD ? left : BLOCKS_AHEAD;
}

bool analysis_feed(struct analysis *analysis, const struct event_batch *batch, struct error *err)
{
    struct feed feed;
    feed.events = batch->events;
    for (size_t left = batch->count; left > 0; left -= feed.count) {
        feed.count = at_a_time(left);
        if (batch->is_afar)
            fetch_lines(feed.events + feed.count,
                        at_a_time(left - feed.count) * sizeof *feed.events);
        find_heaps(analysis, &feed);
        if (analysis->trace.scope.occupancy->live_blocks > LOOK_AHEAD_FROM)
            look_ahead(&feed, analysis->pool);
        else
            blocks_ahead_none(&feed.ahead);
        for (size_t i = 0; i < feed.count; i++)
            if (!feed_one(analysis, &feed, i, err)) {
                analysis->stacks.is_torn = true;
                return false;
            }
        feed.events += feed.count;
    }
    return true;
}
