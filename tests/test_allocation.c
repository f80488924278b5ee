/* Memory that runs out: each allocation of a whole run fails once, and nothing else does. */
#include "tests/analysed.h"
#include "tests/failing_memory.h"
#include "tests/report_testing.h"
#include "tests/trace_random.h"

#include <stdlib.h>
#include <string.h>

/* From the trace to its result. False fills `err`. */
static bool analyse(const uint8_t *trace, size_t size, struct error *err)
{
    struct error stop = { 0 };
    struct result result;
    if (!analysed(trace, size, &result, &stop, err))
        return false;
    result_release(&result);
    if (stop.code != ERROR_NONE)
        *err = stop;
    return stop.code == ERROR_NONE;
}

static uint8_t *make_trace(enum etl_compression compression, size_t *size)
{
    struct etl_options options = etl_defaults();
    options.buffer_bytes = 4096;
    options.cpu_count = 2;
    options.compression = compression;
    struct etl *etl = etl_builder_new(&options);
    struct trace_random trace = trace_random_new(
        &(struct trace_random_options){ .seed = 3, .events = 100, .cpus = 2, .processes = 3 });
    etl_process(etl, 0, ETL_PROCESS_START, 1000, 4, "program.exe", "program -x");
    trace_random_write(&trace, etl);
    trace_random_release(&trace);
    uint8_t *bytes = etl_finish(etl, size);
    etl_builder_free(etl);
    return bytes;
}

static bool analyse_with_failure(const uint8_t *trace, size_t size, size_t failing, bool is_lasting)
{
    struct error err = { 0 };
    begin_refusing(failing, is_lasting);
    return end_refusing(analyse(trace, size, &err), &err);
}

static void any_allocation_of_an_analysis_may_fail(void **state)
{
    size_t size;
    uint8_t *trace = make_trace(*(enum etl_compression *)*state, &size);
    size_t failing = 0;
    while (analyse_with_failure(trace, size, failing, false))
        failing++;
    print_message("each of %zu allocations failed once\n", failing);
    assert_true(failing > 100);
    free(trace);
}

static void memory_may_run_out_for_good(void **state)
{
    size_t size;
    uint8_t *trace = make_trace(*(enum etl_compression *)*state, &size);
    size_t failing = 0;
    while (analyse_with_failure(trace, size, failing, true))
        failing += 1 + failing / 8;
    assert_true(failing > 100);
    free(trace);
}

static bool report_with_failure(const struct report *report, const struct report_format *format,
                                size_t failing)
{
    struct error err = { 0 };
    FILE *out = fopen("/dev/null", "w");
    assert_non_null(out);
    begin_refusing(failing, false);
    bool was_refused = end_refusing(format->write(report, out, &err), &err);
    fclose(out);
    return was_refused;
}

static void any_allocation_of_a_report_may_fail(void **state)
{
    size_t size;
    struct result result;
    struct error err = { 0 };
    (void)state;
    uint8_t *trace = make_trace(ETL_PLAIN, &size);
    assert_true(analysed(trace, size, &result, NULL, &err));
    const struct report report = { .build = &result };
    for (size_t i = 0; i < report_format_count; i++) {
        size_t failing = 0;
        while (report_with_failure(&report, &report_formats[i], failing))
            failing++;
        print_message("%s: each of %zu allocations failed once\n", report_formats[i].name, failing);
    }
    result_release(&result);
    free(trace);
}

int main(void)
{
    static enum etl_compression plain = ETL_PLAIN, xpress = ETL_XPRESS;
    setenv("PATH", "/nonexistent", 1); /* no gnuplot: it is not what runs out of memory here */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(any_allocation_of_an_analysis_may_fail, &plain),
        cmocka_unit_test_prestate(any_allocation_of_an_analysis_may_fail, &xpress),
        cmocka_unit_test_prestate(memory_may_run_out_for_good, &plain),
        cmocka_unit_test(any_allocation_of_a_report_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
