/* Spans of loss: kept in order and apart, and never more of them than there is room for. */
#include "decoder/losses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

static void expect_in_order_and_apart(const struct losses *losses)
{
    assert_in_range(losses->count, 0, LOSS_SPANS);
    for (size_t i = 0; i < losses->count; i++) {
        assert_true(losses->spans[i].from_ns <= losses->spans[i].to_ns);
        assert_true(i == 0 || losses->spans[i - 1].to_ns < losses->spans[i].from_ns);
    }
}

struct losses_case {
    const char *name;
    size_t count, expected_count;
    struct loss_span added[4], expected[4];
};

static struct losses_case cases[] = {
    { "in_order", 2, 2, { { 1, 2 }, { 5, 6 } }, { { 1, 2 }, { 5, 6 } } },
    { "backwards", 3, 3, { { 9, 9 }, { 5, 6 }, { 1, 2 } }, { { 1, 2 }, { 5, 6 }, { 9, 9 } } },
    { "between", 3, 3, { { 1, 2 }, { 9, 9 }, { 5, 6 } }, { { 1, 2 }, { 5, 6 }, { 9, 9 } } },
    { "twice_the_same", 2, 1, { { 3, 3 }, { 3, 3 } }, { { 3, 3 } } },
    { "inside", 2, 1, { { 1, 9 }, { 3, 4 } }, { { 1, 9 } } },
    { "around", 2, 1, { { 3, 4 }, { 1, 9 } }, { { 1, 9 } } },
    { "touching", 2, 1, { { 1, 3 }, { 3, 4 } }, { { 1, 4 } } },
    { "over_all", 4, 1, { { 1, 2 }, { 5, 6 }, { 9, 10 }, { 2, 9 } }, { { 1, 10 } } },
    { "over_two", 4, 2, { { 1, 2 }, { 5, 6 }, { 9, 10 }, { 4, 9 } }, { { 1, 2 }, { 4, 10 } } },
    { "to_the_end", 2, 1, { { 7, UINT64_MAX }, { 9, UINT64_MAX } }, { { 7, UINT64_MAX } } },
};

static void joins_what_touches_and_keeps_the_rest_apart(void **state)
{
    const struct losses_case *c = *state;
    struct losses losses = { 0 };
    for (size_t i = 0; i < c->count; i++)
        losses_add(&losses, c->added[i].from_ns, c->added[i].to_ns);
    expect_in_order_and_apart(&losses);
    assert_int_equal(losses.count, c->expected_count);
    assert_memory_equal(losses.spans, c->expected, losses.count * sizeof *losses.spans);
}

static bool covers(const struct losses *losses, uint64_t time_ns)
{
    for (size_t i = 0; i < losses->count; i++)
        if (losses->spans[i].from_ns <= time_ns && time_ns <= losses->spans[i].to_ns)
            return true;
    return false;
}

static void covers_every_loss_when_there_are_more_than_it_has_room_for(void **state)
{
    (void)state;
    enum { SPANS = 500, STRIDE = 379 }; /* coprime: every number below SPANS once, in no order */
    struct losses losses = { 0 };
    for (uint64_t i = 0; i < SPANS; i++) {
        uint64_t at_ns = i * STRIDE % SPANS * 1000;
        losses_add(&losses, at_ns, at_ns + i % 7);
        expect_in_order_and_apart(&losses);
    }
    for (uint64_t i = 0; i < SPANS; i++) {
        uint64_t at_ns = i * STRIDE % SPANS * 1000;
        assert_true(covers(&losses, at_ns) && covers(&losses, at_ns + i % 7));
    }
}

static void joins_the_two_that_are_nearest_when_it_is_full(void **state)
{
    (void)state;
    struct losses losses = { 0 };
    for (uint64_t i = 0; i < LOSS_SPANS; i++)
        losses_add(&losses, i * 1000, i * 1000 + (i == 7 ? 900 : 0));
    losses_add(&losses, 1000000, 1000001);
    expect_in_order_and_apart(&losses);
    assert_int_equal(losses.count, LOSS_SPANS);
    assert_int_equal(losses.spans[7].from_ns, 7000);
    assert_int_equal(losses.spans[7].to_ns, 8000);
    assert_int_equal(losses.spans[LOSS_SPANS - 1].to_ns, 1000001);
}

int main(void)
{
    enum { CASES = sizeof cases / sizeof cases[0] };
    struct CMUnitTest tests[CASES + 2];
    for (size_t i = 0; i < CASES; i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name,
            .test_func = joins_what_touches_and_keeps_the_rest_apart,
            .initial_state = &cases[i],
        };
    tests[CASES] = (struct CMUnitTest)cmocka_unit_test(
        covers_every_loss_when_there_are_more_than_it_has_room_for);
    tests[CASES + 1] =
        (struct CMUnitTest)cmocka_unit_test(joins_the_two_that_are_nearest_when_it_is_full);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
