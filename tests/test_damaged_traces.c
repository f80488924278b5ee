/* A small trace cut at every byte and damaged at every byte, taken to its result and its report. */
#include "tests/analysed.h"
#include "tests/report_testing.h"
#include "tests/trace_random.h"

#include <stdlib.h>
#include <string.h>

struct trace {
    uint8_t *bytes;
    size_t size;
    size_t heap_events;
};

/* Some 7 KiB in buffers of 1 KiB, of one CPU, so that the events before a damage are known. */
static struct trace make_trace(enum etl_compression compression)
{
    struct etl_options options = etl_defaults();
    options.buffer_bytes = 1024;
    options.compression = compression;
    options.log.logger_name = "l";
    options.log.log_file_name = "f";
    struct etl *etl = etl_builder_new(&options);
    struct trace_random random =
        trace_random_new(&(struct trace_random_options){ .seed = 5, .events = 60, .processes = 1 });
    trace_random_write(&random, etl);
    trace_random_release(&random);
    struct trace trace = { 0 };
    trace.bytes = etl_finish(etl, &trace.size);
    etl_builder_free(etl);
    struct result result;
    struct error err = { 0 };
    assert_true(analysed(trace.bytes, trace.size, &result, NULL, &err));
    trace.heap_events = (size_t)result.trace.heap_events;
    result_release(&result);
    return trace;
}

/* The trace as it would be in memory of exactly `size` bytes. */
static bool analysed_copy(const uint8_t *bytes, size_t size, struct result *out, struct error *stop,
                          struct error *err)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    bool is_done = analysed(copy, size, out, stop, err);
    free(copy);
    return is_done;
}

static uint64_t count_damage(const struct result *result)
{
    static const enum anomaly damage[] = { ANOMALY_buffer_damaged, ANOMALY_file_cut_off,
                                           ANOMALY_event_cut_short };
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++)
        sum += result->anomalies.count[damage[i]];
    return sum;
}

/* Events that are in buffers before `end`. */
static size_t events_before(const struct trace *trace, size_t end)
{
    struct result result;
    struct error err = { 0 };
    size_t count = 0;
    if (analysed_copy(trace->bytes, end, &result, NULL, &err))
        count = (size_t)result.trace.heap_events;
    result_release(&result);
    return count;
}

static void expect_named(const struct result *result)
{
    char *text = written_by(report_text_write, &(struct report){ .build = result });
    assert_fits_a_terminal(text);
    assert_non_null(strstr(text, "DATA LOSS: "));
    assert_non_null(strstr(text, anomaly_infos[ANOMALY_file_cut_off].name));
    free(text);
}

static void a_trace_cut_at_any_byte_keeps_what_came_before_and_says_so(void **state)
{
    struct trace trace = make_trace(*(enum etl_compression *)*state);
    uint64_t last_count = 0;
    size_t opened = 0;
    for (size_t size = 0; size < trace.size; size++) {
        struct result result;
        struct error stop = { 0 }, err = { 0 };
        if (!analysed_copy(trace.bytes, size, &result, &stop, &err)) {
            assert_int_equal(err.code, ERROR_NOT_A_TRACE);
            assert_int_equal(opened, 0);
            continue;
        }
        assert_int_equal(stop.code, ERROR_NONE);
        assert_true(result.anomalies.count[ANOMALY_file_cut_off] > 0);
        assert_int_equal(anomalies_worst(&result.anomalies), SEVERITY_DATA_LOSS);
        assert_true(result.trace.heap_events >= last_count);
        if (++opened % 64 == 0)
            expect_named(&result);
        last_count = result.trace.heap_events;
        result_release(&result);
    }
    assert_true(opened > 0 && last_count > 0);
    free(trace.bytes);
}

/*
 * A buffer's head that is wrong costs that buffer and those behind it at most: what came before is
 * there. (A sequence number that is wrong may move its buffer, so only sizes are damaged.)
 */
static void a_buffer_of_wrong_size_costs_nothing_that_came_before(void **state)
{
    enum { BUFFER_BYTES = 1024 };
    static const uint32_t sizes[] = { 0, 1, 71, 0x7fffffff, UINT32_MAX };
    struct trace trace = make_trace(ETL_PLAIN);
    (void)state;
    for (size_t at = BUFFER_BYTES; at < trace.size; at += BUFFER_BYTES) {
        size_t before = events_before(&trace, at);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct result result;
            struct error stop = { 0 }, err = { 0 };
            uint64_t kept = etl_peek(trace.bytes + at, 4);
            etl_poke(trace.bytes + at, sizes[i], 4);
            assert_true(analysed_copy(trace.bytes, trace.size, &result, &stop, &err));
            assert_true(result.trace.heap_events >= before);
            assert_true(result.trace.heap_events < trace.heap_events);
            assert_true(count_damage(&result) > 0);
            result_release(&result);
            etl_poke(trace.bytes + at, kept, 4);
        }
    }
    free(trace.bytes);
}

/* Whatever a byte says, there is a result or a sentence, and never a fault of our own. */
static void any_byte_may_be_wrong(void **state)
{
    static const uint8_t masks[] = { 0xff, 0x80, 0x01 };
    struct trace trace = make_trace(*(enum etl_compression *)*state);
    size_t reports = 0;
    for (size_t at = 0; at < trace.size; at++) {
        uint8_t mask = masks[at % sizeof masks];
        struct result result;
        struct error stop = { 0 }, err = { 0 };
        trace.bytes[at] ^= mask;
        if (analysed_copy(trace.bytes, trace.size, &result, &stop, &err)) {
            reports++;
            assert_true(result.trace.heap_events <= trace.heap_events + 8);
            result_release(&result);
        } else {
            assert_true(err.code == ERROR_NOT_A_TRACE || err.code == ERROR_LIMIT);
            assert_true(err.message[0] != '\0');
        }
        trace.bytes[at] ^= mask;
    }
    assert_true(reports > trace.size / 2);
    free(trace.bytes);
}

int main(void)
{
    static enum etl_compression plain = ETL_PLAIN, xpress = ETL_XPRESS;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(a_trace_cut_at_any_byte_keeps_what_came_before_and_says_so,
                                  &plain),
        cmocka_unit_test_prestate(a_trace_cut_at_any_byte_keeps_what_came_before_and_says_so,
                                  &xpress),
        cmocka_unit_test(a_buffer_of_wrong_size_costs_nothing_that_came_before),
        cmocka_unit_test_prestate(any_byte_may_be_wrong, &plain),
        cmocka_unit_test_prestate(any_byte_may_be_wrong, &xpress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
