/* heapfrag record: what data/record/exercise.c did must be in the trace, call by call. */
#include "decoder/decoder.h"

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
#include <uthash.h>

enum { MARK_BEGIN = 7770001, MARK_END = 7770002, RECORDED_SOURCE = 100 };

/* ---- running it ---- */

struct setup {
    char folder[PATH_MAX];
    char trace[PATH_MAX];
    char recording[PATH_MAX]; /* what the trace is called while it grows */
    char list[PATH_MAX];
    char report[PATH_MAX]; /* what the launcher said */
    char heapfrag[PATH_MAX];
    char exercise[PATH_MAX];
};

static bool join(char *out, const char *folder, const char *name)
{
    int size = snprintf(out, PATH_MAX, "%s/%s", folder, name);
    return size > 0 && size < PATH_MAX;
}

/* Everything lies in the tree of the build, seen from the program that tests. */
static int set_up(void **state)
{
    char self[PATH_MAX];
    struct setup *s = calloc(1, sizeof *s);
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (!s || length <= 0)
        return -1;
    self[length] = '\0';
    *strrchr(self, '/') = '\0';
    *state = s;
    bool is_made = join(s->folder, self, "record-XXXXXX") && mkdtemp(s->folder) &&
                   join(s->trace, s->folder, "t.etl") &&
                   join(s->recording, s->folder, "t.etl.recording") &&
                   join(s->list, s->folder, "list") && join(s->report, s->folder, "report") &&
                   join(s->heapfrag, self, "../heapfrag") &&
                   join(s->exercise, self, "../data/record/record_exercise");
    return is_made ? 0 : -1;
}

static int tear_down(void **state)
{
    struct setup *s = *state;
    unlink(s->recording);
    unlink(s->trace);
    unlink(s->list);
    unlink(s->report);
    rmdir(s->folder);
    free(s);
    return 0;
}

static pid_t start(const struct setup *s, char *const *arguments)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    if (!freopen(s->report, "w", stderr) || !freopen("/dev/null", "w", stdout))
        _exit(120);
    execv(arguments[0], arguments);
    _exit(121);
}

