/* Tests of decoder/census.h: events by provider, opcode and header, in order, in bounded space. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder/census.h"
#include "decoder/event_header.h"

#include <string.h>

static const uint8_t heap_guid[GUID_BYTES] = { 0xab, 0x62, 0x29, 0x22, 0x80, 0x61, 0x88, 0x4b,
                                               0xa8, 0x25, 0x34, 0x6b, 0x75, 0xf2, 0xa2, 0x4a };

static void counts_in_order_of_provider_opcode_and_header(void **state)
{
    (void)state;
    static const struct event_header events[] = {
        { .group = 0x03, .opcode = 1, .kind = HEADER_SYSTEM64 },
        { .group = GROUP_HEAP, .guid = heap_guid, .opcode = 33, .kind = HEADER_FULL64 },
        { .group = GROUP_HEAP, .opcode = 36, .kind = HEADER_SYSTEM64 },
        { .group = GROUP_HEAP, .opcode = 33, .kind = HEADER_SYSTEM64 },
        { .group = GROUP_HEAP, .opcode = 33, .kind = HEADER_SYSTEM32 },
        { .group = GROUP_HEAP, .opcode = 33, .kind = HEADER_SYSTEM64 },
        { .group = 0xfe, .opcode = 7, .kind = HEADER_PERFINFO64 },
        { .group = GROUP_NONE, .kind = HEADER_MESSAGE },
        { .group = GROUP_NONE, .kind = HEADER_ERROR },
    };
    static const struct census_row expected[] = {
        { "222962ab-6180-4b88-a825-346b75f2a24a", 33, HEADER_FULL64, 1 },
        { "Error", 0, HEADER_ERROR, 1 },
        { "Heap", 33, HEADER_SYSTEM32, 1 },
        { "Heap", 33, HEADER_SYSTEM64, 2 },
        { "Heap", 36, HEADER_SYSTEM64, 1 },
        { "Message", 0, HEADER_MESSAGE, 1 },
        { "Process", 1, HEADER_SYSTEM64, 1 },
        { "grpfe", 7, HEADER_PERFINFO64, 1 },
    };
    enum { ROWS = sizeof expected / sizeof expected[0] };
    struct error err = { 0 };
    const struct census_row *rows;
    struct census *census = census_new(&err);
    assert_non_null(census);
    assert_int_equal(census_rows(census, &rows), 0);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        census_count(census, &events[i]);
    assert_int_equal(census_rows(census, &rows), ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        assert_string_equal(rows[i].provider, expected[i].provider);
        assert_int_equal(rows[i].opcode, expected[i].opcode);
        assert_int_equal(rows[i].header, expected[i].header);
        assert_int_equal(rows[i].count, expected[i].count);
    }
    census_free(census);
}

static void gathers_what_is_too_much_in_one_row_a_header_kind(void **state)
{
    (void)state;
    enum { PROVIDERS = CENSUS_ROWS_MAX + 1000, TIMES = 3 };
    struct error err = { 0 };
    const struct census_row *rows;
    uint64_t counted = 0;
    uint64_t others = 0;
    struct census *census = census_new(&err);
    assert_non_null(census);
    for (unsigned i = 0; i < PROVIDERS * TIMES; i++) {
        uint8_t guid[GUID_BYTES] = { 0 };
        guid[0] = (uint8_t)(i % PROVIDERS);
        guid[9] = (uint8_t)(i % PROVIDERS >> 8);
        struct event_header event = { .group = GROUP_NONE, .guid = guid, .kind = HEADER_EVENT64 };
        census_count(census, &event);
    }
    size_t count = census_rows(census, &rows);
    assert_int_equal(count, CENSUS_ROWS_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        counted += rows[i].count;
        if (strcmp(rows[i].provider, "other") == 0)
            others += rows[i].count;
        else
            assert_int_equal(rows[i].count, TIMES);
    }
    assert_int_equal(counted, PROVIDERS * TIMES);
    assert_int_equal(others, 1000 * TIMES);
    census_free(census);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_in_order_of_provider_opcode_and_header),
        cmocka_unit_test(gathers_what_is_too_much_in_one_row_a_header_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
