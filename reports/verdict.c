/* What stands out in a result: findings by rule, the worst first. */
#include "reports/verdict.h"

#include "reports/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

const struct finding_info finding_infos[FINDING_COUNT] = {
#define X(key, section) { #key, section },
    FINDING_LIST(X)
#undef X
};

/* What a rule judges. */
struct subject {
    const struct heap_result *heap;
    const struct measures *m;
    bool has_loss;
};

PRINTF_LIKE(4, 5)
static bool found(struct finding *out, double number, uint64_t bytes, const char *format, ...)
{
    va_list arguments;
    out->number = number;
    out->bytes = bytes;
    va_start(arguments, format);
    vsnprintf(out->sentence, sizeof out->sentence, format, arguments);
    va_end(arguments);
    return true;
}

/* a - b, and 0 for what is unknown or negative. */
static uint64_t excess(uint64_t a, uint64_t b)
{
    return a == RESULT_UNKNOWN || b == RESULT_UNKNOWN || a < b ? 0 : a - b;
}

static bool is_at_least(double number, double threshold)
{
    return !isnan(number) && number >= threshold;
}

/* The curve that the four measures of fragmentation go by. */
static const struct level_result *footprint(const struct measures *m)
{
    return &m->levels[m->basis_is_committed ? LEVEL_committed_bytes : LEVEL_touched_bytes];
}

static bool failed_allocations(const struct subject *s, struct finding *out)
{
    uint64_t allocs = s->m->traffic.failed_allocs;
    uint64_t reallocs = s->m->realloc.failed;
    if (allocs == 0 && reallocs == 0)
        return false;
    return found(out, (double)allocs + (double)reallocs, 0,
                 "failed allocations: %s, failed reallocs: %s", units_count(allocs).text,
                 units_count(reallocs).text);
}

/* Lowest live bytes of the timeline between two points of its span, in quarters. */
static uint64_t lowest_live(const struct timeline_result *timeline, unsigned quarter)
{
    uint64_t lowest = RESULT_UNKNOWN;
    if (timeline->count == 0)
        return lowest;
    uint64_t first_ns = timeline->rows[0].t_ns;
    uint64_t span_ns = timeline->rows[timeline->count - 1].t_ns - first_ns;
    uint64_t from_ns = first_ns + span_ns / 4 * quarter;
    uint64_t to_ns = first_ns + span_ns / 4 * (quarter + 1);
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_row *row = &timeline->rows[i];
        const struct timeline_value *live = &row->curves[TIMELINE_live_bytes];
        if (live->known && row->t_ns >= from_ns && row->t_ns <= to_ns && live->min < lowest)
            lowest = live->min;
    }
    return lowest;
}

/* Not even the valleys come back down: each quarter's lowest is above that of the one before. */
static bool possible_leak(const struct subject *s, struct finding *out)
{
    const struct level_result *live = &s->m->levels[LEVEL_live_bytes];
    if (s->has_loss || !live->known || s->heap->destroyed_ns != RESULT_UNKNOWN)
        return false;
    uint64_t second = lowest_live(&s->m->timeline, 1);
    uint64_t third = lowest_live(&s->m->timeline, 2);
    uint64_t fourth = lowest_live(&s->m->timeline, 3);
    uint64_t rise = excess(fourth, second);
    double share = live->peak ? (double)rise / (double)live->peak : 0;
    if (excess(third, second) == 0 || excess(fourth, third) == 0 || share < VERDICT_LEAK_RISE ||
        rise < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, share, rise,
                 "live bytes only rise: by %s over the second half of its life, to %s at the end; "
                 "perhaps a leak",
                 units_bytes(rise).text, units_bytes(live->end).text);
}

static bool page_fragmentation(const struct subject *s, struct finding *out)
{
    double share = s->m->ratios[RATIO_page_fragmentation].end;
    uint64_t touched = s->m->levels[LEVEL_touched_bytes].end;
    uint64_t waste = excess(touched, s->m->levels[LEVEL_live_bytes].end);
    if (!is_at_least(share, VERDICT_PAGE_FRAGMENTATION) || waste < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, share, waste, "%s of the pages in use is holes at the end: %s of %s",
                 units_percent(share).text, units_bytes(waste).text, units_bytes(touched).text);
}

static bool pinned_waste(const struct subject *s, struct finding *out)
{
    uint64_t waste = s->m->levels[LEVEL_pinned_waste_bytes].end;
    uint64_t touched = s->m->levels[LEVEL_touched_bytes].end;
    if (waste == RESULT_UNKNOWN || touched == RESULT_UNKNOWN || touched == 0)
        return false;
    double share = (double)waste / (double)touched;
    if (share < VERDICT_PINNED || waste < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, share, waste, "%s pages are each kept by one block at the end, and waste %s",
                 units_count(s->m->levels[LEVEL_pinned_pages].end).text, units_bytes(waste).text);
}

