/* Reports as JSON: what is written is what the result says, and obeys the schema. */
#include "reports/reports.h"
#include "tests/report_testing.h"
#include "tests/result_fixture.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *report_of(void (*fixture)(struct result *out))
{
    struct result result;
    fixture(&result);
    char *text = written_by(report_json_write, &(struct report){ .build = &result });
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!root)
        fail_msg("line %d: %s", error.line, error.text);
    free(text);
    result_release(&result);
    return root;
}

/* The member at a path such as "processes.0.heaps.0.realloc". */
static const json_t *at(const json_t *value, const char *path)
{
    char name[64];
    while (*path) {
        size_t length = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)length, path);
        value = json_is_array(value) ? json_array_get(value, (size_t)strtoul(name, NULL, 10))
                                     : json_object_get(value, name);
        assert_non_null(value);
        path += length + (path[length] == '.');
    }
    return value;
}

static void worked_example_reads_as_the_metrics_say(void **state)
{
    (void)state;
    static const struct {
        const char *path, *expected;
    } cases[] = {
        { "schema", "\"heapfrag.result\"" },
        { "trace.complete", "true" },
        { "trace.start_utc", "\"2022-06-18T04:26:40.0000000Z\"" },
        { "trace.clock", "\"qpc\"" },
        { "trace.realloc_pairing", "{\"paired\":1,\"standalone\":0}" },
        { "trace.anomalies", "[]" },
        { "totals.address_map", "null" },
        { "processes.0.end_ns", "null" },
        { "processes.0.image", "\"app.exe\"" },
        { "processes.0.heaps.0.handle", "\"0x10000\"" },
        { "processes.0.heaps.0.flags", "2" },
        { "processes.0.heaps.0.destroyed_ns", "null" },
        { "processes.0.heaps.0.live_bytes",
          "{\"peak\":450,\"peak_ns\":20000,\"mean\":216.25,\"at_live_peak\":450,\"end\":0}" },
        { "processes.0.heaps.0.committed_bytes", "null" },
        { "processes.0.heaps.0.commit_waste", "null" },
        { "processes.0.heaps.0.page_fragmentation.end", "null" },
        { "processes.0.heaps.0.frag_basis", "\"touched\"" },
        { "processes.0.heaps.0.gaps.at_live_peak.histogram", "[[32768,1,65386]]" },
        { "processes.0.heaps.0.gaps.end.fragmentation", "null" },
        { "processes.0.heaps.0.traffic.realloc_internal_allocs", "1" },
        { "processes.0.heaps.0.realloc.move_rate",
          "{\"value\":0.5,\"low\":0.0945,\"high\":0.9055}" },
        { "processes.0.heaps.0.realloc.shrink_move_rate", "null" },
        { "processes.0.heaps.0.realloc.growth.geomean", "1.7320508" },
        { "processes.0.heaps.0.realloc.growth.histogram", "[[0.5625,1],[1,1]]" },
        { "processes.0.heaps.0.realloc.by_old_size.1",
          "{\"low\":128,\"in_place\":0,\"moved\":1,\"failed\":0,\"copied_bytes\":150}" },
        { "processes.0.heaps.0.realloc.chains.top.0",
          "{\"address\":\"0x30000\",\"first_bytes\":100,\"last_bytes\":300,\"reallocs\":2,"
          "\"moves\":1,\"copied_bytes\":150,\"first_ns\":0,\"last_ns\":40000,"
          "\"steps\":[[0,100,false],[10000,150,false],[22000,300,true]]}" },
        { "processes.0.heaps.0.realloc.chains.reallocs_histogram", "[[2,1]]" },
        { "processes.0.heaps.0.realloc.blockers", "[]" },
        { "processes.0.heaps.0.sources.1.source", "\"mainpath\"" },
        { "processes.0.heaps.0.sources.1.lifetimes", "[[32768,1]]" },
        { "processes.0.heaps.0.source_transitions.1",
          "{\"from\":\"lowfrag\",\"to\":\"mainpath\",\"count\":1}" },
        { "processes.0.heaps.0.sizes.1.live_bytes_at_peak", "150" },
        { "processes.0.heaps.0.lifetimes", "{\"histogram\":[[32768,1]],\"censored\":0}" },
        { "processes.0.heaps.0.timeline.rows.0",
          "[0,[100,450,0],[1,2,0],[4096,8192,0],null,2,1,150,null,null,[0,2,0],6,"
          "[0,0,2,1,0,0,0]]" },
        { "processes.0.heaps.0.address_map",
          "{\"t0_ns\":0,\"t1_ns\":40000,\"columns\":2,\"granules\":[\"0x20000\",\"0x30000\"],"
          "\"granule_bytes\":[65536,65536],\"cells\":\"AQAA/w==\"}" },
        { "stacks", "null" },
    };
    json_t *root = report_of(fixture_e1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12);
        char *text = json_dumps(at(root, cases[i].path), flags);
        if (strcmp(text, cases[i].expected) != 0)
            fail_msg("%s is %s, not %s", cases[i].path, text, cases[i].expected);
        free(text);
    }
    json_decref(root);
}

