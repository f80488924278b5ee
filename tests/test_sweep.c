/* What runs of points amount to, taken some at once and one by one. */
#include "analyzer/sweep_near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *seed;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* How far values of a run lie from the one before it, and from 0. */
struct spread {
    const char *name;
    uint64_t from, values; /* values are in [from, from + values) */
    uint64_t span_ns;      /* longest time between two points */
    bool is_near;          /* always near enough for sweep_near */
};

static const struct spread spreads[] = {
    { "a few", 0, 5, 3, true },
    { "usual ones", 1000000, 100000, 2000, true },
    { "none at all", 77, 1, 1, true },
    { "far apart", 0, UINT64_C(1) << 31, 60000, true },
    { "a little farther", 0, UINT64_C(1) << 33, 4000000, false },
    { "long times", 5000, 1000, UINT64_C(1) << 33, true },
    { "very long times", 5000, 1000, UINT64_C(1) << 48, false },
    { "around 2^52", (UINT64_C(1) << 52) - 500, 1000, 500, true },
    { "around 2^63", (UINT64_C(1) << 63) - 500, 1000, 500, true },
    { "up to the largest", UINT64_MAX - 500, 500, 500, true },
    { "anything", 0, 0, 0, false },
};
enum { SPREADS = sizeof spreads / sizeof *spreads, ROUNDS = 300 * SPREADS };

static uint64_t value_of(const struct spread *spread, uint64_t *seed)
{
    uint64_t random = next_random(seed);
    return spread->values ? spread->from + random % spread->values : random >> random % 64;
}

/* Time begins late enough that some runs end with time itself. */
static struct point point_after(const struct spread *spread, uint64_t t_ns, uint64_t *seed)
{
    struct point point;
    for (unsigned i = 0; i < POINT_VALUES; i++)
        point.of[i] = value_of(spread, seed);
    uint64_t random = next_random(seed);
    uint64_t room = UINT64_MAX - t_ns;
    uint64_t span = spread->span_ns ? random % spread->span_ns : random >> (16 + random % 48);
    point.t_ns = t_ns + (span < room ? span : room);
    return point;
}

/* How many points are taken at once depends on the machine: both ways are tried. */
struct way {
    bool (*near)(const struct points *points, const struct point *before, struct sweep *sweep);
    void (*fractions)(const struct points *points, const struct sweep *sweep,
                      struct fraction_sweep *fractions);
    bool (*ranges)(const struct points *points, uint32_t from, struct sweep_ranges *out);
};

static bool any_near(const struct points *points, const struct point *before, struct sweep *sweep)
{
    return sweep_near(points, before, sweep);
}

static void any_fractions(const struct points *points, const struct sweep *sweep,
                          struct fraction_sweep *fractions)
{
    sweep_near_fractions(points, sweep, fractions);
}

static bool any_ranges(const struct points *points, uint32_t from, struct sweep_ranges *out)
{
    return sweep_near_ranges(points, from, out);
}

static const struct way ways[] = {
    { any_near, any_fractions, any_ranges },
    { sweep_near_avx2, sweep_fractions_avx2, sweep_near_ranges_avx2 },
};

static size_t way_count(void)
{
#if defined __x86_64__
    return __builtin_cpu_supports("avx2") ? 2 : 1;
#else
    return 2;
#endif
}

/* In the room after the last point is what was taken before. */
static void random_run(const struct spread *spread, uint64_t *seed, struct point *before,
                       struct points *points)
{
    *before = point_after(spread, next_random(seed) >> 1, seed);
    points->count = 1 + (uint32_t)(next_random(seed) % POINTS_MAX);
    uint64_t t_ns = before->t_ns;
    for (uint32_t i = 0; i < points->count; i++) {
        const struct point point = point_after(spread, t_ns, seed);
        for (unsigned which = 0; which < POINT_VALUES; which++)
            points->of[which][i] = point.of[which];
        points->t_ns[i] = t_ns = point.t_ns;
    }
}

static void check_same(const struct sweep *a, const struct sweep *b, const struct points *points,
                       const char *name)
{
    for (unsigned i = 0; i < POINT_VALUES; i++)
        if (a->ranges.low[i] != b->ranges.low[i] || a->ranges.high[i] != b->ranges.high[i] ||
            a->integral[i] != b->integral[i])
            fail_msg("%s: value %u", name, i);
    assert_true(a->span_ns == b->span_ns);
    assert_true(a->waited == b->waited);
    const size_t full = (points->count + POINTS_ABREAST - 1) / POINTS_ABREAST * POINTS_ABREAST;
    assert_memory_equal(a->lasted, b->lasted, full * sizeof a->lasted[0]);
}

