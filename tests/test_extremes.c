/* Numbers at their ends and limits that are reached, from the bytes of a trace to the report. */
#include "tests/analysed.h"
#include "tests/report_testing.h"
#include "tests/trace_random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEAP = 0x10000 };
#define BELIEVED_SUM_MAX (UINT64_C(1) << 62) /* of all sizes that a trace names */

/* Finishes and analyses; `stop` gets what ended the reading early. */
static struct result analyse(struct etl *etl, struct error *stop)
{
    struct result result;
    struct error err = { 0 };
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    if (!analysed(trace, size, &result, stop, &err))
        fail_msg("%s", err.message);
    etl_builder_free(etl);
    free(trace);
    return result;
}

static void expect_reports(const struct result *result)
{
    const struct report report = { .build = result };
    char *text = written_by(report_text_write, &report);
    assert_fits_a_terminal(text);
    free(text);
    free(written_by(report_json_write, &report));
    free(written_by(report_csv_write, &report));
}

static struct result analyse_all(struct etl *etl)
{
    struct error stop = { 0 };
    struct result result = analyse(etl, &stop);
    assert_int_equal(stop.code, ERROR_NONE);
    expect_reports(&result);
    return result;
}

static void a_size_beyond_any_address_space_counts_as_nothing(void **state)
{
    static const uint64_t sizes[] = { UINT64_MAX, UINT64_MAX - 4095, (UINT64_C(1) << 48) + 1 };
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct etl *etl = etl_builder_new(NULL);
        etl_alloc(etl, 0, HEAP, 0x20000, sizes[i], ETL_MAINPATH);
        etl_realloc(etl, 1 * US, HEAP, 0x20000, 0x20000, sizes[i], sizes[i], ETL_MAINPATH);
        struct result result = analyse_all(etl);
        assert_true(result.anomalies.count[ANOMALY_size_unbelievable] >= 2);
        assert_int_equal(result.totals.levels[LEVEL_live_bytes].peak, 0);
        assert_int_equal(result.totals.levels[LEVEL_live_blocks].end, 1);
        result_release(&result);
    }
}

/* No sum can wrap: what goes beyond the sum that is believed counts as nothing. */
static void sizes_that_add_up_to_too_much_stop_counting(void **state)
{
    enum { BLOCKS = 20000 };
    const uint64_t size = UINT64_C(1) << 48;
    struct etl *etl = etl_builder_new(NULL);
    (void)state;
    for (uint64_t i = 0; i < BLOCKS; i++)
        etl_alloc(etl, i * US, HEAP, (i + 1) * size, size, ETL_MAINPATH);
    struct result result = analyse_all(etl);
    assert_true(result.totals.levels[LEVEL_live_bytes].peak == BELIEVED_SUM_MAX);
    assert_true(result.totals.levels[LEVEL_touched_bytes].peak >= BELIEVED_SUM_MAX);
    assert_true(result.totals.traffic.alloc_bytes == BELIEVED_SUM_MAX);
    assert_int_equal(result.anomalies.count[ANOMALY_size_unbelievable],
                     BLOCKS - BELIEVED_SUM_MAX / size);
    result_release(&result);
}

static void a_block_may_end_past_the_end_of_memory(void **state)
{
    static const uint64_t sizes[] = { 15, 16, 17, 4096, UINT64_C(1) << 47 };
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct etl *etl = etl_builder_new(NULL);
        etl_alloc(etl, 0, HEAP, UINT64_MAX - 15, sizes[i], ETL_MAINPATH);
        etl_alloc(etl, 1 * US, HEAP, 16, 64, ETL_MAINPATH);
        etl_free(etl, 2 * US, HEAP, UINT64_MAX - 15, ETL_MAINPATH);
        struct result result = analyse_all(etl);
        assert_int_equal(result.totals.levels[LEVEL_live_bytes].end, 64);
        assert_int_equal(result.totals.levels[LEVEL_live_blocks].peak, 2);
        result_release(&result);
    }
}

