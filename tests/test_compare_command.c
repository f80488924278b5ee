/* compare and merge as commands: what they write, and every exit status. */
#include "reports/cli/commands.h"
#include "reports/cli/session.h"
#include "tests/build_sample.h"
#include "tests/report_testing.h"
#include "tests/temporary_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 32, PATH_SIZE = 512 };

/* A folder with two runs each of a good, a bad, a busy and a lossy build; the test runs in it. */
static int set_up(void **state)
{
    static const struct {
        const char *name;
        struct build_plan plan;
    } builds[] = {
        { "good", { .seed = 1 } },
        { "bad", { .seed = 1, .growth_percent = 110, .pins_pages = true } },
        { "busy", { .seed = 1, .work = 4 } },
        { "lossy", { .seed = 1, .events_lost = 1 } },
    };
    char *folder = temporary_folder_new();
    *state = folder;
    if (chdir(folder) != 0)
        return -1;
    for (size_t i = 0; i < sizeof builds / sizeof builds[0]; i++) {
        struct build_plan plan = builds[i].plan;
        for (int run = 1; run <= 5; run++, plan.seed++) {
            char name[32];
            snprintf(name, sizeof name, "%s%d.etl", builds[i].name, run);
            build_trace_file(&plan, name);
        }
    }
    return 0;
}

static int tear_down(void **state)
{
    int status = chdir("/");
    temporary_folder_free(*state);
    return status;
}

/* Runs a command line, split at blanks, with both streams going to the file "output". */
static int run(const char *text)
{
    char copy[PATH_SIZE], *words[WORDS_MAX];
    int count = 0, saved[2];
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok(copy, " "); word && count < WORDS_MAX; word = strtok(NULL, " "))
        words[count++] = word;
    fflush(stdout);
    fflush(stderr);
    int output = open("output", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(output >= 0);
    for (int i = 0; i < 2; i++) {
        saved[i] = dup(1 + i);
        dup2(output, 1 + i);
    }
    int status = strcmp(words[0], "merge") == 0 ? command_merge(count, words)
                                                : command_compare(count, words);
    fflush(stdout);
    fflush(stderr);
    for (int i = 0; i < 2; i++) {
        dup2(saved[i], 1 + i);
        close(saved[i]);
    }
    close(output);
    return status;
}

static void expect(const char *folder, int status, const char *text, const char *command)
{
    int got = run(command);
    char *output = temporary_folder_read(folder, "output");
    assert_non_null(output);
    if (got != status || !strstr(output, text))
        fail_msg("'%s' gives %d and: %.600s", command, got, output);
    free(output);
}

static void write_text(const char *folder, const char *name, const char *text)
{
    FILE *out = temporary_folder_open(folder, name, "w");
    fputs(text, out);
    fclose(out);
}

#define GOOD "--base good1.etl good2.etl good3.etl good4.etl good5.etl "
#define BAD "--new bad1.etl bad2.etl bad3.etl bad4.etl bad5.etl "

static void every_exit_status_is_reached(void **state)
{
    const char *folder = *state;
    const struct error internal = { .code = ERROR_INTERNAL, .offset = ERROR_NO_OFFSET };
    expect(folder, 0, "Changes are shown", "compare --base good1.etl --new good2.etl");
    expect(folder, 0, "passed: move_rate>+90pt",
           "compare --base good1.etl --new bad1.etl --fail-if move_rate>+90pt");
    expect(folder, 1, "FIRED: growth.geomean<-10%",
           "compare " GOOD BAD "--fail-if growth.geomean<-10%");
    expect(folder, 2, "--base and --new", "compare --base good1.etl");
    expect(folder, 2, "did you mean 'move_rate'?",
           "compare --base good1.etl --new good2.etl --fail-if mov_rate>+1pt");
    expect(folder, 2, "did you mean 'html'?",
           "compare --base good1.etl --new good2.etl --format htlm");
    expect(folder, 2, "one operand too many", "compare good1.etl --new good2.etl");
    expect(folder, 2, "is not between 0 and 1",
           "compare --base good1.etl --new good2.etl --alpha 2");
    expect(folder, 3, "none.etl", "compare --base none.etl --new good2.etl");
    expect(folder, 4, "--force", "compare --base good1.etl --new busy1.etl");
    expect(folder, 0, "factor of 2", "compare --base good1.etl --new busy1.etl --force");
    expect(folder, 4, "could not be evaluated",
           "compare --base good1.etl --new good2.etl --fail-if heap[#7].count>+1%");
    expect(folder, 4, "events were lost",
           "compare --base good1.etl --new lossy1.etl --fail-if copied_bytes>+1%");
    expect(folder, 4, "runs a side would",
           "compare --base good1.etl --new good2.etl --require-significance");
    expect(folder, 0, "exact two-sided", "compare " GOOD BAD "--require-significance");
    expect(folder, 0, "usage: heapfrag compare", "compare --help");
    assert_int_equal(complain(NULL, &internal), 70);
    expect(folder, 2, "no trace was named", "merge");
    expect(folder, 0, "usage: heapfrag merge", "merge --help");
    expect(folder, 3, "none.json", "merge none.json");
    expect(folder, 3, "cannot write", "merge good1.etl -o /nowhere/at/all.json");
}