/* By all ways there are. */
static void check_sweeps(struct points *points, const struct point *before, const char *name,
                         size_t *near)
{
    struct sweep some, values;
    sweep_points(points, before, &some);
    sweep_values(points, before, &values);
    check_same(&some, &values, points, name);
    for (size_t way = 0; way < way_count(); way++) {
        if (!ways[way].near(points, before, &some))
            continue;
        check_same(&some, &values, points, name);
        ++*near;
    }
}

static void sums_abreast_as_it_does_single_values(void **state)
{
    (void)state;
    static struct points points;
    size_t near[SPREADS] = { 0 };
    for (uint64_t seed = 0, round = 0; round < ROUNDS; round++) {
        const struct spread *spread = &spreads[round % SPREADS];
        struct point before;
        random_run(spread, &seed, &before, &points);
        check_sweeps(&points, &before, spread->name, &near[round % SPREADS]);
    }
    for (size_t i = 0; i < SPREADS; i++)
        assert_true(spreads[i].is_near ? near[i] == ROUNDS / SPREADS * way_count()
                                       : near[i] < ROUNDS / SPREADS * way_count());
}

static void sees_one_value_that_is_far_from_all_others(void **state)
{
    (void)state;
    static struct points points;
    size_t near = 0;
    for (uint64_t seed = 0, round = 0; round < 3000; round++) {
        struct point before;
        random_run(&spreads[1], &seed, &before, &points);
        uint32_t odd = (uint32_t)(next_random(&seed) % points.count);
        points.of[round % POINT_VALUES][odd] = next_random(&seed) >> next_random(&seed) % 64;
        check_sweeps(&points, &before, "one far away", &near);
    }
    assert_true(near > 0 && near < 3000 * way_count());
}

/* What bits are no number, or none that is ordered, when they are taken for a double. */
static void sees_values_that_look_like_no_number(void **state)
{
    (void)state;
    static const uint64_t odd_bits[] = {
        UINT64_C(0x7ff0000000000000), UINT64_C(0x7ff0000000000001), UINT64_C(0x7fffffffffffffff),
        UINT64_C(0x8000000000000000), UINT64_C(0xfff0000000000000), UINT64_C(0xfff8000000000000),
        UINT64_C(0xffffffffffffffff), UINT64_C(0x4340000000000000), UINT64_C(0x432fffffffffffff),
    };
    static struct points points;
    size_t near = 0;
    for (uint64_t seed = 0, round = 0; round < 3000; round++) {
        struct point before;
        random_run(&spreads[1], &seed, &before, &points);
        uint32_t odd = round % 2 ? points.count - 1 : 0;
        unsigned which = (unsigned)(round % POINT_VALUES);
        uint64_t bits = odd_bits[round % (sizeof odd_bits / sizeof odd_bits[0])];
        points.of[which][odd] = before.of[which] + bits - UINT64_C(0x4338000000000000);
        check_sweeps(&points, &before, "odd bits", &near);
    }
    assert_int_equal(near, 0);
}

/* Up to where products of values and times are exact, and a little beyond. */
static void knows_how_far_doubles_are_exact(void **state)
{
    (void)state;
    static struct points points;
    size_t near = 0, tried = 0;
    for (unsigned shift = 0; shift <= 53; shift++)
        for (uint64_t off = 0; off < 9; off++) {
            struct point before = { .t_ns = 5 };
            for (unsigned which = 0; which < POINT_VALUES; which++)
                before.of[which] = (UINT64_C(1) << 60) - which;
            points.count = 2;
            points.t_ns[0] = 5;
            points.t_ns[1] = 5 + (UINT64_C(1) << (53 - shift)) - off % 3;
            for (unsigned which = 0; which < POINT_VALUES; which++)
                for (unsigned i = 0; i < 2; i++)
                    points.of[which][i] = before.of[which] +
                                          (i ? -(UINT64_C(1) << shift) : (UINT64_C(1) << shift)) +
                                          off / 3 - 1;
            check_sweeps(&points, &before, "as far as exact", &near);
            tried++;
        }
    assert_true(near > 0 && near < tried * way_count());
}

static void knows_a_value_that_is_near_modulo_2_to_the_64_alone(void **state)
{
    (void)state;
    static struct points points;
    size_t near = 0;
    for (uint64_t i = 0; i < 2 * POINT_VALUES; i++) {
        const struct point before = { .of = { 3, 3, 3, 3, 3 }, .t_ns = 5 };
        points = (struct points){ .count = 3, .t_ns = { 6, 7, 9 } };
        for (unsigned which = 0; which < POINT_VALUES; which++)
            for (unsigned at = 0; at < 3; at++)
                points.of[which][at] = which == i / 2 && at >= i % 2 ? UINT64_MAX - 3 : 5;
        check_sweeps(&points, &before, "from 0 to the largest", &near);
    }
    assert_int_equal(near, 0);
}