static void times_may_be_at_their_ends(void **state)
{
    static const uint64_t ticks[] = { 0, 1, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX };
    static const uint32_t clocks[] = { CLOCK_QPC, CLOCK_SYSTEM, CLOCK_CYCLES };
    (void)state;
    for (size_t i = 0; i < 15; i++) {
        struct etl_options options = etl_defaults();
        options.log.reserved_flags = clocks[i % 3];
        options.log.cpu_speed_mhz = 1;
        options.log.perf_freq = 1;
        struct etl *etl = etl_builder_new(&options);
        etl_alloc(etl, 0, HEAP, 0x20000, 100, ETL_MAINPATH);
        etl_put(etl, &(struct etl_event){ .header = HEADER_SYSTEM64,
                                          .group = ETL_GROUP_HEAP,
                                          .opcode = 36,
                                          .version = 2,
                                          .ticks = ticks[i / 3],
                                          .pid = 100,
                                          .tid = 1,
                                          .payload = "\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\3\0\0\0",
                                          .payload_size = 20 });
        etl_alloc(etl, 1 * US, HEAP, 0x30000, 100, ETL_MAINPATH);
        struct result result = analyse_all(etl);
        assert_true(result.trace.duration_ns <= (uint64_t)INT64_MAX);
        /* At one tick a second all may have one time: then there is no mean. */
        assert_true(result.trace.duration_ns == 0 ||
                    isfinite(result.totals.levels[LEVEL_live_bytes].mean));
        assert_int_equal(result.totals.levels[LEVEL_live_bytes].peak, 100);
        assert_int_equal(result.totals.traffic.frees, 1);
        result_release(&result);
    }
}

static void what_a_heap_says_it_holds_is_cut_to_an_address_space(void **state)
{
    const struct etl_space space = { UINT64_MAX, UINT64_MAX, UINT64_MAX };
    struct etl *etl = etl_builder_new(NULL);
    (void)state;
    for (uint64_t heap = 1; heap <= 100; heap++) {
        etl_create(etl, heap * US, heap * HEAP, 2, UINT64_MAX, UINT64_MAX);
        etl_extend(etl, heap * US, heap * HEAP, 0, UINT64_MAX, space);
        etl_snapshot(etl, heap * US, heap * HEAP, space, UINT64_MAX);
        etl_commit(etl, heap * US, heap * HEAP, 0, UINT64_MAX);
        etl_decommit(etl, heap * US, heap * HEAP, 0, UINT64_MAX);
        etl_range_reserve(etl, heap * US, heap * HEAP, 0, UINT64_MAX);
        etl_range_release(etl, heap * US, heap * HEAP, 0, UINT64_MAX);
    }
    struct result result = analyse_all(etl);
    const struct level_result *committed = &result.totals.levels[LEVEL_committed_bytes];
    assert_true(committed->peak <= 100 * (UINT64_C(1) << 47));
    assert_true(result.anomalies.count[ANOMALY_size_unbelievable] >= 100);
    result_release(&result);
}

/* What is beyond a limit is not reported, and what came before it is. */
static void pairs_of_heaps_and_paths_have_a_limit(void **state)
{
    enum { PAIRS_MAX = 1 << 16, HEAPS = 1100, PATHS = 61 };
    struct etl *etl = etl_builder_new(NULL);
    uint64_t time_ns = 0;
    (void)state;
    for (uint64_t heap = 1; heap <= HEAPS; heap++)
        for (uint32_t path = 1; path <= PATHS; path++)
            etl_alloc(etl, time_ns += 1 * US, heap * HEAP, 0x20000 + 64 * path, 10, path);
    struct error stop = { 0 };
    struct result result = analyse(etl, &stop);
    assert_int_equal(stop.code, ERROR_LIMIT);
    assert_non_null(strstr(stop.message, "more than 65536 pairs of a heap and an allocator path"));
    assert_int_equal(result.totals.traffic.allocs, PAIRS_MAX);
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_size_beyond_any_address_space_counts_as_nothing),
        cmocka_unit_test(sizes_that_add_up_to_too_much_stop_counting),
        cmocka_unit_test(a_block_may_end_past_the_end_of_memory),
        cmocka_unit_test(times_may_be_at_their_ends),
        cmocka_unit_test(what_a_heap_says_it_holds_is_cut_to_an_address_space),
        cmocka_unit_test(pairs_of_heaps_and_paths_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
