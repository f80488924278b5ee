/* Which heaps matter enough to be drawn. */
#include "reports/subjects.h"
#include "reports/verdict.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { RANKINGS = 3 };

struct candidate {
    size_t process, heap; /* indices in the result */
    double score;
    bool is_chosen;
};

static double known_or_0(uint64_t value)
{
    return value == RESULT_UNKNOWN ? 0 : (double)value;
}

/* Bytes the heap holds beyond what is live, at the live peak or at the end, whichever is more. */
static double excess_bytes(const struct measures *m)
{
    const struct level_result *live = &m->levels[LEVEL_live_bytes];
    const struct level_result *held =
        &m->levels[m->basis_is_committed ? LEVEL_committed_bytes : LEVEL_touched_bytes];
    if (!live->known || !held->known)
        return 0;
    return fmax(known_or_0(held->at_live_peak) - known_or_0(live->at_live_peak),
                known_or_0(held->end) - known_or_0(live->end));
}

static double score(const struct measures *m, size_t ranking)
{
    const struct level_result *live = &m->levels[LEVEL_live_bytes];
    if (ranking == 0)
        return live->known ? known_or_0(live->peak) : 0;
    return ranking == 1 ? (double)m->realloc.copied_bytes : excess_bytes(m);
}

static int by_place(const struct candidate *a, const struct candidate *b)
{
    if (a->process != b->process)
        return a->process < b->process ? -1 : 1;
    return a->heap < b->heap ? -1 : a->heap > b->heap;
}

static int by_score(const void *a, const void *b)
{
    const struct candidate *left = a, *right = b;
    if (left->score < right->score || left->score > right->score)
        return left->score > right->score ? -1 : 1;
    return by_place(left, right);
}

/* Of those chosen the one with the highest live peak comes first. */
static int chosen_first(const void *a, const void *b)
{
    const struct candidate *left = a, *right = b;
    if (left->is_chosen != right->is_chosen)
        return left->is_chosen ? -1 : 1;
    return by_score(a, b);
}

static void give_scores(const struct result *result, struct candidate *list, size_t count,
                        size_t ranking)
{
    for (size_t i = 0; i < count; i++) {
        const struct process_result *process = &result->processes[list[i].process];
        list[i].score = score(&process->heaps[list[i].heap].measures, ranking);
    }
}

/* Up to `goal` heaps of the verdict, the worst finding first: what it says is to be seen. */
static size_t choose_found(const struct result *result, struct candidate *list, size_t count,
                           size_t goal)
{
    struct finding findings[FINDING_COUNT];
    size_t found = verdict_find(result, findings), chosen = 0;
    for (size_t f = 0; f < found && chosen < goal; f++) {
        for (size_t i = 0; i < count; i++) {
            const struct process_result *process = &result->processes[list[i].process];
            if (&process->heaps[list[i].heap] != findings[f].heap)
                continue;
            chosen += !list[i].is_chosen;
            list[i].is_chosen = true;
        }
    }
    return chosen;
}

/* The verdict's, then a round a ranking, each of which chooses its share of what is left. */
static size_t choose(const struct result *result, struct candidate *list, size_t count, size_t top)
{
    size_t of_rankings = top > 2 * RANKINGS ? RANKINGS : (top + 1) / 2;
    size_t found = choose_found(result, list, count, top - of_rankings), chosen = found;
    for (size_t ranking = 0; ranking < RANKINGS; ranking++) {
        give_scores(result, list, count, ranking);
        qsort(list, count, sizeof *list, by_score);
        size_t goal = found + ((top - found) * (ranking + 1) + RANKINGS - 1) / RANKINGS;
        for (size_t i = 0; i < count && chosen < goal; i++) {
            chosen += !list[i].is_chosen;
            list[i].is_chosen = true;
        }
    }
    give_scores(result, list, count, 0);
    qsort(list, count, sizeof *list, chosen_first);
    return chosen;
}

static struct candidate *all_heaps(const struct result *result, size_t *count)
{
    *count = 0;
    for (size_t p = 0; p < result->process_count; p++)
        *count += result->processes[p].heap_count;
    struct candidate *list = calloc(*count + 1, sizeof *list);
    size_t at = 0;
    for (size_t p = 0; list && p < result->process_count; p++)
        for (size_t h = 0; h < result->processes[p].heap_count; h++)
            list[at++] = (struct candidate){ .process = p, .heap = h };
    return list;
}

size_t subjects_choose(const struct result *result, size_t top, struct chart_subject **out)
{
    size_t count;
    struct candidate *list = all_heaps(result, &count);
    size_t chosen = list ? choose(result, list, count, top < count ? top : count) : 0;
    struct chart_subject *subjects = list ? calloc(chosen + 1, sizeof *subjects) : NULL;
    *out = subjects;
    if (subjects)
        subjects[0] = (struct chart_subject){ .result = result,
                                              .measures = &result->totals,
                                              .slug = "trace" };
    for (size_t i = 0; subjects && i < chosen; i++) {
        const struct process_result *process = &result->processes[list[i].process];
        const struct heap_result *heap = &process->heaps[list[i].heap];
        subjects[i + 1] = (struct chart_subject){
            .result = result, .measures = &heap->measures, .process = process, .heap = heap
        };
        snprintf(subjects[i + 1].slug, sizeof subjects->slug, "process%zu-heap%u",
                 list[i].process + 1, (unsigned)heap->ordinal);
    }
    free(list);
    return subjects ? chosen + 1 : 0;
}