static void check_ranges(const struct points *points, uint32_t from, const struct sweep_ranges *got,
                         const char *name)
{
    for (unsigned which = 0; which < POINT_pinned_waste_bytes; which++) {
        uint64_t low = UINT64_MAX, high = 0;
        for (uint32_t i = from; i < points->count; i++) {
            uint64_t value = points->of[which][i];
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        if (got->low[which] != low || got->high[which] != high)
            fail_msg("%s: value %u from %u of %u", name, which, from, points->count);
    }
}

static void knows_ranges_of_the_last_points(void **state)
{
    (void)state;
    static struct points points;
    for (uint64_t seed = 3, round = 0; round < ROUNDS; round++) {
        const struct spread *spread = &spreads[round % SPREADS];
        struct point before;
        random_run(spread, &seed, &before, &points);
        uint32_t from = (uint32_t)(next_random(&seed) % points.count);
        struct sweep_ranges got;
        sweep_ranges(&points, from, &got);
        check_ranges(&points, from, &got, spread->name);
        for (size_t way = 0; way < way_count() && points.count - from >= POINTS_ABREAST; way++)
            if (ways[way].ranges(&points, from, &got))
                check_ranges(&points, from, &got, spread->name);
            else
                assert_false(spread->from < UINT64_C(1) << 50 && spread->is_near);
    }
}

/* The slow way: one point after the other, in doubles. */
static struct fraction_sweep slow_fractions(const struct points *points, const struct sweep *sweep,
                                            struct fraction_sweep fractions)
{
    fractions.most_fragmentation = fractions.most_excess = -INFINITY;
    for (uint32_t i = 0; i < points->count; i++) {
        double span = i ? sweep->lasted[i - 1] : sweep->waited;
        fractions.integral.page_fragmentation += fractions.now.page_fragmentation * span;
        fractions.integral.page_excess += fractions.now.page_excess * span;
        fractions.integral.frag += fractions.now.frag * span;
        double live = (double)points->of[POINT_live_bytes][i];
        double pages = (double)points->of[POINT_touched_pages][i];
        double least_pages = ceil(live / PAGE_BYTES);
        double basis = fractions.committed ? *fractions.committed : pages * PAGE_BYTES;
        fractions.now = (struct fractions){ 1 - live / (pages * PAGE_BYTES),
                                            pages / least_pages - 1, basis / live - 1 };
        fractions.most_fragmentation =
            fmax(fractions.most_fragmentation, fractions.now.page_fragmentation);
        fractions.most_excess = fmax(fractions.most_excess, fractions.now.page_excess);
    }
    return fractions;
}

static void rounds_fractions_as_if_they_came_one_by_one(void **state)
{
    (void)state;
    static const struct spread plain = { "plain", 1, UINT64_C(1) << 40, UINT64_C(1) << 40, false };
    static const double committed = 123456789;
    static struct points points;
    for (uint64_t seed = 0, round = 0; round < 3000; round++) {
        struct point before;
        random_run(round % 2 ? &plain : &spreads[1], &seed, &before, &points);
        struct sweep sweep;
        sweep_points(&points, &before, &sweep);
        const struct fraction_sweep start = {
            .committed = round % 3 ? NULL : &committed,
            .now = { 1.0 / 3, 0.1, -0.7 },
            .integral = { 1e15 / 3, 7, 0 },
        };
        const struct fraction_sweep slow = slow_fractions(&points, &sweep, start);
        for (size_t way = 0; way < way_count(); way++) {
            struct fraction_sweep got = start;
            ways[way].fractions(&points, &sweep, &got);
            assert_memory_equal(&got.now, &slow.now, sizeof got.now);
            assert_memory_equal(&got.integral, &slow.integral, sizeof got.integral);
            assert_true(got.most_fragmentation == slow.most_fragmentation);
            assert_true(got.most_excess == slow.most_excess);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_abreast_as_it_does_single_values),
        cmocka_unit_test(sees_one_value_that_is_far_from_all_others),
        cmocka_unit_test(sees_values_that_look_like_no_number),
        cmocka_unit_test(knows_how_far_doubles_are_exact),
        cmocka_unit_test(knows_ranges_of_the_last_points),
        cmocka_unit_test(knows_a_value_that_is_near_modulo_2_to_the_64_alone),
        cmocka_unit_test(rounds_fractions_as_if_they_came_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
