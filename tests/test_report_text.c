/* Reports for people: order, width, and what a hostile trace cannot do to them. */
#include "reports/text_page.h"
#include "tests/report_testing.h"
#include "tests/result_fixture.h"

#include <stdlib.h>
#include <string.h>

static char *text_of(const struct result *result)
{
    return written_by(report_text_write, &(struct report){ .build = result });
}

static void a_trace_without_heaps_says_so(void **state)
{
    (void)state;
    struct result result;
    fixture_empty(&result);
    char *text = text_of(&result);
    assert_non_null(strstr(text, "no heap events"));
    assert_non_null(strstr(text, "The trace is complete"));
    assert_null(strstr(text, "Reallocs"));
    assert_fits_a_terminal(text);
    free(text);
    result_release(&result);
}

static void sections_come_in_order_with_the_verdict_first(void **state)
{
    (void)state;
    static const char *const sections[] = {
        "\nVerdict\n", "\nTrace quality\n",       "\nHeaps\n", "\nReallocs\n", "\nFragmentation\n",
        "\nSources\n", "\nSizes and lifetimes\n", "\nMethod\n"
    };
    struct result result;
    fixture_e1(&result);
    char *text = text_of(&result);
    const char *at = text;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        at = strstr(at, sections[i]);
        assert_non_null(at);
    }
    assert_non_null(strstr(text, "Nothing stands out."));
    assert_non_null(strstr(text, "app.exe (100) #1 0x10000"));
    assert_non_null(strstr(text, "2022-06-18 04:26:40 UTC"));
    assert_null(strstr(text, "lower bounds"));
    assert_fits_a_terminal(text);
    free(text);
    result_release(&result);
}

static void a_report_with_loss_opens_with_it(void **state)
{
    (void)state;
    struct result result;
    fixture_rich(&result);
    char *text = text_of(&result);
    const char *loss = strstr(text, "DATA LOSS: events_lost 3;");
    const char *verdict = strstr(text, "Verdict");
    assert_non_null(loss);
    assert_true(loss < verdict);
    assert_non_null(strstr(text, "lower bounds"));
    assert_null(strstr(text, "perhaps a leak"));
    free(text);
    result_release(&result);
}

static void a_report_of_a_part_says_so(void **state)
{
    (void)state;
    struct result result;
    fixture_e1(&result);
    result.trace.read_to_end = false;
    char *text = text_of(&result);
    assert_non_null(strstr(text, "PARTIAL: "));
    assert_true(strstr(text, "PARTIAL: ") < strstr(text, "Verdict"));
    free(text);
    result_release(&result);
}

static void the_verdict_takes_at_most_ten_lines(void **state)
{
    (void)state;
    struct result result;
    fixture_rich(&result);
    char *text = text_of(&result);
    const char *from = strstr(text, "\n1. ");
    const char *to = strstr(text, "\n\nTrace quality\n");
    assert_non_null(from);
    assert_non_null(to);
    size_t lines = 0;
    for (const char *at = from + 1; at <= to; at++)
        lines += *at == '\n';
    assert_in_range(lines, 5, 10);
    free(text);
    result_release(&result);
}

/* Names of every length, of what is wide, escaped or invalid, beside the largest numbers. */
static void no_name_or_number_makes_a_line_too_wide(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "a", "\xe6\xbc\xa2", "\x1b[2J", "\xff", " ", "\xe2\x80\xae"
    };
    for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++) {
        for (size_t repeats = 1; repeats < 300; repeats = repeats * 3 + 1) {
            struct result result;
            fixture_rich(&result);
            char *name = calloc(repeats + 1, 8);
            assert_non_null(name);
            for (size_t i = 0; i < repeats; i++)
                strcat(name, parts[part]);
            free(result.processes[1].image);
            result.processes[1].image = name;
            char *text = text_of(&result);
            assert_fits_a_terminal(text);
            assert_non_null(strstr(text, "(4294967295) #2 0xfffffffffffffffe"));
            free(text);
            result_release(&result);
        }
    }
}

