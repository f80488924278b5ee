/*
 * Sweeps of runs whose values are near to each other, some points at once: private to sweep.c and
 * to sweep_avx2.c, which is the same for wider vectors. All machines compute the same, bit by bit.
 */
#ifndef ANALYZER_SWEEP_NEAR_H
#define ANALYZER_SWEEP_NEAR_H

#include "analyzer/sweep.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#if defined __SSE2__
#include <immintrin.h>
#endif

/* On x86-64 machines with AVX2, the three below, with twice as many points at once. */
bool sweep_near_avx2(const struct points *points, const struct point *before, struct sweep *sweep);
bool sweep_near_ranges_avx2(const struct points *points, uint32_t from, struct sweep_ranges *out);
void sweep_fractions_avx2(const struct points *points, const struct sweep *sweep,
                          struct fraction_sweep *out);

/* Points taken at once. */
#if defined __AVX2__
enum { ABREAST = 4 };
#else
enum { ABREAST = 2 };
#endif

static_assert(POINTS_MAX % POINTS_ABREAST == 0 && POINTS_ABREAST % ABREAST == 0,
              "there is room for all that is taken at once");

/* The same value of so many points. */
typedef uint64_t wholes __attribute__((vector_size(ABREAST * sizeof(uint64_t))));
typedef double reals __attribute__((vector_size(ABREAST * sizeof(double))));

static inline wholes wholes_at(const uint64_t *from)
{
    wholes all;
    memcpy(&all, from, sizeof all);
    return all;
}

static inline reals reals_at(const double *from)
{
    reals all;
    memcpy(&all, from, sizeof all);
    return all;
}

static inline reals all_of(double one)
{
    return (reals){ 0 } + one;
}

/* The lesser and the larger of each two; of a NAN and b, b. */
#if defined __AVX2__
static inline reals lesser_of(reals a, reals b)
{
    return _mm256_min_pd(a, b);
}

static inline reals larger_of(reals a, reals b)
{
    return _mm256_max_pd(a, b);
}
#elif defined __SSE2__
static inline reals lesser_of(reals a, reals b)
{
    return _mm_min_pd(a, b);
}

static inline reals larger_of(reals a, reals b)
{
    return _mm_max_pd(a, b);
}
#else
static inline reals chosen(reals a, reals b, wholes is_a)
{
    return (reals)(((wholes)a & is_a) | ((wholes)b & ~is_a));
}

static inline reals lesser_of(reals a, reals b)
{
    return chosen(a, b, (wholes)(a < b));
}

static inline reals larger_of(reals a, reals b)
{
    return chosen(a, b, (wholes)(a > b));
}
#endif

static inline double least_of(reals all)
{
    double least = all[0];
    for (unsigned i = 1; i < ABREAST; i++)
        least = all[i] < least ? all[i] : least;
    return least;
}

static inline double most_of(reals all)
{
    double most = all[0];
    for (unsigned i = 1; i < ABREAST; i++)
        most = all[i] > most ? all[i] : most;
    return most;
}

static inline double sum_of(reals all)
{
    double sum = all[0];
    for (unsigned i = 1; i < ABREAST; i++)
        sum += all[i];
    return sum;
}

/* 2^52, whose last digit is 1: whole numbers are added to it bit by bit. */
#define DOUBLE_ZERO UINT64_C(0x4330000000000000)
static const double double_zero = 0x1p52;

/* Whole numbers below 2^52 as doubles. */
static inline reals reals_of(wholes whole)
{
    return (reals)(whole | DOUBLE_ZERO) - double_zero;
}

/*
 * So far apart, from the value before the run, are values that doubles count exactly from it. Spans
 * too: what sweep_fractions takes is never left out by sweep_near.
 */
#define NEAR SWEEP_VALUE_MAX
static const double near_reals = (double)NEAR, exact_reals = 0x1p53;

/* One value, less what it was before the run; see NEAR. */
struct near {
    uint64_t base;
    reals low, high, areas;
};

static inline struct near near_from(uint64_t before)
{
    return (struct near){
        .base = before - (DOUBLE_ZERO + NEAR),
        .low = all_of(INFINITY),
        .high = all_of(-INFINITY),
        .areas = all_of(0),
    };
}

static inline void near_take(struct near *near, const uint64_t *from, reals lasted)
{
    const reals biased = (reals)(wholes_at(from) - near->base);
    const reals values = biased - (double_zero + near_reals);
    near->low = lesser_of(values, near->low);
    near->high = larger_of(values, near->high);
    near->areas += values * lasted;
}

/* Whether the numbers mean something, see NEAR; what was no number has made the area none. */
static inline bool is_exact(double least, double most, double area, double span)
{
    return least >= -near_reals && most < near_reals && -least * span < exact_reals &&
           most * span < exact_reals && !isnan(area);
}

/* False: the value was not near all the time. */
static inline bool near_tell(const struct near *near, enum point_value which,
                             const struct point *before, struct sweep *sweep)
{
    const double least = least_of(near->low), most = most_of(near->high);
    const double area = sum_of(near->areas);
    if (!is_exact(least, most, area, (double)sweep->span_ns))
        return false;
    const uint64_t from = before->of[which];
    const uint64_t low = from + (uint64_t)(int64_t)least, high = from + (uint64_t)(int64_t)most;
    if ((low < from) != (least < 0) || (high < from) != (most < 0)) /* near modulo 2^64 alone */
        return false;
    sweep->ranges.low[which] = low;
    sweep->ranges.high[which] = high;
    sweep->integral[which] = (u128)from * sweep->span_ns + (u128)(i128)(int64_t)area;
    return true;
}

