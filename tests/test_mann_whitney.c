/* The rank sum test, the shift that goes with it, and the correction for many tests. */
#include "analyzer/hodges_lehmann.h"
#include "analyzer/holm.h"
#include "analyzer/mann_whitney.h"
#include "tests/trace_random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SIDE_MAX = 64 };

static double p_of(const double *a, size_t a_count, const double *b, size_t b_count)
{
    struct error err = { 0 };
    double p = NAN;
    assert_true(mann_whitney_p(a, a_count, b, b_count, &p, &err));
    return p;
}

static void assert_near(double value, double expected, double slack)
{
    if (!(fabs(value - expected) <= slack))
        fail_msg("%.17g is not %.17g", value, expected);
}

/* Samples without ties whose U, the pairs in which `b` is below `a`, is `u`. */
static void samples_with_u(double *a, size_t a_count, double *b, size_t b_count, size_t u)
{
    for (size_t j = 0; j < b_count; j++)
        b[j] = (double)(j + 1);
    for (size_t i = a_count; i-- > 0;) {
        size_t above = u < b_count ? u : b_count;
        u -= above;
        a[i] = (double)above + 0.1 + 0.01 * (double)i;
    }
}

/*
 * The largest U that is significant, two-sided at 0.05: Mann & Whitney's table as it is printed in
 * textbooks (for example Siegel, Nonparametric Statistics, table K).
 */
static const struct {
    size_t n, m, critical;
} table_05[] = {
    { 4, 4, 0 },  { 3, 5, 0 },   { 4, 5, 1 },    { 5, 5, 2 },   { 4, 6, 2 },  { 5, 6, 3 },
    { 6, 6, 5 },  { 5, 8, 6 },   { 7, 7, 8 },    { 6, 9, 10 },  { 8, 8, 13 }, { 7, 10, 14 },
    { 9, 9, 17 }, { 8, 12, 22 }, { 10, 10, 23 }, { 5, 15, 14 }, { 2, 8, 0 },
};

static void exact_p_agrees_with_the_published_table(void **state)
{
    (void)state;
    double a[SIDE_MAX], b[SIDE_MAX];
    for (size_t i = 0; i < sizeof table_05 / sizeof table_05[0]; i++) {
        size_t n = table_05[i].n, m = table_05[i].m;
        samples_with_u(a, n, b, m, table_05[i].critical);
        assert_true(p_of(a, n, b, m) <= 0.05);
        samples_with_u(a, n, b, m, table_05[i].critical + 1);
        assert_true(p_of(a, n, b, m) > 0.05);
    }
}

static void exact_p_agrees_with_a_published_example(void **state)
{
    (void)state;
    /* Hollander & Wolfe (1973), page 69: U = 35, one-sided p = 0.1272. */
    const double x[] = { 0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46 };
    const double y[] = { 1.15, 0.88, 0.90, 0.74, 1.21 };
    assert_near(p_of(x, 10, y, 5), 2 * 0.1272, 0.0001);
}

/* U by counting pairs, ties as halves; doubled. */
static size_t twice_u(const double *values, size_t count, unsigned chosen)
{
    size_t u = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            if ((chosen >> i & 1) && !(chosen >> j & 1))
                u += values[i] > values[j] ? 2 : values[i] == values[j];
    return u;
}

/* All ways to choose, one by one. */
static double enumerated_p(const double *values, size_t count, size_t a_count)
{
    double far = 0, all = 0;
    long mean = (long)(a_count * (count - a_count));
    long seen = labs((long)twice_u(values, count, (1u << a_count) - 1) - mean);
    for (unsigned chosen = 0; chosen < 1u << count; chosen++) {
        if ((size_t)__builtin_popcount(chosen) != a_count)
            continue;
        all++;
        far += labs((long)twice_u(values, count, chosen) - mean) >= seen;
    }
    return far / all;
}

static void exact_p_agrees_with_full_enumeration_ties_included(void **state)
{
    (void)state;
    struct random random = random_new(5);
    for (int round = 0; round < 200; round++) {
        double values[11];
        size_t a_count = 1 + random_below(&random, 5),
               count = a_count + 1 + random_below(&random, 6);
        uint32_t kinds = 1 + random_below(&random, 12);
        for (size_t i = 0; i < count; i++)
            values[i] = random_below(&random, kinds);
        assert_near(p_of(values, a_count, values + a_count, count - a_count),
                    enumerated_p(values, count, a_count), 1e-12);
    }
}

