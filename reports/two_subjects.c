/* What of two builds is drawn. */
#include "reports/two_subjects.h"

#include "reports/charts.h"
#include "reports/reports.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A heap that both runs have, and how much it matters. */
struct candidate {
    struct chart_subject now, base;
    size_t scope, regressed;
    double live_peak;
};

static double live_peak(const struct heap_result *heap)
{
    const struct level_result *live = &heap->measures.levels[LEVEL_live_bytes];
    return live->known ? (double)live->peak : 0;
}

static bool find_heap(const struct compare_run *run, const struct merged_process *process,
                      const struct merged_heap *heap, struct chart_subject *out)
{
    *out = (struct chart_subject){ .result = run->result };
    out->process = merged_process_in(run->result, process);
    out->heap = out->process ? merged_heap_in(out->process, heap) : NULL;
    out->measures = out->heap ? &out->heap->measures : NULL;
    return out->heap != NULL;
}

static size_t count_regressed(const struct comparison *c, size_t scope)
{
    const struct compared_scope *of = &c->scopes[scope];
    size_t count = 0;
    for (size_t i = 0; i < of->change_count; i++)
        count += c->changes[of->first_change + i].verdict == VERDICT_REGRESSED;
    return count;
}

static bool take(const struct compare_report *report, size_t scope, struct candidate *out)
{
    const struct match *match = report->comparison->scopes[scope].match;
    if (!match || !match->base_heap || !match->now_heap ||
        !find_heap(&report->base_run, match->base_process, match->base_heap, &out->base) ||
        !find_heap(&report->now_run, match->now_process, match->now_heap, &out->now))
        return false;
    out->scope = scope;
    out->regressed = count_regressed(report->comparison, scope);
    out->live_peak = fmax(live_peak(out->base.heap), live_peak(out->now.heap));
    return true;
}

static int worst_first(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->regressed != y->regressed)
        return x->regressed > y->regressed ? -1 : 1;
    if (x->live_peak < y->live_peak || x->live_peak > y->live_peak)
        return x->live_peak > y->live_peak ? -1 : 1;
    return (x->scope > y->scope) - (x->scope < y->scope);
}

static int by_scope(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return (x->scope > y->scope) - (x->scope < y->scope);
}

static void add(struct two_subjects *out, const struct candidate *from)
{
    size_t i = out->count++;
    out->bases[i] = from->base;
    out->list[i] = from->now;
    out->list[i].base = &out->bases[i];
    out->scopes[i] = from->scope;
    if (from->scope == 0)
        snprintf(out->list[i].slug, sizeof out->list[i].slug, "all");
    else
        snprintf(out->list[i].slug, sizeof out->list[i].slug, "heap%zu", i);
}

/* Where there is but one heap and it is drawn, this would be the same again. */
static void add_all(const struct compare_report *report, size_t heaps, struct two_subjects *out)
{
    const struct result *base = report->base_run.result, *now = report->now_run.result;
    if (heaps > 0 && result_has_one_heap(base) && result_has_one_heap(now))
        return;
    const struct candidate all = {
        .now = { .result = now, .measures = &now->totals },
        .base = { .result = base, .measures = &base->totals },
    };
    add(out, &all);
}

bool two_subjects_choose(const struct compare_report *report, struct two_subjects *out,
                         struct error *err)
{
    size_t top = report->top ? report->top : REPORT_TOP_DEFAULT, count = 0;
    top = top < TWO_HEAPS_MAX ? top : TWO_HEAPS_MAX;
    *out = (struct two_subjects){ 0 };
    struct candidate *list = calloc(report->comparison->scope_count + 1, sizeof *list);
    out->list = calloc(top + 2, sizeof *out->list);
    out->bases = calloc(top + 2, sizeof *out->bases);
    out->scopes = calloc(top + 2, sizeof *out->scopes);
    bool is_fine = list && out->list && out->bases && out->scopes;
    if (is_fine && report->base_run.result && report->now_run.result) {
        for (size_t i = 0; i < report->comparison->scope_count; i++)
            count += take(report, i, &list[count]);
        qsort(list, count, sizeof *list, worst_first);
        count = count < top ? count : top;
        qsort(list, count, sizeof *list, by_scope);
        add_all(report, count, out);
        for (size_t i = 0; i < count; i++)
            add(out, &list[i]);
    }
    free(list);
    if (!is_fine)
        two_subjects_release(out);
    return is_fine || error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the charts");
}

void two_subjects_release(struct two_subjects *subjects)
{
    free(subjects->list);
    free(subjects->bases);
    free(subjects->scopes);
    *subjects = (struct two_subjects){ 0 };
}

size_t two_subjects_find(const struct two_subjects *subjects, size_t scope)
{
    size_t i = 0;
    while (i < subjects->count && subjects->scopes[i] != scope)
        i++;
    return i;
}
