/* gnuplot as a guest: started without a shell, on files, with a time limit. */
#define _GNU_SOURCE /* posix_spawn_file_actions_addchdir_np, which POSIX 2024 has without _np */
#include "reports/gnuplot.h"

#include "reports/child_environment.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    AT_A_TIME = 2,     /* gnuplot runs at once: more would only wait for each other */
    SCRIPTS_A_RUN = 8, /* of one gnuplot: its start costs as much as a picture */
    POLL_MS = 2,
};

struct run {
    pid_t child; /* 0: none */
    size_t first, count;
    unsigned waited_ms;
};

/* All that one call is about. */
struct session {
    const char *directory;
    struct gnuplot_job *jobs;
    unsigned limit_ms;
    int failure;   /* why gnuplot could not be started; an errno */
    bool is_stuck; /* one was still busy when its time was up */
};

/* Starts gnuplot on `count` scripts from `first` on. */
static bool start(struct session *session, size_t first, size_t count, struct run *run)
{
    static char gnuplot[] = "gnuplot", default_settings[] = "-d";
    char *arguments[SCRIPTS_A_RUN + 3] = { gnuplot, default_settings };
    for (size_t i = 0; i < count; i++)
        arguments[2 + i] = (char *)session->jobs[first + i].script;
    struct child_environment environment;
    posix_spawn_file_actions_t actions;
    *run = (struct run){ .first = first, .count = count };
    int failure = posix_spawn_file_actions_init(&actions);
    if (!failure) {
        failure = posix_spawn_file_actions_addchdir_np(&actions, session->directory);
        for (int fd = STDIN_FILENO; !failure && fd <= STDERR_FILENO; fd++)
            failure = posix_spawn_file_actions_addopen(&actions, fd, "/dev/null",
                                                       fd == STDIN_FILENO ? O_RDONLY : O_WRONLY, 0);
        if (!failure)
            failure = posix_spawnp(&run->child, gnuplot, &actions, NULL, arguments,
                                   child_environment_fill(&environment));
        posix_spawn_file_actions_destroy(&actions);
    }
    if (failure) {
        run->child = 0;
        session->failure = failure;
    }
    return !failure;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* Looks whether `run` has ended, and ends it when its time is up. */
static bool has_ended(struct session *session, struct run *run, bool *went_well)
{
    int status;
    pid_t got = waitpid(run->child, &status, WNOHANG);
    if (got == 0 && run->waited_ms >= session->limit_ms) {
        session->is_stuck = true;
        kill(run->child, SIGKILL);
        got = waitpid(run->child, &status, 0);
    }
    if (got == 0)
        return false;
    *went_well = got == run->child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    run->child = 0;
    return true;
}

static bool may_start(const struct session *session)
{
    return !session->failure && !session->is_stuck;
}

/* What a run did. One that failed is tried again a script at a time, to lose no more than that. */
static void settle(struct session *session, const struct run *run, bool went_well)
{
    for (size_t i = 0; i < run->count; i++)
        session->jobs[run->first + i].is_done = went_well;
    if (went_well || run->count == 1)
        return;
    for (size_t i = 0; i < run->count && may_start(session); i++) {
        struct run single;
        bool is_done = false;
        if (!start(session, run->first + i, 1, &single))
            return;
        for (; !has_ended(session, &single, &is_done); single.waited_ms += POLL_MS)
            pause_ms(POLL_MS);
        session->jobs[run->first + i].is_done = is_done;
    }
}

static void run_all(struct session *session, size_t count)
{
    struct run runs[AT_A_TIME] = { 0 };
    size_t next = 0, running = 0;
    while ((next < count && may_start(session)) || running > 0) {
        for (size_t r = 0; r < AT_A_TIME; r++) {
            bool went_well;
            if (runs[r].child && has_ended(session, &runs[r], &went_well)) {
                running--;
                settle(session, &runs[r], went_well);
            }
            if (runs[r].child || next >= count || !may_start(session))
                continue;
            size_t left = count - next;
            size_t share = left < SCRIPTS_A_RUN ? left : SCRIPTS_A_RUN;
            running += start(session, next, share, &runs[r]);
            next += share;
        }
        pause_ms(POLL_MS);
        for (size_t r = 0; r < AT_A_TIME; r++)
            runs[r].waited_ms += POLL_MS;
    }
}

bool gnuplot_run(const char *directory, struct gnuplot_job *jobs, size_t count,
                 unsigned seconds_a_run, struct error *err)
{
    struct session session = { directory, jobs, seconds_a_run * 1000, 0, false };
    for (size_t i = 0; i < count; i++)
        jobs[i].is_done = false;
    run_all(&session, count);
    if (session.failure)
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot start gnuplot: %s",
                         strerror(session.failure));
    if (session.is_stuck)
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET,
                         "gnuplot was still busy after %u seconds and was ended", seconds_a_run);
    return true;
}
