/* The levels of one heap, one process or the trace over time. */
#include "analyzer/levels.h"

#include <assert.h>
#include <math.h>

/* The levels that only EXTEND, CONTRACT, SNAPSHOT and their like change: seldom. */
#define FOR_SPACE_LEVELS(i) for (unsigned i = LEVEL_committed_bytes; i <= LEVEL_free_bytes; i++)
static_assert(LEVEL_committed_bytes + 1 == LEVEL_reserved_bytes &&
                  LEVEL_reserved_bytes + 1 == LEVEL_free_bytes,
              "what space says stands together");

/* Lets what is now last until `t_ns`, but for what only space changes. */
static void sums_advance(struct levels *levels, uint64_t t_ns)
{
    struct level_sums *sums = &levels->sums;
    assert(t_ns >= sums->at_ns);
    uint64_t span_ns = t_ns - sums->at_ns;
    if (span_ns == 0)
        return;
    const uint64_t *now = levels->now.of;
    sums->integral[LEVEL_live_bytes] += (u128)now[LEVEL_live_bytes] * span_ns;
    sums->integral[LEVEL_live_blocks] += (u128)now[LEVEL_live_blocks] * span_ns;
    sums->integral[LEVEL_touched_bytes] += (u128)now[LEVEL_touched_bytes] * span_ns;
    sums->integral[LEVEL_pinned_pages] += (u128)now[LEVEL_pinned_pages] * span_ns;
    sums->integral[LEVEL_pinned_waste_bytes] += (u128)now[LEVEL_pinned_waste_bytes] * span_ns;
    ratio_add(&sums->ratios[RATIO_page_fragmentation], levels->ratios.page_fragmentation, span_ns);
    ratio_add(&sums->ratios[RATIO_page_excess], levels->ratios.page_excess, span_ns);
    ratio_add(&sums->frag, levels->ratios.frag, span_ns);
    sums->at_ns = t_ns;
}

/*
 * The same for what only space changes, since it last did. While C stands still, the integral of
 * 1 - L/C is the span less the integral of L over C: one division a change of space, not an event.
 * The sums must have advanced to here.
 */
static void sums_settle_space(struct levels *levels)
{
    struct level_sums *sums = &levels->sums;
    const struct level_values *now = &levels->now;
    uint64_t span_ns = sums->at_ns - sums->space_at_ns;
    FOR_SPACE_LEVELS(i)
    {
        if (!(now->known & 1u << i))
            continue;
        sums->integral[i] += (u128)now->of[i] * span_ns;
        sums->span_ns[i] += span_ns;
    }
    ratio_add(&sums->ratios[RATIO_external_free], external_free_of(now), span_ns);
    ratio_add(&sums->ratios[RATIO_virtual_fragmentation], virtual_fragmentation_of(now), span_ns);

    uint64_t committed = now->of[LEVEL_committed_bytes];
    if (now->known & KNOWN_committed && committed) {
        struct ratio_sum *waste = &sums->ratios[RATIO_commit_waste];
        u128 live = sums->integral[LEVEL_live_bytes] - sums->live_at_space;
        waste->integral += (double)span_ns - (double)live / (double)committed;
        waste->span_ns += span_ns;
    }
    sums->space_at_ns = sums->at_ns;
    sums->live_at_space = sums->integral[LEVEL_live_bytes];
    ratio_raise(&levels->ratio_peaks[RATIO_commit_waste],
                commit_waste_of(now, levels->least_live.value), levels->least_live.at_ns);
}

static bool space_differs(const struct level_values *now, const struct space *space)
{
    uint32_t known = (space->committed_heaps ? KNOWN_committed : 0u) |
                     (space->reserved_heaps ? KNOWN_reserved : 0u) |
                     (space->free_heaps ? KNOWN_free : 0u);
    return (now->of[LEVEL_committed_bytes] ^ space->committed_bytes) |
           (now->of[LEVEL_reserved_bytes] ^ space->reserved_bytes) |
           (now->of[LEVEL_free_bytes] ^ space->free_bytes) |
           (now->large_uncommitted_bytes ^ space->large_uncommitted_bytes) |
           ((now->known & KNOWN_space) ^ known);
}

