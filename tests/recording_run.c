/* Running heapfrag record in a test, and what it leaves. */
#include "tests/recording_run.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool join(char *out, const char *folder, const char *name)
{
    int size = snprintf(out, PATH_MAX, "%s/%s", folder, name);
    return size > 0 && size < PATH_MAX;
}

int recording_set_up(void **state)
{
    char self[PATH_MAX];
    struct recording_run *s = calloc(1, sizeof *s);
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
                   join(s->exercise, self, "../data/record/record_exercise") &&
                   join(s->exercise_stacks, self, "../data/record/record_exercise_stacks");
    return is_made ? 0 : -1;
}

int recording_tear_down(void **state)
{
    struct recording_run *s = *state;
    unlink(s->recording);
    unlink(s->trace);
    unlink(s->list);
    unlink(s->report);
    rmdir(s->folder);
    free(s);
    return 0;
}

pid_t recording_start(const struct recording_run *s, char *const *arguments)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    if (!freopen(s->report, "w", stderr) || !freopen("/dev/null", "w", stdout))
        _exit(120);
    execv(arguments[0], arguments);
    _exit(121);
}

int recording_exit_status(const struct recording_run *s, char *const *arguments)
{
    int status;
    pid_t child = recording_start(s, arguments);
    assert_true(child > 0);
    assert_true(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool recording_report_says(const struct recording_run *s, const char *text)
{
    char said[4096];
    FILE *file = fopen(s->report, "r");
    assert_non_null(file);
    size_t size = fread(said, 1, sizeof said - 1, file);
    said[size] = '\0';
    fclose(file);
    return strstr(said, text) != NULL;
}
