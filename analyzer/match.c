/* Which heap of one build is which of another. */
#include "analyzer/match.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const match_rule_names[] = {
    [MATCH_WHOLE] = "all",   [MATCH_NAME] = "name",   [MATCH_FIRST] = "first heap",
    [MATCH_FLAGS] = "flags", [MATCH_SIZES] = "sizes", [MATCH_MAP] = "map",
};

/* Similar enough, and how many pairs are looked at: beyond it heaps stay without a counterpart. */
static const double similarity_min = 0.9;
enum { SIMILARITIES_MAX = 1000000 };

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to match heaps");
}

static char *label_of(const struct merged_process *process, const struct merged_heap *heap)
{
    const char *image = process->image ? process->image : "unnamed";
    char order[24] = "", number[24] = "";
    if (process->order > 1)
        snprintf(order, sizeof order, " (%" PRIu32 ")", process->order);
    if (heap)
        snprintf(number, sizeof number, " #%" PRIu32, heap->ordinal);
    size_t size = strlen(image) + strlen(order) + strlen(number) + 1;
    char *label = malloc(size);
    if (label)
        snprintf(label, size, "%s%s%s", image, order, number);
    return label;
}

/* A process or a heap of one side while counterparts are looked for. */
struct candidate {
    const struct merged_process *process;
    const struct merged_heap *heap; /* NULL: the process */
    char *label;
    struct candidate *other; /* its counterpart */
    enum match_rule rule;
    double similarity;
};

/* Candidates are in order of key: a process before its heaps, its heaps together. */
struct side {
    struct candidate *list;
    size_t count;
};

static bool side_add(struct side *side, const struct merged_process *process,
                     const struct merged_heap *heap)
{
    struct candidate *candidate = &side->list[side->count++];
    *candidate = (struct candidate){ .process = process, .heap = heap };
    candidate->label = label_of(process, heap);
    return candidate->label != NULL;
}

static bool side_fill(struct side *side, const struct merged *merged, struct error *err)
{
    *side = (struct side){ .list = calloc(merged->scope_count + 1, sizeof *side->list) };
    bool is_fine = side->list != NULL;
    for (size_t i = 0; is_fine && i < merged->process_count; i++) {
        const struct merged_process *process = merged->processes[i];
        is_fine = side_add(side, process, NULL);
        for (size_t j = 0; is_fine && j < process->heap_count; j++)
            is_fine = side_add(side, process, process->heaps[j]);
    }
    return is_fine || no_memory(err);
}

static void side_release(struct side *side)
{
    for (size_t i = 0; i < side->count; i++)
        free(side->list[i].label);
    free(side->list);
}

static void pair_up(struct candidate *base, struct candidate *now, enum match_rule rule)
{
    base->other = now;
    now->other = base;
    base->rule = now->rule = rule;
}

static struct candidate *find_label(const struct side *side, const char *label)
{
    for (size_t i = 0; i < side->count; i++)
        if (strcmp(side->list[i].label, label) == 0)
            return &side->list[i];
    return NULL;
}

static bool match_by_map(struct side *base, struct side *now, const struct match_pair *map,
                         size_t map_count, struct error *err)
{
    for (size_t i = 0; i < map_count; i++) {
        struct candidate *a = find_label(base, map[i].base);
        struct candidate *b = find_label(now, map[i].now);
        if (!a || !b)
            return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                             "the map names '%.80s', which the %s build does not have",
                             a ? map[i].now : map[i].base, a ? "new" : "base");
        if (!a->heap != !b->heap)
            return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                             "the map says that '%.60s' is '%.60s': a heap and a process",
                             map[i].base, map[i].now);
        if (a->other || b->other)
            return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "the map names '%.80s' twice",
                             a->other ? map[i].base : map[i].now);
        pair_up(a, b, MATCH_MAP);
    }
    return true;
}

static void match_processes(struct side *base, struct side *now)
{
    size_t j = 0;
    for (size_t i = 0; i < base->count; i++) {
        struct candidate *a = &base->list[i];
        if (a->heap)
            continue;
        for (; j < now->count; j++) {
            struct candidate *b = &now->list[j];
            if (b->heap)
                continue;
            const char *x = a->process->image, *y = b->process->image;
            int order = !x || !y ? (x != NULL) - (y != NULL) : strcmp(x, y);
            if (order == 0)
                order = (a->process->order > b->process->order) -
                        (a->process->order < b->process->order);
            if (order == 0 && !a->other && !b->other)
                pair_up(a, b, MATCH_NAME);
            if (order < 0)
                break;
        }
    }
}

/* The heaps of a process: those that follow it. */
static size_t heaps_of(const struct candidate *process)
{
    return process->process->heap_count;
}

