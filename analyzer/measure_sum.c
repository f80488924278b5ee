/* Measures of several traces as one: what adds up, added up. */
#include "analyzer/measure_sum.h"

#include "analyzer/rate.h"
#include "analyzer/saturate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * A list in some order without equals, which adding keeps: `compare` orders two entries, `add` puts
 * one to its equal.
 */
struct list_kind {
    size_t size;
    int (*compare)(const void *a, const void *b);
    void (*add)(void *to, const void *from);
};

/* Merges `more` into `*list`: both in order. False with ERROR_NO_MEMORY. */
static bool list_add(const struct list_kind *kind, void **list, size_t *count, const void *more,
                     size_t more_count, struct error *err)
{
    if (more_count == 0)
        return true;
    char *merged = calloc(*count + more_count, kind->size);
    if (!merged)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to add up results");
    const char *a = *list, *b = more;
    size_t i = 0, j = 0, n = 0;
    while (i < *count || j < more_count) {
        const char *left = i < *count ? a + i * kind->size : NULL; /* there may be no list yet */
        const char *right = j < more_count ? b + j * kind->size : NULL;
        int order = !left ? 1 : !right ? -1 : kind->compare(left, right);
        memcpy(merged + n * kind->size, order <= 0 ? left : right, kind->size);
        if (order == 0)
            kind->add(merged + n * kind->size, right);
        i += order <= 0;
        j += order >= 0;
        n++;
    }
    free(*list);
    *list = merged;
    *count = n;
    return true;
}

static void add_all(uint64_t *sum, const uint64_t *more, size_t count)
{
    for (size_t i = 0; i < count; i++)
        saturate_u64(&sum[i], more[i]);
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_pairs(const void *a, const void *b)
{
    const struct size_pair *x = a, *y = b;
    int order = compare_u64(x->old_class, y->old_class);
    return order ? order : compare_u64(x->new_class, y->new_class);
}

static void add_pair(void *to, const void *from)
{
    struct size_pair *x = to;
    const struct size_pair *y = from;
    saturate_u64(&x->in_place, y->in_place);
    saturate_u64(&x->moved, y->moved);
}

static int compare_sizes(const void *a, const void *b)
{
    const struct size_result *x = a, *y = b;
    return compare_u64(x->low, y->low);
}

static void add_size(void *to, const void *from)
{
    struct size_result *x = to;
    const struct size_result *y = from;
    saturate_u64(&x->allocs, y->allocs);
    saturate_u64(&x->bytes, y->bytes);
    saturate_u64(&x->live_at_peak, y->live_at_peak);
    saturate_u64(&x->live_bytes_at_peak, y->live_bytes_at_peak);
}

static int compare_sources(const void *a, const void *b)
{
    const struct source_result *x = a, *y = b;
    int order = x->is_rest - y->is_rest;
    return order ? order : compare_u64(x->code, y->code);
}

static void add_source(void *to, const void *from)
{
    struct source_result *x = to;
    const struct source_result *y = from;
    saturate_u64(&x->allocs, y->allocs);
    saturate_u64(&x->alloc_bytes, y->alloc_bytes);
    saturate_u64(&x->frees, y->frees);
    saturate_u64(&x->free_bytes, y->free_bytes);
    saturate_u64(&x->reallocs, y->reallocs);
    saturate_u64(&x->in_place, y->in_place);
    saturate_u64(&x->moved, y->moved);
    saturate_u64(&x->failed, y->failed);
    saturate_u64(&x->copied_bytes, y->copied_bytes);
    add_all(x->lifetimes, y->lifetimes, LIFETIME_CLASSES);
}

static const struct list_kind pair_kind = { sizeof(struct size_pair), compare_pairs, add_pair };
static const struct list_kind size_kind = { sizeof(struct size_result), compare_sizes, add_size };
static const struct list_kind source_kind = { sizeof(struct source_result), compare_sources,
                                              add_source };

static uint32_t place_of(const struct measures *m, const struct source_result *source)
{
    uint32_t place = 0;
    while (compare_sources(&m->sources[place], source) != 0)
        place++;
    return place;
}

enum { SOURCES_MAX = 256 }; /* Windows has six */

/* From `more`, whose Sources are all in `sum` by now. */
static bool add_transitions(struct measures *sum, const struct measures *more,
                            const uint32_t *places_before, struct error *err)
{
    size_t side = sum->source_count;
    if (sum->transition_count + more->transition_count == 0)
        return true;
    uint64_t *matrix = calloc(side * side, sizeof *matrix);
    struct source_transition *list = calloc(side * side, sizeof *list);
    if (!matrix || !list) {
        free(matrix);
        free(list);
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to add up results");
    }
    for (size_t i = 0; i < sum->transition_count; i++) {
        const struct source_transition *t = &sum->transitions[i];
        saturate_u64(&matrix[places_before[t->from] * side + places_before[t->to]], t->count);
    }
    for (size_t i = 0; i < more->transition_count; i++) {
        const struct source_transition *t = &more->transitions[i];
        size_t from = place_of(sum, &more->sources[t->from]);
        size_t to = place_of(sum, &more->sources[t->to]);
        saturate_u64(&matrix[from * side + to], t->count);
    }
    size_t count = 0;
    for (size_t i = 0; i < side * side; i++)
        if (matrix[i] > 0)
            list[count++] =
                (struct source_transition){ (uint32_t)(i / side), (uint32_t)(i % side), matrix[i] };
    free(matrix);
    free(sum->transitions);
    sum->transitions = list;
    sum->transition_count = count;
    return true;
}

/* Sources, and the transitions between them, which name them by their place. */
static bool add_sources(struct measures *sum, const struct measures *more, struct error *err)
{
    struct source_result *before = NULL;
    size_t count = sum->source_count;
    uint32_t *places = calloc(count + 1, sizeof *places);
    if (count > 0)
        before = malloc(count * sizeof *before);
    bool is_fine = places && (before || count == 0);
    if (!is_fine)
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to add up results");
    if (is_fine && count > 0)
        memcpy(before, sum->sources, count * sizeof *before);
    void *list = sum->sources;
    is_fine = is_fine && list_add(&source_kind, &list, &sum->source_count, more->sources,
                                  more->source_count, err);
    sum->sources = list;
    if (is_fine && sum->source_count > SOURCES_MAX)
        is_fine = error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                            "more than %d Sources to add up; merge fewer results", SOURCES_MAX);
    for (size_t i = 0; is_fine && i < count; i++)
        places[i] = place_of(sum, &before[i]);
    is_fine = is_fine && add_transitions(sum, more, places, err);
    free(before);
    free(places);
    return is_fine;
}

