/* What a run of points amounts to. */
#include "analyzer/sweep.h"

#include <assert.h>
#include <math.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static_assert(sizeof(struct point) == 3 * 2 * sizeof(uint64_t), "three pairs, the last with time");

static void find_spans(const struct points *points, uint64_t at_ns, uint64_t *spans)
{
    for (uint32_t i = 0; i < points->count; i++) {
        spans[i] = points->at[i].t_ns - at_ns;
        at_ns = points->at[i].t_ns;
    }
}

static void sweep_value(const struct points *points, enum point_value which, uint64_t now,
                        struct sweep *sweep)
{
    u128 integral = 0;
    uint64_t low = points->at[0].of[which], high = low;
    for (uint32_t i = 0; i < points->count; i++) {
        integral += (u128)now * sweep->spans[i];
        now = points->at[i].of[which];
        low = now < low ? now : low;
        high = now > high ? now : high;
    }
    sweep->low[which] = low;
    sweep->high[which] = high;
    sweep->integral[which] = integral;
}

void sweep_values(const struct points *points, const struct point *before, struct sweep *out)
{
    find_spans(points, before->t_ns, out->spans);
    for (unsigned i = 0; i < POINT_VALUES; i++)
        sweep_value(points, i, before->of[i], out);
}

struct fractions fractions_at(const struct point *point, const double *committed)
{
    double live = (double)(int64_t)point->of[POINT_live_bytes];
    double touched_pages = (double)(int64_t)point->of[POINT_touched_pages];
    double touched = touched_pages * PAGE_BYTES;
    uint64_t pages = (point->of[POINT_live_bytes] + PAGE_BYTES - 1) >> PAGE_SHIFT;
    return (struct fractions){
        .page_fragmentation = 1 - live / touched,
        .page_excess = touched_pages / (double)(int64_t)pages - 1,
        .frag = (committed ? *committed : touched) / live - 1,
    };
}

static void take_point(struct fraction_sweep *fractions, const struct point *point,
                       uint64_t span_ns)
{
    const struct fractions now = fractions->now;
    const struct fractions next = fractions_at(point, fractions->committed);
    double span = (double)(int64_t)span_ns;
    fractions->integral.page_fragmentation += now.page_fragmentation * span;
    fractions->integral.page_excess += now.page_excess * span;
    fractions->integral.frag += now.frag * span;
    if (next.page_fragmentation > fractions->most_fragmentation)
        fractions->most_fragmentation = next.page_fragmentation;
    if (next.page_excess > fractions->most_excess)
        fractions->most_excess = next.page_excess;
    fractions->now = next;
}

#ifdef __SSE2__

/*
 * Two values of all points. They are taken less `base`, which is chosen so that the value before
 * the run becomes DOUBLE_ZERO + BIAS: then any within 2^31 of that one are, bit by bit, both
 * doubles in the same order, of which SSE2 knows the minimum, and 32-bit numbers, which it can
 * multiply.
 */
struct pair {
    __m128i base, before, integral;
    __m128d low, high;
};

#define DOUBLE_ZERO UINT64_C(0x4330000000000000) /* 2^52, whose last digit is 1 */
#define BIAS (UINT64_C(1) << 31)

static struct pair pair_from(uint64_t first, uint64_t second, uint64_t second_bias)
{
    const __m128i before =
        _mm_set_epi64x((long long)(DOUBLE_ZERO + second_bias), (long long)(DOUBLE_ZERO + BIAS));
    return (struct pair){
        .base = _mm_sub_epi64(_mm_set_epi64x((long long)second, (long long)first), before),
        .before = before,
        .integral = _mm_setzero_si128(),
        .low = _mm_set1_pd(INFINITY),
        .high = _mm_setzero_pd(),
    };
}

static inline __m128i pair_less_base(const struct pair *pair, const __m128i *values)
{
    return _mm_sub_epi64(_mm_load_si128(values), pair->base);
}

static inline void pair_take(struct pair *pair, __m128i values, __m128i span, __m128i *seen)
{
    *seen = _mm_or_si128(*seen, values);
    pair->integral = _mm_add_epi64(pair->integral, _mm_mul_epu32(pair->before, span));
    pair->low = _mm_min_pd(pair->low, _mm_castsi128_pd(values));
    pair->high = _mm_max_pd(pair->high, _mm_castsi128_pd(values));
    pair->before = values;
}