/* Heaps whose CREATE was seen, by key; both lists are in its order. */
static void match_heaps_by_key(struct candidate *a, struct candidate *b)
{
    size_t i = 1, j = 1;
    while (i <= heaps_of(a) && j <= heaps_of(b)) {
        const struct heap_key *x = &a[i].heap->key, *y = &b[j].heap->key;
        int order = heap_key_compare(x, y);
        if (order == 0 && x->created_in_trace && !a[i].other && !b[j].other)
            pair_up(&a[i], &b[j], x->is_first ? MATCH_FIRST : MATCH_FLAGS);
        i += order <= 0;
        j += order >= 0;
    }
}

/* The cosine of the angle between how often either allocated each class of sizes. */
static double similarity(const struct measures *a, const struct measures *b)
{
    double aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < a->size_count; i++)
        aa += (double)a->sizes[i].allocs * (double)a->sizes[i].allocs;
    for (size_t j = 0; j < b->size_count; j++)
        bb += (double)b->sizes[j].allocs * (double)b->sizes[j].allocs;
    for (size_t i = 0, j = 0; i < a->size_count && j < b->size_count;) {
        uint64_t x = a->sizes[i].low, y = b->sizes[j].low;
        if (x == y)
            ab += (double)a->sizes[i].allocs * (double)b->sizes[j].allocs;
        i += x <= y;
        j += y <= x;
    }
    return aa > 0 && bb > 0 ? fmin(1, ab / sqrt(aa) / sqrt(bb)) : 0;
}

/* Each heap of the base that is left gets the most similar one that is left. */
static void match_heaps_by_sizes(struct candidate *a, struct candidate *b, size_t *budget)
{
    for (size_t i = 1; i <= heaps_of(a); i++) {
        struct candidate *best = NULL;
        double most = similarity_min;
        if (a[i].other)
            continue;
        for (size_t j = 1; j <= heaps_of(b) && *budget > 0; j++) {
            --*budget;
            if (b[j].other)
                continue;
            double now = similarity(&a[i].heap->scope.sum, &b[j].heap->scope.sum);
            if (best ? now > most : now >= most) {
                best = &b[j];
                most = now;
            }
        }
        if (best)
            pair_up(&a[i], best, MATCH_SIZES);
        a[i].similarity = best ? most : 0;
    }
}

static void match_heaps(struct side *base)
{
    size_t budget = SIMILARITIES_MAX;
    for (size_t i = 0; i < base->count; i += 1 + heaps_of(&base->list[i])) {
        struct candidate *process = &base->list[i];
        if (!process->other)
            continue;
        match_heaps_by_key(process, process->other);
        match_heaps_by_sizes(process, process->other, &budget);
    }
}

static struct match *next(struct matching *out)
{
    return &out->list[out->count++];
}

/* Labels move from the candidates to the matches. */
static char *take_label(struct candidate *candidate)
{
    char *label = candidate->label;
    candidate->label = NULL;
    return label;
}

static void put_now(struct match *match, struct candidate *now)
{
    match->now_label = take_label(now);
    match->now_process = now->process;
    match->now_heap = now->heap;
}

static bool fill(struct side *base, struct side *now, struct matching *out, struct error *err)
{
    out->list = calloc(base->count + now->count + 1, sizeof *out->list);
    if (!out->list)
        return no_memory(err);
    for (size_t i = 0; i < base->count; i++) {
        struct candidate *a = &base->list[i];
        struct match *match = next(out);
        *match = (struct match){ .base_process = a->process, .base_heap = a->heap };
        match->base_label = take_label(a);
        match->rule = a->rule;
        match->similarity = a->similarity;
        if (a->other)
            put_now(match, a->other);
    }
    for (size_t i = 0; i < now->count; i++)
        if (!now->list[i].other)
            put_now(next(out), &now->list[i]);
    return true;
}

bool match_builds(const struct merged *base, const struct merged *now, const struct match_pair *map,
                  size_t map_count, struct matching *out, struct error *err)
{
    struct side a = { 0 }, b = { 0 };
    *out = (struct matching){ 0 };
    bool is_fine = side_fill(&a, base, err) && side_fill(&b, now, err) &&
                   match_by_map(&a, &b, map, map_count, err);
    if (is_fine) {
        match_processes(&a, &b);
        match_heaps(&a);
        is_fine = fill(&a, &b, out, err);
    }
    side_release(&a);
    side_release(&b);
    return is_fine;
}

void matching_release(struct matching *matching)
{
    for (size_t i = 0; i < matching->count; i++) {
        free(matching->list[i].base_label);
        free(matching->list[i].now_label);
    }
    free(matching->list);
    *matching = (struct matching){ 0 };
}
