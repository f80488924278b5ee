/* Real traces: the counts that an independent reader finds in them. Skips those that are not here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder/decoder.h"

#include <stdio.h>
#include <unistd.h>

struct real_trace {
    const char *name;
    uint64_t buffers;
    uint64_t events;
    uint64_t by_header[HEADER_KIND_MAX];
    uint64_t events_lost;
    struct stack_tally stacks; /* of all events: none of them is of a heap */
};

static const struct real_trace traces[] = {
    { "perfview_net.4.5.2.x64",
      360,
      179474,
      { [HEADER_SYSTEM32] = 2,
        [HEADER_SYSTEM64] = 3189,
        [HEADER_PERFINFO64] = 100157,
        [HEADER_FULL32] = 27,
        [HEADER_FULL64] = 7956,
        [HEADER_EVENT32] = 33378,
        [HEADER_EVENT64] = 34765 },
      0,
      { .walks = 252,
        .kernel_keys = 2061,
        .user_keys = 7046,
        .definitions = 1909 + 1012,
        .keys_resolved = 9107 } },
    { "etlparser_ShutdownPerfDiagLogger",
      49,
      17078,
      { [HEADER_SYSTEM64] = 8433, [HEADER_PERFINFO64] = 8645 },
      0,
      { 0 } },
    { "tx_Process", 182, 10344, { [HEADER_SYSTEM64] = 1, [HEADER_EVENT64] = 10343 }, 0, { 0 } },
    { "perfview_gcevents", 5, 71, { [HEADER_SYSTEM64] = 2, [HEADER_EVENT64] = 69 }, 0, { 0 } },
    { "syzygy_viewer_test_data_32_v2",
      2,
      27,
      { [HEADER_SYSTEM32] = 1, [HEADER_FULL32] = 26 },
      0,
      { 0 } },
    { "perfview_SelfDescribingSingleEvent",
      3,
      23,
      { [HEADER_SYSTEM64] = 4, [HEADER_FULL64] = 18, [HEADER_EVENT64] = 1 },
      0,
      { 0 } },
    { "etlparser_AMSITrace", 6, 21, { [HEADER_SYSTEM64] = 2, [HEADER_EVENT64] = 19 }, 3, { 0 } },
    { "perfview_smallEtlFile", 2, 2, { [HEADER_SYSTEM32] = 1, [HEADER_EVENT32] = 1 }, 0, { 0 } },
};

static void check_trace(const struct real_trace *expected, const char *path)
{
    struct error err = { 0 };
    struct event_batch batch;
    enum next got;
    uint64_t last_ns = 0;
    uint64_t events_in_census = 0;

    struct decoder *decoder = decoder_open_file(path, &err);
    assert_non_null(decoder);
    assert_true(decoder_want_census(decoder, &err));
    while ((got = decoder_next(decoder, &batch, &err)) == NEXT_BATCH) {
        for (size_t i = 0; i < batch.count; i++) {
            assert_true(batch.events[i].time_ns >= last_ns);
            last_ns = batch.events[i].time_ns;
        }
    }
    assert_int_equal(got, NEXT_END);

    const struct trace_info *info = decoder_info(decoder);
    assert_int_equal(info->buffers, expected->buffers);
    assert_int_equal(info->buffers, info->buffers_written);
    assert_int_equal(info->events, expected->events);
    assert_int_equal(info->events_lost, expected->events_lost);
    assert_memory_equal(info->by_header, expected->by_header, sizeof info->by_header);
    assert_memory_equal(&info->stacks, &expected->stacks, sizeof info->stacks);
    assert_true(info->read_to_end);
    assert_true(decoder_bytes_done(decoder) == info->file_bytes);

    const struct anomalies *anomalies = decoder_anomalies(decoder);
    for (int i = 0; i < ANOMALY_COUNT; i++)
        assert_int_equal(anomalies->count[i], i == ANOMALY_events_lost ? expected->events_lost : 0);

    const struct census_row *rows;
    size_t count = census_rows(decoder_census(decoder), &rows);
    for (size_t i = 0; i < count; i++)
        events_in_census += rows[i].count;
    assert_int_equal(events_in_census, expected->events);
    decoder_close(decoder);
}

static void decodes_as_many_events_as_an_independent_reader(void **state)
{
    (void)state;
    size_t found = 0;
    for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++) {
        char path[256];
        snprintf(path, sizeof path, "../shared/etl/%s.etl", traces[i].name);
        if (access(path, R_OK) != 0)
            continue;
        print_message("%s\n", traces[i].name);
        found++;
        check_trace(&traces[i], path);
    }
    if (found == 0)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_as_many_events_as_an_independent_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
