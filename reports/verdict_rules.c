/* What stands out in a heap: one function a kind of finding. */
#include "reports/verdict_rules.h"

#include "reports/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

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

/* A heap that is gone ended before the trace did. */
static const char *at_end(const struct verdict_subject *s)
{
    return s->heap->destroyed_ns == RESULT_UNKNOWN ? "at the end" : "when it was destroyed";
}

static bool failed_allocations(const struct verdict_subject *s, struct finding *out)
{
    uint64_t allocs = s->m->traffic.failed_allocs;
    uint64_t reallocs = s->m->realloc.failed;
    if (allocs == 0 && reallocs == 0)
        return false;
    double both = (double)allocs + (double)reallocs;
    if (allocs == 0)
        return found(out, both, 0, "failed reallocs: %s", units_count(reallocs).text);
    if (reallocs == 0)
        return found(out, both, 0, "failed allocations: %s", units_count(allocs).text);
    return found(out, both, 0, "failed allocations: %s, failed reallocs: %s",
                 units_count(allocs).text, units_count(reallocs).text);
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
static bool possible_leak(const struct verdict_subject *s, struct finding *out)
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

static bool page_fragmentation(const struct verdict_subject *s, struct finding *out)
{
    double share = s->m->ratios[RATIO_page_fragmentation].end;
    uint64_t touched = s->m->levels[LEVEL_touched_bytes].end;
    uint64_t waste = excess(touched, s->m->levels[LEVEL_live_bytes].end);
    if (!is_at_least(share, VERDICT_PAGE_FRAGMENTATION) || waste < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, share, waste, "holes take %s of the pages in use %s: %s of %s",
                 units_percent(share).text, at_end(s), units_bytes(waste).text,
                 units_bytes(touched).text);
}

static bool pinned_waste(const struct verdict_subject *s, struct finding *out)
{
    uint64_t waste = s->m->levels[LEVEL_pinned_waste_bytes].end;
    uint64_t touched = s->m->levels[LEVEL_touched_bytes].end;
    if (waste == RESULT_UNKNOWN || touched == RESULT_UNKNOWN || touched == 0)
        return false;
    double share = (double)waste / (double)touched;
    if (share < VERDICT_PINNED || waste < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, share, waste, "%s pages are each kept by a single block %s, and waste %s",
                 units_count(s->m->levels[LEVEL_pinned_pages].end).text, at_end(s),
                 units_bytes(waste).text);
}

static bool scattered_gaps(const struct verdict_subject *s, struct finding *out)
{
    const struct gaps_result *gaps = &s->m->gaps_at_end;
    if (!gaps->known || !is_at_least(gaps->fragmentation, VERDICT_GAPS) ||
        gaps->bytes < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, gaps->fragmentation, gaps->bytes,
                 "%s free between blocks %s is in %s pieces, none above %s",
                 units_bytes(gaps->bytes).text, at_end(s), units_count(gaps->count).text,
                 units_bytes(gaps->largest).text);
}

static bool commit_waste(const struct verdict_subject *s, struct finding *out)
{
    double share = s->m->ratios[RATIO_commit_waste].end;
    uint64_t committed = s->m->levels[LEVEL_committed_bytes].end;
    uint64_t waste = excess(committed, s->m->levels[LEVEL_live_bytes].end);
    if (!s->heap->created_in_trace || !is_at_least(share, VERDICT_COMMIT) ||
        waste < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, share, waste, "%s is committed %s, and %s of it is not live",
                 units_bytes(committed).text, at_end(s), units_percent(share).text);
}

static bool external_free(const struct verdict_subject *s, struct finding *out)
{
    double share = s->m->ratios[RATIO_external_free].end;
    uint64_t bytes = s->m->levels[LEVEL_free_bytes].end;
    if (!is_at_least(share, VERDICT_EXTERNAL) || bytes == RESULT_UNKNOWN ||
        bytes < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, share, bytes, "the heap itself reports %s free, %s of what is committed",
                 units_bytes(bytes).text, units_percent(share).text);
}

static bool peak_to_peak(const struct verdict_subject *s, struct finding *out)
{
    double ratio = s->m->frag_peak_to_peak;
    const struct level_result *held = footprint(s->m);
    uint64_t live_peak = s->m->levels[LEVEL_live_bytes].peak;
    uint64_t waste = excess(held->peak, live_peak);
    if (s->m->basis_is_committed && !s->heap->created_in_trace)
        return false;
    if (!held->known || !is_at_least(ratio, VERDICT_PEAK_TO_PEAK) || waste < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, ratio, waste, "it took %s of %s memory to hold at most %s of blocks",
                 units_bytes(held->peak).text, s->m->basis_is_committed ? "committed" : "touched",
                 units_bytes(live_peak).text);
}

static bool creep(const struct verdict_subject *s, struct finding *out)
{
    const double ns_per_hour = 3.6e12;
    const struct level_result *held = footprint(s->m);
    double slope = s->m->creep_bytes_per_hour;
    uint64_t life_ns = excess(s->m->last_ns, s->m->first_ns);
    if (!held->known || isnan(slope) || s->m->first_ns == RESULT_UNKNOWN ||
        life_ns / 1000000000 < VERDICT_CREEP_SECONDS)
        return false;
    double half_hours = (double)life_ns / 2 / ns_per_hour;
    double rise = slope * half_hours;
    double share = held->peak ? rise / (double)held->peak : 0;
    if (share < VERDICT_CREEP || rise < VERDICT_WASTE_FLOOR)
        return false;
    /* A forged time can make a slope of any size; a footprint is no larger than its peak. */
    uint64_t bytes = rise < (double)held->peak ? (uint64_t)rise : held->peak;
    return found(out, share, bytes, "memory that is not live creeps up by %s an hour",
                 units_mean_bytes(slope).text);
}

static bool growing_moves(const struct verdict_subject *s, struct finding *out)
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

static bool small_growth(const struct verdict_subject *s, struct finding *out)
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

static bool arithmetic_growth(const struct verdict_subject *s, struct finding *out)
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

/* The costliest block that copied itself over and over in order to become little larger. */
static bool small_steps(const struct verdict_subject *s, struct finding *out)
{
    const struct chains_result *chains = &s->m->realloc.chains;
    for (size_t i = 0; i < chains->top_count; i++) { /* most copied first */
        const struct chain_result *chain = &chains->top[i];
        if (chain->copied_bytes < VERDICT_COPY_FLOOR)
            return false;
        if (chain->last_bytes <= chain->first_bytes)
            continue;
        double times = (double)chain->copied_bytes / (double)chain->last_bytes;
        if (times >= VERDICT_COPIES_OF_ITSELF)
            return found(out, times, chain->copied_bytes,
                         "the block at 0x%" PRIx64 " grew from %s to %s in %s small steps, and "
                         "copied up to %s on the way",
                         chain->address, units_bytes(chain->first_bytes).text,
                         units_bytes(chain->last_bytes).text, units_count(chain->reallocs).text,
                         units_bytes(chain->copied_bytes).text);
    }
    return false;
}

static bool avoidable_moves(const struct verdict_subject *s, struct finding *out)
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

static bool double_residency(const struct verdict_subject *s, struct finding *out)
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

static bool destroyed_blocks(const struct verdict_subject *s, struct finding *out)
{
    uint64_t blocks = s->m->traffic.destroyed_blocks;
    uint64_t bytes = s->m->levels[LEVEL_live_bytes].end;
    if (s->heap->destroyed_ns == RESULT_UNKNOWN || blocks == 0 || bytes == RESULT_UNKNOWN ||
        bytes < VERDICT_WASTE_FLOOR)
        return false;
    return found(out, (double)blocks, bytes, "destroyed with %s blocks (%s) that were never freed",
                 units_count(blocks).text, units_bytes(bytes).text);
}

bool (*const verdict_rules[FINDING_COUNT])(const struct verdict_subject *subject,
                                           struct finding *out) = {
#define X(key, section) key,
    FINDING_LIST(X)
#undef X
};