static void add_gaps(struct gaps_result *sum, const struct gaps_result *more)
{
    sum->known |= more->known;
    saturate_u64(&sum->count, more->count);
    saturate_u64(&sum->bytes, more->bytes);
    if (more->largest > sum->largest)
        sum->largest = more->largest;
    for (size_t i = 0; i < GAP_CLASSES; i++) {
        saturate_u64(&sum->classes[i].count, more->classes[i].count);
        saturate_u64(&sum->classes[i].bytes, more->classes[i].bytes);
    }
}

static void add_traffic(struct traffic_result *sum, const struct traffic_result *more)
{
    saturate_u64(&sum->allocs, more->allocs);
    saturate_u64(&sum->alloc_bytes, more->alloc_bytes);
    saturate_u64(&sum->frees, more->frees);
    saturate_u64(&sum->free_bytes, more->free_bytes);
    saturate_u64(&sum->failed_allocs, more->failed_allocs);
    saturate_u64(&sum->realloc_internal_allocs, more->realloc_internal_allocs);
    saturate_u64(&sum->realloc_internal_frees, more->realloc_internal_frees);
    saturate_u64(&sum->free_of_unknown, more->free_of_unknown);
    saturate_u64(&sum->destroyed_blocks, more->destroyed_blocks);
    saturate_u64(&sum->temporary, more->temporary);
}

static void add_growth(struct growth_result *sum, const struct growth_result *more)
{
    saturate_u64(&sum->exact_1, more->exact_1);
    saturate_u64(&sum->exact_1_5, more->exact_1_5);
    saturate_u64(&sum->exact_2, more->exact_2);
    saturate_u64(&sum->below, more->below);
    saturate_u64(&sum->above, more->above);
    add_all(sum->histogram, more->histogram, GROWTH_BINS);
}

static void add_chains(struct chains_result *sum, const struct chains_result *more)
{
    saturate_u64(&sum->count, more->count);
    saturate_u64(&sum->copied_bytes, more->copied_bytes);
    saturate_u64(&sum->geometric, more->geometric);
    saturate_u64(&sum->arithmetic, more->arithmetic);
    saturate_u64(&sum->irregular, more->irregular);
    add_all(sum->reallocs_histogram, more->reallocs_histogram, CHAIN_CLASSES);
}

