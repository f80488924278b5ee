/* Running heapfrag record in a test, and what it leaves. */
#ifndef TESTS_RECORDING_RUN_H
#define TESTS_RECORDING_RUN_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/* Everything lies in the tree of the build, seen from the program that tests. */
struct recording_run {
    char folder[PATH_MAX];
    char trace[PATH_MAX];
    char recording[PATH_MAX]; /* what the trace is called while it grows */
    char list[PATH_MAX];
    char report[PATH_MAX]; /* what the launcher said */
    char heapfrag[PATH_MAX];
    char exercise[PATH_MAX];
    char exercise_stacks[PATH_MAX];
};

/* Of cmocka: a new folder for each test. `*state` is a struct recording_run. */
int recording_set_up(void **state);
int recording_tear_down(void **state);

/* Starts a program whose standard error goes to the report. */
pid_t recording_start(const struct recording_run *s, char *const *arguments);

/* The exit status, or 128 and the signal. */
int recording_exit_status(const struct recording_run *s, char *const *arguments);

bool recording_report_says(const struct recording_run *s, const char *text);

#endif
