/* Quantiles of what was counted, against all values in order. */
#include "analyzer/tally.h"

#include "analyzer/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { VALUES = 1000, LARGEST = 3 * TALLY_SMALL };

static void count(struct tally *tally, uint64_t value, uint64_t times)
{
    struct error err = { 0 };
    assert_true(tally_count(tally, value, times, &err));
}

/* The value of that rank, from 1 on, of what occurred so often. */
static uint64_t value_of_rank(const uint64_t *times, uint64_t rank)
{
    uint64_t value = 0;
    for (uint64_t seen = times[0]; seen < rank; seen += times[value])
        value++;
    return value;
}

static void check(struct tally *tally, const uint64_t *times)
{
    uint64_t all = 0;
    for (size_t i = 0; i < LARGEST; i++)
        all += times[i];
    struct tally_quantiles got = tally_quantiles(tally);
    assert_int_equal(tally->count, all);
    assert_int_equal(got.p50, value_of_rank(times, (all * 50 + 99) / 100));
    assert_int_equal(got.p95, value_of_rank(times, (all * 95 + 99) / 100));
    assert_int_equal(got.max, value_of_rank(times, all));
}

static void knows_the_quantiles_of_small_and_large_values(void **state)
{
    (void)state;
    for (uint64_t most = 1; most <= LARGEST; most++) {
        struct tally tally = { 0 }, sum = { 0 };
        struct error err = { 0 };
        uint64_t times[LARGEST] = { 0 };
        for (uint64_t i = 1, random = most; i <= VALUES; i++) {
            random = random * UINT64_C(6364136223846793005) + 1;
            uint64_t value = LARGEST - 1 - (random >> 33) % most;
            times[value] += i;
            count(&tally, value, i);
        }
        check(&tally, times);
        count(&sum, 0, 1);
        assert_true(tally_add(&sum, &tally, &err));
        times[0]++;
        check(&sum, times);
        tally_release(&tally);
        tally_release(&sum);
    }
}

static void knows_none_of_no_values(void **state)
{
    (void)state;
    struct tally tally = { 0 };
    assert_true(tally_quantiles(&tally).p50 == RESULT_UNKNOWN);
    assert_true(tally_quantiles(&tally).max == RESULT_UNKNOWN);
    tally_release(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_quantiles_of_small_and_large_values),
        cmocka_unit_test(knows_none_of_no_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
