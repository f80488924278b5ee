/* What a run of points amounts to. */
#include "analyzer/sweep_near.h"

#include <assert.h>

#if defined __has_include && __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#endif

/* So many with the room that is taken with them. */
static uint32_t full_count(const struct points *points)
{
    return (points->count + POINTS_ABREAST - 1) / POINTS_ABREAST * POINTS_ABREAST;
}

/* The room after the points is taken with them: so no run has a rest. */
static void fill_up(struct points *points)
{
    const uint32_t count = points->count, full = full_count(points);
    for (uint32_t i = count; i <= full; i++)
        points->t_ns[i] = points->t_ns[count - 1];
    for (unsigned which = 0; which < POINT_VALUES; which++)
        for (uint32_t i = count; i < full; i++)
            points->of[which][i] = points->of[which][count - 1];
}

static void sweep_value(const struct points *points, enum point_value which,
                        const struct point *before, struct sweep *sweep)
{
    const uint64_t *values = points->of[which];
    uint64_t now = before->of[which], at_ns = before->t_ns;
    uint64_t low = values[0], high = low;
    u128 integral = 0;
    for (uint32_t i = 0; i < points->count; i++) {
        integral += (u128)now * (points->t_ns[i] - at_ns);
        now = values[i];
        at_ns = points->t_ns[i];
        low = now < low ? now : low;
        high = now > high ? now : high;
    }
    sweep->ranges.low[which] = low;
    sweep->ranges.high[which] = high;
    sweep->integral[which] = integral;
}

void sweep_values(struct points *points, const struct point *before, struct sweep *out)
{
    fill_up(points);
    out->span_ns = points->t_ns[points->count - 1] - before->t_ns;
    out->waited = (double)(points->t_ns[0] - before->t_ns);
    for (uint32_t i = 0, full = full_count(points); i < POINTS_MAX && i < full; i++)
        out->lasted[i] = (double)(points->t_ns[i + 1] - points->t_ns[i]);
    for (unsigned which = 0; which < POINT_VALUES; which++)
        sweep_value(points, which, before, out);
}

struct fractions fractions_at(const struct points *points, uint32_t i, const double *committed)
{
    uint64_t live_bytes = points->of[POINT_live_bytes][i];
    double live = (double)live_bytes;
    double touched_pages = (double)points->of[POINT_touched_pages][i];
    double touched = touched_pages * PAGE_BYTES;
    uint64_t pages = (live_bytes + PAGE_BYTES - 1) >> PAGE_SHIFT;
    return (struct fractions){
        .page_fragmentation = 1 - live / touched,
        .page_excess = touched_pages / (double)pages - 1,
        .frag = (committed ? *committed : touched) / live - 1,
    };
}

/*
 * Asked at run time: what is there depends on the machine, and the program is made for all. The C
 * library knows; the compiler's own function asks the processor at each start, ten times, which a
 * hypervisor answers in 10 us each.
 */
static bool has_avx2(void)
{
#if defined CPU_FEATURE_ACTIVE
    return CPU_FEATURE_ACTIVE(AVX2);
#elif defined __x86_64__
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

void sweep_points(struct points *points, const struct point *before, struct sweep *out)
{
    assert(points->count > 0);
    fill_up(points);
    bool is_near =
        has_avx2() ? sweep_near_avx2(points, before, out) : sweep_near(points, before, out);
    if (!is_near)
        sweep_values(points, before, out);
}

static void range_of(const struct points *points, uint32_t from, enum point_value which,
                     struct sweep_ranges *out)
{
    const uint64_t *values = points->of[which];
    uint64_t low = values[from], high = low;
    for (uint32_t i = from + 1; i < points->count; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    out->low[which] = low;
    out->high[which] = high;
}

void sweep_ranges(const struct points *points, uint32_t from, struct sweep_ranges *out)
{
    assert(from < points->count);
    bool is_few = points->count - from < 2 * POINTS_ABREAST;
    if (!is_few && (has_avx2() ? sweep_near_ranges_avx2(points, from, out)
                               : sweep_near_ranges(points, from, out)))
        return;
    for (unsigned which = 0; which < POINT_pinned_waste_bytes; which++)
        range_of(points, from, which, out);
}

void sweep_fractions(const struct points *points, const struct sweep *sweep,
                     struct fraction_sweep *fractions)
{
    if (has_avx2())
        sweep_fractions_avx2(points, sweep, fractions);
    else
        sweep_near_fractions(points, sweep, fractions);
}
