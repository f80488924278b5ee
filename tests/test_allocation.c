/* Memory that runs out: each allocation of a whole run fails once, and nothing else does. */
#include "decoder/census.h"
#include "reports/export.h"
#include "reports/result_reader.h"
#include "reports/symbol_answer.h"
#include "reports/symbol_folder.h"
#include "tests/analysed.h"
#include "tests/failing_memory.h"
#include "tests/report_testing.h"
#include "tests/stack_traces.h"

#include "analyzer/stack_match.h"
#include "tests/result_stacks.h"
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

/* Stacks of the first event that is not at the start, and a module, told of in every way. */
static void put_stacks(struct etl *etl, const struct trace_random *trace)
{
    static const uint64_t frames[] = { 0x7ff000001000, 0x7ff000002000 };
    static const uint8_t guid[ETL_GUID_BYTES] = { 1 };
    const struct event *last = &trace->events[trace->count - 1];
    const struct etl_image image = { frames[0], 0x10000, "\\Device\\Volume1\\a.dll", 1000, 0, 0 };
    const struct etl_image other = { frames[0], 0x20000, "b.dll", 1000, 0, 0 };
    const uint64_t time_ns = last->time_ns + US;
    etl_pdb(etl, time_ns, frames[0], 1000, guid, 1, "a.pdb");
    etl_image(etl, time_ns, ETL_IMAGE_LOAD, &image);
    etl_volume(etl, time_ns, "\\Device\\Volume1\\", "C:\\");
    etl_as(etl, 0, trace->pids[last->process], last->thread);
    etl_stack_walk(etl, time_ns, last->time_ns, &frames[1], 1);
    etl_alloc(etl, time_ns + US, 0x10000, 0x20000, 100, ETL_MAINPATH);
    etl_stack_key(etl, time_ns + 2 * US, ETL_KEY_USER, time_ns + US, 5);
    etl_stack_definition(etl, time_ns + 3 * US, ETL_STACK_CREATE, 5, frames, 2);
    etl_image(etl, time_ns + 4 * US, ETL_IMAGE_LOAD, &other);
}

struct kind {
    enum etl_compression compression;
    bool has_stacks;
};

static struct kind plain = { .compression = ETL_PLAIN }, xpress = { .compression = ETL_XPRESS },
                   with_stacks = { .has_stacks = true };

static uint8_t *make_trace(const struct kind *kind, size_t *size)
{
    struct etl_options options = etl_defaults();
    options.buffer_bytes = 4096;
    options.cpu_count = 2;
    options.compression = kind->compression;
    struct etl *etl = etl_builder_new(&options);
    struct trace_random trace = trace_random_new(
        &(struct trace_random_options){ .seed = 3, .events = 100, .cpus = 2, .processes = 3 });
    etl_process(etl, 0, ETL_PROCESS_START, 1000, 4, "program.exe", "program -x");
    if (kind->has_stacks) {
        stack_trace_modules(etl);
        stack_trace_random(etl, &trace, 3, 80, 20);
        put_stacks(etl, &trace);
    } else {
        trace_random_write(&trace, etl);
    }
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
    uint8_t *trace = make_trace(*state, &size);
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
    uint8_t *trace = make_trace(*state, &size);
    size_t failing = 0;
    while (analyse_with_failure(trace, size, failing, true))
        failing += 1 + failing / 8;
    assert_true(failing > 100);
    free(trace);
}

enum { REALLOCATED = 1024 }; /* as many chains as there is room for at first */

/* A heap of reallocated blocks that ends, after some others have gone: more than are told late. */
static uint8_t *make_ending_heap(size_t *size)
{
    const uint64_t heap = 0x10000;
    struct etl *etl = etl_builder_new(NULL);
    uint64_t time_ns = US;
    etl_create(etl, time_ns += US, heap, 2, 0, 0);
    for (uint64_t i = 0; i < REALLOCATED; i++)
        etl_alloc(etl, time_ns += US, heap, 0x100000 + i * 256, 16, ETL_MAINPATH);
    for (uint64_t i = 0; i < 100; i++)
        etl_alloc(etl, time_ns += US, heap, 0x200000 + i * 256, 16, ETL_MAINPATH);
    for (uint64_t i = 0; i < 100; i++)
        etl_free(etl, time_ns += US, heap, 0x200000 + i * 256, ETL_MAINPATH);
    for (uint64_t i = 0; i < REALLOCATED; i++) {
        const uint64_t address = 0x100000 + i * 256;
        etl_realloc(etl, time_ns += US, heap, address, address, 32, 16, ETL_MAINPATH);
    }
    etl_destroy(etl, time_ns += US, heap);
    uint8_t *bytes = etl_finish(etl, size);
    etl_builder_free(etl);
    return bytes;
}

static uint64_t live_bytes_by_size(const struct result *result)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < result->totals.size_count; i++)
        sum += result->totals.sizes[i].live_bytes_at_peak;
    return sum;
}

