/* Numbers and times as text. */
#include "tests/report_testing.h"

#include "reports/number.h"
#include "reports/time_text.h"
#include "reports/units.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Nothing behind the room for a number is written to, nor before it. */
static void assert_has_digits(uint64_t number)
{
    enum { EDGE = 8 };
    char room[EDGE + DECIMAL_MAX + EDGE], expected[64];
    memset(room, '!', sizeof room);
    char *end = put_decimal(room + EDGE, number);
    snprintf(expected, sizeof expected, "!!!!!!!!%" PRIu64, number);
    assert_int_equal(end - room, strlen(expected));
    assert_memory_equal(room, expected, strlen(expected));
    assert_memory_equal(room + EDGE + DECIMAL_MAX, "!!!!!!!!", EDGE);
    memset(room, '!', sizeof room);
    end = put_address(room + EDGE, number);
    snprintf(expected, sizeof expected, "!!!!!!!!0x%" PRIx64, number);
    assert_int_equal(end - room, strlen(expected));
    assert_memory_equal(room, expected, strlen(expected));
    assert_memory_equal(room + EDGE + ADDRESS_MAX, "!!!!!!!!!!", EDGE + DECIMAL_MAX - ADDRESS_MAX);
}

static void whole_numbers_keep_every_digit(void **state)
{
    (void)state;
    uint64_t random = 1, power = 1;
    for (uint64_t number = 0; number < 20000; number++)
        assert_has_digits(number);
    for (int digits = 1; digits <= 20; digits++) {
        assert_has_digits(power - 1);
        assert_has_digits(power);
        assert_has_digits(power + 1);
        power *= 10; /* and beyond 2^64, which is as good as any */
    }
    for (unsigned bits = 0; bits < 64; bits++) {
        assert_has_digits((UINT64_C(1) << bits) - 1);
        assert_has_digits(UINT64_C(1) << bits);
        for (int i = 0; i < 1000; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            assert_has_digits(random >> bits);
        }
    }
    assert_has_digits(UINT64_MAX);
    assert_has_digits(UINT64_MAX - 1);
}

static void doubles_are_short_and_read_back(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *expected;
    } cases[] = {
        { 0, "0" },
        { -0.0, "0" },
        { 1, "1" },
        { -3, "-3" },
        { 0.1, "0.1" },
        { 0.0945, "0.0945" },
        { 216.25, "216.25" },
        { 1.0 / 3, "0.3333333333333333" },
        { 1e15, "1000000000000000" },
        { 1e300, "1e+300" },
        { NAN, "" },
        { HUGE_VAL, "" },
    };
    char out[NUMBER_TEXT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(double_text(out, cases[i].number), strlen(cases[i].expected));
        assert_string_equal(out, cases[i].expected);
    }
    uint64_t bits = 0x9E3779B97F4A7C15;
    for (int i = 0; i < 20000; i++) {
        double number, back;
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        memcpy(&number, &bits, sizeof number);
        if (!isfinite(number))
            continue;
        assert_true(double_text(out, number) < NUMBER_TEXT_SIZE);
        back = strtod(out, NULL);
        assert_memory_equal(&back, &number, sizeof number);
    }
    assert_true(double_text(out, DBL_TRUE_MIN) > 0);
    assert_true(double_text(out, -DBL_MAX) < NUMBER_TEXT_SIZE);
}

static void people_get_three_digits_and_a_unit(void **state)
{
    (void)state;
    const struct {
        struct unit_text text;
        const char *expected;
    } cases[] = {
        { units_bytes(0), "0 B" },
        { units_bytes(450), "450 B" },
        { units_bytes(1023), "1023 B" },
        { units_bytes(1024), "1.00 KiB" },
        { units_bytes(10230), "9.99 KiB" },
        { units_bytes(1048575), "1.00 MiB" },
        { units_bytes((uint64_t)300 << 20), "300 MiB" },
        { units_bytes(UINT64_MAX - 1), "16.0 EiB" },
        { units_bytes(UINT64_MAX), "-" },
        { units_mean_bytes(-1536), "-1.50 KiB" },
        { units_mean_bytes(NAN), "-" },
        { units_count(999999), "999999" },
        { units_count(1230000), "1.23 M" },
        { units_count(999999999), "1.00 G" },
        { units_count(UINT64_MAX - 1), "18.4 E" },
        { units_time(0), "0 ns" },
        { units_time(40000), "40.0 us" },
        { units_time(1500000000), "1.50 s" },
        { units_time(125000000000), "2 min 05 s" },
        { units_time(19320000000000), "5 h 22 min" },
        { units_time(273600000000000), "3 d 04 h" },
        { units_time(UINT64_MAX), "-" },
        { units_percent(0.621), "62.1 %" },
        { units_percent(1), "100 %" },
        { units_percent(NAN), "-" },
        { units_ratio(1.7320508), "1.73" },
        { units_ratio(1e300), "1e+300" },
        { units_ratio(NAN), "-" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(cases[i].text.text, cases[i].expected);
}

static void filetimes_are_dates_without_a_time_zone(void **state)
{
    (void)state;
    static const struct {
        uint64_t filetime;
        const char *expected;
    } cases[] = {
        { 0, "1601-01-01T00:00:00.0000000Z" },
        { 116444736000000000, "1970-01-01T00:00:00.0000000Z" },
        { 125911583990000007, "1999-12-31T23:59:59.0000007Z" },
        { 125963423999999999, "2000-02-29T23:59:59.9999999Z" },
        { 125963424000000000, "2000-03-01T00:00:00.0000000Z" },
        { 133000000000000000, "2022-06-18T04:26:40.0000000Z" },
        { 94354848000000000, "1900-01-01T00:00:00.0000000Z" },
        { 94405824000000000, "1900-03-01T00:00:00.0000000Z" },
        { 126227807999999999, "2000-12-31T23:59:59.9999999Z" },
    };
    char out[TIME_TEXT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        filetime_text(out, cases[i].filetime);
        assert_string_equal(out, cases[i].expected);
    }
    filetime_text(out, UINT64_MAX);
    assert_string_equal(out, "60056-05-28T05:36:10.9551615Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_keep_every_digit),
        cmocka_unit_test(doubles_are_short_and_read_back),
        cmocka_unit_test(people_get_three_digits_and_a_unit),
        cmocka_unit_test(filetimes_are_dates_without_a_time_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
