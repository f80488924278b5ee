/* Charts: which are made, what is in their files, and that gnuplot draws every one of them. */
#include "reports/charts.h"
#include "reports/gnuplot.h"
#include "reports/subjects.h"
#include "reports/timeline_points.h"
#include "result_synthetic.h"
#include "temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

static bool has_gnuplot(void)
{
    struct gnuplot_job none = { 0 };
    struct error err = { 0 };
    char *folder = temporary_folder_new();
    FILE *script = temporary_folder_open(folder, "empty.gp", "w");
    fclose(script);
    none.script = "empty.gp";
    bool is_there = gnuplot_run(folder, &none, 1, GNUPLOT_SECONDS, &err);
    temporary_folder_free(folder);
    return is_there;
}

/* Writes all charts of `result` and expects that each that is not empty was drawn whole. */
static void expect_all_drawn(struct result result)
{
    if (!has_gnuplot())
        skip();
    struct charts charts;
    struct error err = { 0 };
    char *folder = temporary_folder_new();
    assert_true(charts_write(&result, 3, folder, PICTURE_SVG, &charts, &err));
    assert_int_equal(charts.gnuplot.code, ERROR_NONE);
    assert_true(charts.count > 0);
    for (size_t i = 0; i < charts.count; i++) {
        const struct chart_entry *entry = &charts.entries[i];
        char name[PLOT_NAME_SIZE + 4];
        snprintf(name, sizeof name, "%s.svg", entry->name);
        char *svg = temporary_folder_read(folder, name);
        if (entry->why_empty ? svg != NULL : !entry->is_drawn || !strstr(svg, "</svg>"))
            fail_msg("'%s' is not as it should be", name);
        free(svg);
    }
    charts_release(&charts);
    temporary_folder_free(folder);
    synthetic_release(&result);
}

static void draws_every_chart_of_a_rich_result(void **state)
{
    (void)state;
    expect_all_drawn(synthetic_result(3));
}

static void draws_every_chart_of_the_largest_numbers(void **state)
{
    (void)state;
    expect_all_drawn(synthetic_extreme_result());
}

/* Draws the charts of two builds, of the first heap of each, and expects them whole. */
static void expect_both_drawn(struct result now, struct result base)
{
    if (!has_gnuplot())
        skip();
    const struct process_result *const processes[] = { &now.processes[0], &base.processes[0] };
    const struct chart_subject base_subject = { .result = &base,
                                                .measures = &processes[1]->heaps[0].measures,
                                                .process = processes[1],
                                                .heap = &processes[1]->heaps[0] };
    const struct chart_subject subject = { .result = &now,
                                           .measures = &processes[0]->heaps[0].measures,
                                           .process = processes[0],
                                           .heap = &processes[0]->heaps[0],
                                           .slug = "heap1",
                                           .base = &base_subject };
    struct charts charts;
    struct error err = { 0 };
    char *folder = temporary_folder_new();
    assert_true(charts_write_two(&subject, 1, folder, PICTURE_SVG, &charts, &err));
    assert_int_equal(charts.count, two_chart_count);
    for (size_t i = 0; i < charts.count; i++) {
        const struct chart_entry *entry = &charts.entries[i];
        if (!entry->why_empty && !entry->is_drawn)
            fail_msg("'%s' was not drawn", entry->name);
    }
    charts_release(&charts);
    temporary_folder_free(folder);
    synthetic_release(&now);
    synthetic_release(&base);
}

static void draws_two_builds_however_different(void **state)
{
    (void)state;
    expect_both_drawn(synthetic_result(1), synthetic_result(2));
    expect_both_drawn(synthetic_result(1), synthetic_empty_result());
    expect_both_drawn(synthetic_empty_result(), synthetic_result(1));
    expect_both_drawn(synthetic_result(1), synthetic_extreme_result());
    expect_both_drawn(synthetic_extreme_result(), synthetic_result(1));
    expect_both_drawn(synthetic_extreme_result(), synthetic_extreme_result());
}

static void has_no_chart_of_two_builds_in_which_nothing_happened(void **state)
{
    (void)state;
    struct result now = synthetic_empty_result(), base = synthetic_empty_result();
    struct chart_subject of_base = { .result = &base, .measures = &base.totals };
    struct chart_subject subject = {
        .result = &now, .measures = &now.totals, .slug = "all", .base = &of_base
    };
    struct charts charts;
    struct error err = { 0 };
    assert_true(charts_write_two(&subject, 1, NULL, PICTURE_SVG, &charts, &err));
    assert_true(charts.count > 0);
    for (size_t i = 0; i < charts.count; i++)
        assert_non_null(charts.entries[i].why_empty);
    charts_release(&charts);
    synthetic_release(&now);
    synthetic_release(&base);
}

