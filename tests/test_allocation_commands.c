/* Memory that runs out under whole commands: they say so or do without, and never print less. */
#include "data/record/recording.h"
#include "reports/cli/commands.h"
#include "reports/symbols.h"
#include "tests/failing_memory.h"
#include "tests/stack_traces.h"
#include "tests/temporary_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { ARGUMENTS_MAX = 12, STATUS_INPUT = 3, ALL = 128 };

static char *folder;

/* ---- running a command with its output in files ---- */

struct outcome {
    int status;
    char *printed, *said; /* owned */
};

static void outcome_release(struct outcome *outcome)
{
    free(outcome->printed);
    free(outcome->said);
}

/* Makes `fd` lead to a file of the folder; the descriptor that it was is returned. */
static int redirect(int fd, const char *name)
{
    int before = dup(fd);
    FILE *file = temporary_folder_open(folder, name, "wb");
    assert_true(before >= 0 && dup2(fileno(file), fd) == fd);
    fclose(file);
    return before;
}

static void give_back(int fd, int before)
{
    assert_int_equal(dup2(before, fd), fd);
    close(before);
}

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *arguments[ARGUMENTS_MAX]; /* the first is the command's name */
    size_t step; /* of so many allocations, from number ALL on, one fails */
};

/* Allocation `failing` fails; `*was_refused` says whether there were so many. */
static struct outcome run(const struct command *command, size_t failing, bool *was_refused)
{
    const struct error told = { .code = ERROR_NO_MEMORY, .message = "what the command said" };
    char *arguments[ARGUMENTS_MAX + 1] = { NULL };
    int count = 0;
    for (; count < ARGUMENTS_MAX && command->arguments[count]; count++)
        arguments[count] = (char *)(uintptr_t)command->arguments[count];
    struct outcome outcome = { 0 };
    fflush(stdout);
    int out = redirect(STDOUT_FILENO, "printed"), err = redirect(STDERR_FILENO, "said");
    begin_refusing(failing, false);
    outcome.status = command->run(count, arguments);
    fflush(stdout);
    give_back(STDOUT_FILENO, out);
    give_back(STDERR_FILENO, err);
    clearerr(stdout);
    *was_refused = end_refusing(outcome.status != STATUS_INPUT, &told);
    outcome.printed = temporary_folder_read(folder, "printed");
    outcome.said = temporary_folder_read(folder, "said");
    assert_true(outcome.printed && outcome.said);
    return outcome;
}

/* As if nothing had happened, or with a sentence. */
static void expect_word(const struct command *command, size_t failing, const struct outcome *good,
                        const struct outcome *outcome)
{
    bool is_told = strncmp(outcome->said, "heapfrag: ", 10) == 0 && strstr(outcome->said, "memory");
    bool is_marked = strstr(outcome->printed, "(no memory for this table)");
    bool is_same = outcome->status == good->status && strcmp(outcome->printed, good->printed) == 0;
    if (outcome->status == STATUS_INPUT ? !is_told : !is_same && !is_told && !is_marked)
        fail_msg("%s: without allocation %zu it ends with status %d, %zu bytes for %zu, and '%s'",
                 command->name, failing, outcome->status, strlen(outcome->printed),
                 strlen(good->printed), outcome->said);
}

static void any_allocation_of_a_command_may_fail(void **state)
{
    const struct command *command = *state;
    bool was_refused;
    size_t runs = 0;
    struct outcome good = run(command, SIZE_MAX, &was_refused);
    assert_int_equal(good.status, 0);
    assert_string_equal(good.said, "");
    was_refused = true;
    for (size_t failing = 0; was_refused; failing += failing < ALL ? 1 : command->step, runs++) {
        struct outcome outcome = run(command, failing, &was_refused);
        expect_word(command, failing, &good, &outcome);
        outcome_release(&outcome);
    }
    print_message("%s: %zu allocations failed once\n", command->name, runs - 1);
    assert_true(runs > 5);
    outcome_release(&good);
}

/* ---- what they read ---- */

