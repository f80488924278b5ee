/* The heaps of a result that matter most by some measure. */
#include "reports/ranking.h"

#include <stdlib.h>

static uint64_t plus_one(uint64_t weight)
{
    return weight < UINT64_MAX ? weight + 1 : weight;
}

uint64_t weight_live_peak(const struct measures *measures)
{
    const struct level_result *live = &measures->levels[LEVEL_live_bytes];
    return plus_one(live->known ? live->peak : 0);
}

uint64_t weight_reallocs(const struct measures *measures)
{
    return measures->realloc.count ? plus_one(measures->realloc.copied_bytes) : 0;
}

/* A heap is worth a look by what it wastes at the end, or, being empty by then, at its live peak.
 */
uint64_t weight_waste_at_end(const struct measures *measures)
{
    const struct level_result *touched = &measures->levels[LEVEL_touched_bytes];
    uint64_t live = measures->levels[LEVEL_live_bytes].end;
    if (!touched->known || touched->peak == 0)
        return 0;
    if (touched->end == RESULT_UNKNOWN || live == RESULT_UNKNOWN || touched->end < live)
        return 1;
    return plus_one(touched->end - live);
}

static int compare(const void *left, const void *right)
{
    const struct ranked_heap *a = left;
    const struct ranked_heap *b = right;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a->position < b->position ? -1 : a->position > b->position;
}

bool ranking_make(struct ranking *ranking, const struct result *result,
                  uint64_t (*weight)(const struct measures *measures), size_t top,
                  struct error *err)
{
    size_t all = 0;
    *ranking = (struct ranking){ 0 };
    for (size_t p = 0; p < result->process_count; p++)
        all += result->processes[p].heap_count;
    ranking->heaps = calloc(all ? all : 1, sizeof *ranking->heaps);
    if (!ranking->heaps)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to rank %zu heaps", all);

    for (size_t p = 0; p < result->process_count; p++) {
        const struct process_result *process = &result->processes[p];
        for (size_t h = 0; h < process->heap_count; h++) {
            const struct heap_result *heap = &process->heaps[h];
            struct ranked_heap ranked = { process, heap, weight(&heap->measures), ranking->all };
            if (ranked.weight > 0)
                ranking->heaps[ranking->all++] = ranked;
        }
    }
    qsort(ranking->heaps, ranking->all, sizeof *ranking->heaps, compare);
    ranking->count = ranking->all < top ? ranking->all : top;
    return true;
}

void ranking_release(struct ranking *ranking)
{
    free(ranking->heaps);
    *ranking = (struct ranking){ 0 };
}