/* Two 64-bit numbers of a vector. */
struct both {
    alignas(16) uint64_t of[2];
};

static struct both both_of(__m128i vector)
{
    struct both both;
    _mm_store_si128((__m128i *)both.of, vector);
    return both;
}

/* Whether all values, of which `seen` has every bit, were near enough to the one before the run. */
static bool are_near(const struct pair *pair, __m128i seen)
{
    struct both bits = both_of(seen), low = both_of(_mm_castpd_si128(pair->low));
    uint64_t foreign = (bits.of[0] | bits.of[1]) & ~(DOUBLE_ZERO | UINT32_MAX);
    return !foreign && low.of[0] >= DOUBLE_ZERO && low.of[1] >= DOUBLE_ZERO;
}

static void pair_tell(const struct pair *pair, unsigned first, unsigned count,
                      const struct point *before, uint64_t span_ns, struct sweep *sweep)
{
    struct both base = both_of(pair->base), integral = both_of(pair->integral);
    struct both low = both_of(_mm_castpd_si128(pair->low));
    struct both high = both_of(_mm_castpd_si128(pair->high));
    for (unsigned i = 0; i < count; i++) {
        sweep->low[first + i] = low.of[i] + base.of[i];
        sweep->high[first + i] = high.of[i] + base.of[i];
        sweep->integral[first + i] =
            (u128)before->of[first + i] * span_ns + integral.of[i] - (u128)BIAS * span_ns;
    }
}

/* One pass over all values: a quarter of what sweep_values costs. False: they are too far apart. */
static bool sweep_pairs(const struct points *points, const struct point *before,
                        struct sweep *sweep)
{
    struct pair live = pair_from(before->of[0], before->of[1], BIAS);
    struct pair pages = pair_from(before->of[2], before->of[3], BIAS);
    struct pair rest = pair_from(before->of[4], before->t_ns, 0);
    __m128i seen = _mm_setzero_si128();
    const uint32_t count = points->count;
    for (uint32_t i = 0; i < count; i++) {
        const __m128i *point = (const __m128i *)&points->at[i];
        __m128i last = pair_less_base(&rest, point + 2);
        __m128i span = _mm_shuffle_epi32(_mm_sub_epi64(last, rest.before), _MM_SHUFFLE(3, 2, 3, 2));
        _mm_storel_epi64((__m128i *)&sweep->spans[i], span);
        pair_take(&live, pair_less_base(&live, point), span, &seen);
        pair_take(&pages, pair_less_base(&pages, point + 1), span, &seen);
        pair_take(&rest, last, span, &seen);
    }
    if (!are_near(&live, seen) || !are_near(&pages, seen) || !are_near(&rest, seen))
        return false;
    uint64_t span_ns = points->at[count - 1].t_ns - before->t_ns;
    pair_tell(&live, 0, 2, before, span_ns, sweep);
    pair_tell(&pages, 2, 2, before, span_ns, sweep);
    pair_tell(&rest, 4, 1, before, span_ns, sweep);
    return true;
}

/* What a run of fractions has come to, two points at once. */
struct fraction_pairs {
    __m128d before, integral, most; /* the last two; the sum so far; the highest of either */
};

static struct fraction_pairs fraction_pairs_from(double before, double integral)
{
    return (struct fraction_pairs){
        .before = _mm_set1_pd(before),
        .integral = _mm_set_sd(integral),
        .most = _mm_set1_pd(-INFINITY),
    };
}

/* The sum grows in order of time, so that it is rounded as if there were no pairs. */
static inline void fraction_pairs_take(struct fraction_pairs *pairs, __m128d now, __m128d spans)
{
    __m128d areas = _mm_mul_pd(_mm_shuffle_pd(pairs->before, now, 1), spans);
    pairs->integral = _mm_add_sd(pairs->integral, areas);
    pairs->integral = _mm_add_sd(pairs->integral, _mm_unpackhi_pd(areas, areas));
    pairs->most = _mm_max_pd(pairs->most, now);
    pairs->before = now;
}

static double last_of(__m128d pair)
{
    return _mm_cvtsd_f64(_mm_unpackhi_pd(pair, pair));
}

