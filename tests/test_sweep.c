/* What runs of points amount to, taken two by two and one by one. */
#include "analyzer/sweep.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

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
};

static const struct spread spreads[] = {
    { "a few", 0, 5, 3 },
    { "usual ones", 1000000, 100000, 2000 },
    { "none at all", 77, 1, 1 },
    { "as far apart as pairs reach", 0, UINT64_C(1) << 31, 40000000 },
    { "a little farther", 0, UINT64_C(1) << 33, 40000000 },
    { "long times", 5000, 1000, UINT64_C(1) << 33 },
    { "around 2^52", (UINT64_C(1) << 52) - 500, 1000, 500 },
    { "around 2^63", (UINT64_C(1) << 63) - 500, 1000, 500 },
    { "up to the largest", UINT64_MAX - 500, 500, 500 },
    { "anything", 0, 0, 0 },
};
enum { SPREADS = sizeof spreads / sizeof *spreads };

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

/* On the heap and no larger than it needs to be, so that no sweep reads beyond it unseen. */
static struct points *random_run(const struct spread *spread, uint64_t *seed, struct point *before)
{
    uint32_t count = 1 + (uint32_t)(next_random(seed) % POINTS_MAX);
    struct points *points =
        aligned_alloc(16, offsetof(struct points, at) + count * sizeof points->at[0]);
    assert_non_null(points);
    *before = point_after(spread, next_random(seed) >> 1, seed);
    points->count = count;
    uint64_t t_ns = before->t_ns;
    for (uint32_t i = 0; i < count; i++) {
        points->at[i] = point_after(spread, t_ns, seed);
        t_ns = points->at[i].t_ns;
    }
    return points;
}

static void sums_pairs_as_it_does_single_values(void **state)
{
    (void)state;
    for (uint64_t seed = 0, round = 0; round < 3000; round++) {
        const struct spread *spread = &spreads[round % SPREADS];
        struct point before;
        struct points *points = random_run(spread, &seed, &before);
        struct sweep pairs, values;
        sweep_points(points, &before, &pairs);
        sweep_values(points, &before, &values);
        for (unsigned i = 0; i < POINT_VALUES; i++) {
            if (pairs.low[i] != values.low[i] || pairs.high[i] != values.high[i] ||
                pairs.integral[i] != values.integral[i])
                fail_msg("%s: value %u of round %d", spread->name, i, (int)round);
        }
        assert_memory_equal(pairs.spans, values.spans, points->count * sizeof pairs.spans[0]);
        free(points);
    }
}

static void sees_one_value_that_is_far_from_all_others(void **state)
{
    (void)state;
    for (uint64_t seed = 0, round = 0; round < 3000; round++) {
        struct point before;
        struct points *points = random_run(&spreads[1], &seed, &before);
        uint32_t odd = (uint32_t)(next_random(&seed) % points->count);
        points->at[odd].of[round % POINT_VALUES] = next_random(&seed) >> next_random(&seed) % 64;
        struct sweep pairs, values;
        sweep_points(points, &before, &pairs);
        sweep_values(points, &before, &values);
        assert_memory_equal(pairs.low, values.low, sizeof pairs.low);
        assert_memory_equal(pairs.high, values.high, sizeof pairs.high);
        assert_memory_equal(pairs.integral, values.integral, sizeof pairs.integral);
        free(points);
    }
}

/* The slow way: one point after the other, in doubles. */
static struct fraction_sweep slow_fractions(const struct points *points, const struct sweep *sweep,
                                            struct fraction_sweep fractions)
{
    fractions.most_fragmentation = fractions.most_excess = -INFINITY;
    for (uint32_t i = 0; i < points->count; i++) {
        double span = (double)sweep->spans[i];
        fractions.integral.page_fragmentation += fractions.now.page_fragmentation * span;
        fractions.integral.page_excess += fractions.now.page_excess * span;
        fractions.integral.frag += fractions.now.frag * span;
        double live = (double)points->at[i].of[POINT_live_bytes];
        double pages = (double)points->at[i].of[POINT_touched_pages];
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
    static const struct spread plain = { "plain", 1, UINT64_C(1) << 40, UINT64_C(1) << 40 };
    static const double committed = 123456789;
    for (uint64_t seed = 0, round = 0; round < 3000; round++) {
        struct point before;
        struct points *points = random_run(round % 2 ? &plain : &spreads[1], &seed, &before);
        struct sweep sweep;
        sweep_points(points, &before, &sweep);
        struct fraction_sweep got = {
            .committed = round % 3 ? NULL : &committed,
            .now = fractions_at(&before, round % 3 ? NULL : &committed),
            .integral = { 1e15 / 3, 7, 0 },
        };
        const struct fraction_sweep slow = slow_fractions(points, &sweep, got);
        sweep_fractions(points, &sweep, &got);
        assert_memory_equal(&got.now, &slow.now, sizeof got.now);
        assert_memory_equal(&got.integral, &slow.integral, sizeof got.integral);
        assert_true(got.most_fragmentation == slow.most_fragmentation);
        assert_true(got.most_excess == slow.most_excess);
        free(points);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_pairs_as_it_does_single_values),
        cmocka_unit_test(sees_one_value_that_is_far_from_all_others),
        cmocka_unit_test(rounds_fractions_as_if_they_came_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
