/* Hostile text on its way out: terminals, CSV, HTML. */
#include "tests/report_testing.h"

#include "reports/escape.h"
#include "reports/names.h"
#include "reports/utf8.h"

#include <stdlib.h>
#include <string.h>

static char *escaped(void (*escape)(FILE *out, const char *text), const char *text)
{
    char *out_text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&out_text, &size);
    assert_non_null(out);
    escape(out, text);
    fclose(out);
    return out_text;
}

static void terminals_get_nothing_that_deceives(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        { "", "" },
        { "app.exe", "app.exe" },
        { "\x1b[31mred", "\\u{1b}[31mred" },
        { "a\nb\tc\r", "a\\u{a}b\\u{9}c\\u{d}" },
        { "\xc2\x9b"
          "31m",
          "\\u{9b}31m" }, /* CSI of C1 */
        { "gpj\xe2\x80\xae"
          "exe.",
          "gpj\\u{202e}exe." }, /* text turned around */
        { "\xe2\x81\xa6\xe2\x80\x8b", "\\u{2066}\\u{200b}" },
        { "\xd0\xb6\xe6\xbc\xa2", "\xd0\xb6\xe6\xbc\xa2" }, /* letters stay */
        { "\xff\x80", "\\xff\\x80" },
        { "\xc0\xaf", "\\xc0\\xaf" },                   /* overlong */
        { "\xed\xa0\x80", "\\xed\\xa0\\x80" },          /* a surrogate */
        { "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* past U+10FFFF */
        { "\xe6\xbc", "\\xe6\\xbc" },                   /* cut short */
        { "\xf3\xa0\x80\xa0", "\\u{e0020}" },           /* a tag */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[64];
        char *exact = strdup(cases[i].text); /* so that a read past the end is seen */
        assert_non_null(exact);
        escape_terminal(out, sizeof out, exact, 60);
        assert_string_equal(out, cases[i].expected);
        free(exact);
    }
}

static void text_is_cut_at_every_width_and_size(void **state)
{
    (void)state;
    static const char text[] = "a\xe6\xbc\xa2\x1b\xff\xd0\xb6z";
    for (size_t columns = 0; columns < 24; columns++) {
        for (size_t size = 1; size < 32; size++) {
            char *out = malloc(size);
            assert_non_null(out);
            size_t written = escape_terminal(out, size, text, columns);
            assert_true(written <= columns);
            assert_true(strlen(out) < size);
            size_t shown = 0;
            for (const char *at = out; *at;) {
                uint32_t code_point;
                at = utf8_next(at, &code_point);
                assert_true(code_point != UTF8_INVALID);
                shown += utf8_columns(code_point);
            }
            assert_int_equal(shown, written);
            free(out);
        }
    }
}

static void csv_fields_are_quoted_and_never_formulas(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        { "", "" },
        { "app.exe", "app.exe" },
        { "a b", "a b" },
        { "a,b", "\"a,b\"" },
        { "say \"x\"", "\"say \"\"x\"\"\"" },
        { "=1+1", "\"'=1+1\"" },
        { "+1", "\"'+1\"" },
        { "-1", "\"'-1\"" },
        { "@SUM(A1)", "\"'@SUM(A1)\"" },
        { "  =1", "\"'  =1\"" },
        { "\t=1", "\"'\\u{9}=1\"" },
        { "\xef\xbc\x9d"
          "1",
          "\"'\xef\xbc\x9d"
          "1\"" }, /* full-width = */
        { "a\r\nb", "a\\u{d}\\u{a}b" },
        { "\x1b[2J", "\\u{1b}[2J" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *out = escaped(escape_csv, cases[i].text);
        assert_string_equal(out, cases[i].expected);
        free(out);
    }
}

static void html_has_no_way_out_of_text_or_attributes(void **state)
{
    (void)state;
    char *out = escaped(escape_html, "<b a=\"1\" c='2'>&\x1b\xe2\x80\xae\xff\xd0\xb6");
    assert_string_equal(out, "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;\\u{1b}\\u{202e}\\xff"
                             "\xd0\xb6");
    free(out);
}

static void labels_give_way_in_the_image_name(void **state)
{
    (void)state;
    char image[] = "averyveryverylongname.exe";
    struct process_result process = { .pid = 100, .image = image };
    struct heap_result heap = { .ordinal = 1, .handle = 0x10000 };
    char label[LABEL_SIZE];
    heap_label(label, (struct heap_name){ &process, &heap, true }, 30);
    assert_string_equal(label, "averyveryver\xe2\x80\xa6 (100) #1 0x10000");
    heap_label(label, (struct heap_name){ &process, &heap, false }, 80);
    assert_string_equal(label, "averyveryverylongname.exe (100) #1");
    heap_label(label, (struct heap_name){ &process, &heap, true }, 8);
    assert_string_equal(label, "(100) #\xe2\x80\xa6");
    process.image = NULL;
    heap_label(label, (struct heap_name){ &process, NULL, true }, 80);
    assert_string_equal(label, "unnamed (100)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminals_get_nothing_that_deceives),
        cmocka_unit_test(text_is_cut_at_every_width_and_size),
        cmocka_unit_test(csv_fields_are_quoted_and_never_formulas),
        cmocka_unit_test(html_has_no_way_out_of_text_or_attributes),
        cmocka_unit_test(labels_give_way_in_the_image_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