static void add_realloc(struct realloc_result *sum, const struct realloc_result *more)
{
    saturate_u64(&sum->count, more->count);
    saturate_u64(&sum->in_place, more->in_place);
    saturate_u64(&sum->moved, more->moved);
    saturate_u64(&sum->failed, more->failed);
    saturate_u64(&sum->paired, more->paired);
    saturate_u64(&sum->standalone, more->standalone);
    saturate_u64(&sum->grow, more->grow);
    saturate_u64(&sum->shrink, more->shrink);
    saturate_u64(&sum->same, more->same);
    saturate_u64(&sum->from_zero, more->from_zero);
    saturate_u64(&sum->to_zero, more->to_zero);
    saturate_u64(&sum->copied_bytes, more->copied_bytes);
    saturate_u64(&sum->avoidable_moves, more->avoidable_moves);
    saturate_u64(&sum->avoidable_bytes, more->avoidable_bytes);
    add_all(sum->blockers, more->blockers, OLD_SIZE_CLASSES);
    for (size_t i = 0; i < OLD_SIZE_CLASSES; i++) {
        saturate_u64(&sum->by_old_size[i].in_place, more->by_old_size[i].in_place);
        saturate_u64(&sum->by_old_size[i].moved, more->by_old_size[i].moved);
        saturate_u64(&sum->by_old_size[i].failed, more->by_old_size[i].failed);
        saturate_u64(&sum->by_old_size[i].copied_bytes, more->by_old_size[i].copied_bytes);
    }
    add_growth(&sum->growth, &more->growth);
    add_chains(&sum->chains, &more->chains);
}

static void add_sums(struct measure_sums *sum, const struct measure_sums *more)
{
    for (size_t i = 0; i < LEVEL_COUNT; i++) {
        saturate_u128(&sum->level_integral[i], more->level_integral[i]);
        saturate_u64(&sum->level_span_ns[i], more->level_span_ns[i]);
    }
    for (size_t i = 0; i < RATIO_COUNT; i++) {
        saturate_i128(&sum->ratio_integral[i], more->ratio_integral[i]);
        saturate_u64(&sum->ratio_span_ns[i], more->ratio_span_ns[i]);
    }
    for (size_t i = 0; i < FRAG_BASES; i++) {
        saturate_i128(&sum->frag_integral[i], more->frag_integral[i]);
        saturate_u64(&sum->frag_span_ns[i], more->frag_span_ns[i]);
    }
    saturate_i128(&sum->growth_ln, more->growth_ln);
    saturate_u64(&sum->growth_values, more->growth_values);
    saturate_u64(&sum->grown_bytes, more->grown_bytes);
    saturate_u64(&sum->grow_moved, more->grow_moved);
    saturate_u64(&sum->shrink_moved, more->shrink_moved);
}

bool measure_sum_add(struct measures *sum, const struct measures *more, struct error *err)
{
    for (size_t i = 0; i < LEVEL_COUNT; i++)
        sum->levels[i].known |= more->levels[i].known;
    for (size_t i = 0; i < RATIO_COUNT; i++)
        sum->ratios[i].known |= more->ratios[i].known;
    add_all(sum->occupancy_at_live_peak, more->occupancy_at_live_peak, OCCUPANCY_BINS);
    add_all(sum->occupancy_at_end, more->occupancy_at_end, OCCUPANCY_BINS);
    add_gaps(&sum->gaps_at_live_peak, &more->gaps_at_live_peak);
    add_gaps(&sum->gaps_at_end, &more->gaps_at_end);
    add_traffic(&sum->traffic, &more->traffic);
    add_realloc(&sum->realloc, &more->realloc);
    add_all(sum->lifetimes, more->lifetimes, LIFETIME_CLASSES);
    saturate_u64(&sum->censored, more->censored);
    add_sums(&sum->sums, &more->sums);
    void *pairs = sum->realloc.size_pairs, *sizes = sum->sizes;
    bool is_fine =
        list_add(&pair_kind, &pairs, &sum->realloc.size_pair_count, more->realloc.size_pairs,
                 more->realloc.size_pair_count, err) &&
        list_add(&size_kind, &sizes, &sum->size_count, more->sizes, more->size_count, err);
    sum->realloc.size_pairs = pairs;
    sum->sizes = sizes;
    return is_fine && add_sources(sum, more, err);
}

static const double fixed_one = 0x1p32;

static double fixed_mean(i128 integral, uint64_t span)
{
    return span ? (double)integral / fixed_one / (double)span : NAN;
}

