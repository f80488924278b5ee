/* What got worse by call stack: every format names it, and nobody's name does harm. */
#include "reports/compare_report.h"
#include "reports/compare_stacks.h"
#include "reports/merged_json.h"
#include "reports/result_reader.h"
#include "tests/report_testing.h"
#include "tests/result_fixture.h"
#include "tests/result_stacks.h"
#include "tests/temporary_folder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two builds, of which the new one copies, pins and holds more. */
struct bench {
    struct merged merged[STACK_SIDES];
    struct stack_matching stacks;
    struct comparison comparison;
    struct compare_report report;
};

static void worsen(struct stacks_result *stacks)
{
    stacks->rows[0].counts.copied_bytes += UINT64_C(1) << 30; /* grow_log */
    stacks->rows[1].counts.pinned_waste_at_peak += 3 << 20;   /* keep_node */
    stacks->rows[1].counts.pinned_waste_at_end += 5 << 20;
    stacks->rows[2].counts.copied_bytes += 1 << 20;       /* the hostile one */
    stacks->rows[3].counts.live_bytes_at_peak -= 1 << 20; /* better */
}

static void add(struct bench *bench, enum stack_side side, void (*fixture)(struct result *out))
{
    struct result result;
    struct error err = { 0 };
    const struct result_sums sums = { &bench->merged[side], &bench->stacks, side };
    fixture(&result);
    if (side == STACK_SIDE_NOW && result.stacks.known)
        worsen(&result.stacks);
    /* As it is read back from a file: that is what build servers keep. */
    char *text = written_by(report_json_write, &(struct report){ .build = &result });
    if (!result_read(text, strlen(text), &sums, &err))
        fail_msg("%s", err.message);
    free(text);
    result_release(&result);
}

static struct bench *bench_of(void (*base)(struct result *out), void (*now)(struct result *out))
{
    static const struct comparison_options options = { .alpha = 0.05 };
    struct bench *bench = calloc(1, sizeof *bench);
    struct error err = { 0 };
    assert_non_null(bench);
    add(bench, STACK_SIDE_BASE, base);
    add(bench, STACK_SIDE_NOW, now);
    merged_finish(&bench->merged[0]);
    merged_finish(&bench->merged[1]);
    assert_true(stack_matching_finish(&bench->stacks, 10, &err));
    assert_true(
        compare_builds(&bench->merged[0], &bench->merged[1], &options, &bench->comparison, &err));
    bench->report =
        (struct compare_report){ .comparison = &bench->comparison, .stacks = &bench->stacks };
    return bench;
}

static void bench_free(struct bench *bench)
{
    comparison_release(&bench->comparison);
    stack_matching_release(&bench->stacks);
    merged_release(&bench->merged[0]);
    merged_release(&bench->merged[1]);
    free(bench);
}

static char *written(bool (*write)(const struct compare_report *report, FILE *out,
                                   struct error *err),
                     const struct bench *bench)
{
    char *text = NULL;
    size_t size = 0;
    struct error err = { 0 };
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_true(write(&bench->report, out, &err));
    fclose(out);
    return text;
}

static void the_text_names_what_got_worse(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "\nCall stacks that got worse\n",
        "\nMore copied by moves:\n  1. +1.00 GiB  app.exe!fit\n     base 8.59 GiB, new 9.59 GiB,",
        "     from app.exe!grow_log\n     from app.exe!append(log&, char const*)\n",
        "\nMore pinned waste at the end:\n  1. +5.00 MiB  app.exe!keep_node\n",
        "\nMore pinned waste at the peak:\n  1. +3.00 MiB  app.exe!keep_node\n",
    };
    struct bench *bench = bench_of(fixture_stacks, fixture_stacks);
    char *text = written(compare_text_write, bench);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strstr(text, parts[i]))
            fail_msg("no '%s' in\n%s", parts[i], text);
    assert_null(strstr(text, "More live at the peak"));
    assert_fits_a_terminal(strstr(text, "\nCall stacks that got worse\n"));
    free(text);
    bench_free(bench);
}

