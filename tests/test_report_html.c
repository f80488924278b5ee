/* The page: what is in it, what must never be, how large it gets, and that it works in a browser.
 */
#include "page_traces.h"
#include "report_testing.h"
#include "reports/reports.h"
#include "reports/svg_inline.h"
#include "result_stacks.h"
#include "result_synthetic.h"
#include "temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAGE_MAX = 3 << 20, STACKS_PAGE_MAX = 1 << 20, STACKS = 6000 };

static char *page_of(const struct result *result)
{
    const struct report report = { .build = result };
    struct error err = { 0 };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_true(report_html_write(&report, out, &err));
    fclose(out);
    return text;
}

static size_t occurrences(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
        count++;
    return count;
}

static void has_every_part(void **state)
{
    (void)state;
    struct result result = synthetic_result(2);
    char *page = page_of(&result);
    static const char *const parts[] = { "id=\"verdict\"",   "id=\"trace\"",
                                         "id=\"all-heaps\"", "id=\"whole-trace\"",
                                         "id=\"method\"",    "id=\"process1-heap1\"" };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_non_null(strstr(page, parts[i]));
    assert_int_equal(occurrences(page, "<figure "), 17 + 17 + 15);
    assert_int_equal(occurrences(page, "<figure "), occurrences(page, "</figure>"));
    assert_non_null(strstr(page, "Events of this trace were lost"));
    free(page);
    synthetic_release(&result);
}

static void shows_hostile_names_as_text(void **state)
{
    (void)state;
    struct result result = synthetic_result(2);
    free(result.path);
    result.path = strdup("</title><script>alert(1)</script>.etl");
    char *page = page_of(&result);
    assert_null(strstr(page, "<script>alert"));
    assert_null(strchr(page, '\x1b'));
    assert_null(strstr(page, "\xe2\x80\xae"));
    assert_non_null(strstr(page, "&lt;script&gt;"));
    assert_int_equal(occurrences(page, "<script>"), 1); /* our own */
    free(page);
    synthetic_release(&result);
}

static void names_nothing_outside_the_page(void **state)
{
    (void)state;
    struct result result = synthetic_result(1);
    char *page = page_of(&result);
    assert_int_equal(occurrences(page, "http://"), occurrences(page, "http://www.w3.org/"));
    assert_null(strstr(page, "https://"));
    assert_null(strstr(page, " src="));
    assert_null(strstr(page, "href=\"charts/")); /* on a stream there are no files */
    free(page);
    synthetic_release(&result);
}

static void stays_below_three_mebibytes_and_one_of_stacks(void **state)
{
    (void)state;
    struct result result = synthetic_result(60);
    const struct report report = { .build = &result, .top = 60 };
    for (int has_stacks = 0; has_stacks < 2; has_stacks++) {
        if (has_stacks)
            add_many_stacks(&result, STACKS, true);
        char *text = written_by(report_html_write, &report);
        size_t size = strlen(text);
        assert_true(size > PAGE_MAX / 2);
        assert_true(size < (has_stacks ? PAGE_MAX + STACKS_PAGE_MAX : PAGE_MAX));
        free(text);
    }
    synthetic_release(&result);
}

static void says_why_there_is_nothing_to_see(void **state)
{
    (void)state;
    struct result result = synthetic_empty_result();
    char *page = page_of(&result);
    assert_int_equal(occurrences(page, "No data: "), 17);
    assert_null(strstr(page, "<svg role"));
    assert_null(strstr(page, "nan"));
    free(page);
    synthetic_release(&result);
}

static void says_how_to_get_charts_without_gnuplot(void **state)
{
    (void)state;
    struct result result = synthetic_result(1);
    char *path = strdup(getenv("PATH") ? getenv("PATH") : "");
    setenv("PATH", "/nonexistent", 1);
    char *page = page_of(&result);
    setenv("PATH", path, 1);
    assert_non_null(strstr(page, "Install gnuplot"));
    assert_null(strstr(page, "<svg role"));
    assert_non_null(strstr(page, "All heaps"));
    free(path);
    free(page);
    synthetic_release(&result);
}