static double most_of(__m128d pair)
{
    return _mm_cvtsd_f64(_mm_max_sd(pair, _mm_unpackhi_pd(pair, pair)));
}

/* Whole numbers below 2^52 as doubles. */
static inline __m128d doubles_of(__m128i whole)
{
    const __m128i zero = _mm_set1_epi64x((long long)DOUBLE_ZERO);
    return _mm_sub_pd(_mm_castsi128_pd(_mm_or_si128(whole, zero)), _mm_castsi128_pd(zero));
}

/* The first two values of two pairs that lie `offset` pairs into two points. */
static inline __m128i firsts_of(const struct point *points, size_t offset)
{
    const __m128i *first = (const __m128i *)&points[0] + offset;
    const __m128i *second = (const __m128i *)&points[1] + offset;
    return _mm_unpacklo_epi64(_mm_load_si128(first), _mm_load_si128(second));
}

/* Takes all points but an odd last one. */
static uint32_t sweep_fraction_pairs(const struct points *points, const struct sweep *sweep,
                                     struct fraction_sweep *out)
{
    struct fraction_pairs fragmentation =
        fraction_pairs_from(out->now.page_fragmentation, out->integral.page_fragmentation);
    struct fraction_pairs excess =
        fraction_pairs_from(out->now.page_excess, out->integral.page_excess);
    struct fraction_pairs frag = fraction_pairs_from(out->now.frag, out->integral.frag);
    const __m128d one = _mm_set1_pd(1), page_bytes = _mm_set1_pd(PAGE_BYTES);
    const __m128d committed = _mm_set1_pd(out->committed ? *out->committed : 0);
    uint32_t i = 0;
    for (; i + 1 < points->count; i += 2) {
        __m128i live_bytes = firsts_of(&points->at[i], 0);
        __m128d live = doubles_of(live_bytes);
        __m128d touched_pages = doubles_of(firsts_of(&points->at[i], 1));
        __m128d touched = _mm_mul_pd(touched_pages, page_bytes);
        __m128d pages = doubles_of(
            _mm_srli_epi64(_mm_add_epi64(live_bytes, _mm_set1_epi64x(PAGE_BYTES - 1)), PAGE_SHIFT));
        __m128d spans = doubles_of(_mm_load_si128((const __m128i *)&sweep->spans[i]));
        fraction_pairs_take(&fragmentation, _mm_sub_pd(one, _mm_div_pd(live, touched)), spans);
        fraction_pairs_take(&excess, _mm_sub_pd(_mm_div_pd(touched_pages, pages), one), spans);
        __m128d basis = out->committed ? committed : touched;
        fraction_pairs_take(&frag, _mm_sub_pd(_mm_div_pd(basis, live), one), spans);
    }
    out->now = (struct fractions){ last_of(fragmentation.before), last_of(excess.before),
                                   last_of(frag.before) };
    out->integral =
        (struct fractions){ _mm_cvtsd_f64(fragmentation.integral), _mm_cvtsd_f64(excess.integral),
                            _mm_cvtsd_f64(frag.integral) };
    out->most_fragmentation = most_of(fragmentation.most);
    out->most_excess = most_of(excess.most);
    return i;
}

#else

static bool sweep_pairs(const struct points *points, const struct point *before,
                        struct sweep *sweep)
{
    (void)points, (void)before, (void)sweep;
    return false;
}

static uint32_t sweep_fraction_pairs(const struct points *points, const struct sweep *sweep,
                                     struct fraction_sweep *out)
{
    (void)points, (void)sweep, (void)out;
    return 0;
}

#endif

/* In shorter runs, as of heaps with few events a row, pairs cost more than they save. */
enum { PAIRS_FROM = 4 };

void sweep_points(const struct points *points, const struct point *before, struct sweep *out)
{
    assert(points->count > 0);
    if (points->count < PAIRS_FROM || !sweep_pairs(points, before, out))
        sweep_values(points, before, out);
}

void sweep_fractions(const struct points *points, const struct sweep *sweep,
                     struct fraction_sweep *fractions)
{
    uint32_t i = 0;
    fractions->most_fragmentation = fractions->most_excess = -INFINITY;
    if (points->count >= PAIRS_FROM)
        i = sweep_fraction_pairs(points, sweep, fractions);
    for (; i < points->count; i++)
        take_point(fractions, &points->at[i], sweep->spans[i]);
}