static void take_space_level(struct levels *levels, enum level level, uint32_t heaps,
                             uint64_t bytes, uint64_t live_bytes)
{
    uint32_t bit = 1u << level;
    levels->now.of[level] = heaps ? bytes : 0;
    levels->now.known = heaps ? levels->now.known | bit : levels->now.known & ~bit;
    if (!heaps)
        return;
    struct level_peak *peak = &levels->peaks[level];
    if (!(levels->ever_known & bit) || bytes > peak->value) {
        *peak = (struct level_peak){ bytes, levels->sums.at_ns };
        if (level == LEVEL_committed_bytes)
            levels->live_at_committed_peak = live_bytes;
    }
    levels->ever_known |= bit;
}

static void take_space(struct levels *levels, const struct space *space, uint64_t live_bytes)
{
    uint64_t t_ns = levels->sums.at_ns;
    take_space_level(levels, LEVEL_committed_bytes, space->committed_heaps, space->committed_bytes,
                     live_bytes);
    take_space_level(levels, LEVEL_reserved_bytes, space->reserved_heaps, space->reserved_bytes,
                     live_bytes);
    take_space_level(levels, LEVEL_free_bytes, space->free_heaps, space->free_bytes, live_bytes);
    levels->now.large_uncommitted_bytes = space->large_uncommitted_bytes;
    if (levels->ever_known & KNOWN_committed && !levels->basis_is_committed) {
        levels->basis_is_committed = true;
        levels->sums.frag = (struct ratio_sum){ 0 };
    }
    levels->least_live = (struct level_peak){ live_bytes, t_ns };
    ratio_raise(&levels->ratio_peaks[RATIO_external_free], external_free_of(&levels->now), t_ns);
    ratio_raise(&levels->ratio_peaks[RATIO_virtual_fragmentation],
                virtual_fragmentation_of(&levels->now), t_ns);
}

void levels_take_space(struct levels *levels, uint64_t t_ns, const struct space *space,
                       uint64_t live_bytes)
{
    levels->now.known |= KNOWN_occupancy;
    levels->ever_known |= KNOWN_occupancy;
    if (!space_differs(&levels->now, space))
        return;
    sums_advance(levels, t_ns);
    sums_settle_space(levels);
    take_space(levels, space, live_bytes);
}

void levels_start(struct levels *levels, uint64_t t_ns)
{
    *levels = (struct levels){
        .first_ns = t_ns,
        .ratios = { NAN, NAN, NAN },
        .sums = { .at_ns = t_ns, .space_at_ns = t_ns },
        .least_live = { UINT64_MAX, t_ns },
    };
    for (size_t i = 0; i < LEVEL_COUNT; i++)
        levels->peaks[i].at_ns = t_ns;
    for (size_t i = 0; i < RATIO_COUNT; i++)
        levels->ratio_peaks[i].value = -INFINITY;
}

void levels_mark_end(struct levels *levels, uint64_t t_ns, const struct occupancy *occupancy)
{
    sums_advance(levels, t_ns);
    sums_settle_space(levels);
    levels->is_ended = true;
    levels->end.now = levels->now;
    levels->end.sums = levels->sums;
    memcpy(levels->end.histogram, occupancy->histogram, sizeof levels->end.histogram);
}

static uint64_t value_or_unknown(const struct level_values *values, enum level level)
{
    return values->known & 1u << level ? values->of[level] : RESULT_UNKNOWN;
}

static double ratio_mean(const struct ratio_sum *sum)
{
    return sum->span_ns ? sum->integral / (double)sum->span_ns : NAN;
}

/* What nothing real comes near: 2^31 of these still add up in 128 bits. */
static const double fixed_max = 0x1p95;
static const double fixed_one = 0x1p32;

static i128 fixed_of(double value)
{
    return (i128)rint(fmax(-fixed_max, fmin(value * fixed_one, fixed_max)));
}

static void report_ratio_sum(const struct ratio_sum *sum, i128 *integral, uint64_t *span_ns)
{
    *integral = fixed_of(sum->integral);
    *span_ns = sum->span_ns;
}

static uint64_t span_of(const struct levels *levels, enum level level)
{
    bool is_of_space = KNOWN_space & 1 << level;
    return is_of_space ? levels->sums.span_ns[level] : levels->sums.at_ns - levels->first_ns;
}