/* Whatever is told after a failure agrees with itself. Returns whether there was one. */
static bool end_heap_with_failure(const uint8_t *trace, size_t size, size_t failing)
{
    struct result result;
    struct error stop = { 0 }, err = { 0 };
    begin_refusing(failing, false);
    bool is_told = analysed(trace, size, &result, &stop, &err);
    bool is_whole = is_told && stop.code == ERROR_NONE;
    if (is_told) {
        const uint64_t peak = result.totals.levels[LEVEL_live_bytes].peak;
        assert_int_equal(live_bytes_by_size(&result), peak == RESULT_UNKNOWN ? 0 : peak);
        result_release(&result);
    }
    return end_refusing(is_whole, stop.code != ERROR_NONE ? &stop : &err);
}

/* Most of what is allocated at the end of a heap comes last: there each fails once, else some do.
 */
static void a_heap_may_end_without_memory(void **state)
{
    (void)state;
    size_t size, failing = 0, last = 0;
    uint8_t *trace = make_ending_heap(&size);
    for (; end_heap_with_failure(trace, size, failing); failing += 1 + failing / 16)
        last = failing;
    for (; failing - last > 1;) {
        size_t middle = last + (failing - last) / 2;
        if (end_heap_with_failure(trace, size, middle))
            last = middle;
        else
            failing = middle;
    }
    assert_true(last > 200);
    for (failing = last - 120; failing <= last; failing++)
        assert_true(end_heap_with_failure(trace, size, failing));
    free(trace);
}

/* Reads what can be read, and counts it by provider too. */
static bool decode_with_failure(const uint8_t *trace, size_t size, size_t failing)
{
    struct error err = { 0 };
    struct event_batch batch;
    enum next got = NEXT_ERROR;
    begin_refusing(failing, false);
    struct decoder *decoder = decoder_open_memory(trace, size, &err);
    bool has_census = decoder && decoder_want_census(decoder, &err);
    if (has_census)
        do
            got = decoder_next(decoder, &batch, &err);
        while (got == NEXT_BATCH);
    bool was_refused = end_refusing(got == NEXT_END, &err);
    const struct census_row *rows;
    uint64_t sum = 0;
    size_t count = has_census ? census_rows(decoder_census(decoder), &rows) : 0;
    for (size_t i = 0; i < count; i++)
        sum += rows[i].count;
    if (has_census)
        assert_int_equal(sum, decoder_info(decoder)->events);
    decoder_close(decoder);
    return was_refused;
}

