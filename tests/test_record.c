/* heapfrag record: what data/record/exercise.c did must be in the trace, call by call. */
#include "tests/recorded_trace.h"
#include "tests/recording_run.h"

#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void record(struct recording_run *s, const char *mode)
{
    char *arguments[] = { s->heapfrag, "record",    "-o",    s->trace,
                          "--",        s->exercise, s->list, (char *)(uintptr_t)mode,
                          NULL };
    assert_int_equal(recording_exit_status(s, arguments), 0);
}

/* ---- the tests ---- */

/* Records `mode` and compares; `runs` processes write a list, `processes` are in the trace. */
static void check(void **state, const char *mode, size_t runs, size_t processes)
{
    struct recording_run *s = *state;
    record(s, mode);
    struct recorded_trace trace = recorded_trace_read(s->trace);
    assert_recorded_undamaged(&trace);
    assert_int_equal(recorded_trace_compare(&trace, s->list), runs);
    assert_int_equal(recorded_trace_count(&trace, EVENT_create), processes);
    assert_int_equal(recorded_trace_count(&trace, EVENT_process_end), processes);
    recorded_trace_replay(&trace);
    recorded_trace_close(&trace);
}

static void records_every_function_of_the_family(void **state)
{
    check(state, "family", 1, 1);
}

static void a_forked_child_knows_what_it_inherited(void **state)
{
    check(state, "fork", 2, 2);
}

static void exec_starts_a_new_process(void **state)
{
    check(state, "exec", 1, 2);
}

static void records_children_of_vfork_and_posix_spawn(void **state)
{
    check(state, "vfork", 3, 3);
}

static void records_exit_handlers(void **state)
{
    check(state, "atexit", 1, 1);
}

static void records_the_end_of_a_thread(void **state)
{
    check(state, "thread-exit", 1, 1);
}

static void outlives_closed_descriptors_and_another_folder(void **state)
{
    check(state, "closed", 1, 1);
}

static void a_killed_program_leaves_what_it_did(void **state)
{
    check(state, "killed", 1, 1);
    assert_true(recording_report_says(*state, "killed by signal 9"));
}

static void names_the_process_and_its_command_line(void **state)
{
    struct recording_run *s = *state;
    record(s, "family");
    struct recorded_trace trace = recorded_trace_read(s->trace);
    const struct processes *processes = decoder_processes(trace.decoder);
    bool is_found = false;
    for (size_t i = 0; i < processes->count; i++) {
        const struct process *process = &processes->list[i];
        if (!process->image || strcmp(process->image, "record_exercise") != 0)
            continue;
        is_found = true;
        assert_non_null(strstr(process->command_line, "list family"));
        assert_true(process->start_ns < process->end_ns);
        assert_true(process->end_ns != PROCESS_TIME_UNKNOWN);
    }
    assert_true(is_found);
    assert_string_equal(decoder_info(trace.decoder)->logger_name, "heapfrag record");
    assert_int_equal(decoder_info(trace.decoder)->clock_hz, 1000000000);
    assert_true(decoder_info(trace.decoder)->end_filetime != 0);
    recorded_trace_close(&trace);
}

static void threads_never_share_a_live_address(void **state)
{
    struct recording_run *s = *state;
    record(s, "hammer");
    struct recorded_trace trace = recorded_trace_read(s->trace);
    assert_recorded_undamaged(&trace);
    assert_true(recorded_trace_count(&trace, EVENT_alloc) > 10000);
    /* At most the loader's own blocks, from before there is a recorder. */
    assert_true(recorded_trace_replay(&trace) < 10);
    recorded_trace_close(&trace);
}