static void has_a_reason_for_every_chart_of_an_empty_heap(void **state)
{
    (void)state;
    struct result result = synthetic_empty_result();
    struct charts charts;
    struct error err = { 0 };
    assert_true(charts_write(&result, 10, NULL, PICTURE_SVG, &charts, &err));
    assert_int_equal(charts.count, chart_count); /* the trace is its only heap */
    for (size_t i = 0; i < charts.count; i++)
        assert_non_null(charts.entries[i].why_empty);
    charts_release(&charts);
    synthetic_release(&result);
}

static void has_nothing_empty_in_a_rich_result(void **state)
{
    (void)state;
    struct result result = synthetic_result(2);
    struct charts charts;
    struct error err = { 0 };
    assert_true(charts_write(&result, 10, NULL, PICTURE_SVG, &charts, &err));
    for (size_t i = 0; i < charts.count; i++)
        if (charts.entries[i].why_empty)
            fail_msg("%s: %s", charts.entries[i].name, charts.entries[i].why_empty);
    charts_release(&charts);
    synthetic_release(&result);
}

static void lets_no_text_of_the_trace_into_a_script(void **state)
{
    (void)state;
    struct result result = synthetic_extreme_result();
    struct charts charts;
    struct error err = { 0 };
    char *folder = temporary_folder_new();
    assert_true(charts_write(&result, 3, folder, PICTURE_PNG, &charts, &err));
    for (size_t i = 0; i < charts.count; i++) {
        char name[PLOT_NAME_SIZE + 4];
        snprintf(name, sizeof name, "%s.gp", charts.entries[i].name);
        char *script = temporary_folder_read(folder, name);
        assert_int_equal(script != NULL, charts.entries[i].why_empty == NULL);
        assert_null(script ? strstr(script, "script>") : NULL);
        assert_null(script ? strstr(script, "system") : NULL);
        free(script);
    }
    charts_release(&charts);
    temporary_folder_free(folder);
    synthetic_release(&result);
}

static void writes_the_same_bytes_twice(void **state)
{
    (void)state;
    struct result result = synthetic_result(1);
    char *first = NULL;
    for (int round = 0; round < 2; round++) {
        struct charts charts;
        struct error err = { 0 };
        char *folder = temporary_folder_new();
        assert_true(charts_write(&result, 3, folder, PICTURE_SVG, &charts, &err));
        char *data = temporary_folder_read(folder, "process1-heap1-footprint.dat");
        assert_non_null(data);
        if (first)
            assert_string_equal(first, data);
        free(first);
        first = data;
        charts_release(&charts);
        temporary_folder_free(folder);
    }
    free(first);
    synthetic_release(&result);
}

static void chooses_by_peak_by_copies_and_by_excess(void **state)
{
    (void)state;
    struct result result = synthetic_result(8);
    struct heap_result *copier = &result.processes[1].heaps[3];
    copier->measures.realloc.copied_bytes = UINT64_MAX / 2;
    struct chart_subject *subjects;
    size_t count = subjects_choose(&result, 3, &subjects);
    assert_int_equal(count, 4);
    assert_null(subjects[0].heap);
    assert_ptr_equal(subjects[1].heap, &result.processes[0].heaps[0]);
    assert_ptr_equal(subjects[3].heap, copier);
    assert_string_equal(subjects[3].slug, "process2-heap4");
    free(subjects);
    synthetic_release(&result);
}

static void keeps_peaks_and_sums_when_it_makes_a_timeline_coarse(void **state)
{
    (void)state;
    struct timeline_row rows[] = {
        { .t_ns = 0, .curves = { { true, 5, 9, 7 } }, .events = 1 },
        { .t_ns = 10, .curves = { { true, 1, 6, 6 } }, .events = 2 },
        { .t_ns = 20, .curves = { { false, 0, 0, 0 } }, .events = 4 },
        { .t_ns = 1000, .curves = { { true, 2, 2, 2 } }, .events = 8 },
    };
    const struct timeline_result timeline = { 10, 4, rows };
    struct timeline_points points = timeline_points_over(&timeline, 20);
    struct timeline_row point;
    assert_true(timeline_points_next(&points, &point));
    assert_int_equal(point.t_ns, 0);
    assert_int_equal(point.curves[0].min, 1);
    assert_int_equal(point.curves[0].max, 9);
    assert_int_equal(point.curves[0].last, 6);
    assert_int_equal(point.events, 7);
    assert_true(timeline_points_next(&points, &point));
    assert_int_equal(point.t_ns, 960);
    assert_int_equal(point.events, 8);
    assert_false(timeline_points_next(&points, &point));
}