/* Events of one form, each of another process. */
static void what_was_read_is_counted_when_an_allocation_fails(void **state)
{
    (void)state;
    enum { PROCESSES = 200, HEAP = 0x10000 };
    struct etl *etl = etl_builder_new(NULL);
    for (uint32_t i = 0; i < PROCESSES; i++) {
        etl_as(etl, 0, 100 + i, 1);
        etl_alloc(etl, i * US, HEAP, 0x20000, 100, ETL_MAINPATH);
    }
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    size_t failing = 0;
    while (decode_with_failure(trace, size, failing))
        failing++;
    print_message("each of %zu allocations failed once\n", failing);
    assert_true(failing > PROCESSES);
    etl_builder_free(etl);
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

static void fail_each_allocation(const struct report *report)
{
    for (size_t i = 0; i < report_format_count; i++) {
        size_t failing = 0;
        while (report_with_failure(report, &report_formats[i], failing))
            failing++;
        print_message("%s: each of %zu allocations failed once\n", report_formats[i].name, failing);
    }
}

static void any_allocation_of_a_report_may_fail(void **state)
{
    size_t size;
    struct result result;
    struct error err = { 0 };
    (void)state;
    uint8_t *trace = make_trace(&plain, &size);
    assert_true(analysed(trace, size, &result, NULL, &err));
    const struct report report = { .build = &result };
    fail_each_allocation(&report);
    result_release(&result);
    free(trace);
}

static bool match_stacks(const struct result *base, const struct result *now, struct error *err)
{
    struct stack_matching matching = { 0 };
    bool is_fine = stack_matching_add(&matching, STACK_SIDE_BASE, base, err) &&
                   stack_matching_add(&matching, STACK_SIDE_NOW, now, err) &&
                   stack_matching_finish(&matching, 10, err);
    stack_matching_release(&matching);
    return is_fine;
}

/* The stacks of one side have names, so that matching has to do without in the end. */
static void any_allocation_of_matching_stacks_may_fail(void **state)
{
    (void)state;
    size_t size, failing = 0;
    struct result base, now;
    struct error err = { 0 };
    uint8_t *trace = make_trace(&with_stacks, &size);
    assert_true(analysed(trace, size, &base, NULL, &err));
    assert_true(analysed(trace, size, &now, NULL, &err));
    assert_true(base.stacks.row_count > 10);
    now.stacks.has_names = true;
    for (size_t i = 0; i < now.stacks.frame_count; i++) {
        struct stack_frame *frame = &now.stacks.frames[i];
        frame->names = calloc(1, sizeof *frame->names);
        assert_non_null(frame->names);
        frame->names[0].function = strdup(i % 2 ? "main" : "grow");
        frame->name_count = 1;
    }
    bool was_refused = true;
    for (; was_refused; failing++) {
        err = (struct error){ 0 };
        begin_refusing(failing, false);
        was_refused = end_refusing(match_stacks(&base, &now, &err), &err);
    }
    print_message("each of %zu allocations failed once\n", failing);
    assert_true(failing > 20);
    result_release(&base);
    result_release(&now);
    free(trace);
}

static void any_allocation_of_a_report_of_stacks_may_fail(void **state)
{
    struct result result;
    (void)state;
    fixture_stacks(&result);
    fail_each_allocation(&(struct report){ .build = &result });
    result_release(&result);
}

static bool read_with_failure(const char *text, size_t failing)
{
    struct result result;
    struct error err = { 0 };
    begin_refusing(failing, false);
    bool is_read = result_read_one(text, strlen(text), &result, &err);
    bool was_refused = end_refusing(is_read, &err);
    if (is_read)
        result_release(&result);
    return was_refused;
}

static void any_allocation_of_reading_stacks_back_may_fail(void **state)
{
    struct result result;
    size_t failing = 0;
    (void)state;
    fixture_stacks(&result);
    char *text = written_by(report_json_write, &(struct report){ .build = &result });
    while (read_with_failure(text, failing))
        failing++;
    assert_true(failing > 50);
    free(text);
    result_release(&result);
}

static bool export_with_failure(const struct export_request *request,
                                const struct export_format *format, size_t failing)
{
    struct error err = { 0 };
    FILE *out = fopen("/dev/null", "w");
    assert_non_null(out);
    begin_refusing(failing, false);
    bool was_refused = end_refusing(format->write(request, out, &err), &err);
    fclose(out);
    return was_refused;
}

static void any_allocation_of_an_export_may_fail(void **state)
{
    struct result result;
    (void)state;
    fixture_stacks(&result);
    const struct export_request request = { .result = &result };
    for (size_t i = 0; i < export_format_count; i++) {
        size_t failing = 0;
        while (export_with_failure(&request, &export_formats[i], failing))
            failing++;
        print_message("%s: each of %zu allocations failed once\n", export_formats[i].name, failing);
    }
    result_release(&result);
}

static bool find_symbols_with_failure(size_t failing)
{
    static const char line[] = "{\"Address\":\"0x0\",\"Symbol\":[{\"FunctionName\":\"f\","
                               "\"FileName\":\"f.c\"},{\"FunctionName\":\"g\"}]}";
    static const char *const folders[] = { "tests/golden" };
    struct error err = { 0 };
    struct symbol_answer answer = { 0 };
    begin_refusing(failing, false);
    struct symbol_folder *folder = symbol_folder_open(folders, 1, SYMBOL_FILES_MAX, &err);
    bool is_done = folder != NULL;
    if (is_done &&
        symbol_answer_read(line, sizeof line - 1, 0, false, &answer) != SYMBOL_ANSWER_GOOD) {
        error_set(&err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for an answer");
        is_done = false;
    }
    bool was_refused = end_refusing(is_done, &err);
    symbol_answer_release(&answer);
    symbol_folder_close(folder);
    return was_refused;
}

static void any_allocation_for_symbols_may_fail(void **state)
{
    size_t failing = 0;
    (void)state;
    while (find_symbols_with_failure(failing))
        failing++;
    print_message("each of %zu allocations failed once\n", failing);
    assert_true(failing > 10);
}

int main(void)
{
    setenv("PATH", "/nonexistent", 1); /* no gnuplot: it is not what runs out of memory here */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(any_allocation_of_an_analysis_may_fail, &plain),
        cmocka_unit_test_prestate(any_allocation_of_an_analysis_may_fail, &xpress),
        cmocka_unit_test_prestate(any_allocation_of_an_analysis_may_fail, &with_stacks),
        cmocka_unit_test(what_was_read_is_counted_when_an_allocation_fails),
        cmocka_unit_test_prestate(memory_may_run_out_for_good, &plain),
        cmocka_unit_test_prestate(memory_may_run_out_for_good, &with_stacks),
        cmocka_unit_test(a_heap_may_end_without_memory),
        cmocka_unit_test(any_allocation_of_a_report_may_fail),
        cmocka_unit_test(any_allocation_of_matching_stacks_may_fail),
        cmocka_unit_test(any_allocation_of_an_export_may_fail),
        cmocka_unit_test(any_allocation_for_symbols_may_fail),
        cmocka_unit_test(any_allocation_of_a_report_of_stacks_may_fail),
        cmocka_unit_test(any_allocation_of_reading_stacks_back_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
