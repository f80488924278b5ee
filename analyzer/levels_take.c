/* Takes runs of points into the levels of one heap, one process or the trace. */
#include "analyzer/levels.h"

#include <assert.h>
#include <math.h>

/* The first to have the value: one does. */
static uint32_t first_of(const struct points *points, enum point_value which, uint64_t value)
{
    uint32_t i = 0;
    while (points->of[which][i] != value)
        i++;
    return i;
}

/* What was before the points. */
static struct point point_before(const struct levels *levels)
{
    const uint64_t *now = levels->now.of;
    return (struct point){
        .of = { now[LEVEL_live_bytes], now[LEVEL_live_blocks],
                now[LEVEL_touched_bytes] >> PAGE_SHIFT, now[LEVEL_pinned_pages],
                now[LEVEL_pinned_waste_bytes] },
        .t_ns = levels->sums.at_ns,
    };
}

static void set_values(struct level_values *values, const struct points *points, uint32_t i)
{
    values->of[LEVEL_live_bytes] = points->of[POINT_live_bytes][i];
    values->of[LEVEL_live_blocks] = points->of[POINT_live_blocks][i];
    values->of[LEVEL_touched_bytes] = points->of[POINT_touched_pages][i] << PAGE_SHIFT;
    values->of[LEVEL_pinned_pages] = points->of[POINT_pinned_pages][i];
    values->of[LEVEL_pinned_waste_bytes] = points->of[POINT_pinned_waste_bytes][i];
}

/* The live peak, and what else is told of the peaks of live and touched bytes. */
static void take_peaks(struct levels *levels, const struct points *points,
                       const struct sweep *sweep)
{
    uint64_t live = sweep->ranges.high[POINT_live_bytes],
             touched = sweep->ranges.high[POINT_touched_pages];
    if (live > levels->peaks[LEVEL_live_bytes].value || !levels->has_live_peak) {
        levels->at_live_peak = levels->now;
        set_values(&levels->at_live_peak, points, first_of(points, POINT_live_bytes, live));
        levels->has_live_peak = true;
    }
    if (touched << PAGE_SHIFT > levels->peaks[LEVEL_touched_bytes].value)
        levels->live_at_touched_peak =
            points->of[POINT_live_bytes][first_of(points, POINT_touched_pages, touched)];
    uint64_t least = sweep->ranges.low[POINT_live_bytes];
    if (least < levels->least_live.value)
        levels->least_live =
            (struct level_peak){ least, points->t_ns[first_of(points, POINT_live_bytes, least)] };
}

/* What a value amounts to, times 2^shift, is that of a level. */
static inline void take_value(struct levels *levels, const struct points *points,
                              const struct sweep *sweep, enum point_value which, enum level level,
                              unsigned shift)
{
    uint64_t high = sweep->ranges.high[which] << shift;
    levels->sums.integral[level] += sweep->integral[which] << shift;
    if (high > levels->peaks[level].value) /* the first to have it */
        levels->peaks[level] =
            (struct level_peak){ high,
                                 points->t_ns[first_of(points, which, sweep->ranges.high[which])] };
}

static void take_values(struct levels *levels, const struct points *points,
                        const struct sweep *sweep)
{
    take_value(levels, points, sweep, POINT_live_bytes, LEVEL_live_bytes, 0);
    take_value(levels, points, sweep, POINT_live_blocks, LEVEL_live_blocks, 0);
    take_value(levels, points, sweep, POINT_touched_pages, LEVEL_touched_bytes, PAGE_SHIFT);
    take_value(levels, points, sweep, POINT_pinned_pages, LEVEL_pinned_pages, 0);
    take_value(levels, points, sweep, POINT_pinned_waste_bytes, LEVEL_pinned_waste_bytes, 0);
    set_values(&levels->now, points, points->count - 1);
}

/* Whether no value of these points, nor the one before them, is missing or very large. */
static bool is_plain(const struct levels *levels, const struct sweep *sweep)
{
    uint64_t live = sweep->ranges.low[POINT_live_bytes],
             touched = sweep->ranges.low[POINT_touched_pages];
    uint64_t high = sweep->ranges.high[POINT_live_bytes] | sweep->ranges.high[POINT_touched_pages] |
                    sweep->span_ns;
    const struct fractions *before = &levels->ratios;
    bool has_basis = !levels->basis_is_committed || levels->now.known & KNOWN_committed;
    return live && touched && high < SWEEP_VALUE_MAX && has_basis &&
           !isnan(before->page_fragmentation) && !isnan(before->page_excess) &&
           !isnan(before->frag);
}