static void forks_among_busy_threads_do_not_hang(void **state)
{
    struct recording_run *s = *state;
    record(s, "fork-among-threads");
    struct recorded_trace trace = recorded_trace_read(s->trace);
    assert_recorded_undamaged(&trace);
    assert_int_equal(recorded_trace_count(&trace, EVENT_create), 41);
    recorded_trace_replay(&trace);
    recorded_trace_close(&trace);
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* What a full disk does too, and a limit would by SIGXFSZ if it were not looked at first. */
static void a_file_that_cannot_grow_loses_events_and_says_so(void **state)
{
    struct recording_run *s = *state;
    record(s, "limited");
    assert_true(recording_report_says(s, "exited with status 0"));
    assert_true(recording_report_says(s, "events could not be written"));
    struct recorded_trace trace = recorded_trace_read(s->trace);
    assert_true(recorded_trace_anomalies(&trace, ANOMALY_events_lost) > 10000);
    assert_int_equal(recorded_trace_anomalies(&trace, ANOMALY_event_cut_short), 0);
    assert_int_equal(recorded_trace_anomalies(&trace, ANOMALY_buffer_damaged), 0);
    assert_true(recorded_trace_count(&trace, EVENT_alloc) > 100);
    recorded_trace_close(&trace);
}

/* Waits until the program has begun to write; true as soon as the file has `size` bytes. */
static bool wait_for_size(const char *path, off_t size)
{
    for (int tries = 0; tries < 500; tries++) {
        struct stat status;
        if (stat(path, &status) == 0 && status.st_size >= size)
            return true;
        sleep_ms(10);
    }
    return false;
}

static void a_killed_launcher_leaves_a_readable_recording(void **state)
{
    struct recording_run *s = *state;
    char *arguments[] = { s->heapfrag, "record", "-o",     s->trace, "--",
                          s->exercise, s->list,  "hammer", NULL };
    pid_t launcher = recording_start(s, arguments);
    assert_true(wait_for_size(s->recording, 10 * 65536));
    assert_int_equal(kill(launcher, SIGKILL), 0);
    assert_true(waitpid(launcher, NULL, 0) == launcher);

    /* The program goes on by itself, and what it writes stays readable. */
    off_t before = -1;
    for (struct stat now; stat(s->recording, &now) == 0 && now.st_size != before; sleep_ms(200))
        before = now.st_size;
    struct recorded_trace trace = recorded_trace_read(s->recording);
    assert_true(recorded_trace_anomalies(&trace, ANOMALY_file_unfinished) > 0);
    assert_int_equal(recorded_trace_anomalies(&trace, ANOMALY_time_reversed), 0);
    assert_int_equal(recorded_trace_anomalies(&trace, ANOMALY_event_cut_short), 0);
    assert_true(recorded_trace_count(&trace, EVENT_alloc) > 1000);
    recorded_trace_replay(&trace);
    recorded_trace_close(&trace);
    assert_int_not_equal(access(s->trace, F_OK), 0);
}

static void says_why_it_cannot_start(void **state)
{
    struct recording_run *s = *state;
    struct {
        char *arguments[6];
        int status;
        const char *says;
    } cases[] = {
        { { s->heapfrag, "record", NULL }, 2, "no command" },
        { { s->heapfrag, "record", "-o", NULL }, 2, "must follow" },
        { { s->heapfrag, "record", "--what", "true", NULL }, 2, "there is no option '--what'" },
        { { s->heapfrag, "record", "-o", s->trace, "/nowhere/at-all", NULL }, 3, "cannot start" },
        { { s->heapfrag, "record", "-o", "/nowhere/t.etl", "true", NULL }, 3, "cannot create" },
        { { s->heapfrag, "record", "--help", NULL }, 0, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(recording_exit_status(s, cases[i].arguments), cases[i].status);
        assert_true(recording_report_says(s, cases[i].says));
        assert_int_not_equal(access(s->trace, F_OK), 0);
    }
}

static void says_that_the_library_is_not_there(void **state)
{
    struct recording_run *s = *state;
    setenv("HEAPFRAG_RECORDER", "/nowhere/lib.so", 1);
    char *arguments[] = { s->heapfrag, "record", "-o", s->trace, "true", NULL };
    int status = recording_exit_status(s, arguments);
    unsetenv("HEAPFRAG_RECORDER");
    assert_int_equal(status, 3);
    assert_true(recording_report_says(s, "HEAPFRAG_RECORDER names"));
}

static void a_program_without_the_environment_runs_unrecorded(void **state)
{
    struct recording_run *s = *state;
    char *arguments[] = { s->heapfrag, "record", "-o", s->trace, "env", "-i", "true", NULL };
    /* env itself is recorded, and becomes true without the environment. */
    assert_int_equal(recording_exit_status(s, arguments), 0);
    assert_true(recording_report_says(s, "1 process recorded"));
    struct recorded_trace trace = recorded_trace_read(s->trace);
    assert_recorded_undamaged(&trace);
    recorded_trace_close(&trace);
}

static void says_that_some_still_run(void **state)
{
    struct recording_run *s = *state;
    char script[3 * PATH_MAX];
    int size = snprintf(script, sizeof script,
                        "(echo started >'%s'; sleep 2) & while ! [ -s '%s' ]; do :; done; exit 7",
                        s->list, s->list);
    assert_true(size > 0 && (size_t)size < sizeof script);
    char *arguments[] = { s->heapfrag, "record", "-o", s->trace, "sh", "-c", script, NULL };
    assert_int_equal(recording_exit_status(s, arguments), 0);
    assert_true(recording_report_says(s, "exited with status 7"));
    assert_true(recording_report_says(s, "of them still run"));
    struct recorded_trace trace = recorded_trace_read(s->trace);
    assert_recorded_undamaged(&trace);
    assert_true(recorded_trace_count(&trace, EVENT_process_end) <
                recorded_trace_count(&trace, EVENT_create));
    recorded_trace_close(&trace);
}

int main(void)
{
#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, recording_set_up, recording_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(records_every_function_of_the_family),
        TEST(a_forked_child_knows_what_it_inherited),
        TEST(exec_starts_a_new_process),
        TEST(records_children_of_vfork_and_posix_spawn),
        TEST(records_exit_handlers),
        TEST(records_the_end_of_a_thread),
        TEST(outlives_closed_descriptors_and_another_folder),
        TEST(a_killed_program_leaves_what_it_did),
        TEST(names_the_process_and_its_command_line),
        TEST(threads_never_share_a_live_address),
        TEST(forks_among_busy_threads_do_not_hang),
        TEST(a_file_that_cannot_grow_loses_events_and_says_so),
        TEST(a_killed_launcher_leaves_a_readable_recording),
        TEST(says_why_it_cannot_start),
        TEST(says_that_the_library_is_not_there),
        TEST(a_program_without_the_environment_runs_unrecorded),
        TEST(says_that_some_still_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
