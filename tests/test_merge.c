/* Tests of decoder/merge.h: the oldest first, and of equals the lowest stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder/merge.h"

#include <stdlib.h>

enum { STREAMS_MAX = 64 };

static int compare(const void *left, const void *right)
{
    const struct merge_entry *a = left;
    const struct merge_entry *b = right;
    return merge_is_before(*a, *b) ? -1 : merge_is_before(*b, *a);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void gives_entries_in_order_of_time_then_stream(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252;
    for (uint32_t count = 1; count <= STREAMS_MAX; count++) {
        struct error err = { 0 };
        struct merge merge;
        struct merge_entry expected[STREAMS_MAX];
        assert_true(merge_init(&merge, count, &err));
        for (uint32_t i = 0; i < count; i++) {
            /* Few different times, so that there are ties. */
            expected[i] = (struct merge_entry){ next_random(&seed) % 8, count - 1 - i };
            merge_push(&merge, expected[i]);
        }
        qsort(expected, count, sizeof expected[0], compare);
        for (uint32_t i = 0; i < count; i++) {
            struct merge_entry first = merge_first(&merge);
            assert_int_equal(compare(&first, &expected[i]), 0);
            struct merge_entry got = merge_pop(&merge);
            assert_int_equal(compare(&got, &expected[i]), 0);
        }
        assert_int_equal(merge.count, 0);
        merge_release(&merge);
    }
}

static void keeps_order_while_streams_come_and_go(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct merge merge;
    uint64_t seed = 1;
    uint64_t last = 0;
    unsigned taken = 0;
    assert_true(merge_init(&merge, STREAMS_MAX, &err));
    for (uint32_t i = 0; i < STREAMS_MAX; i++)
        merge_push(&merge, (struct merge_entry){ next_random(&seed) % 100, i });
    while (merge.count > 0) {
        struct merge_entry got = merge_pop(&merge);
        assert_true(got.ticks >= last);
        last = got.ticks;
        if (++taken < 5000)
            merge_push(&merge, (struct merge_entry){ last + next_random(&seed) % 100, got.stream });
    }
    assert_int_equal(taken, 5000 + STREAMS_MAX - 1);
    merge_release(&merge);
}

/* CPUs are met one by one when a trace is read once. */
static void takes_streams_in_any_order_and_the_latest_time(void **state)
{
    (void)state;
    static const uint32_t streams[] = { 0, 63, 5, 31, 32, 1 };
    static const uint32_t sorted[] = { 0, 1, 5, 31, 32, 63 };
    enum { STREAMS = sizeof streams / sizeof streams[0] };
    struct error err = { 0 };
    struct merge merge;
    assert_true(merge_init(&merge, STREAMS_MAX, &err));
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < STREAMS; i++)
            merge_push(&merge, (struct merge_entry){ UINT64_MAX, streams[i] });
        for (size_t i = 0; i < STREAMS; i++) {
            struct merge_entry got = merge_pop(&merge);
            assert_true(got.ticks == UINT64_MAX && got.stream == sorted[i]);
        }
        assert_int_equal(merge.count, 0);
        struct merge_entry none = merge_first(&merge);
        assert_true(merge_is_before((struct merge_entry){ UINT64_MAX, STREAMS_MAX }, none));
    }
    merge_release(&merge);
}

static void orders_the_ends_of_the_range(void **state)
{
    (void)state;
    assert_true(merge_is_before((struct merge_entry){ 0, 5 }, (struct merge_entry){ 1, 0 }));
    assert_true(merge_is_before((struct merge_entry){ UINT64_MAX, 0 },
                                (struct merge_entry){ UINT64_MAX, 1 }));
    assert_false(merge_is_before((struct merge_entry){ 7, 7 }, (struct merge_entry){ 7, 7 }));
}

/* As pushing and popping, which the same entries go through beside it. */
static void exchanges_as_if_pushed_and_popped(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (uint32_t count = 1; count <= STREAMS_MAX; count++) {
        struct error err = { 0 };
        struct merge merge, plain;
        struct merge_entry current = { 0, 0 };
        assert_true(merge_init(&merge, count, &err) && merge_init(&plain, count, &err));
        for (uint32_t i = 1; i < count; i++) {
            const struct merge_entry entry = { next_random(&seed) % 8, i };
            merge_push(&merge, entry);
            merge_push(&plain, entry);
        }
        for (unsigned round = 0; round < 1000; round++) {
            /* Some of the time two take turns and the others wait. */
            current.ticks += next_random(&seed) % (round % 100 < 50 ? 2 : 40);
            merge_push(&plain, current);
            current = merge_exchange(&merge, current);
            struct merge_entry first = merge_pop(&plain), next = merge_first(&plain);
            assert_int_equal(compare(&current, &first), 0);
            first = merge_first(&merge);
            assert_int_equal(compare(&next, &first), 0);
            assert_int_equal(merge.count, plain.count);
            if (round % 16 == 0 && merge.count > 0) { /* one ends, another comes */
                first = merge_pop(&merge);
                merge_pop(&plain);
                first.ticks += 3;
                merge_push(&merge, first);
                merge_push(&plain, first);
            }
        }
        merge_release(&merge);
        merge_release(&plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_entries_in_order_of_time_then_stream),
        cmocka_unit_test(keeps_order_while_streams_come_and_go),
        cmocka_unit_test(takes_streams_in_any_order_and_the_latest_time),
        cmocka_unit_test(orders_the_ends_of_the_range),
        cmocka_unit_test(exchanges_as_if_pushed_and_popped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