static bool scattered_gaps(const struct subject *s, struct finding *out)
{
    const struct gaps_result *gaps = &s->m->gaps_at_end;
    if (!gaps->known || !is_at_least(gaps->fragmentation, VERDICT_GAPS) ||
        gaps->bytes < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, gaps->fragmentation, gaps->bytes,
                 "%s free between blocks at the end is in %s pieces, none above %s",
                 units_bytes(gaps->bytes).text, units_count(gaps->count).text,
                 units_bytes(gaps->largest).text);
}

static bool commit_waste(const struct subject *s, struct finding *out)
{
    double share = s->m->ratios[RATIO_commit_waste].end;
    uint64_t committed = s->m->levels[LEVEL_committed_bytes].end;
    uint64_t waste = excess(committed, s->m->levels[LEVEL_live_bytes].end);
    if (!is_at_least(share, VERDICT_COMMIT) || waste < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, share, waste, "%s is committed at the end, and %s of it is not live",
                 units_bytes(committed).text, units_percent(share).text);
}

static bool external_free(const struct subject *s, struct finding *out)
{
    double share = s->m->ratios[RATIO_external_free].end;
    uint64_t bytes = s->m->levels[LEVEL_free_bytes].end;
    if (!is_at_least(share, VERDICT_EXTERNAL) || bytes == RESULT_UNKNOWN ||
        bytes < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, share, bytes, "the heap itself reports %s free, %s of what is committed",
                 units_bytes(bytes).text, units_percent(share).text);
}

static bool peak_to_peak(const struct subject *s, struct finding *out)
{
    double ratio = s->m->frag_peak_to_peak;
    const struct level_result *held = footprint(s->m);
    uint64_t live_peak = s->m->levels[LEVEL_live_bytes].peak;
    uint64_t waste = excess(held->peak, live_peak);
    if (!held->known || !is_at_least(ratio, VERDICT_PEAK_TO_PEAK) || waste < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, ratio, waste, "it took %s of %s memory to hold at most %s of blocks",
                 units_bytes(held->peak).text, s->m->basis_is_committed ? "committed" : "touched",
                 units_bytes(live_peak).text);
}

static bool creep(const struct subject *s, struct finding *out)
{
    const double ns_per_hour = 3.6e12;
    const struct level_result *held = footprint(s->m);
    double slope = s->m->creep_bytes_per_hour;
    if (!held->known || isnan(slope) || s->m->first_ns == RESULT_UNKNOWN)
        return false;
    double half_hours = (double)excess(s->m->last_ns, s->m->first_ns) / 2 / ns_per_hour;
    double rise = slope * half_hours;
    double share = held->peak ? rise / (double)held->peak : 0;
    if (share < VERDICT_CREEP || rise < VERDICT_WASTE_FLOOR)
        return false;
    /* A forged time can make a slope of any size; a footprint is no larger than its peak. */
    uint64_t bytes = rise < (double)held->peak ? (uint64_t)rise : held->peak;
    return found(out, share, bytes, "memory that is not live creeps up by %s an hour",
                 units_mean_bytes(slope).text);
}

static bool growing_moves(const struct subject *s, struct finding *out)
{
    const struct realloc_result *r = &s->m->realloc;
    if (!is_at_least(r->grow_move_rate.low, VERDICT_MOVE_RATE) ||
        r->copied_bytes < VERDICT_COPY_FLOOR)
        return false;
    return found(out, r->grow_move_rate.value, r->copied_bytes,
                 "%s of growing reallocs move, which copied up to %s in %s moves",
                 units_percent(r->grow_move_rate.value).text, units_bytes(r->copied_bytes).text,
                 units_count(r->moved).text);
}

static bool small_growth(const struct subject *s, struct finding *out)
{
    const struct realloc_result *r = &s->m->realloc;
    double factor = r->growth.geomean;
    bool is_growing = r->grow >= VERDICT_GROWS_MIN && r->shrink < r->grow / 8;
    if (!is_growing || isnan(factor) || factor >= VERDICT_SMALL_GROWTH || factor < 1 ||
        r->copied_bytes < VERDICT_COPY_FLOOR)
        return false;
    return found(out, factor, r->copied_bytes,
                 "blocks grow by a factor of only %s: %s grows copied up to %s, %s bytes for each "
                 "byte gained",
                 units_ratio(factor).text, units_count(r->grow).text,
                 units_bytes(r->copied_bytes).text, units_ratio(r->copy_amplification).text);
}