static void put_file(const char *name, const void *bytes, size_t size)
{
    FILE *file = temporary_folder_open(folder, name, "wb");
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void put_trace(void)
{
    struct etl_options options = etl_defaults();
    options.buffer_bytes = 4096;
    options.cpu_count = 2;
    struct etl *etl = etl_builder_new(&options);
    struct trace_random trace = trace_random_new(
        &(struct trace_random_options){ .seed = 5, .events = 60, .cpus = 2, .processes = 1 });
    size_t size;
    stack_trace_modules(etl);
    stack_trace_random(etl, &trace, 3, 80, 5);
    trace_random_release(&trace);
    uint8_t *bytes = etl_finish(etl, &size);
    etl_builder_free(etl);
    put_file("trace.etl", bytes, size);
    free(bytes);
}

/* The smallest ELF file that says how much it takes up, and what answers for its one address. */
static void put_symbols(void)
{
    enum { SEGMENT = 64, SEGMENT_BYTES = 56 };
    static const char guest[] =
        "#!/bin/sh\nread -r address\necho '{\"Address\":\"0x10\",\"Symbol\":[{\"FunctionName\":"
        "\"f\",\"FileName\":\"a.c\",\"Line\":7},{\"FunctionName\":\"g\"}]}'\n";
    uint8_t elf[SEGMENT + SEGMENT_BYTES] = "\177ELF\2\1\1";
    etl_poke(elf + 32, SEGMENT, 8);       /* e_phoff */
    etl_poke(elf + 54, SEGMENT_BYTES, 2); /* e_phentsize */
    etl_poke(elf + 56, 1, 2);             /* e_phnum */
    etl_poke(elf + SEGMENT, 1, 4);        /* PT_LOAD, at 0 */
    etl_poke(elf + SEGMENT + 32, 0x1000, 8);
    etl_poke(elf + SEGMENT + 40, 0x1000, 8);
    put_file("app", elf, sizeof elf);
    put_file("guest", guest, sizeof guest - 1);
}

static void make_saved(void)
{
    static const struct command save = {
        .name = "save",
        .run = command_report,
        .arguments = { "report", "-q", "--format", "json", "trace.etl" },
    };
    bool was_refused;
    struct outcome outcome = run(&save, SIZE_MAX, &was_refused);
    assert_int_equal(outcome.status, 0);
    put_file("saved.json", outcome.printed, strlen(outcome.printed));
    outcome_release(&outcome);
}

static int set_up(void **state)
{
    (void)state;
    folder = temporary_folder_new();
    put_trace();
    put_symbols();
    if (chdir(folder) != 0 || chmod("guest", 0700) != 0)
        return -1;
    make_saved();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temporary_folder_free(folder);
    return 0;
}

/* ---- names of functions ---- */

static bool add_names(struct error *err)
{
    static const char *const folders[] = { "." };
    struct stack_module module = { .path = (char *)(uintptr_t) "app", .size = 0x1000 };
    struct stack_frame frame = { .offset = 0x10 };
    struct stacks_result stacks = {
        .known = true, .modules = &module, .module_count = 1, .frames = &frame, .frame_count = 1
    };
    struct symbols_request request = { folders, 1, symbolizer_new() };
    struct symbols_outcome outcome;
    request.symbolizer.program = "./guest";
    bool is_fine = symbols_add(&stacks, &request, &outcome, err);
    if (is_fine && frame.name_count != 2) {
        assert_int_equal(outcome.note_count, 1);
        is_fine = error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "%s", outcome.notes[0]);
    }
    struct symbol_answer answer = { frame.names, frame.name_count };
    symbol_answer_release(&answer);
    return is_fine;
}

static void any_allocation_of_naming_frames_may_fail(void **state)
{
    bool was_refused = true;
    size_t failing = 0;
    (void)state;
    for (; was_refused; failing++) {
        struct error err = { 0 };
        begin_refusing(failing, false);
        was_refused = end_refusing(add_names(&err), &err);
    }
    print_message("each of %zu allocations failed once\n", failing - 1);
    assert_true(failing > 10);
}

/* ---- recordings ---- */

static void any_allocation_of_ending_a_recording_may_fail(void **state)
{
    const struct command_end end = { .process = 1 };
    struct error err = { 0 };
    bool was_refused = true;
    size_t failing = 0;
    (void)state;
    assert_true(recording_create("recording", "recorded.etl", 0, &err));
    for (; was_refused; failing++) {
        struct recording_facts facts;
        begin_refusing(failing, false);
        bool is_done = recording_assemble("recording", "recorded.etl", &end, &facts, &err);
        was_refused = end_refusing(is_done, &err);
        assert_int_equal(access("recorded.etl", F_OK) == 0, is_done);
        assert_int_not_equal(access("recorded.etl.new", F_OK), 0);
        err = (struct error){ 0 };
    }
    print_message("each of %zu allocations failed once\n", failing - 1);
    assert_true(failing > 3);
}

#define COMMAND_TEST(command)                                                                      \
    {                                                                                              \
        .name = (command)->name, .test_func = any_allocation_of_a_command_may_fail,                \
        .initial_state = (void *)(uintptr_t)(command)                                              \
    }

int main(void)
{
    static const struct command commands[] = {
        { "info", command_info, { "info", "trace.etl" }, 1 },
        { "info as JSON", command_info, { "info", "-f", "json", "trace.etl" }, 1 },
        { "events", command_events, { "events", "trace.etl" }, 1 },
        { "report", command_report, { "report", "-q", "trace.etl" }, 7 },
        { "a page", command_report, { "report", "-q", "-f", "html", "trace.etl" }, 7 },
        { "a folder", command_report, { "report", "-q", "--force", "-o", "out", "trace.etl" }, 11 },
        { "export", command_export, { "export", "-q", "-f", "pprof", "trace.etl" }, 7 },
        { "export of a file",
          command_export,
          { "export", "-q", "-f", "folded", "-o", "stacks", "saved.json" },
          61 },
        { "merge", command_merge, { "merge", "-q", "saved.json", "trace.etl", "-o", "sum" }, 61 },
        { "compare",
          command_compare,
          { "compare", "-q", "--base", "trace.etl", "--new", "trace.etl" },
          17 },
        { "compare as page",
          command_compare,
          { "compare", "-q", "--base", "trace.etl", "--new", "trace.etl", "-f", "html" },
          17 },
    };
    struct CMUnitTest tests[sizeof commands / sizeof commands[0] + 2] = {
        cmocka_unit_test(any_allocation_of_naming_frames_may_fail),
        cmocka_unit_test(any_allocation_of_ending_a_recording_may_fail),
    };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        tests[i + 2] = (struct CMUnitTest)COMMAND_TEST(&commands[i]);
    setenv("PATH", "/nonexistent", 1); /* no gnuplot: it is not what runs out of memory here */
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