static int exit_status(const struct setup *s, char *const *arguments)
{
    int status;
    pid_t child = start(s, arguments);
    assert_true(child > 0);
    assert_true(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void record(struct setup *s, const char *mode)
{
    char *arguments[] = { s->heapfrag, "record",    "-o",    s->trace,
                          "--",        s->exercise, s->list, (char *)(uintptr_t)mode,
                          NULL };
    assert_int_equal(exit_status(s, arguments), 0);
}

static bool report_says(const struct setup *s, const char *text)
{
    char said[4096];
    FILE *file = fopen(s->report, "r");
    assert_non_null(file);
    size_t size = fread(said, 1, sizeof said - 1, file);
    said[size] = '\0';
    fclose(file);
    return strstr(said, text) != NULL;
}

/* ---- what is in the trace ---- */

struct trace {
    struct decoder *decoder;
    struct event *events;
    size_t count;
};

static struct trace read_trace(const char *path)
{
    struct trace trace = { 0 };
    struct error err = { 0 };
    struct event_batch batch;
    size_t room = 0;
    trace.decoder = decoder_open_file(path, &err);
    if (!trace.decoder)
        fail_msg("%s", err.message);
    enum next got;
    while ((got = decoder_next(trace.decoder, &batch, &err)) == NEXT_BATCH) {
        if (trace.count + batch.count > room) {
            room = 2 * (trace.count + batch.count);
            trace.events = realloc(trace.events, room * sizeof *trace.events);
            assert_non_null(trace.events);
        }
        if (batch.count)
            memcpy(trace.events + trace.count, batch.events, batch.count * sizeof *batch.events);
        trace.count += batch.count;
    }
    assert_int_equal(got, NEXT_END);
    return trace;
}

static void close_trace(struct trace *trace)
{
    decoder_close(trace->decoder);
    free(trace->events);
}

static uint64_t anomaly_count(const struct trace *trace, enum anomaly which)
{
    return decoder_anomalies(trace->decoder)->count[which];
}

/* Nothing is wrong with the file itself. */
static void assert_undamaged(const struct trace *trace)
{
    for (enum anomaly which = 0; which < ANOMALY_COUNT; which++)
        if (which != ANOMALY_source_unexpected && anomaly_count(trace, which) != 0)
            fail_msg("%s: %lu", anomaly_infos[which].name,
                     (unsigned long)anomaly_count(trace, which));
}

struct live {
    struct {
        uint64_t address;
        uint64_t process;
    } key;
    uint64_t size;
    UT_hash_handle hh;
};

static struct live *find_live(struct live *all, const struct event *event, uint64_t address)
{
    struct live key, *found;
    memset(&key, 0, sizeof key);
    key.key.address = address;
    key.key.process = event->process;
    HASH_FIND(hh, all, &key.key, sizeof key.key, found);
    return found;
}

static void insert_live(struct live **all, const struct event *event)
{
    struct live *one = calloc(1, sizeof *one);
    assert_non_null(one);
    one->key.address = event->address;
    one->key.process = event->process;
    one->size = event->size;
    HASH_ADD(hh, *all, key, sizeof one->key, one);
}

static void remove_live(struct live **all, struct live *one)
{
    HASH_DEL(*all, one);
    free(one);
}

/*
 * Follows the log: nothing is allocated where something is live, and a realloc knows what was asked
 * for before. Returns how many frees named a block that the log does not have.
 */
static size_t replay(const struct trace *trace)
{
    struct live *all = NULL, *one, *next;
    size_t unknown = 0;
    for (size_t i = 0; i < trace->count; i++) {
        const struct event *event = &trace->events[i];
        if (i > 0)
            assert_true(event->time_ns >= event[-1].time_ns);
        one = find_live(all, event, event->address);
        if (event->kind == EVENT_alloc && event->address != 0) {
            assert_null(one);
            insert_live(&all, event);
        } else if (event->kind == EVENT_free) {
            unknown += !one;
            if (one)
                remove_live(&all, one);
        } else if (event->kind == EVENT_realloc && event->address == event->old_address && one) {
            assert_int_equal(one->size, event->old_size);
            one->size = event->size;
        } else if (event->kind == EVENT_realloc && event->address != 0 &&
                   event->address != event->old_address) {
            assert_non_null(one);
            assert_int_equal(one->size, event->size);
            assert_null(find_live(all, event, event->old_address));
        }
    }
    HASH_ITER (hh, all, one, next)
        remove_live(&all, one);
    return unknown;
}

static const struct event *find_mark(const struct event *at, const struct event *end, uint32_t pid,
                                     const struct processes *processes, uint64_t size)
{
    for (; at < end; at++)
        if (at->kind == EVENT_alloc && at->size == size && processes->list[at->process].pid == pid)
            return at;
    fail_msg("process %u has no mark %lu", pid, (unsigned long)size);
    return NULL;
}

static const struct event *next_of(const struct event *at, uint32_t process)
{
    do
        at++;
    while (at->process != process);
    return at;
}

/* One line of the list against one event. */
static void assert_noted(const struct event *event, const char *kind, const unsigned long *fields)
{
    assert_string_equal(event_kind_names[event->kind], kind);
    assert_int_equal(event->address, fields[0]);
    assert_int_equal(event->size, fields[1]);
    if (event->kind == EVENT_realloc) {
        assert_int_equal(event->old_address, fields[2]);
        assert_int_equal(event->old_size, fields[3]);
    }
    assert_int_equal(event->source, RECORDED_SOURCE);
    assert_int_equal(event->heap, 0x10000);
}

/*
 * The list is made of runs of one process each. The events of such a process between its marks are
 * the lines of its run: no more, no less, in that order. Returns the number of runs.
 */
static size_t compare_with_list(const struct setup *s, const struct trace *trace)
{
    const struct processes *processes = decoder_processes(trace->decoder);
    const struct event *end = trace->events + trace->count, *at = NULL;
    FILE *list = fopen(s->list, "r");
    assert_non_null(list);
    unsigned pid, run_pid = 0;
    char kind[16];
    unsigned long fields[4];
    size_t runs = 0;
    while (fscanf(list, "%u %15s %lx %lu %lx %lu", &pid, kind, &fields[0], &fields[1], &fields[2],
                  &fields[3]) == 6) {
        if (pid != run_pid) {
            if (at)
                assert_int_equal(next_of(at, at->process)->size, MARK_END);
            at = find_mark(trace->events, end, pid, processes, MARK_BEGIN);
            at = next_of(at, at->process); /* the free of the mark */
            run_pid = pid;
            runs++;
        }
        at = next_of(at, at->process);
        assert_noted(at, kind, fields);
    }
    assert_non_null(at);
    assert_int_equal(next_of(at, at->process)->size, MARK_END);
    fclose(list);
    return runs;
}

static size_t count_kind(const struct trace *trace, enum event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < trace->count; i++)
        count += trace->events[i].kind == kind;
    return count;
}

/* ---- the tests ---- */

/* Records `mode` and compares; `runs` processes write a list, `processes` are in the trace. */
static void check(void **state, const char *mode, size_t runs, size_t processes)
{
    struct setup *s = *state;
    record(s, mode);
    struct trace trace = read_trace(s->trace);
    assert_undamaged(&trace);
    assert_int_equal(compare_with_list(s, &trace), runs);
    assert_int_equal(count_kind(&trace, EVENT_create), processes);
    assert_int_equal(count_kind(&trace, EVENT_process_end), processes);
    replay(&trace);
    close_trace(&trace);
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
    assert_true(report_says(*state, "killed by signal 9"));
}

static void names_the_process_and_its_command_line(void **state)
{
    struct setup *s = *state;
    record(s, "family");
    struct trace trace = read_trace(s->trace);
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
    close_trace(&trace);
}

static void threads_never_share_a_live_address(void **state)
{
    struct setup *s = *state;
    record(s, "hammer");
    struct trace trace = read_trace(s->trace);
    assert_undamaged(&trace);
    assert_true(count_kind(&trace, EVENT_alloc) > 10000);
    /* At most the loader's own blocks, from before there is a recorder. */
    assert_true(replay(&trace) < 10);
    close_trace(&trace);
}

static void forks_among_busy_threads_do_not_hang(void **state)
{
    struct setup *s = *state;
    record(s, "fork-among-threads");
    struct trace trace = read_trace(s->trace);
    assert_undamaged(&trace);
    assert_int_equal(count_kind(&trace, EVENT_create), 41);
    replay(&trace);
    close_trace(&trace);
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* What a full disk does too, and a limit would by SIGXFSZ if it were not looked at first. */
static void a_file_that_cannot_grow_loses_events_and_says_so(void **state)
{
    struct setup *s = *state;
    record(s, "limited");
    assert_true(report_says(s, "exited with status 0"));
    assert_true(report_says(s, "events could not be written"));
    struct trace trace = read_trace(s->trace);
    assert_true(anomaly_count(&trace, ANOMALY_events_lost) > 10000);
    assert_int_equal(anomaly_count(&trace, ANOMALY_event_cut_short), 0);
    assert_int_equal(anomaly_count(&trace, ANOMALY_buffer_damaged), 0);
    assert_true(count_kind(&trace, EVENT_alloc) > 100);
    close_trace(&trace);
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
    struct setup *s = *state;
    char *arguments[] = { s->heapfrag, "record", "-o",     s->trace, "--",
                          s->exercise, s->list,  "hammer", NULL };
    pid_t launcher = start(s, arguments);
    assert_true(wait_for_size(s->recording, 10 * 65536));
    assert_int_equal(kill(launcher, SIGKILL), 0);
    assert_true(waitpid(launcher, NULL, 0) == launcher);

    /* The program goes on by itself, and what it writes stays readable. */
    off_t before = -1;
    for (struct stat now; stat(s->recording, &now) == 0 && now.st_size != before; sleep_ms(200))
        before = now.st_size;
    struct trace trace = read_trace(s->recording);
    assert_true(anomaly_count(&trace, ANOMALY_file_unfinished) > 0);
    assert_int_equal(anomaly_count(&trace, ANOMALY_time_reversed), 0);
    assert_int_equal(anomaly_count(&trace, ANOMALY_event_cut_short), 0);
    assert_true(count_kind(&trace, EVENT_alloc) > 1000);
    replay(&trace);
    close_trace(&trace);
    assert_int_not_equal(access(s->trace, F_OK), 0);
}

static void says_why_it_cannot_start(void **state)
{
    struct setup *s = *state;
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
        assert_int_equal(exit_status(s, cases[i].arguments), cases[i].status);
        assert_true(report_says(s, cases[i].says));
        assert_int_not_equal(access(s->trace, F_OK), 0);
    }
}

static void says_that_the_library_is_not_there(void **state)
{
    struct setup *s = *state;
    setenv("HEAPFRAG_RECORDER", "/nowhere/lib.so", 1);
    char *arguments[] = { s->heapfrag, "record", "-o", s->trace, "true", NULL };
    int status = exit_status(s, arguments);
    unsetenv("HEAPFRAG_RECORDER");
    assert_int_equal(status, 3);
    assert_true(report_says(s, "HEAPFRAG_RECORDER names"));
}

static void a_program_without_the_environment_runs_unrecorded(void **state)
{
    struct setup *s = *state;
    char *arguments[] = { s->heapfrag, "record", "-o", s->trace, "env", "-i", "true", NULL };
    /* env itself is recorded, and becomes true without the environment. */
    assert_int_equal(exit_status(s, arguments), 0);
    assert_true(report_says(s, "1 process recorded"));
    struct trace trace = read_trace(s->trace);
    assert_undamaged(&trace);
    close_trace(&trace);
}

static void says_that_some_still_run(void **state)
{
    struct setup *s = *state;
    char script[3 * PATH_MAX];
    int size = snprintf(script, sizeof script,
                        "(echo started >'%s'; sleep 2) & while ! [ -s '%s' ]; do :; done; exit 7",
                        s->list, s->list);
    assert_true(size > 0 && (size_t)size < sizeof script);
    char *arguments[] = { s->heapfrag, "record", "-o", s->trace, "sh", "-c", script, NULL };
    assert_int_equal(exit_status(s, arguments), 0);
    assert_true(report_says(s, "exited with status 7"));
    assert_true(report_says(s, "of them still run"));
    struct trace trace = read_trace(s->trace);
    assert_undamaged(&trace);
    assert_true(count_kind(&trace, EVENT_process_end) < count_kind(&trace, EVENT_create));
    close_trace(&trace);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
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