static void a_word_that_is_no_option_belongs_to_the_side_before_it(void **state)
{
    const char *folder = *state;
    expect(
        folder, 0, "3 and 2 runs",
        "compare --base good1.etl good2.etl --alpha 0.04 --base good3.etl --new bad1.etl bad2.etl");
    expect(folder, 2, "one operand too many",
           "compare --base good1.etl --new bad1.etl -q bad2.etl");
}

static void files_hold_gates_and_maps(void **state)
{
    const char *folder = *state;
    write_text(folder, "gates", "# comment\n\n  growth.geomean<-10%  \nmove_rate>+90pt\r\n");
    write_text(folder, "wrong", "move_rate>+5pt\nmove_rat>+5pt\n");
    write_text(folder, "map", "app.exe #1 = app.exe #2\n");
    write_text(folder, "nomap", "app.exe #1 app.exe #2\n");
    expect(folder, 1, "1 of 2 gates fired", "compare " GOOD BAD "--gates gates");
    expect(folder, 2, "wrong, line 2: unknown metric", "compare " GOOD BAD "--gates wrong");
    expect(folder, 3, "cannot open 'nothing'", "compare " GOOD BAD "--gates nothing");
    expect(folder, 0, "app.exe #1 (by map)", "compare " GOOD BAD "--map map");
    expect(folder, 2, "nomap, line 1: a line of a map", "compare " GOOD BAD "--map nomap");
}

static void the_reports_name_the_regression_also_when_a_gate_fires(void **state)
{
    const char *folder = *state;
    expect(folder, 1, "\"verdict\": \"regressed\"",
           "compare " GOOD BAD "--fail-if growth.geomean<-10% --format json");
    expect(folder, 1, "growth.geomean",
           "compare " GOOD BAD "--fail-if growth.geomean<-10% -o out --force");
    static const char *const files[] = { "compare.json", "compare.csv", "compare.html" };
    for (size_t i = 0; i < 3; i++) {
        char *text = temporary_folder_read("out", files[i]);
        assert_non_null(text);
        assert_non_null(strstr(text, "growth.geomean"));
        assert_non_null(strstr(text, "regressed"));
        free(text);
    }
    char *page = temporary_folder_read("out", "compare.html");
    assert_non_null(strstr(page, "<svg class=\"forest\""));
    assert_non_null(strstr(page, "class=\"band\""));
    assert_non_null(strstr(page, "<svg class=\"growth\""));
    free(page);
    expect(folder, 2, "is not empty", "compare " GOOD BAD "-o out");
    run("compare " GOOD BAD "--fail-if heap[*].pinned_pages.end>+10%");
    char *text = temporary_folder_read(folder, "output");
    assert_fits_a_terminal(text);
    free(text);
}

static void saved_and_merged_results_compare_as_their_traces_do(void **state)
{
    const char *folder = *state;
    expect(folder, 0, "", "merge good1.etl good2.etl -o a.json");
    expect(folder, 0, "", "merge good5.etl a.json good4.etl good3.etl -o b.json");
    expect(folder, 0, "", "merge bad1.etl bad2.etl bad3.etl bad4.etl bad5.etl -o c.json");
    expect(folder, 0, "", "merge good1.etl good2.etl good3.etl good4.etl good5.etl -o d.json");
    char *b = temporary_folder_read(folder, "b.json"), *d = temporary_folder_read(folder, "d.json");
    assert_string_equal(b, d);
    free(b);
    free(d);
    expect(folder, 0, "", "compare --base b.json --new c.json --format csv");
    char *merged = temporary_folder_read(folder, "output");
    expect(folder, 0, "", "compare " GOOD BAD "--format csv");
    char *traces = temporary_folder_read(folder, "output");
    assert_string_equal(merged, traces);
    free(merged);
    free(traces);
    write_text(folder, "newer.json", "{\"schema\": \"heapfrag.result\", \"version\": 2}");
    expect(folder, 3, "newer.json: written by a newer heapfrag", "merge newer.json");
    write_text(folder, "cut.json", "{\"schema\": \"heapfrag.res");
    expect(folder, 3, "cut.json: not JSON", "compare --base cut.json --new a.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_exit_status_is_reached),
        cmocka_unit_test(a_word_that_is_no_option_belongs_to_the_side_before_it),
        cmocka_unit_test(files_hold_gates_and_maps),
        cmocka_unit_test(the_reports_name_the_regression_also_when_a_gate_fires),
        cmocka_unit_test(saved_and_merged_results_compare_as_their_traces_do),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