static void writes_page_scripts_and_pictures_into_a_folder(void **state)
{
    (void)state;
    struct result result = synthetic_result(1);
    const struct report report = { .build = &result, .wants_png = true };
    struct error err = { 0 };
    char *folder = temporary_folder_new();
    static struct output_dir dir;
    assert_true(output_dir_open(&dir, folder, false, &err));
    assert_true(report_html_write_files(&report, &dir, &err));
    output_dir_close(&dir);
    static const char *const files[] = { "report.html", "charts/process1-heap1-footprint.gp",
                                         "charts/process1-heap1-footprint.dat" };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char *text = temporary_folder_read(folder, files[i]);
        assert_non_null(text);
        assert_true(strlen(text) > 100);
        free(text);
    }
    temporary_folder_free(folder);
    synthetic_release(&result);
}

static void scopes_ids_and_drops_what_a_page_has_already(void **state)
{
    (void)state;
    static const char svg[] =
        "<?xml version=\"1.0\"?><svg viewBox=\"0 0 9 9\"><g id=\"gnuplot_canvas\"><defs>\n"
        "<circle id='gpDot'/></defs>\n<g fill=\"none\" stroke-linecap=\"butt\">\n</g>\n"
        "<g id=\"gnuplot_plot_1\" ><title>live</title>\n"
        "<pattern id='hatch1'/><path stroke='rgb(  0, 114, 178)' d='M1.23,4.56 '/>"
        "<rect fill = 'url(#hatch1)'/><use xlink:href='#gpPt5'/></g>\n</g>\n</svg>\n";
    char *copy = malloc(sizeof svg - 1); /* exactly as large, so that ASan sees a read past it */
    assert_non_null(copy);
    memcpy(copy, svg, sizeof svg - 1);
    char *inside = svg_inline(copy, sizeof svg - 1, "a-");
    assert_string_equal(inside, "<g><g ><title>live</title><pattern id='a-hatch1'/>"
                                "<path stroke='rgb(0,114,178)' d='M1.2,4.5 '/>"
                                "<rect fill='url(#a-hatch1)'/><use xlink:href='#gpPt5'/></g></g>");
    free(inside);
    for (size_t size = 0; size < sizeof svg - 10; size++) {
        char *shorter = malloc(size ? size : 1);
        assert_non_null(shorter);
        memcpy(shorter, svg, size);
        assert_null(svg_inline(shorter, size, "a-"));
        free(shorter);
    }
    free(copy);
}

/* Leaves a page with all its files in `folder`: check_page.sh looks at it in a browser. */
static int leave_page(const char *folder, size_t stacks)
{
    struct result result = synthetic_result(3);
    if (stacks > 0)
        add_many_stacks(&result, stacks, true);
    const struct report report = { .build = &result };
    struct error err = { 0 };
    static struct output_dir dir;
    bool is_good = output_dir_open(&dir, folder, true, &err);
    is_good = is_good && report_html_write_files(&report, &dir, &err);
    output_dir_close(&dir);
    synthetic_release(&result);
    if (!is_good)
        fprintf(stderr, "%s\n", err.message);
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    if (argc == 2)
        return leave_page(argv[1], 0);
    if (argc == 3 && strcmp(argv[1], "stacks") == 0)
        return leave_page(argv[2], STACKS);
    if (argc == 3)
        return page_traces_write(argv[2]) ? EXIT_SUCCESS : EXIT_FAILURE;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_every_part),
        cmocka_unit_test(shows_hostile_names_as_text),
        cmocka_unit_test(names_nothing_outside_the_page),
        cmocka_unit_test(stays_below_three_mebibytes_and_one_of_stacks),
        cmocka_unit_test(says_why_there_is_nothing_to_see),
        cmocka_unit_test(says_how_to_get_charts_without_gnuplot),
        cmocka_unit_test(writes_page_scripts_and_pictures_into_a_folder),
        cmocka_unit_test(scopes_ids_and_drops_what_a_page_has_already),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
