/* The slope of what a heap holds beyond its live bytes. */
#include "analyzer/creep.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SECOND = 1000000000 };

static uint64_t next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *seed;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static struct timeline_row row_at(uint64_t t_ns, uint64_t touched, uint64_t live)
{
    struct timeline_row row = { .t_ns = t_ns };
    row.curves[TIMELINE_live_bytes] = (struct timeline_value){ true, 0, 0, live };
    row.curves[TIMELINE_touched_bytes] = (struct timeline_value){ true, 0, 0, touched };
    return row;
}

static double slope(struct timeline_row *rows, size_t count, uint64_t first_ns, uint64_t end_ns,
                    bool is_committed)
{
    struct timeline_result timeline = { .interval_ns = 1, .count = count, .rows = rows };
    struct error err = { 0 };
    double out = 0;
    assert_true(creep_slope(&timeline, first_ns, end_ns, is_committed, &out, &err));
    return out;
}

static void reads_a_steady_growth_past_outliers(void **state)
{
    (void)state;
    struct timeline_row rows[60];
    for (size_t i = 0; i < 60; i++)
        rows[i] = row_at(i * SECOND, 1000000 + 10 * i, 5000);
    rows[40].curves[TIMELINE_touched_bytes].last = 90000000; /* one spike says nothing */
    rows[5].curves[TIMELINE_touched_bytes].last = 0;         /* in the first half */
    assert_true(fabs(slope(rows, 60, 0, 59 * (uint64_t)SECOND, false) - 36000) < 1e-6);
}

static void knows_no_slope_of_fewer_than_two_rows(void **state)
{
    (void)state;
    struct timeline_row rows[] = { row_at(0, 4096, 1), row_at(SECOND, 4096, 1) };
    assert_true(isnan(slope(rows, 2, 0, SECOND, false)));
    assert_true(isnan(slope(rows, 0, 0, 0, false)));
    assert_true(slope(rows, 2, 0, 0, false) == 0);
}

static void leaves_out_rows_where_committed_is_not_known(void **state)
{
    (void)state;
    struct timeline_row rows[4];
    for (size_t i = 0; i < 4; i++) {
        rows[i] = row_at(i * SECOND, 0, 100);
        rows[i].curves[TIMELINE_committed_bytes] =
            (struct timeline_value){ i != 1, 0, 0, i == 1 ? 0 : 50 + 7 * i };
    }
    assert_true(fabs(slope(rows, 4, 0, 0, true) - 7 * 3600) < 1e-6);
    assert_true(isnan(slope(rows, 2, 0, 0, true)));
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of all slopes, sorted. */
static double slow_slope(const struct timeline_row *rows, size_t count)
{
    size_t pairs = 0;
    double *slopes = malloc(count * count * sizeof *slopes);
    assert_non_null(slopes);
    for (size_t j = 0; j < count; j++) {
        for (size_t i = 0; i < j; i++) {
            double yj = (double)rows[j].curves[TIMELINE_touched_bytes].last -
                        (double)rows[j].curves[TIMELINE_live_bytes].last;
            double yi = (double)rows[i].curves[TIMELINE_touched_bytes].last -
                        (double)rows[i].curves[TIMELINE_live_bytes].last;
            slopes[pairs++] = (yj - yi) / (double)(rows[j].t_ns - rows[i].t_ns);
        }
    }
    qsort(slopes, pairs, sizeof *slopes, compare);
    double median = (slopes[pairs / 2] + slopes[(pairs - 1) / 2]) / 2;
    free(slopes);
    return median * 3600e9;
}

static void agrees_with_a_sorted_list_of_slopes(void **state)
{
    (void)state;
    enum { ROWS = 40 };
    for (uint64_t round = 0; round < 300; round++) {
        uint64_t seed = round;
        struct timeline_row rows[ROWS];
        size_t count = 2 + next_random(&seed) % (ROWS - 1);
        uint64_t t_ns = 0;
        for (size_t i = 0; i < count; i++) {
            rows[i] = row_at(t_ns, next_random(&seed) % 5000, next_random(&seed) % 5000);
            t_ns += 1 + next_random(&seed) % 1000;
        }
        double expected = slow_slope(rows, count);
        double got = slope(rows, count, 0, 0, false);
        assert_true(fabs(got - expected) <= 1e-9 * (1 + fabs(expected)));
    }
}

static void check_against_sorted(struct timeline_row *rows, size_t count)
{
    double expected = slow_slope(rows, count);
    assert_true(slope(rows, count, 0, 0, false) == expected + 0);
}

/* With more rows only some slopes are put in order; whatever their shape, it is the same median. */
static void agrees_with_a_sorted_list_of_many_slopes(void **state)
{
    (void)state;
    static struct timeline_row rows[CREEP_ROWS];
    for (uint64_t round = 0; round < 40; round++) {
        uint64_t seed = round, t_ns = 0, walk = 1000000;
        size_t count = CREEP_ROWS - next_random(&seed) % 400;
        for (size_t i = 0; i < count; i++) {
            uint64_t noise = next_random(&seed) % 5000;
            const uint64_t touched[] = { noise, walk += noise, i % 61 * 4096, 4096 * (i / 100),
                                         i == 77 ? UINT64_MAX : 7 };
            rows[i] = row_at(t_ns, touched[round % 5], noise % 3);
            t_ns += 1 + (round % 2 ? next_random(&seed) % 1000 : 1000);
        }
        check_against_sorted(rows, count);
    }
}

/* Rows that fall in the order in which one in 61 pairs is looked at first: those slopes all rise.
 */
static void is_not_misled_by_its_sample(void **state)
{
    (void)state;
    enum { MODULUS = 61, FACTOR = 17 };
    static struct timeline_row rows[CREEP_ROWS];
    uint64_t place[MODULUS] = { 0 };
    for (unsigned i = 1, power = 1; i < MODULUS; i++, power = power * FACTOR % MODULUS)
        place[power] = i;
    for (size_t i = 0; i < CREEP_ROWS; i++)
        rows[i] = row_at(i * SECOND, (MODULUS - place[i % MODULUS]) * 100000, 0);
    check_against_sorted(rows, CREEP_ROWS);
}

static void thins_many_rows_and_keeps_the_ends(void **state)
{
    (void)state;
    enum { ROWS = 2048 };
    static struct timeline_row rows[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        rows[i] = row_at(i * SECOND, i * 3, 0);
    assert_true(fabs(slope(rows, ROWS, 0, 0, false) - 3 * 3600) < 1e-6);
    for (size_t i = 1; i < ROWS - 1; i++)
        rows[i] = row_at(i * SECOND, 0, i * 3); /* below its live bytes, and falling */
    assert_true(fabs(slope(rows, ROWS, 0, 0, false) + 3 * 3600) < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_steady_growth_past_outliers),
        cmocka_unit_test(knows_no_slope_of_fewer_than_two_rows),
        cmocka_unit_test(leaves_out_rows_where_committed_is_not_known),
        cmocka_unit_test(agrees_with_a_sorted_list_of_slopes),
        cmocka_unit_test(agrees_with_a_sorted_list_of_many_slopes),
        cmocka_unit_test(is_not_misled_by_its_sample),
        cmocka_unit_test(thins_many_rows_and_keeps_the_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
