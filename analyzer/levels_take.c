/* Takes runs of points into the levels of one heap, one process or the trace. */
#include "analyzer/levels.h"

#include <assert.h>
#include <math.h>

/* The level that a value of points is of, and what it is to be multiplied with. */
static const struct {
    enum level level;
    unsigned shift;
} level_of[POINT_VALUES] = {
    [POINT_live_bytes] = { LEVEL_live_bytes, 0 },
    [POINT_live_blocks] = { LEVEL_live_blocks, 0 },
    [POINT_touched_pages] = { LEVEL_touched_bytes, PAGE_SHIFT },
    [POINT_pinned_pages] = { LEVEL_pinned_pages, 0 },
    [POINT_pinned_waste_bytes] = { LEVEL_pinned_waste_bytes, 0 },
};

static const struct point *first_of(const struct points *points, enum point_value which,
                                    uint64_t value)
{
    const struct point *point = points->at;
    while (point->of[which] != value)
        point++;
    return point;
}

/* What was before the points. */
static struct point point_before(const struct levels *levels)
{
    struct point point = { .t_ns = levels->sums.at_ns };
    for (unsigned i = 0; i < POINT_VALUES; i++)
        point.of[i] = levels->now.of[level_of[i].level] >> level_of[i].shift;
    return point;
}

static void set_values(struct level_values *values, const struct point *point)
{
    for (unsigned i = 0; i < POINT_VALUES; i++)
        values->of[level_of[i].level] = point->of[i] << level_of[i].shift;
}

/* The first to have a peak has it. */
static void raise_peak(struct levels *levels, const struct points *points, enum point_value which,
                       uint64_t high)
{
    struct level_peak *peak = &levels->peaks[level_of[which].level];
    uint64_t value = high << level_of[which].shift;
    if (value > peak->value)
        *peak = (struct level_peak){ value, first_of(points, which, high)->t_ns };
}

static void take_peaks(struct levels *levels, const struct points *points,
                       const struct sweep *sweep)
{
    uint64_t live = sweep->high[POINT_live_bytes], touched = sweep->high[POINT_touched_pages];
    if (live > levels->peaks[LEVEL_live_bytes].value || !levels->has_live_peak) {
        levels->at_live_peak = levels->now;
        set_values(&levels->at_live_peak, first_of(points, POINT_live_bytes, live));
        levels->has_live_peak = true;
    }
    if (touched << PAGE_SHIFT > levels->peaks[LEVEL_touched_bytes].value)
        levels->live_at_touched_peak =
            first_of(points, POINT_touched_pages, touched)->of[POINT_live_bytes];
    for (unsigned i = 0; i < POINT_VALUES; i++)
        raise_peak(levels, points, i, sweep->high[i]);
    uint64_t least = sweep->low[POINT_live_bytes];
    if (least < levels->least_live.value)
        levels->least_live =
            (struct level_peak){ least, first_of(points, POINT_live_bytes, least)->t_ns };
}

static void take_values(struct levels *levels, const struct point *last, const struct sweep *sweep,
                        struct level_ranges *ranges)
{
    for (unsigned i = 0; i < POINT_VALUES; i++) {
        enum level level = level_of[i].level;
        unsigned shift = level_of[i].shift;
        levels->sums.integral[level] += sweep->integral[i] << shift;
        ranges->low[level] = sweep->low[i] << shift;
        ranges->high[level] = sweep->high[i] << shift;
    }
    set_values(&levels->now, last);
}

/* Whether no value of these points, nor the one before them, is missing or very large. */
static bool is_plain(const struct levels *levels, const struct sweep *sweep, uint64_t span_ns)
{
    uint64_t live = sweep->low[POINT_live_bytes], touched = sweep->low[POINT_touched_pages];
    uint64_t high = sweep->high[POINT_live_bytes] | sweep->high[POINT_touched_pages] | span_ns;
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
        struct fractions at = fractions_at(&points->at[i], fractions->committed);
        ratio_raise(fragmentation, at.page_fragmentation, points->at[i].t_ns);
        ratio_raise(excess, at.page_excess, points->at[i].t_ns);
    }
}

static void take_plain_sum(struct ratio_sum *sum, double integral, uint64_t span_ns)
{
    sum->integral = integral;
    sum->span_ns += span_ns;
}

/* What take_ratios does, where no value can be missing. To the last digit the same. */
static void take_plain_ratios(struct levels *levels, const struct points *points,
                              const struct sweep *sweep, uint64_t span_ns)
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
                   span_ns);
    take_plain_sum(&sums->ratios[RATIO_page_excess], fractions.integral.page_excess, span_ns);
    take_plain_sum(&sums->frag, fractions.integral.frag, span_ns);
    raise_plain_ratios(levels, points, &fractions);
    levels->ratios = fractions.now;
}

static void take_ratios(struct levels *levels, const struct points *points,
                        const struct sweep *sweep)
{
    struct level_sums *sums = &levels->sums;
    struct fractions *ratios = &levels->ratios;
    struct level_values now = levels->now;
    for (uint32_t i = 0; i < points->count; i++) {
        uint64_t span_ns = sweep->spans[i], t_ns = points->at[i].t_ns;
        ratio_add(&sums->ratios[RATIO_page_fragmentation], ratios->page_fragmentation, span_ns);
        ratio_add(&sums->ratios[RATIO_page_excess], ratios->page_excess, span_ns);
        ratio_add(&sums->frag, ratios->frag, span_ns);
        set_values(&now, &points->at[i]);
        ratios->page_fragmentation = page_fragmentation_of(&now);
        ratios->page_excess = page_excess_of(&now);
        ratios->frag = frag_of(&now, levels->basis_is_committed);
        ratio_raise(&levels->ratio_peaks[RATIO_page_fragmentation], ratios->page_fragmentation,
                    t_ns);
        ratio_raise(&levels->ratio_peaks[RATIO_page_excess], ratios->page_excess, t_ns);
    }
}

void levels_take(struct levels *levels, const struct points *points, struct level_ranges *ranges)
{
    struct sweep sweep;
    const struct point before = point_before(levels);
    const struct point *last = &points->at[points->count - 1];
    uint64_t span_ns = last->t_ns - before.t_ns;
    assert(points->count > 0 && levels->now.known && last->t_ns >= before.t_ns);
    sweep_points(points, &before, &sweep);
    take_peaks(levels, points, &sweep);
    take_values(levels, last, &sweep, ranges);
    if (is_plain(levels, &sweep, span_ns))
        take_plain_ratios(levels, points, &sweep, span_ns);
    else
        take_ratios(levels, points, &sweep);
    levels->sums.at_ns = last->t_ns;
}