static void raise_plain_ratios(struct levels *levels, const struct points *points,
                               const struct fraction_sweep *fractions)
{
    struct ratio_peak *fragmentation = &levels->ratio_peaks[RATIO_page_fragmentation];
    struct ratio_peak *excess = &levels->ratio_peaks[RATIO_page_excess];
    if (!(fractions->most_fragmentation > fragmentation->value) &&
        !(fractions->most_excess > excess->value))
        return;
    for (uint32_t i = 0; i < points->count; i++) {
        struct fractions at = fractions_at(points, i, fractions->committed);
        ratio_raise(fragmentation, at.page_fragmentation, points->t_ns[i]);
        ratio_raise(excess, at.page_excess, points->t_ns[i]);
    }
}

static void take_plain_sum(struct ratio_sum *sum, double integral, uint64_t span_ns)
{
    sum->integral = integral;
    sum->span_ns += span_ns;
}

/* What take_ratios does, where no value can be missing. To the last digit the same. */
static void take_plain_ratios(struct levels *levels, const struct points *points,
                              const struct sweep *sweep)
{
    struct level_sums *sums = &levels->sums;
    double committed = (double)levels->now.of[LEVEL_committed_bytes];
    struct fraction_sweep fractions = {
        .committed = levels->basis_is_committed ? &committed : NULL,
        .now = levels->ratios,
        .integral = { sums->ratios[RATIO_page_fragmentation].integral,
                      sums->ratios[RATIO_page_excess].integral, sums->frag.integral },
    };
    sweep_fractions(points, sweep, &fractions);
    take_plain_sum(&sums->ratios[RATIO_page_fragmentation], fractions.integral.page_fragmentation,
                   sweep->span_ns);
    take_plain_sum(&sums->ratios[RATIO_page_excess], fractions.integral.page_excess,
                   sweep->span_ns);
    take_plain_sum(&sums->frag, fractions.integral.frag, sweep->span_ns);
    raise_plain_ratios(levels, points, &fractions);
    levels->ratios = fractions.now;
}

static void take_ratios(struct levels *levels, const struct points *points, uint64_t at_ns)
{
    struct level_sums *sums = &levels->sums;
    struct fractions *ratios = &levels->ratios;
    struct level_values now = levels->now;
    for (uint32_t i = 0; i < points->count; i++) {
        uint64_t t_ns = points->t_ns[i], span_ns = t_ns - at_ns;
        ratio_add(&sums->ratios[RATIO_page_fragmentation], ratios->page_fragmentation, span_ns);
        ratio_add(&sums->ratios[RATIO_page_excess], ratios->page_excess, span_ns);
        ratio_add(&sums->frag, ratios->frag, span_ns);
        set_values(&now, points, i);
        ratios->page_fragmentation = page_fragmentation_of(&now);
        ratios->page_excess = page_excess_of(&now);
        ratios->frag = frag_of(&now, levels->basis_is_committed);
        ratio_raise(&levels->ratio_peaks[RATIO_page_fragmentation], ratios->page_fragmentation,
                    t_ns);
        ratio_raise(&levels->ratio_peaks[RATIO_page_excess], ratios->page_excess, t_ns);
        at_ns = t_ns;
    }
}

void levels_take(struct levels *levels, struct points *points, struct sweep_ranges *ranges)
{
    struct sweep sweep;
    const struct point before = point_before(levels);
    assert(points->count > 0 && levels->now.known && points->t_ns[0] >= before.t_ns);
    sweep_points(points, &before, &sweep);
    take_peaks(levels, points, &sweep);
    take_values(levels, points, &sweep);
    *ranges = sweep.ranges;
    if (is_plain(levels, &sweep))
        take_plain_ratios(levels, points, &sweep);
    else
        take_ratios(levels, points, before.t_ns);
    levels->sums.at_ns += sweep.span_ns;
}
