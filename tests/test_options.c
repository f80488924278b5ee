/* The command line: options, operands, times, and what is said about mistakes. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_setaffinity */
#endif
#include "tests/report_testing.h"

#include "reports/cli/cores.h"
#include "reports/cli/options.h"
#include "reports/cli/selection.h"

#include <sched.h>
#include <string.h>

struct targets {
    const char *out;
    size_t top;
    bool is_quiet, is_verbose;
};

static bool read_line(struct targets *targets, struct operands *operands, struct error *err,
                      char **argv)
{
    const struct option_spec options[] = {
        { "out", 'o', "DIR", "where to", parse_text, &targets->out },
        { "top", 'n', "N", "how many", parse_count, &targets->top },
        { "quiet", 'q', NULL, "less", parse_flag, &targets->is_quiet },
        { "verbose", 'v', NULL, "more", parse_flag, &targets->is_verbose },
    };
    const struct command_line line = { .command = "report",
                                       .usage = "TRACE",
                                       .summary = "Reports.",
                                       .options = options,
                                       .option_count = 4,
                                       .operands_min = 1,
                                       .operands_max = 2 };
    int argc = 0;
    while (argv[argc])
        argc++;
    *targets = (struct targets){ 0 };
    *err = (struct error){ 0 };
    return command_line_read(&line, argc, argv, operands, err);
}

#define LINE(...) ((char *[]){ (char *)"report", __VA_ARGS__, NULL })
#define WORD(text) ((char *)(text))

static void options_have_every_usual_form(void **state)
{
    (void)state;
    struct targets t;
    struct operands operands;
    struct error err;
    assert_true(read_line(&t, &operands, &err,
                          LINE(WORD("--out"), WORD("d"), WORD("a.etl"), WORD("-n5"), WORD("-qv"))));
    assert_string_equal(t.out, "d");
    assert_int_equal(t.top, 5);
    assert_true(t.is_quiet && t.is_verbose);
    assert_int_equal(operands.count, 1);
    assert_string_equal(operands.list[0], "a.etl");

    assert_true(read_line(&t, &operands, &err,
                          LINE(WORD("--out=d=e"), WORD("-qn"), WORD("7"), WORD("--"), WORD("-x"))));
    assert_string_equal(t.out, "d=e");
    assert_int_equal(t.top, 7);
    assert_string_equal(operands.list[0], "-x");

    assert_true(read_line(&t, &operands, &err, LINE(WORD("-"))));
    assert_string_equal(operands.list[0], "-");
    assert_true(read_line(&t, &operands, &err, LINE(WORD("-!a.etl"))));
    assert_string_equal(operands.list[0], "-!a.etl");
    assert_true(read_line(&t, &operands, &err, LINE(WORD("-h"), WORD("--nonsense"))));
    assert_true(operands.wants_help);
}

static void mistakes_are_named_with_a_hint(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second, *message;
    } cases[] = {
        { "--outt", "a", "unknown option '--outt'; did you mean '--out'?" },
        { "--qiuet", "a", "unknown option '--qiuet'; did you mean '--quiet'?" },
        { "--zebra=1", "a", "unknown option '--zebra'" },
        { "-z", "a", "unknown option '-z'" },
        { "a", "--out", "option '--out' needs DIR" },
        { "--quiet=1", "a", "option '--quiet' takes no value" },
        { "--out=", "a", "an option has an empty value" },
        { "--top=0", "a", "'0' is no count above 0" },
        { "--top=99999999999999999999", "a", "'99999999999999999999' is no count above 0" },
        { "-q", "-v", "no trace was named" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct targets t;
        struct operands operands;
        struct error err;
        assert_false(
            read_line(&t, &operands, &err, LINE(WORD(cases[i].first), WORD(cases[i].second))));
        assert_int_equal(err.code, ERROR_USAGE);
        assert_string_equal(err.message, cases[i].message);
    }
    struct targets t;
    struct operands operands;
    struct error err;
    assert_false(read_line(&t, &operands, &err, LINE(WORD("a"), WORD("b"), WORD("c"))));
    assert_string_equal(err.message, "one operand too many: 'c'");
}