static void stacks_of_one_build_are_compared_with_nothing(void **state)
{
    (void)state;
    struct bench *bench = bench_of(fixture_rich, fixture_stacks);
    char *text = written(compare_text_write, bench);
    assert_non_null(strstr(text, "Only one build has call stacks"));
    assert_null(strstr(text, "More "));
    free(text);
    text = written(compare_json_write, bench);
    assert_non_null(strstr(text, "\n  \"stacks\": null\n"));
    free(text);
    bench_free(bench);
    bench = bench_of(fixture_rich, fixture_rich);
    text = written(compare_text_write, bench);
    assert_null(strstr(text, "stack"));
    free(text);
    bench_free(bench);
}

static void what_is_merged_says_that_its_stacks_are_left_out(void **state)
{
    (void)state;
    struct bench *bench = bench_of(fixture_rich, fixture_stacks);
    struct merged *sum = &bench->merged[STACK_SIDE_NOW];
    struct error err = { 0 };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_true(merged_json_write(sum, out, &err));
    fclose(out);
    assert_non_null(strstr(text, "\"traces_with_stacks\": 1,"));
    struct bench *again = calloc(1, sizeof *again);
    assert_non_null(again);
    const struct result_sums sums = { &again->merged[0], &again->stacks, STACK_SIDE_BASE };
    assert_true(result_read(text, size, &sums, &err));
    assert_int_equal(again->merged[0].traces_with_stacks, 1);
    assert_int_equal(again->stacks.runs[STACK_SIDE_BASE], 0);
    bench_free(again);
    free(text);
    bench_free(bench);
}

static void the_document_obeys_the_schema(void **state)
{
    (void)state;
    struct bench *bench = bench_of(fixture_stacks, fixture_stacks);
    char *text = written(compare_json_write, bench);
    assert_non_null(strstr(text, "\"change\": 1073741824, "));
    assert_null(strchr(text, '\x1b'));
    char path[] = "/tmp/heapfrag-json-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    int status = run_program((char *const[]){ "/usr/bin/python3", "tests/validate.py",
                                              "reports/comparison.schema.json", path, NULL });
    unlink(path);
    free(text);
    bench_free(bench);
    if (status == 77 || status == 127)
        skip();
    assert_int_equal(status, 0);
}

static void the_page_shows_hostile_functions_as_text(void **state)
{
    (void)state;
    struct bench *bench = bench_of(fixture_stacks, fixture_stacks);
    char *page = written(compare_html_write, bench);
    assert_non_null(strstr(page, "<caption>More copied by moves</caption>"));
    assert_non_null(strstr(page, "<strong>app.exe!fit</strong>"));
    assert_non_null(strstr(page, "&lt;script&gt;"));
    assert_null(strstr(page, "<script"));
    assert_null(strchr(page, '\x1b'));
    free(page);
    bench_free(bench);
}

static void the_table_runs_no_formulas(void **state)
{
    (void)state;
    struct bench *bench = bench_of(fixture_stacks, fixture_stacks);
    struct error err = { 0 };
    static struct output_dir dir;
    char *folder = temporary_folder_new();
    assert_true(output_dir_open(&dir, folder, false, &err));
    assert_true(compare_csv_write_files(&bench->report, &dir, &err));
    output_dir_close(&dir);
    char *table = temporary_folder_read(folder, "compare_stacks.csv");
    assert_non_null(strstr(table, "\ncopied_bytes,\"'=cmd|"));
    assert_non_null(strstr(table, ",1073741824,1,1,\"app.exe!main;app.exe!append(log&"));
    for (const char *at = table; (at = strpbrk(at, ",\n")); at++)
        assert_null(strchr("=+@|", at[1] ? at[1] : ' '));
    assert_null(strchr(table, '\x1b'));
    free(table);
    temporary_folder_free(folder);
    bench_free(bench);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "page") == 0) { /* to look at */
        struct bench *bench = bench_of(fixture_stacks, fixture_stacks);
        char *page = written(compare_html_write, bench);
        fputs(page, stdout);
        free(page);
        bench_free(bench);
        return EXIT_SUCCESS;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_names_what_got_worse),
        cmocka_unit_test(stacks_of_one_build_are_compared_with_nothing),
        cmocka_unit_test(what_is_merged_says_that_its_stacks_are_left_out),
        cmocka_unit_test(the_document_obeys_the_schema),
        cmocka_unit_test(the_page_shows_hostile_functions_as_text),
        cmocka_unit_test(the_table_runs_no_formulas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