static void what_is_unknown_is_null(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "trace.clock_hz",
        "processes.0.heaps.0.committed_bytes.at_live_peak",
        "processes.0.heaps.0.commit_waste.at_live_peak",
        "processes.0.heaps.0.sources.1.code",
        "processes.0.heaps.0.sources.1.move_rate",
        "processes.0.heaps.0.sources.1.growth_p50",
        "processes.0.heaps.0.realloc.chains.top.0.first_ns",
        "processes.0.heaps.0.realloc.chains.top.0.last_ns",
        "processes.1.image",
        "processes.1.start_ns",
        "processes.1.heaps.0.flags",
        "processes.1.totals.first_ns",
        "processes.1.totals.live_bytes",
        "processes.1.totals.page_excess",
        "processes.1.totals.frag_mean",
        "processes.1.totals.creep_bytes_per_hour",
        "processes.1.totals.gaps.end",
        "processes.1.totals.realloc.move_rate",
        "processes.1.totals.realloc.copy_amplification",
        "processes.1.totals.realloc.growth.p50",
        "processes.1.totals.realloc.chains.reallocs_p50",
        "processes.1.totals.realloc.chains.moves_max",
        "trace.anomalies.1.first_offset",
    };
    struct result result;
    fixture_rich(&result);
    char *text = written_by(report_json_write, &(struct report){ .build = &result });
    /* jansson's integers end at 2^63 - 1: this reading is for structure only */
    json_t *root = json_loads(text, JSON_DECODE_INT_AS_REAL, NULL);
    assert_non_null(root);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (!json_is_null(at(root, paths[i])))
            fail_msg("%s is not null", paths[i]);
    assert_false(json_is_true(at(root, "trace.complete")));
    assert_string_equal(json_string_value(at(root, "processes.0.image")),
                        "=cmd|'/c calc'!A0,\"\xe2\x80\xae\x1b[31m\xef\xbf\xbd\xd0\xb6.exe");
    assert_non_null(strstr(text, "\"peak\": 18446744073709551614"));
    assert_null(strchr(text, '\x1b'));
    json_decref(root);
    free(text);
    result_release(&result);
}

static void documents_obey_the_schema(void **state)
{
    (void)state;
    void (*const fixtures[])(struct result *) = { fixture_empty, fixture_e1, fixture_rich };
    for (size_t i = 0; i < sizeof fixtures / sizeof fixtures[0]; i++) {
        char path[] = "/tmp/heapfrag-json-XXXXXX";
        struct result result;
        struct error err = { 0 };
        fixtures[i](&result);
        int fd = mkstemp(path);
        FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
        assert_non_null(file);
        assert_true(report_json_write(&(struct report){ .build = &result }, file, &err));
        fclose(file);
        int status = run_program((char *const[]){ "/usr/bin/python3", "tests/validate.py",
                                                  "reports/result.schema.json", path, NULL });
        unlink(path);
        result_release(&result);
        if (status == 77 || status == 127)
            skip();
        assert_int_equal(status, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_example_reads_as_the_metrics_say),
        cmocka_unit_test(what_is_unknown_is_null),
        cmocka_unit_test(documents_obey_the_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