static void report_sums(const struct levels *levels, struct measure_sums *out)
{
    const struct level_sums *sums = &levels->sums;
    for (unsigned i = 0; i < LEVEL_COUNT; i++) {
        out->level_integral[i] = sums->integral[i];
        out->level_span_ns[i] = span_of(levels, i);
    }
    for (unsigned i = 0; i < RATIO_COUNT; i++)
        report_ratio_sum(&sums->ratios[i], &out->ratio_integral[i], &out->ratio_span_ns[i]);
    bool basis = levels->basis_is_committed;
    report_ratio_sum(&sums->frag, &out->frag_integral[basis], &out->frag_span_ns[basis]);
}

static void report_level(const struct levels *levels, enum level level, struct level_result *out)
{
    const struct level_sums *sums = &levels->sums;
    *out = (struct level_result){
        .known = levels->ever_known & 1u << level,
        .peak = levels->peaks[level].value,
        .peak_ns = levels->peaks[level].at_ns,
        .mean = wide_mean(sums->integral[level], span_of(levels, level)),
        .at_live_peak = value_or_unknown(&levels->at_live_peak, level),
        .end = value_or_unknown(&levels->now, level),
    };
    if (!out->known)
        out->peak = out->peak_ns = RESULT_UNKNOWN;
}

static void report_ratio(const struct levels *levels, enum ratio ratio, struct ratio_result *out)
{
    const struct ratio_peak *peak = &levels->ratio_peaks[ratio];
    bool is_known = levels_has_values(levels) && !isinf(peak->value);
    *out = (struct ratio_result){
        .known = is_known,
        .peak = is_known ? peak->value : NAN,
        .peak_ns = is_known ? peak->at_ns : RESULT_UNKNOWN,
        .mean = ratio_mean(&levels->sums.ratios[ratio]),
        .at_live_peak = ratio_of(ratio, &levels->at_live_peak),
        .end = ratio_of(ratio, &levels->now),
    };
}

static void report_frag(const struct levels *levels, struct measures *out)
{
    bool is_committed = levels->basis_is_committed;
    enum level basis = is_committed ? LEVEL_committed_bytes : LEVEL_touched_bytes;
    uint64_t live_then =
        is_committed ? levels->live_at_committed_peak : levels->live_at_touched_peak;
    uint64_t peak = levels->peaks[basis].value;
    uint64_t live_peak = levels->peaks[LEVEL_live_bytes].value;
    out->basis_is_committed = is_committed;
    out->frag_mean = ratio_mean(&levels->sums.frag);
    out->frag_at_live_peak = frag_of(&levels->at_live_peak, is_committed);
    out->frag_at_footprint_peak = live_then ? quotient(peak, live_then) - 1 : NAN;
    out->frag_peak_to_peak = live_peak ? quotient(peak, live_peak) - 1 : NAN;
}

/* As if the end were now: a copy, because more events may follow a report. */
static struct levels at_end(const struct levels *levels, uint64_t end_ns,
                            const struct occupancy *occupancy, struct measures *out)
{
    struct levels end = *levels;
    const uint64_t *histogram = occupancy->histogram;
    if (end.is_ended) {
        end.now = levels->end.now;
        end.sums = levels->end.sums;
        histogram = levels->end.histogram;
    }
    out->last_ns = end.sums.at_ns;
    if (!end.is_ended) {
        sums_advance(&end, end_ns > end.sums.at_ns ? end_ns : end.sums.at_ns);
        sums_settle_space(&end);
    }
    memcpy(out->occupancy_at_end, histogram, sizeof out->occupancy_at_end);
    return end;
}

void levels_report(const struct levels *levels, uint64_t end_ns, const struct occupancy *occupancy,
                   struct measures *out)
{
    const struct levels end = at_end(levels, end_ns, occupancy, out);
    out->first_ns = end.first_ns;
    for (unsigned i = 0; i < LEVEL_COUNT; i++)
        report_level(&end, i, &out->levels[i]);
    for (unsigned i = 0; i < RATIO_COUNT; i++)
        report_ratio(&end, i, &out->ratios[i]);
    memcpy(out->occupancy_at_live_peak, end.histogram_at_live_peak,
           sizeof out->occupancy_at_live_peak);
    report_frag(&end, out);
    report_sums(&end, &out->sums);
}