static bool arithmetic_growth(const struct subject *s, struct finding *out)
{
    const struct chains_result *chains = &s->m->realloc.chains;
    double classified =
        (double)chains->geometric + (double)chains->arithmetic + (double)chains->irregular;
    double share = classified > 0 ? (double)chains->arithmetic / classified : 0;
    if (share < VERDICT_ARITHMETIC || chains->copied_bytes < VERDICT_COPY_FLOOR)
        return false;
    return found(out, share, chains->copied_bytes,
                 "%s blocks (%s of those that grow often) grow by a fixed step, so that copying "
                 "costs the square of their size",
                 units_count(chains->arithmetic).text, units_percent(share).text);
}

static bool avoidable_moves(const struct subject *s, struct finding *out)
{
    const struct realloc_result *r = &s->m->realloc;
    double share = r->moved ? (double)r->avoidable_moves / (double)r->moved : 0;
    if (share < VERDICT_AVOIDABLE || r->avoidable_bytes < VERDICT_COPY_FLOOR)
        return false;
    return found(out, share, r->avoidable_bytes,
                 "%s moves (%s) had room behind the block: up to %s copied for nothing",
                 units_count(r->avoidable_moves).text, units_percent(share).text,
                 units_bytes(r->avoidable_bytes).text);
}

static bool double_residency(const struct subject *s, struct finding *out)
{
    const struct chains_result *chains = &s->m->realloc.chains;
    uint64_t peak = s->m->levels[LEVEL_live_bytes].peak;
    const struct chain_result *largest = NULL;
    for (size_t i = 0; i < chains->top_count; i++) {
        const struct chain_result *chain = &chains->top[i];
        bool is_moved_to_grow = chain->moves > 0 && chain->last_bytes > chain->first_bytes;
        if (is_moved_to_grow && (!largest || chain->last_bytes > largest->last_bytes))
            largest = chain;
    }
    if (!largest || peak == 0 || largest->last_bytes < VERDICT_WASTE_FLOOR)
        return false;
    double share = (double)largest->last_bytes / (double)peak;
    if (share < VERDICT_DOUBLE)
        return false;
    return found(out, share, largest->last_bytes,
                 "one block grew to %s (live peak %s) by reallocs that move: both copies are live "
                 "during a move",
                 units_bytes(largest->last_bytes).text, units_bytes(peak).text);
}

static bool (*const rules[FINDING_COUNT])(const struct subject *subject, struct finding *out) = {
#define X(key, section) key,
    FINDING_LIST(X)
#undef X
};

/* How bad it is, on one scale: bytes held, with copied ones at their discount. */
static double weight_of(const struct finding *finding)
{
    switch (finding->kind) {
    case FINDING_failed_allocations:
        return HUGE_VAL;
    case FINDING_growing_moves:
    case FINDING_small_growth:
    case FINDING_arithmetic_growth:
    case FINDING_avoidable_moves:
        return (double)finding->bytes / VERDICT_COPIES_A_BYTE;
    default:
        return (double)finding->bytes;
    }
}

static bool is_worse(const struct finding *a, const struct finding *b)
{
    if (a->kind == FINDING_failed_allocations && b->kind == a->kind)
        return a->number > b->number;
    return weight_of(a) > weight_of(b);
}

/* Judges one heap; keeps a finding that is worse than what its kind has so far. */
static void judge(const struct process_result *process, const struct heap_result *heap,
                  bool has_loss, struct finding worst[FINDING_COUNT], bool known[FINDING_COUNT])
{
    struct subject subject = { .heap = heap, .m = &heap->measures, .has_loss = has_loss };
    for (int kind = 0; kind < FINDING_COUNT; kind++) {
        struct finding finding = { .kind = (enum finding_kind)kind,
                                   .process = process,
                                   .heap = heap };
        if (!rules[kind](&subject, &finding))
            continue;
        finding.others = known[kind] ? worst[kind].others + 1 : 0;
        if (!known[kind] || is_worse(&finding, &worst[kind]))
            worst[kind] = finding;
        else
            worst[kind].others = finding.others;
        known[kind] = true;
    }
}

size_t verdict_find(const struct result *result, struct finding findings[FINDING_COUNT])
{
    struct finding worst[FINDING_COUNT];
    bool known[FINDING_COUNT] = { false };
    bool has_loss = anomalies_worst(&result->anomalies) == SEVERITY_DATA_LOSS;
    for (size_t p = 0; p < result->process_count; p++)
        for (size_t h = 0; h < result->processes[p].heap_count; h++)
            judge(&result->processes[p], &result->processes[p].heaps[h], has_loss, worst, known);

    size_t count = 0;
    for (int kind = 0; kind < FINDING_COUNT; kind++) {
        if (!known[kind])
            continue;
        size_t at = count++;
        for (; at > 0 && is_worse(&worst[kind], &findings[at - 1]); at--)
            findings[at] = findings[at - 1];
        findings[at] = worst[kind];
    }
    return count;
}
