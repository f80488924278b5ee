/* What is drawn of a saved result is what was saved, or the file is refused. */
#include "reports/curves_reader.h"
#include "reports/map_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse(const char *text)
{
    struct error err = { 0 };
    json_t *root = json_parse(text, strlen(text), &err);
    if (!root)
        fail_msg("%s", err.message);
    return root;
}

static bool read_map(const char *map, struct measures *out, struct error *err)
{
    char text[1024];
    snprintf(text, sizeof text, "{\"address_map\": %s}", map);
    json_t *root = parse(text);
    *out = (struct measures){ 0 };
    bool is_read = map_read(root, &out->address_map, err);
    json_decref(root);
    return is_read;
}

static void a_map_is_what_was_saved(void **state)
{
    (void)state;
    struct measures m;
    struct error err = { 0 };
    assert_true(read_map("{\"t0_ns\": 5, \"t1_ns\": 25, \"columns\": 2, "
                         "\"granules\": [\"0x10000\", \"0xffffffffffff0000\"], "
                         "\"granule_bytes\": [65536, 65536], \"cells\": \"AAEC/w==\"}",
                         &m, &err));
    const struct address_map_result *map = &m.address_map;
    static const uint8_t cells[] = { 0, 1, 2, 255 };
    assert_int_equal(map->t0_ns, 5);
    assert_int_equal(map->t1_ns, 25);
    assert_int_equal(map->columns, 2);
    assert_int_equal(map->row_count, 2);
    assert_true(map->rows[1].address == UINT64_C(0xffffffffffff0000));
    assert_int_equal(map->rows[1].bytes, 65536);
    assert_memory_equal(map->cells, cells, sizeof cells);
    measures_release(&m);
    assert_true(read_map("null", &m, &err));
    assert_null(m.address_map.cells);
}

static void a_map_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *times, *columns, *granules, *bytes, *cells;
    } cases[] = {
        { "5, \"t1_ns\": 4", "2", "\"0x10000\"", "65536", "AAE=" }, /* ends before it begins */
        { "0, \"t1_ns\": 9", "0", "\"0x10000\"", "65536", "" },
        { "0, \"t1_ns\": 9", "513", "\"0x10000\"", "65536", "AAE=" },
        { "0, \"t1_ns\": 9", "18446744073709551615", "\"0x10000\"", "65536", "AAE=" },
        { "0, \"t1_ns\": 9", "2", "", "", "" },
        { "0, \"t1_ns\": 9", "2", "\"0x10000\"", "1, 2", "AAE=" },
        { "0, \"t1_ns\": 9", "2", "\"10000\"", "65536", "AAE=" },
        { "0, \"t1_ns\": 9", "2", "\"0x1000000000000000g\"", "65536", "AAE=" },
        { "0, \"t1_ns\": 9", "2", "\"0x10000\"", "0", "AAE=" },
        { "0, \"t1_ns\": 9", "2", "\"0xffffffffffffffff\"", "2", "AAE=" },
        { "0, \"t1_ns\": 9", "1", "\"0x20000\", \"0x10000\"", "1, 1", "AAE=" },
        { "0, \"t1_ns\": 9", "1", "\"0x10000\", \"0x10001\"", "4, 4", "AAE=" },
        { "0, \"t1_ns\": 9", "2", "\"0x10000\"", "65536", "AAE" },
        { "0, \"t1_ns\": 9", "2", "\"0x10000\"", "65536", "AAEC" },
        { "0, \"t1_ns\": 9", "2", "\"0x10000\"", "65536", "A*E=" },
        { "0, \"t1_ns\": 9", "2", "\"0x10000\"", "65536", "AA==" },
        { "0, \"t1_ns\": 9", "2", "\"0x10000\"", "65536", "AAE=AAE=" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        struct measures m;
        struct error err = { 0 };
        snprintf(text, sizeof text,
                 "{\"t0_ns\": %s, \"columns\": %s, \"granules\": [%s], \"granule_bytes\": [%s], "
                 "\"cells\": \"%s\"}",
                 cases[i].times, cases[i].columns, cases[i].granules, cases[i].bytes,
                 cases[i].cells);
        if (read_map(text, &m, &err))
            fail_msg("map %zu was read", i);
        assert_int_equal(err.code, ERROR_NOT_A_TRACE);
        measures_release(&m);
    }
}

#define COLUMNS                                                                                    \
    "\"columns\": [\"t_ns\", \"events\", \"reallocs\", \"moved\", \"copied_bytes\", "              \
    "\"live_bytes\", "                                                                             \
    "\"live_blocks\", \"touched_bytes\", \"committed_bytes\", \"reserved_bytes\", "                \
    "\"free_bytes\", \"pinned_pages\"]"
#define REST "2, 1, 0, 7, [1, 3, 2], null, null, null, null, null, null"

static bool read_timeline(const char *interval, const char *rows, struct result *out,
                          struct error *err)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"processes\": [], \"totals\": {\"timeline\": {\"interval_ns\": %s, %s, \"rows\": "
             "[%s]}}}",
             interval, COLUMNS, rows);
    json_t *root = parse(text);
    *out = (struct result){ 0 };
    bool is_read = curves_read(root, out, err);
    json_decref(root);
    return is_read;
}

static void a_timeline_is_what_was_saved(void **state)
{
    (void)state;
    struct result result;
    struct error err = { 0 };
    assert_true(read_timeline("4", "[0, " REST "], [8, " REST "]", &result, &err));
    const struct timeline_result *timeline = &result.totals.timeline;
    assert_int_equal(timeline->interval_ns, 4);
    assert_int_equal(timeline->count, 2);
    assert_int_equal(timeline->rows[1].t_ns, 8);
    assert_int_equal(timeline->rows[1].events, 2);
    assert_int_equal(timeline->rows[1].copied_bytes, 7);
    assert_int_equal(timeline->rows[1].curves[TIMELINE_live_bytes].max, 3);
    assert_false(timeline->rows[1].curves[TIMELINE_touched_bytes].known);
    result_release(&result);
}

static void a_timeline_may_be_empty(void **state)
{
    (void)state;
    struct result result;
    struct error err = { 0 };
    assert_true(read_timeline("0", "", &result, &err));
    assert_int_equal(result.totals.timeline.count, 0);
    result_release(&result);
}

static void a_timeline_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "0", "[0, " REST "]" },
        { "-1", "[0, " REST "]" },
        { "4", "[8, " REST "], [8, " REST "]" }, /* times that stand still or go back */
        { "4", "[8, " REST "], [4, " REST "]" },
        { "4", "[8]" },
        { "4", "8" },
        { "4", "[0, 2, 1, 0, 7, [1, 3], null, null, null, null, null, null]" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct result result;
        struct error err = { 0 };
        if (read_timeline(cases[i][0], cases[i][1], &result, &err))
            fail_msg("timeline %zu was read", i);
        assert_int_equal(err.code, ERROR_NOT_A_TRACE);
        result_release(&result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_is_what_was_saved),
        cmocka_unit_test(a_map_that_makes_no_sense_is_refused),
        cmocka_unit_test(a_timeline_is_what_was_saved),
        cmocka_unit_test(a_timeline_may_be_empty),
        cmocka_unit_test(a_timeline_that_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
