/* Results of any number of traces as one. */
#include "analyzer/merged.h"

#include "analyzer/measure_sum.h"
#include "analyzer/saturate.h"

#include <stdlib.h>
#include <string.h>

/*
 * A run is a row of words: the allocations of all of its trace, then each metric as a whole number,
 * the bits of a fraction, or unknown, which are the bits of no number.
 */
#define WORD_UNKNOWN UINT64_MAX

static size_t run_words(void)
{
    return 1 + metric_count;
}

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to merge results");
}

static uint64_t word_of(struct metric_value value)
{
    uint64_t word = value.whole;
    if (!value.known)
        return WORD_UNKNOWN;
    if (!value.is_whole) {
        double fraction =
            value.fraction + 0.0; /* no negative zero: as JSON it would lose its sign */
        memcpy(&word, &fraction, sizeof word);
    }
    return word == WORD_UNKNOWN ? WORD_UNKNOWN - 1 : word;
}

struct metric_value merged_run_value(const struct merged_scope *scope, size_t run, size_t metric)
{
    uint64_t word = scope->runs[run * run_words() + 1 + metric];
    struct metric_value value = {
        .known = word != WORD_UNKNOWN,
        .is_whole = metric_is_whole(&metric_list[metric]),
        .whole = word,
    };
    if (!value.is_whole)
        memcpy(&value.fraction, &word, sizeof word);
    return value;
}

uint64_t merged_run_allocs(const struct merged_scope *scope, size_t run)
{
    return scope->runs[run * run_words()];
}

static bool reserve_runs(struct merged_scope *scope, size_t more, struct error *err)
{
    if (more <= scope->run_room - scope->run_count)
        return true;
    size_t room = 2 * scope->run_count + more;
    if (room > SIZE_MAX / sizeof *scope->runs / run_words())
        return no_memory(err);
    uint64_t *runs = realloc(scope->runs, room * run_words() * sizeof *runs);
    if (!runs)
        return no_memory(err);
    scope->runs = runs;
    scope->run_room = room;
    return true;
}

bool merged_run_add(struct merged_scope *scope, uint64_t allocs, const struct metric_value *values,
                    struct error *err)
{
    if (!reserve_runs(scope, 1, err))
        return false;
    uint64_t *words = scope->runs + scope->run_count++ * run_words();
    words[0] = allocs;
    for (size_t i = 0; i < metric_count; i++)
        words[1 + i] = word_of(values[i]);
    return true;
}

static bool add_measures(struct merged_scope *scope, const struct measures *measures,
                         uint64_t allocs, struct error *err)
{
    if (!reserve_runs(scope, 1, err))
        return false;
    uint64_t *words = scope->runs + scope->run_count++ * run_words();
    words[0] = allocs;
    for (size_t i = 0; i < metric_count; i++)
        words[1 + i] = word_of(metric_value(&metric_list[i], measures));
    return measure_sum_add(&scope->sum, measures, err);
}

static bool add_scope(struct merged_scope *sum, const struct merged_scope *more, struct error *err)
{
    if (!reserve_runs(sum, more->run_count, err))
        return false;
    if (more->run_count > 0)
        memcpy(sum->runs + sum->run_count * run_words(), more->runs,
               more->run_count * run_words() * sizeof *more->runs);
    sum->run_count += more->run_count;
    return measure_sum_add(&sum->sum, &more->sum, err);
}