static inline bool sweep_near(const struct points *points, const struct point *before,
                              struct sweep *sweep)
{
    const size_t count = points->count;
    sweep->span_ns = points->t_ns[count - 1] - before->t_ns;
    if (sweep->span_ns >= NEAR)
        return false;
    sweep->waited = (double)(points->t_ns[0] - before->t_ns);
    struct near a = near_from(before->of[0]), b = near_from(before->of[1]);
    for (size_t i = 0; i < count; i += ABREAST) {
        const reals lasted =
            reals_of(wholes_at(&points->t_ns[i + 1]) - wholes_at(&points->t_ns[i]));
        memcpy(&sweep->lasted[i], &lasted, sizeof lasted);
        near_take(&a, &points->of[0][i], lasted);
        near_take(&b, &points->of[1][i], lasted);
    }
    struct near c = near_from(before->of[2]), d = near_from(before->of[3]);
    struct near e = near_from(before->of[4]);
    for (size_t i = 0; i < count; i += ABREAST) {
        const reals lasted = reals_at(&sweep->lasted[i]);
        near_take(&c, &points->of[2][i], lasted);
        near_take(&d, &points->of[3][i], lasted);
        near_take(&e, &points->of[4][i], lasted);
    }
    return near_tell(&a, 0, before, sweep) && near_tell(&b, 1, before, sweep) &&
           near_tell(&c, 2, before, sweep) && near_tell(&d, 3, before, sweep) &&
           near_tell(&e, 4, before, sweep);
}

/* One value, if it is below 2^52. */
struct range {
    reals low, high; /* of it and 2^52 */
    wholes all;      /* what bits it has */
};

static inline struct range range_from(void)
{
    return (struct range){ .low = all_of(INFINITY), .high = all_of(0) };
}

static inline void range_take(struct range *range, const uint64_t *from)
{
    const wholes values = wholes_at(from);
    const reals biased = (reals)(values | DOUBLE_ZERO);
    range->all |= values;
    range->low = lesser_of(biased, range->low);
    range->high = larger_of(biased, range->high);
}

/* Of what 2^52 was added to. */
static inline uint64_t whole_of(double biased)
{
    uint64_t bits;
    memcpy(&bits, &biased, sizeof bits);
    return bits ^ DOUBLE_ZERO;
}

/* Tells what the values are, if what it returns, all of their bits, is below 2^52. */
static inline uint64_t range_tell(const struct range *range, enum point_value which,
                                  struct sweep_ranges *out)
{
    out->low[which] = whole_of(least_of(range->low));
    out->high[which] = whole_of(most_of(range->high));
    uint64_t all = range->all[0];
    for (unsigned i = 1; i < ABREAST; i++)
        all |= range->all[i];
    return all;
}

/*
 * False: a value is not below 2^52. There must be ABREAST points from `from` on; some are taken
 * twice, if they are no multiple of it.
 */
static inline bool sweep_near_ranges(const struct points *points, uint32_t from,
                                     struct sweep_ranges *out)
{
    const size_t last = points->count - ABREAST;
    struct range a = range_from(), b = a, c = a, d = a;
    for (size_t i = from;; i += ABREAST) {
        i = i < last ? i : last;
        range_take(&a, &points->of[0][i]);
        range_take(&b, &points->of[1][i]);
        range_take(&c, &points->of[2][i]);
        range_take(&d, &points->of[3][i]);
        if (i == last)
            break;
    }
    return (range_tell(&a, 0, out) | range_tell(&b, 1, out) | range_tell(&c, 2, out) |
            range_tell(&d, 3, out)) < UINT64_C(1) << 52;
}

/* Adds them in order of time, so that the sum is rounded as if there were no vectors. */
static inline void add_areas(double *integral, reals values, reals lasted)
{
    const reals areas = values * lasted;
    for (unsigned i = 0; i < ABREAST; i++)
        *integral += areas[i];
}

static inline void sweep_near_fractions(const struct points *points, const struct sweep *sweep,
                                        struct fraction_sweep *out)
{
    const size_t count = points->count;
    const double *committed = out->committed;
    struct fractions sums = out->integral;
    const struct fractions waited = { out->now.page_fragmentation * sweep->waited,
                                      out->now.page_excess * sweep->waited,
                                      out->now.frag * sweep->waited };
    sums.page_fragmentation += waited.page_fragmentation;
    sums.page_excess += waited.page_excess;
    sums.frag += waited.frag;
    reals most_fragmentation = all_of(-INFINITY), most_excess = most_fragmentation;
    for (size_t i = 0; i < count; i += ABREAST) {
        const wholes live_bytes = wholes_at(&points->of[POINT_live_bytes][i]);
        const reals live = reals_of(live_bytes);
        const reals touched_pages = reals_of(wholes_at(&points->of[POINT_touched_pages][i]));
        const reals touched = touched_pages * (double)PAGE_BYTES;
        const reals pages = reals_of((live_bytes + (uint64_t)(PAGE_BYTES - 1)) >> PAGE_SHIFT);
        const reals lasted = reals_at(&sweep->lasted[i]);
        const reals fragmentation = 1.0 - live / touched;
        const reals excess = touched_pages / pages - 1.0;
        const reals frag = (committed ? all_of(*committed) : touched) / live - 1.0;
        most_fragmentation = larger_of(fragmentation, most_fragmentation);
        most_excess = larger_of(excess, most_excess);
        add_areas(&sums.page_fragmentation, fragmentation, lasted);
        add_areas(&sums.page_excess, excess, lasted);
        add_areas(&sums.frag, frag, lasted);
    }
    out->integral = sums;
    out->now = fractions_at(points, points->count - 1, committed);
    out->most_fragmentation = most_of(most_fragmentation);
    out->most_excess = most_of(most_excess);
}

#endif