static void times_are_exact_nanoseconds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_fine;
        uint64_t ns;
    } cases[] = {
        { "0", true, 0 },
        { "12345", true, 12345 },
        { "12345ns", true, 12345 },
        { "10us", true, 10000 },
        { "250ms", true, 250000000 },
        { "1.5s", true, 1500000000 },
        { "0.000000001s", true, 1 },
        { "1.5000000000000s", true, 1500000000 },
        { "2min", true, 120000000000 },
        { "0.25h", true, 900000000000 },
        { "18446744073709551615", true, UINT64_MAX },
        { "18446744073.709551615s", true, UINT64_MAX },
        { "18446744073.709551616s", false, 0 },
        { "18446744073709551616", false, 0 },
        { "0.0000000001s", false, 0 },
        { "1.5", false, 0 },
        { "", false, 0 },
        { "s", false, 0 },
        { ".5s", false, 0 },
        { "1.s", false, 0 },
        { "-1s", false, 0 },
        { "1 s", false, 0 },
        { "1e3", false, 0 },
        { "1sec", false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = { 0 };
        uint64_t ns = 7;
        bool is_fine = parse_time(cases[i].text, &ns, &err);
        if (is_fine != cases[i].is_fine || ns != (is_fine ? cases[i].ns : 7))
            fail_msg("'%s' gives %d, %llu", cases[i].text, is_fine, (unsigned long long)ns);
        assert_int_equal(err.code, is_fine ? ERROR_NONE : ERROR_USAGE);
    }
}

static void sizes_are_bytes_in_powers_of_1024(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes; /* 0: refused */
    } cases[] = {
        { "1", 1 },
        { "4096B", 4096 },
        { "64K", 64 << 10 },
        { "64KiB", 64 << 10 },
        { "3mB", 3 << 20 },
        { "8G", UINT64_C(8) << 30 },
        { "16777215T", UINT64_C(16777215) << 40 },
        { "16777216T", 0 },
        { "18446744073709551616", 0 },
        { "0", 0 },
        { "0K", 0 },
        { "", 0 },
        { "K", 0 },
        { "1.5G", 0 },
        { "-1", 0 },
        { "5Q", 0 },
        { "5iB", 0 },
        { "5KK", 0 },
        { "5Kb", 0 },
        { "5 K", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = { 0 };
        uint64_t bytes = 0;
        bool is_fine = parse_bytes(cases[i].text, &bytes, &err);
        if (is_fine != (cases[i].bytes > 0) || bytes != cases[i].bytes)
            fail_msg("'%s' gives %d, %llu", cases[i].text, is_fine, (unsigned long long)bytes);
        assert_int_equal(err.code, is_fine ? ERROR_NONE : ERROR_USAGE);
    }
}

static void heaps_go_by_number_or_handle(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct heap_choice choice;
    assert_true(parse_heap("#2", &choice, &err));
    assert_int_equal(choice.ordinal, 2);
    assert_int_equal(choice.handle, 0);
    assert_true(parse_heap("0x1C000270000", &choice, &err));
    assert_int_equal(choice.handle, 0x1c000270000);
    assert_true(parse_heap("65536", &choice, &err));
    assert_int_equal(choice.handle, 65536);
    static const char *const wrong[] = {
        "", "#", "#0", "0", "0x", "0xg", "#4294967296", "1c0", "#1 ", "0x10000000000000000"
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(parse_heap(wrong[i], &choice, &err));
}

static void processes_go_by_file_name_in_any_case(void **state)
{
    (void)state;
    assert_true(is_image_named("App.exe", "app"));
    assert_true(is_image_named("app.EXE", "APP.exe"));
    assert_true(is_image_named("C:\\Program Files\\app.exe", "app"));
    assert_true(is_image_named("/usr/bin/perl", "perl"));
    assert_false(is_image_named("app.exe", "ap"));
    assert_false(is_image_named("app.exe", "app.ex"));
    assert_false(is_image_named("myapp.exe", "app"));
    assert_false(is_image_named("", "app"));
}

/* A second thread on the only processor would be one too many. */
static void counts_the_processors_it_may_use(void **state)
{
    (void)state;
#ifdef CPU_COUNT
    cpu_set_t before, one;
    if (sched_getaffinity(0, sizeof before, &before) != 0)
        skip();
    assert_int_equal(cores_usable(), CPU_COUNT(&before));
    size_t first = 0;
    while (!CPU_ISSET(first, &before))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    size_t usable = cores_usable();
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    assert_int_equal(usable, 1);
#else
    assert_true(cores_usable() > 0);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_have_every_usual_form),
        cmocka_unit_test(mistakes_are_named_with_a_hint),
        cmocka_unit_test(times_are_exact_nanoseconds),
        cmocka_unit_test(sizes_are_bytes_in_powers_of_1024),
        cmocka_unit_test(heaps_go_by_number_or_handle),
        cmocka_unit_test(processes_go_by_file_name_in_any_case),
        cmocka_unit_test(counts_the_processors_it_may_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