static int compare_runs(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    for (size_t i = 0; i < run_words(); i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

static void finish_scope(struct merged_scope *scope)
{
    if (scope->run_count > 0)
        qsort(scope->runs, scope->run_count, run_words() * sizeof *scope->runs, compare_runs);
    measure_sum_finish(&scope->sum);
}

static void release_scope(struct merged_scope *scope)
{
    measures_release(&scope->sum);
    free(scope->runs);
}

int heap_key_compare(const struct heap_key *a, const struct heap_key *b)
{
    if (a->is_first != b->is_first)
        return a->is_first ? -1 : 1;
    if (a->created_in_trace != b->created_in_trace)
        return a->created_in_trace ? -1 : 1;
    if (a->flags != b->flags)
        return a->flags < b->flags ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static int compare_images(const char *a, const char *b)
{
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

/* Makes room at `place` in a list of pointers that counts as one more scope. */
static bool insert(struct merged *merged, void ***list, size_t *count, size_t place, void *item,
                   struct error *err)
{
    if (merged->scope_count == MERGED_SCOPES_MAX)
        return error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                         "more than %d heaps and processes to merge; merge fewer results",
                         MERGED_SCOPES_MAX);
    void **grown = *list;
    if ((*count & (*count - 1)) == 0) { /* full at powers of two */
        grown = realloc(*list, (*count ? 2 * *count : 1) * sizeof *grown);
        if (!grown)
            return no_memory(err);
        *list = grown;
    }
    memmove(grown + place + 1, grown + place, (*count - place) * sizeof *grown);
    grown[place] = item;
    ++*count;
    merged->scope_count++;
    return true;
}

static void release_process(struct merged_process *process)
{
    for (size_t i = 0; i < process->heap_count; i++) {
        release_scope(&process->heaps[i]->scope);
        free(process->heaps[i]);
    }
    release_scope(&process->totals);
    free(process->heaps);
    free(process->image);
    free(process);
}

static struct merged_process *new_process(const char *image, uint32_t order, struct error *err)
{
    struct merged_process *process = calloc(1, sizeof *process);
    if (process && image && !(process->image = strdup(image))) {
        free(process);
        process = NULL;
    }
    if (process)
        process->order = order;
    else
        no_memory(err);
    return process;
}

struct merged_process *merged_process_at(struct merged *merged, const char *image, uint32_t order,
                                         struct error *err)
{
    size_t low = 0, high = merged->process_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct merged_process *process = merged->processes[middle];
        int comparison = compare_images(process->image, image);
        if (comparison == 0 && process->order == order)
            return process;
        if (comparison < 0 || (comparison == 0 && process->order < order))
            low = middle + 1;
        else
            high = middle;
    }
    struct merged_process *process = new_process(image, order, err);
    void **list = (void **)merged->processes;
    bool is_in = process && insert(merged, &list, &merged->process_count, low, process, err);
    merged->processes = (struct merged_process **)list;
    if (process && !is_in)
        release_process(process);
    return is_in ? process : NULL;
}

struct merged_heap *merged_heap_at(struct merged *merged, struct merged_process *process,
                                   const struct heap_key *key, struct error *err)
{
    size_t low = 0, high = process->heap_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int comparison = heap_key_compare(&process->heaps[middle]->key, key);
        if (comparison == 0)
            return process->heaps[middle];
        if (comparison < 0)
            low = middle + 1;
        else
            high = middle;
    }
    struct merged_heap *heap = calloc(1, sizeof *heap);
    if (!heap) {
        no_memory(err);
        return NULL;
    }
    heap->key = *key;
    heap->ordinal = UINT32_MAX;
    void **list = (void **)process->heaps;
    bool is_in = insert(merged, &list, &process->heap_count, low, heap, err);
    process->heaps = (struct merged_heap **)list;
    if (!is_in)
        free(heap);
    return is_in ? heap : NULL;
}

/* Something of a trace that is numbered among its equals, in order of appearance. */
struct numbered {
    const struct process_result *process;
    const struct heap_result *heap;
    struct heap_key key; /* `order` comes last */
    size_t position;
};

static int compare_processes(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    int order = compare_images(x->process->image, y->process->image);
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

static int compare_heaps(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    int order = heap_key_compare(&x->key, &y->key);
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

static struct heap_key role_of(const struct heap_result *heap)
{
    return (struct heap_key){
        .is_first = heap->created_in_trace && heap->ordinal == 1,
        .created_in_trace = heap->created_in_trace,
        .flags = heap->created_in_trace ? heap->flags : 0,
    };
}

static bool add_heaps(struct merged *sum, struct merged_process *to,
                      const struct process_result *process, uint64_t allocs, struct error *err)
{
    struct numbered *heaps = calloc(process->heap_count + 1, sizeof *heaps);
    if (!heaps)
        return no_memory(err);
    for (size_t i = 0; i < process->heap_count; i++)
        heaps[i] = (struct numbered){ .heap = &process->heaps[i],
                                      .key = role_of(&process->heaps[i]),
                                      .position = i };
    qsort(heaps, process->heap_count, sizeof *heaps, compare_heaps);
    bool is_fine = true;
    for (size_t i = 0; i < process->heap_count && is_fine; i++) {
        struct heap_key role = heaps[i].key;
        struct heap_key before = i > 0 ? heaps[i - 1].key : (struct heap_key){ 0 };
        uint32_t number = before.order;
        before.order = 0;
        heaps[i].key.order = i > 0 && heap_key_compare(&before, &role) == 0 ? number + 1 : 1;
        struct merged_heap *heap = merged_heap_at(sum, to, &heaps[i].key, err);
        if (heap && heaps[i].heap->ordinal < heap->ordinal)
            heap->ordinal = heaps[i].heap->ordinal;
        is_fine = heap && add_measures(&heap->scope, &heaps[i].heap->measures, allocs, err);
    }
    free(heaps);
    return is_fine;
}

static bool add_processes(struct merged *sum, const struct result *result, struct error *err)
{
    uint64_t allocs = result->totals.traffic.allocs;
    struct numbered *processes = calloc(result->process_count + 1, sizeof *processes);
    if (!processes)
        return no_memory(err);
    for (size_t i = 0; i < result->process_count; i++)
        processes[i] = (struct numbered){ .process = &result->processes[i], .position = i };
    qsort(processes, result->process_count, sizeof *processes, compare_processes);
    bool is_fine = true;
    uint32_t order = 0;
    for (size_t i = 0; i < result->process_count && is_fine; i++) {
        const struct process_result *from = processes[i].process;
        bool is_next = i > 0 && compare_images(processes[i - 1].process->image, from->image) == 0;
        order = is_next ? order + 1 : 1;
        struct merged_process *to = merged_process_at(sum, from->image, order, err);
        is_fine = to && add_measures(&to->totals, &from->totals, allocs, err) &&
                  add_heaps(sum, to, from, allocs, err);
    }
    free(processes);
    return is_fine;
}

bool merged_add_result(struct merged *sum, const struct result *result, struct error *err)
{
    saturate_u64(&sum->traces, 1);
    saturate_u64(&sum->traces_with_loss, anomalies_worst(&result->anomalies) == SEVERITY_DATA_LOSS);
    saturate_u64(&sum->traces_with_stacks, result->stacks.known);
    saturate_u64(&sum->events, result->trace.events);
    saturate_u64(&sum->heap_events, result->trace.heap_events);
    for (size_t i = 0; i < ANOMALY_COUNT; i++)
        saturate_u64(&sum->anomalies[i], result->anomalies.count[i]);
    return add_measures(&sum->totals, &result->totals, result->totals.traffic.allocs, err) &&
           add_processes(sum, result, err);
}

const struct process_result *merged_process_in(const struct result *result,
                                               const struct merged_process *process)
{
    uint32_t order = 0;
    for (size_t i = 0; i < result->process_count; i++) {
        order += compare_images(result->processes[i].image, process->image) == 0;
        if (order == process->order)
            return &result->processes[i];
    }
    return NULL;
}

const struct heap_result *merged_heap_in(const struct process_result *process,
                                         const struct merged_heap *heap)
{
    uint32_t order = 0;
    for (size_t i = 0; i < process->heap_count; i++) {
        struct heap_key role = role_of(&process->heaps[i]);
        role.order = heap->key.order;
        order += heap_key_compare(&role, &heap->key) == 0;
        if (order == heap->key.order)
            return &process->heaps[i];
    }
    return NULL;
}

static bool add_process(struct merged *sum, const struct merged_process *more, struct error *err)
{
    struct merged_process *to = merged_process_at(sum, more->image, more->order, err);
    bool is_fine = to && add_scope(&to->totals, &more->totals, err);
    for (size_t i = 0; i < more->heap_count && is_fine; i++) {
        const struct merged_heap *from = more->heaps[i];
        struct merged_heap *heap = merged_heap_at(sum, to, &from->key, err);
        if (heap && from->ordinal < heap->ordinal)
            heap->ordinal = from->ordinal;
        is_fine = heap && add_scope(&heap->scope, &from->scope, err);
    }
    return is_fine;
}

bool merged_add(struct merged *sum, const struct merged *more, struct error *err)
{
    saturate_u64(&sum->traces, more->traces);
    saturate_u64(&sum->traces_with_loss, more->traces_with_loss);
    saturate_u64(&sum->traces_with_stacks, more->traces_with_stacks);
    saturate_u64(&sum->events, more->events);
    saturate_u64(&sum->heap_events, more->heap_events);
    for (size_t i = 0; i < ANOMALY_COUNT; i++)
        saturate_u64(&sum->anomalies[i], more->anomalies[i]);
    bool is_fine = add_scope(&sum->totals, &more->totals, err);
    for (size_t i = 0; i < more->process_count && is_fine; i++)
        is_fine = add_process(sum, more->processes[i], err);
    return is_fine;
}

void merged_finish(struct merged *merged)
{
    finish_scope(&merged->totals);
    for (size_t i = 0; i < merged->process_count; i++) {
        struct merged_process *process = merged->processes[i];
        finish_scope(&process->totals);
        for (size_t j = 0; j < process->heap_count; j++)
            finish_scope(&process->heaps[j]->scope);
    }
}

void merged_release(struct merged *merged)
{
    for (size_t i = 0; i < merged->process_count; i++)
        release_process(merged->processes[i]);
    free(merged->processes);
    release_scope(&merged->totals);
    *merged = (struct merged){ 0 };
}