static void finish_levels(struct measures *m)
{
    const struct measure_sums *sums = &m->sums;
    for (size_t i = 0; i < LEVEL_COUNT; i++)
        m->levels[i] = (struct level_result){
            .known = m->levels[i].known,
            .peak = RESULT_UNKNOWN,
            .peak_ns = RESULT_UNKNOWN,
            .mean = wide_mean(sums->level_integral[i], sums->level_span_ns[i]),
            .at_live_peak = RESULT_UNKNOWN,
            .end = RESULT_UNKNOWN,
        };
    for (size_t i = 0; i < RATIO_COUNT; i++)
        m->ratios[i] = (struct ratio_result){
            .known = m->ratios[i].known,
            .peak = NAN,
            .peak_ns = RESULT_UNKNOWN,
            .mean = fixed_mean(sums->ratio_integral[i], sums->ratio_span_ns[i]),
            .at_live_peak = NAN,
            .end = NAN,
        };
    /* Traces with different bases have no common mean. */
    m->basis_is_committed = sums->frag_span_ns[1] > 0;
    m->frag_mean = NAN;
    if (sums->frag_span_ns[0] == 0 || sums->frag_span_ns[1] == 0)
        m->frag_mean = fixed_mean(sums->frag_integral[m->basis_is_committed],
                                  sums->frag_span_ns[m->basis_is_committed]);
    m->frag_at_live_peak = m->frag_at_footprint_peak = m->frag_peak_to_peak = NAN;
    m->creep_bytes_per_hour = NAN;
}

/* The middle of the bin of the value of rank ⌈percent × count / 100⌉, by growth.h's definition. */
static double growth_quantile(const struct growth_result *growth, uint64_t count, unsigned percent)
{
    if (count == 0)
        return NAN;
    u128 rank = ((u128)count * percent + 99) / 100;
    u128 seen = growth->below;
    if (rank <= seen)
        return exp2(growth_bin_low(0));
    for (size_t i = 0; i < GROWTH_BINS; i++) {
        seen += growth->histogram[i];
        if (rank <= seen)
            return exp2((growth_bin_low(i) + growth_bin_low(i + 1)) / 2);
    }
    return exp2(growth_bin_low(GROWTH_BINS));
}

static void finish_growth(struct growth_result *growth, const struct measure_sums *sums)
{
    uint64_t count = sums->growth_values;
    growth->values = count;
    growth->geomean = count ? exp((double)sums->growth_ln / fixed_one / (double)count) : NAN;
    growth->p5 = growth_quantile(growth, count, 5);
    growth->p25 = growth_quantile(growth, count, 25);
    growth->p50 = growth_quantile(growth, count, 50);
    growth->p75 = growth_quantile(growth, count, 75);
    growth->p95 = growth_quantile(growth, count, 95);
}

/* As rate_of, for counts that a hostile file may have made contradict each other. */
static struct rate rate_among(uint64_t hits, uint64_t trials)
{
    return rate_of(hits < trials ? hits : trials, trials);
}

static void finish_realloc(struct measures *m)
{
    struct realloc_result *r = &m->realloc;
    uint64_t done = r->in_place;
    saturate_u64(&done, r->moved);
    r->move_rate = rate_among(r->moved, done);
    r->grow_move_rate = rate_among(m->sums.grow_moved, r->grow);
    r->shrink_move_rate = rate_among(m->sums.shrink_moved, r->shrink);
    r->copy_amplification =
        m->sums.grown_bytes ? (double)r->copied_bytes / (double)m->sums.grown_bytes : NAN;
    finish_growth(&r->growth, &m->sums);
    struct chains_result *chains = &r->chains;
    chains->reallocs_p50 = chains->reallocs_p95 = chains->reallocs_max = RESULT_UNKNOWN;
    chains->moves_p50 = chains->moves_p95 = chains->moves_max = RESULT_UNKNOWN;
}

static void finish_gaps(struct gaps_result *gaps)
{
    gaps->fragmentation = gaps->bytes ? 1 - (double)gaps->largest / (double)gaps->bytes : NAN;
}

void measure_sum_finish(struct measures *sum)
{
    sum->first_ns = sum->last_ns = RESULT_UNKNOWN;
    finish_levels(sum);
    finish_gaps(&sum->gaps_at_live_peak);
    finish_gaps(&sum->gaps_at_end);
    finish_realloc(sum);
    for (size_t i = 0; i < sum->source_count; i++) {
        struct source_result *source = &sum->sources[i];
        uint64_t done = source->in_place;
        saturate_u64(&done, source->moved);
        source->move_rate = rate_among(source->moved, done);
        source->growth_p50 = NAN;
    }
}
