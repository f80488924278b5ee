/* Answers everything: closes what is open, checks that all sums agree, and fills the result. */
#include "analyzer/analysis.h"

#include "analyzer/stack_rows.h"

#include <stdlib.h>
#include <string.h>

static bool is_reported(const struct heap_entry *entry)
{
    return entry->is_selected && entry->scope.has_begun;
}

/* `counts` are the heap's, or the sum of those in the scope. */
static bool report_scope(struct analysis *analysis, struct scope *scope, struct counts *counts,
                         uint64_t end_ns, struct measures *out, struct error *err)
{
    out->gaps_at_live_peak = scope->at_live_peak.gaps;
    out->gaps_at_end = scope->gaps_at_end;
    bool done = curves_report(&scope->curves, end_ns, scope->occupancy, out, err) &&
                counts_report(counts, &analysis->ledger.source_codes, out, err) &&
                sizes_report(&counts->sizes, &scope->at_live_peak.sizes, out, err);
    if (!scope->has_begun)
        out->first_ns = out->last_ns = RESULT_UNKNOWN;
    return done;
}

static bool report_heap(struct analysis *analysis, struct heap_entry *entry, uint64_t end_ns,
                        struct heap_result *out, struct error *err)
{
    const struct heap *heap = entry->heap;
    out->handle = heap->handle;
    out->ordinal = heap->ordinal;
    out->flags = heap->flags;
    out->created_in_trace = heap->created_in_trace;
    out->destroyed_ns = heap->destroyed_ns;
    if (!report_scope(analysis, &entry->scope, &entry->heap->counts, end_ns, &out->measures, err))
        return false;
    /* Its own events: the end of its process is none of them. */
    out->measures.last_ns = heap->last_ns;
    out->measures.address_map = entry->map_at_end;
    entry->map_at_end = (struct address_map_result){ 0 };
    return true;
}

static bool report_heaps(struct analysis *analysis, struct process_entry *process, uint64_t end_ns,
                         struct counts *sum, struct process_result *out, struct error *err)
{
    out->heaps = calloc(process->heaps, sizeof *out->heaps);
    if (!out->heaps)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the result");
    for (struct heap_entry *e = process->first_heap; e; e = e->next_of_process) {
        if (!is_reported(e))
            continue;
        if (!counts_add(sum, &e->heap->counts, err) ||
            !report_heap(analysis, e, end_ns, &out->heaps[out->heap_count++], err))
            return false;
    }
    return true;
}

static bool report_process(struct analysis *analysis, struct process_entry *entry,
                           const struct process *process, uint64_t end_ns,
                           struct process_result *out, struct error *err)
{
    out->pid = process->pid;
    out->start_ns = process->start_ns;
    out->end_ns = process->end_ns;
    if (process->image && !(out->image = strdup(process->image)))
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the result");
    struct counts sum = { 0 };
    bool done = report_heaps(analysis, entry, end_ns, &sum, out, err) &&
                report_scope(analysis, &entry->scope, &sum, end_ns, &out->totals, err);
    counts_release(&sum);
    return done;
}

/* Processes in order of their own first appearance, not of their first heap's. */
static int by_appearance(const void *left, const void *right)
{
    uint32_t a = (*(struct process_entry *const *)left)->process;
    uint32_t b = (*(struct process_entry *const *)right)->process;
    return (a > b) - (a < b);
}

static bool report_processes(struct analysis *analysis, const struct processes *processes,
                             uint64_t end_ns, struct result *out, struct error *err)
{
    const struct directory *directory = &analysis->directory;
    if (directory->process_count == 0)
        return true;
    out->processes = calloc(directory->process_count, sizeof *out->processes);
    if (!out->processes)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the result");
    qsort(directory->processes, directory->process_count, sizeof directory->processes[0],
          by_appearance);
    for (size_t i = 0; i < directory->process_count; i++) {
        struct process_entry *entry = directory->processes[i];
        bool has_heap = false;
        for (struct heap_entry *e = entry->first_heap; e && !has_heap; e = e->next_of_process)
            has_heap = is_reported(e);
        if (has_heap && entry->stacks) {
            entry->stacks->reported_as = (uint32_t)out->process_count;
            entry->stacks->peak_moment = entry->scope.curves.levels.peak_change;
        }
        if (has_heap && !report_process(analysis, entry, &processes->list[entry->process], end_ns,
                                        &out->processes[out->process_count++], err))
            return false;
    }
    return true;
}

static bool report_trace(struct analysis *analysis, uint64_t end_ns, struct result *out,
                         struct error *err)
{
    const struct directory *directory = &analysis->directory;
    struct counts sum = { 0 };
    bool done = true;
    for (size_t i = 0; i < directory->heap_count && done; i++)
        if (is_reported(directory->heaps[i]))
            done = counts_add(&sum, &directory->heaps[i]->heap->counts, err);
    done = done && report_scope(analysis, &analysis->trace.scope, &sum, end_ns, &out->totals, err);
    counts_release(&sum);
    return done;
}