static void above_twenty_values_the_normal_approximation_corrects_for_ties(void **state)
{
    (void)state;
    double a[12], b[12];
    for (size_t i = 0; i < 12; i++) {
        a[i] = (double)(i / 2);
        b[i] = (double)(i / 2 + 2);
    }
    /* By hand: U = 32, mean 72; groups of ties 2, 2, 4, 4, 4, 4, 2, 2: sum of t^3 - t is 264. */
    double variance = 144.0 / 12 * (25 - 264.0 / (24 * 23));
    assert_near(p_of(a, 12, b, 12), erfc(39.5 / sqrt(variance) / sqrt(2)), 1e-12);
    double same[22] = { 0 };
    assert_near(p_of(same, 11, same + 11, 11), 1, 0);
}

static void the_least_p_is_reached_by_complete_separation(void **state)
{
    (void)state;
    double a[SIDE_MAX], b[SIDE_MAX];
    for (size_t n = 1; n <= 10; n++) {
        samples_with_u(a, n, b, 10, 0);
        assert_near(p_of(a, n, b, 10), mann_whitney_least_p(n, 10), 1e-15);
    }
    assert_near(mann_whitney_least_p(3, 3), 0.1, 1e-15);
    assert_near(mann_whitney_least_p(4, 4), 2.0 / 70, 1e-15);
    assert_near(mann_whitney_least_p(0, 4), 1, 0);
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* All differences, written down and sorted. */
static void differences_of(const double *a, size_t n, const double *b, size_t m, double *out)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            out[i * m + j] = b[j] - a[i];
    qsort(out, n * m, sizeof *out, by_value);
}

static void the_shift_is_the_median_difference_between_published_ranks(void **state)
{
    (void)state;
    static double all[SIDE_MAX * SIDE_MAX];
    struct random random = random_new(9);
    for (size_t round = 0; round < sizeof table_05 / sizeof table_05[0]; round++) {
        size_t n = table_05[round].n, m = table_05[round].m, rank = table_05[round].critical + 1;
        double a[SIDE_MAX], b[SIDE_MAX];
        for (size_t i = 0; i < n; i++)
            a[i] = (double)random_below(&random, 1000000) - 500000;
        for (size_t j = 0; j < m; j++)
            b[j] = (double)random_below(&random, 1000000) - 400000;
        qsort(a, n, sizeof *a, by_value);
        qsort(b, m, sizeof *b, by_value);
        differences_of(a, n, b, m, all);
        struct shift shift = hodges_lehmann(a, n, b, m, 0.05);
        assert_near(shift.middle, (all[(n * m - 1) / 2] + all[n * m / 2]) / 2, 1e-9);
        assert_near(shift.low, all[rank - 1], 0);
        assert_near(shift.high, all[n * m - rank], 0);
    }
}

static void few_runs_bound_nothing_and_many_use_the_normal_approximation(void **state)
{
    (void)state;
    enum {
        N = 40,
        M = 30,
        RANK = 434
    }; /* 1200 / 2 - 1.959964 * sqrt(1200 * 71 / 12), rounded down */
    static double all[N * M];
    double a[N], b[M];
    for (size_t i = 0; i < N; i++)
        a[i] = (double)(i * i);
    for (size_t j = 0; j < M; j++)
        b[j] = (double)(j * j + 3 * j);
    struct shift few = hodges_lehmann(a, 3, b, 3, 0.05);
    assert_true(isinf(few.low) && isinf(few.high));
    differences_of(a, 3, b, 3, all);
    assert_near(few.middle, all[4], 0);
    struct shift many = hodges_lehmann(a, N, b, M, 0.05);
    differences_of(a, N, b, M, all);
    assert_near(many.middle, (all[599] + all[600]) / 2, 0);
    assert_near(many.low, all[RANK - 1], 0);
    assert_near(many.high, all[N * M - RANK], 0);
}

static void holm_steps_down(void **state)
{
    (void)state;
    struct error err = { 0 };
    double p[] = { 0.01, 0.04, 0.03, 0.005 };
    const double adjusted[] = { 0.03, 0.06, 0.06, 0.02 };
    assert_true(holm_adjust(p, 4, &err));
    for (size_t i = 0; i < 4; i++)
        assert_near(p[i], adjusted[i], 1e-15);
    double large[] = { 0.9, 0.8 };
    assert_true(holm_adjust(large, 2, &err) && holm_adjust(NULL, 0, &err));
    assert_near(large[0], 1, 0);
    assert_near(large[1], 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_p_agrees_with_the_published_table),
        cmocka_unit_test(exact_p_agrees_with_a_published_example),
        cmocka_unit_test(exact_p_agrees_with_full_enumeration_ties_included),
        cmocka_unit_test(above_twenty_values_the_normal_approximation_corrects_for_ties),
        cmocka_unit_test(the_least_p_is_reached_by_complete_separation),
        cmocka_unit_test(the_shift_is_the_median_difference_between_published_ranks),
        cmocka_unit_test(few_runs_bound_nothing_and_many_use_the_normal_approximation),
        cmocka_unit_test(holm_steps_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