static void loses_only_the_script_that_fails(void **state)
{
    (void)state;
    if (!has_gnuplot())
        skip();
    char *folder = temporary_folder_new();
    static const char *const names[] = { "a.gp", "b.gp", "c.gp" };
    struct gnuplot_job jobs[3];
    for (size_t i = 0; i < 3; i++) {
        FILE *script = temporary_folder_open(folder, names[i], "w");
        fputs(i == 1 ? "this is not gnuplot\n" : "x = 1\n", script);
        fclose(script);
        jobs[i].script = names[i];
    }
    struct error err = { 0 };
    assert_true(gnuplot_run(folder, jobs, 3, GNUPLOT_SECONDS, &err));
    assert_true(jobs[0].is_done);
    assert_false(jobs[1].is_done);
    assert_true(jobs[2].is_done);
    temporary_folder_free(folder);
}

/* A gnuplot that is a script of ours, found first. Returns the PATH before, for restore_path. */
static char *replace_gnuplot(const char *folder, const char *script)
{
    FILE *file = temporary_folder_open(folder, "gnuplot", "w");
    fputs(script, file);
    fchmod(fileno(file), 0755);
    fclose(file);
    char *before = strdup(getenv("PATH") ? getenv("PATH") : "");
    setenv("PATH", folder, 1);
    return before;
}

static void restore_path(char *before)
{
    setenv("PATH", before, 1);
    free(before);
}

static void ends_a_gnuplot_that_hangs_once_for_all(void **state)
{
    (void)state;
    enum { JOBS = 40 };
    char *folder = temporary_folder_new();
    char *path = replace_gnuplot(folder, "#!/bin/sh\nexec /bin/sleep 100\n");
    struct gnuplot_job jobs[JOBS];
    for (size_t i = 0; i < JOBS; i++)
        jobs[i] = (struct gnuplot_job){ .script = "a.gp", .is_done = true };
    struct error err = { 0 };
    time_t start = time(NULL);
    assert_false(gnuplot_run(folder, jobs, JOBS, 1, &err));
    assert_true(time(NULL) - start < 60);
    restore_path(path);
    for (size_t i = 0; i < JOBS; i++)
        assert_false(jobs[i].is_done);
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.message, "busy"));
    temporary_folder_free(folder);
}

static void counts_what_a_gnuplot_that_fails_did_not_draw(void **state)
{
    (void)state;
    char *folder = temporary_folder_new();
    char *path = replace_gnuplot(folder, "#!/bin/sh\nexit 1\n");
    struct result result = synthetic_result(1);
    struct charts charts;
    struct error err = { 0 };
    assert_true(charts_write(&result, 3, folder, PICTURE_SVG, &charts, &err));
    restore_path(path);
    assert_int_equal(charts.gnuplot.code, ERROR_NONE);
    assert_int_equal(charts.failures, charts.count);
    charts_release(&charts);
    synthetic_release(&result);
    temporary_folder_free(folder);
}

static void says_so_when_gnuplot_is_not_there(void **state)
{
    (void)state;
    char *path = strdup(getenv("PATH") ? getenv("PATH") : "");
    char *folder = temporary_folder_new();
    struct gnuplot_job job = { .script = "a.gp", .is_done = true };
    struct error err = { 0 };
    setenv("PATH", folder, 1);
    assert_false(gnuplot_run(folder, &job, 1, GNUPLOT_SECONDS, &err));
    setenv("PATH", path, 1);
    assert_false(job.is_done);
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.message, "gnuplot"));
    temporary_folder_free(folder);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_every_chart_of_a_rich_result),
        cmocka_unit_test(draws_every_chart_of_the_largest_numbers),
        cmocka_unit_test(draws_two_builds_however_different),
        cmocka_unit_test(has_no_chart_of_two_builds_in_which_nothing_happened),
        cmocka_unit_test(has_a_reason_for_every_chart_of_an_empty_heap),
        cmocka_unit_test(has_nothing_empty_in_a_rich_result),
        cmocka_unit_test(lets_no_text_of_the_trace_into_a_script),
        cmocka_unit_test(writes_the_same_bytes_twice),
        cmocka_unit_test(chooses_by_peak_by_copies_and_by_excess),
        cmocka_unit_test(keeps_peaks_and_sums_when_it_makes_a_timeline_coarse),
        cmocka_unit_test(loses_only_the_script_that_fails),
        cmocka_unit_test(ends_a_gnuplot_that_hangs_once_for_all),
        cmocka_unit_test(counts_what_a_gnuplot_that_fails_did_not_draw),
        cmocka_unit_test(says_so_when_gnuplot_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
