/* Tests of decoder/clock.h: ticks to nanoseconds, exact and in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder/clock.h"

#include <string.h>

struct clock_case {
    const char *name;
    uint32_t type;
    uint64_t perf_freq;
    uint32_t cpu_mhz;
    uint64_t hz;
    uint64_t ticks;
    uint64_t ns;
};

/* The last column by hand, or with Python's integers. */
static const struct clock_case cases[] = {
    { "start", CLOCK_QPC, 10000000, 0, 10000000, 0, 0 },
    { "windows 10", CLOCK_QPC, 10000000, 0, 10000000, 1, 100 },
    { "windows 10, a year", CLOCK_QPC, 10000000, 0, 10000000, 315360000000000, 31536000000000000 },
    { "rounds down", CLOCK_QPC, 3, 0, 3, 2, 666666666 },
    { "acpi timer", CLOCK_QPC, 3579545, 0, 3579545, 1, 279 },
    { "acpi timer, an hour and a tick", CLOCK_QPC, 3579545, 0, 3579545, 12886362001,
      3600000000279 },
    { "hpet, 30 years", CLOCK_QPC, 14318180, 0, 14318180, 13545961013000000, 946067238503776317 },
    { "tsc", CLOCK_QPC, 2435937500, 0, 2435937500, 2435937499, 999999999 },
    { "the fastest we take", CLOCK_QPC, 18446744073, 0, 18446744073, 18446744072, 999999999 },
    { "one tick a second", CLOCK_QPC, 1, 0, 1, 9223372035, 9223372035000000000 },
    { "past 292 years", CLOCK_QPC, 1, 0, 1, 9223372036, CLOCK_NS_MAX },
    { "the last tick", CLOCK_QPC, 10000000, 0, 10000000, UINT64_MAX, CLOCK_NS_MAX },
    { "system time", CLOCK_SYSTEM, 0, 0, 10000000, 156250, 15625000 },
    { "system time counts no frequency", CLOCK_SYSTEM, 77, 99, 10000000, 7, 700 },
    { "cycles", CLOCK_CYCLES, 0, 2400, 2400000000, 2400, 1000 },
    { "cycles round down", CLOCK_CYCLES, 0, 2400, 2400000000, 5, 2 },
    { "cycles, the most MHz", CLOCK_CYCLES, 0, UINT32_MAX, 4294967295000000, UINT32_MAX, 1000 },
};

static void converts_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct clock_case *c = &cases[i];
        struct error err = { 0 };
        struct clock clock;
        uint64_t hz;
        print_message("%s\n", c->name);
        assert_true(clock_init(&clock, c->type, c->perf_freq, c->cpu_mhz, &hz, 0, &err));
        assert_true(hz == c->hz);
        assert_true(clock_ns(&clock, c->ticks) == c->ns);
    }
}

static void never_goes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = { 0 };
        struct clock clock;
        uint64_t hz;
        uint64_t last_ns = 0;
        assert_true(
            clock_init(&clock, cases[i].type, cases[i].perf_freq, cases[i].cpu_mhz, &hz, 0, &err));
        for (unsigned shift = 0; shift < 64; shift++) {
            for (uint64_t nearby = 0; nearby < 3; nearby++) {
                uint64_t ns = clock_ns(&clock, (UINT64_C(1) << shift) - 1 + nearby);
                assert_true(ns >= last_ns);
                assert_true(ns <= CLOCK_NS_MAX);
                last_ns = ns;
            }
            last_ns = clock_ns(&clock, UINT64_C(1) << shift);
        }
    }
}

static void refuses_a_clock_it_does_not_know(void **state)
{
    (void)state;
    static const struct {
        uint32_t type;
        uint64_t perf_freq;
        uint32_t cpu_mhz;
        const char *named; /* what the message must name */
    } refused[] = {
        { 0, 10000000, 2400, "clock type 0" },
        { 4, 10000000, 2400, "clock type 4" },
        { UINT32_MAX, 10000000, 2400, "4294967295" },
        { CLOCK_QPC, 0, 2400, "0 times" },
        { CLOCK_QPC, UINT64_MAX, 2400, "18446744073709551615" },
        { CLOCK_QPC, 18446744074, 2400, "18446744074" },
        { CLOCK_CYCLES, 10000000, 0, "0 MHz" },
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct error err = { 0 };
        struct clock clock;
        uint64_t hz;
        assert_false(clock_init(&clock, refused[i].type, refused[i].perf_freq, refused[i].cpu_mhz,
                                &hz, 0x68, &err));
        assert_int_equal(err.code, ERROR_NOT_A_TRACE);
        assert_int_equal(err.offset, 0x68);
        assert_non_null(strstr(err.message, refused[i].named));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts_exactly),
        cmocka_unit_test(never_goes_back),
        cmocka_unit_test(refuses_a_clock_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
