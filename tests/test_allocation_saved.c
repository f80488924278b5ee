/* Memory that runs out while results are saved, read back, merged and compared, or unpacked. */
#include "analyzer/comparison.h"
#include "decoder/decoder.h"
#include "decoder/intake.h"
#include "reports/compare_report.h"
#include "reports/merged_json.h"
#include "reports/result_reader.h"
#include "tests/failing_memory.h"
#include "tests/report_testing.h"
#include "tests/result_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A saved result, as a string to be freed. */
static char *saved_result(void)
{
    struct result result;
    fixture_rich(&result);
    char *text = written_by(report_json_write, &(struct report){ .build = &result });
    result_release(&result);
    return text;
}

static FILE *nowhere(void)
{
    FILE *out = fopen("/dev/null", "w");
    assert_non_null(out);
    return out;
}

/* Reads it twice, adds up, and writes the sum. */
static bool merge(const char *text, FILE *out, struct error *err)
{
    struct merged merged = { 0 };
    const struct result_sums sums = { .merged = &merged };
    bool is_done =
        result_read(text, strlen(text), &sums, err) && result_read(text, strlen(text), &sums, err);
    if (is_done) {
        merged_finish(&merged);
        is_done = merged_json_write(&merged, out, err);
    }
    merged_release(&merged);
    return is_done;
}

/* The first 128 and then every hundredth or so: all of them are 13451 and take minutes. */
static void allocations_of_a_merge_may_fail(void **state)
{
    char *text = saved_result();
    bool was_refused = true;
    size_t runs = 0;
    (void)state;
    for (size_t failing = 0; was_refused; failing += 1 + failing / 128, runs++) {
        struct error err = { 0 };
        FILE *out = nowhere();
        begin_refusing(failing, false);
        was_refused = end_refusing(merge(text, out, &err), &err);
        fclose(out);
    }
    print_message("%zu allocations failed once\n", runs - 1);
    assert_true(runs > 500);
    free(text);
}

static bool compare(const struct merged *merged,
                    bool (*write)(const struct compare_report *report, FILE *out,
                                  struct error *err),
                    FILE *out, struct error *err)
{
    const struct comparison_options options = { .alpha = 0.05 };
    struct comparison comparison;
    if (!compare_builds(merged, merged, &options, &comparison, err))
        return false;
    const struct stack_matching no_stacks = { 0 };
    const struct compare_report report = { .comparison = &comparison, .stacks = &no_stacks };
    bool is_done = write(&report, out, err);
    comparison_release(&comparison);
    return is_done;
}

static void any_allocation_of_a_comparison_may_fail(void **state)
{
    static bool (*const writers[])(const struct compare_report *report, FILE *out,
                                   struct error *err) = { compare_text_write, compare_json_write,
                                                          compare_csv_write };
    char *text = saved_result();
    struct merged merged = { 0 };
    const struct result_sums sums = { .merged = &merged };
    struct error err = { 0 };
    (void)state;
    assert_true(result_read(text, strlen(text), &sums, &err));
    merged_finish(&merged);
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
        bool was_refused = true;
        size_t failing = 0;
        for (; was_refused; failing++) {
            FILE *out = nowhere();
            err = (struct error){ 0 };
            begin_refusing(failing, false);
            was_refused = end_refusing(compare(&merged, writers[i], out, &err), &err);
            fclose(out);
        }
        print_message("each of %zu allocations failed once\n", failing - 1);
        assert_true(failing > 5);
    }
    merged_release(&merged);
    free(text);
}

/* From the file to the decoder. */
static bool take_in(const char *path, struct error *err)
{
    struct intake *intake = intake_open(path, &(struct intake_options){ 0 }, err);
    enum intake_step step = intake ? INTAKE_MORE : INTAKE_FAILED;
    while (step == INTAKE_MORE)
        step = intake_fill(intake, err);
    struct decoder *decoder = step == INTAKE_READY ? decoder_open_intake(intake, err) : NULL;
    bool is_done = decoder != NULL;
    decoder_close(decoder);
    intake_close(intake);
    return is_done;
}

#define TRACE "data/samples/windows-app.etl"

/* A pipe with the beginning of the trace, as much as it takes without a reader; its end to read. */
static int open_pipe(char path[32])
{
    static uint8_t bytes[40000];
    int ends[2];
    FILE *file = fopen(TRACE, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, size), size);
    close(ends[1]);
    snprintf(path, 32, "/dev/fd/%d", ends[0]);
    return ends[0];
}

static void any_allocation_of_taking_a_pipe_in_may_fail(void **state)
{
    bool was_refused = true;
    size_t failing = 0;
    (void)state;
    for (; was_refused; failing++) {
        char path[32];
        struct error err = { 0 };
        int end = open_pipe(path);
        begin_refusing(failing, false);
        was_refused = end_refusing(take_in(path, &err), &err);
        close(end);
    }
    print_message("each of %zu allocations failed once\n", failing - 1);
    assert_true(failing > 5);
}

static void any_allocation_of_taking_a_trace_in_may_fail(void **state)
{
    bool was_refused = true;
    size_t failing = 0;
    (void)state;
    for (; was_refused; failing++) {
        struct error err = { 0 };
        begin_refusing(failing, false);
        was_refused = end_refusing(take_in(TRACE, &err), &err);
    }
    print_message("each of %zu allocations failed once\n", failing - 1);
    assert_true(failing > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_of_a_merge_may_fail),
        cmocka_unit_test(any_allocation_of_a_comparison_may_fail),
        cmocka_unit_test(any_allocation_of_taking_a_trace_in_may_fail),
        cmocka_unit_test(any_allocation_of_taking_a_pipe_in_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