static void every_number_at_its_largest_still_fits(void **state)
{
    (void)state;
    struct result result;
    fixture_rich(&result);
    for (size_t p = 0; p < result.process_count; p++) {
        for (size_t h = 0; h < result.processes[p].heap_count; h++) {
            struct measures *m = &result.processes[p].heaps[h].measures;
            memset(m->levels, 0xFF, sizeof m->levels);
            for (int i = 0; i < LEVEL_COUNT; i++)
                m->levels[i] = (struct level_result){ true,  UINT64_MAX - 1, UINT64_MAX - 1,
                                                      1e308, UINT64_MAX - 1, UINT64_MAX - 1 };
            for (int i = 0; i < RATIO_COUNT; i++)
                m->ratios[i] = (struct ratio_result){ true, 1e308, 1, -1e308, 1e300, 1e300 };
            m->frag_mean = m->frag_peak_to_peak = 1e308;
            m->creep_bytes_per_hour = -1e308;
            m->traffic.allocs = m->realloc.copied_bytes = UINT64_MAX - 1;
            m->realloc.growth.geomean = 1e300;
            m->realloc.count = UINT64_MAX - 1;
        }
    }
    char *text = text_of(&result);
    assert_fits_a_terminal(text);
    free(text);
    result_release(&result);
}

static void a_word_wider_than_the_page_is_broken_between_characters(void **state)
{
    (void)state;
    enum { COLUMNS = 150 }; /* of the word: two lines of 78 beside the lead */
    static const char letter[] = "\xc3\xa4";
    char word[COLUMNS * 2 + 1] = "";
    char *text = NULL;
    size_t size = 0;
    for (size_t i = 0; i < COLUMNS; i++)
        memcpy(word + 2 * i, letter, sizeof letter);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(text_paragraph(&(struct text_page){ .out = out }, "- ", word), 2);
    fclose(out);
    assert_fits_a_terminal(text);
    assert_int_equal(strncmp(text, "- \xc3\xa4", 4), 0);
    const char *second = strchr(text, '\n') + 1;
    assert_int_equal(second - text, 2 + 2 * 78 + 1);
    assert_int_equal(strlen(second), 2 + 2 * (COLUMNS - 78) + 1);
    free(text);
}

static void equal_results_give_equal_bytes_in_every_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < report_format_count; i++) {
        struct result first, second;
        fixture_rich(&first);
        fixture_rich(&second);
        char *a = written_by(report_formats[i].write, &(struct report){ .build = &first });
        char *b = written_by(report_formats[i].write, &(struct report){ .build = &second });
        assert_string_equal(a, b);
        free(a);
        free(b);
        result_release(&first);
        result_release(&second);
    }
}

static void a_full_disk_is_an_error_with_a_sentence(void **state)
{
    (void)state;
    struct result result;
    fixture_e1(&result);
    for (size_t i = 0; i < report_format_count; i++) {
        FILE *full = fopen("/dev/full", "w");
        struct error err = { 0 };
        if (!full)
            skip();
        assert_false(report_formats[i].write(&(struct report){ .build = &result }, full, &err));
        assert_int_equal(err.code, ERROR_IO);
        assert_non_null(strstr(err.message, "cannot write the report"));
        fclose(full);
    }
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_without_heaps_says_so),
        cmocka_unit_test(sections_come_in_order_with_the_verdict_first),
        cmocka_unit_test(a_report_with_loss_opens_with_it),
        cmocka_unit_test(a_report_of_a_part_says_so),
        cmocka_unit_test(the_verdict_takes_at_most_ten_lines),
        cmocka_unit_test(no_name_or_number_makes_a_line_too_wide),
        cmocka_unit_test(every_number_at_its_largest_still_fits),
        cmocka_unit_test(a_word_wider_than_the_page_is_broken_between_characters),
        cmocka_unit_test(equal_results_give_equal_bytes_in_every_format),
        cmocka_unit_test(a_full_disk_is_an_error_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