/* What is alive when the trace ends: its gaps, its maps and its chains are complete. */
static bool close_heaps(struct analysis *analysis, uint64_t end_ns, struct error *err)
{
    const struct directory *directory = &analysis->directory;
    for (size_t i = 0; i < directory->process_count; i++)
        if (directory->processes[i]->alive > 0) {
            directory->processes[i]->scope.gaps_at_end = (struct gaps_result){ 0 };
            analysis_begin_end_stacks(directory->processes[i]);
        }
    /* The trace has an end whether or not a heap reaches it: then there are no gaps. */
    if (analysis->trace.scope.has_begun)
        gaps_add(&analysis->trace.scope.gaps_at_end, &(struct gaps_result){ .known = true });
    for (size_t i = 0; i < directory->heap_count; i++) {
        struct heap_entry *entry = directory->heaps[i];
        if (!entry->is_alive)
            continue;
        if (!is_reported(entry)) {
            if (!ledger_close_heap(&analysis->ledger, entry->heap, err))
                return false;
            continue;
        }
        if (!analysis_close_heap(analysis, entry, end_ns, err))
            return false;
        analysis_end_stacks(entry);
        gaps_add(&entry->process->scope.gaps_at_end, &entry->scope.gaps_at_end);
        gaps_add(&analysis->trace.scope.gaps_at_end, &entry->scope.gaps_at_end);
    }
    return ledger_finish(&analysis->ledger, err);
}

/* Each tells its own curves, and gives away what it tells. */
static bool part_scopes(struct analysis *analysis, struct error *err)
{
    const struct directory *directory = &analysis->directory;
    bool done = scope_part(&analysis->trace.scope, err);
    for (size_t i = 0; i < directory->process_count && done; i++)
        done = scope_part(&directory->processes[i]->scope, err);
    return done;
}

static bool sums_differ(const struct occupancy *a, const struct occupancy *b)
{
    return a->live_bytes != b->live_bytes || a->live_blocks != b->live_blocks ||
           a->touched_pages != b->touched_pages || a->pinned_pages != b->pinned_pages ||
           a->pinned_waste_bytes != b->pinned_waste_bytes ||
           memcmp(a->histogram, b->histogram, sizeof a->histogram) != 0;
}

/* The invariants of metrics.md, section 2: a wrong number must not leave in silence. */
static bool check(const struct analysis *analysis, struct error *err)
{
    struct occupancy sum = { 0 };
    for (size_t i = 0; i < analysis->directory.heap_count; i++) {
        const struct heap_entry *entry = analysis->directory.heaps[i];
        if (!heap_is_consistent(entry->heap))
            return error_set(err, ERROR_INTERNAL, ERROR_NO_OFFSET,
                             "the sums of heap 0x%llx do not agree with its blocks",
                             (unsigned long long)entry->heap->handle);
        struct occupancy heap = entry->heap->occupancy;
        heap.parent = NULL;
        if (entry->is_selected)
            occupancy_change(&sum, &heap);
    }
    if (sums_differ(&sum, analysis->trace.scope.occupancy))
        return error_set(err, ERROR_INTERNAL, ERROR_NO_OFFSET,
                         "the sums of the trace do not agree with its heaps");
    return true;
}

/* Those that fall into what is counted, cut to that. */
static void copy_losses(const struct losses *losses, struct result *out)
{
    for (size_t i = 0; i < losses->count; i++) {
        struct loss_span span = losses->spans[i];
        span.from_ns = span.from_ns > out->from_ns ? span.from_ns : out->from_ns;
        span.to_ns = span.to_ns < out->to_ns ? span.to_ns : out->to_ns;
        if (span.from_ns <= span.to_ns)
            out->losses[out->loss_count++] = span;
    }
}

static bool fill(struct analysis *analysis, const struct decoder *decoder, const char *path,
                 uint64_t end_ns, struct result *out, struct error *err)
{
    out->trace = *decoder_info(decoder);
    out->from_ns = analysis->options.from_ns;
    out->to_ns = end_ns;
    copy_losses(&out->trace.losses, out);
    out->anomalies = *decoder_anomalies(decoder);
    anomalies_add(&out->anomalies, &analysis->ledger.anomalies);
    out->path = strdup(path);
    if (!out->path)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the result");
    return report_trace(analysis, end_ns, out, err) &&
           report_processes(analysis, decoder_processes(decoder), end_ns, out, err) &&
           stack_rows_report(&analysis->stacks, decoder_stacks(decoder), decoder_images(decoder),
                             out, err);
}

bool analysis_finish(struct analysis *analysis, const struct decoder *decoder, const char *path,
                     struct result *out, struct error *err)
{
    *out = (struct result){ 0 };
    uint64_t end_ns = decoder_info(decoder)->duration_ns;
    if (analysis->options.to_ns && analysis->options.to_ns < end_ns)
        end_ns = analysis->options.to_ns;
    if (!analysis->ledger.counting)
        analysis_start_counting(analysis, end_ns);
    bool done = close_heaps(analysis, end_ns, err) && check(analysis, err) &&
                part_scopes(analysis, err) && fill(analysis, decoder, path, end_ns, out, err);
    if (!done)
        result_release(out);
    return done;
}
