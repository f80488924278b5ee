/* heapfrag record: runs a program and leaves a trace of its heap, in the format of Windows. */
#include "reports/cli/commands.h"

#include "data/record/recorder.h"
#include "data/record/recording.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_FINE = 0, STATUS_USAGE = 2, STATUS_FAILED = 3 };

#define LIBRARY_NAME "libheapfrag_recorder.so"
#define LIBRARY_VARIABLE "HEAPFRAG_RECORDER"
#define DEFAULT_TRACE "heapfrag.etl"

extern char **environ;

static const char usage[] =
    "usage: heapfrag record [-o TRACE] [--stacks[=FRAMES]] [--] COMMAND [ARGUMENT …]\n"
    "\n"
    "Runs COMMAND and records what it and its children allocate (malloc and its\n"
    "family, and operator new through them) in TRACE, an .etl file as Windows writes\n"
    "it: one heap a process, sizes as asked for, Source 100 (the allocator does not\n"
    "tell its path).\n"
    "\n"
    "options:\n"
    "  -o, --output TRACE         where to write; " DEFAULT_TRACE " if not given\n"
    "      --stacks[=FRAMES]      the call stack of each allocation and realloc too,\n"
    "                             FRAMES deep at most: 64 if not given, up to 192\n"
    "  -h, --help                 print this\n"
    "\n"
    "While COMMAND runs the trace grows in TRACE.recording, which can be read as it\n"
    "is when heapfrag itself was killed. Programs that are static, set-user-id or\n"
    "32-bit, and children without the environment, run but are not recorded. The exit\n"
    "status is 0 when the trace was written, whatever COMMAND's was (the last line\n"
    "tells it), 2 for bad usage, 3 when COMMAND could not be started or the trace not\n"
    "be written.\n";

struct recording_paths {
    char trace[PATH_MAX];
    char recording[PATH_MAX];
    char library[PATH_MAX];
};

static bool complain(const char *format, ...) PRINTF_LIKE(1, 2);

/* Always false. */
static bool complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("heapfrag record: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return false;
}

/* ---- where things are ---- */

static bool is_readable(const char *path)
{
    return access(path, R_OK) == 0;
}

/* Beside the program, as it is built, or where it is installed. */
static bool find_beside_program(char *out)
{
    static const char *const places[] = { "", "../lib/heapfrag/" };
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    char *name = strrchr(program, '/');
    if (!name)
        return false;
    name[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int size = snprintf(out, PATH_MAX, "%s%s" LIBRARY_NAME, program, places[i]);
        if (size > 0 && size < PATH_MAX && is_readable(out))
            return true;
    }
    return false;
}

/* Absolute, for the command may change its folder. `name` may not exist yet. */
static bool make_absolute(const char *name, char *out)
{
    char folder[PATH_MAX] = "";
    if (name[0] != '/' && !getcwd(folder, sizeof folder))
        return complain("cannot tell the current folder: %s", strerror(errno));
    int size = snprintf(out, PATH_MAX, "%s%s%s", folder, folder[0] ? "/" : "", name);
    if (size < 0 || size >= PATH_MAX)
        return complain("the name '%.64s' is too long", name);
    return true;
}

static bool find_library(char *out)
{
    const char *named = getenv(LIBRARY_VARIABLE);
    if (named) {
        if (!make_absolute(named, out))
            return false;
        if (!is_readable(out))
            return complain("cannot read '%s', which " LIBRARY_VARIABLE " names: %s", out,
                            strerror(errno));
    } else if (!find_beside_program(out)) {
        return complain("cannot find " LIBRARY_NAME " beside this program or in ../lib/heapfrag; "
                        "set " LIBRARY_VARIABLE " to its path");
    }
    if (strpbrk(out, " :"))
        return complain(
            "the loader would split the path '%s' at a space or colon; copy the library "
            "elsewhere and set " LIBRARY_VARIABLE,
            out);
    return true;
}

static bool find_paths(const char *trace, struct recording_paths *paths)
{
    if (!make_absolute(trace, paths->trace))
        return false;
    struct stat there;
    if (stat(paths->trace, &there) == 0 && !S_ISREG(there.st_mode))
        return complain("'%s' is there and is no file", trace);
    int size = snprintf(paths->recording, PATH_MAX, "%s.recording", paths->trace);
    if (size < 0 || size >= PATH_MAX)
        return complain("the name of the trace is too long");
    return find_library(paths->library);
}

/* ---- the command ---- */

static volatile sig_atomic_t command_process;

static void pass_on(int signal_number)
{
    if (command_process > 0)
        kill((pid_t)command_process, signal_number);
}

/* What heapfrag does with signals while the command runs, and did before. */
struct signals {
    struct sigaction interrupt, quit, hangup, terminate;
    sigset_t to_default; /* for the command: what we changed, and was not ignored before */
};

static void replace_signal(int number, void (*handler)(int), struct sigaction *before,
                           sigset_t *to_default)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
    sigaction(number, NULL, before);
    if (before->sa_handler == SIG_IGN)
        return;
    sigaddset(to_default, number);
    sigaction(number, &action, NULL);
}

/* The terminal interrupts the command, not us: the trace is yet to be written. */
static void hold_signals(struct signals *signals)
{
    sigemptyset(&signals->to_default);
    replace_signal(SIGINT, SIG_IGN, &signals->interrupt, &signals->to_default);
    replace_signal(SIGQUIT, SIG_IGN, &signals->quit, &signals->to_default);
    replace_signal(SIGHUP, pass_on, &signals->hangup, &signals->to_default);
    replace_signal(SIGTERM, pass_on, &signals->terminate, &signals->to_default);
}

static void give_back_signals(const struct signals *signals)
{
    sigaction(SIGINT, &signals->interrupt, NULL);
    sigaction(SIGQUIT, &signals->quit, NULL);
    sigaction(SIGHUP, &signals->hangup, NULL);
    sigaction(SIGTERM, &signals->terminate, NULL);
}

static bool is_named(const char *assignment, const char *name)
{
    size_t size = strlen(name);
    return strncmp(assignment, name, size) == 0 && assignment[size] == '=';
}

static char *assignment(const char *name, const char *value, const char *more)
{
    size_t size = strlen(name) + strlen(value) + (more ? strlen(more) : 0) + 3;
    char *text = malloc(size);
    if (text)
        snprintf(text, size, "%s=%s%s%s", name, value, more && *more ? ":" : "", more ? more : "");
    return text;
}

/* Our environment, with our library before what is preloaded anyway. The two new strings come
 * first. */
static char **command_environment(const struct recording_paths *paths)
{
    size_t count = 0;
    while (environ[count])
        count++;
    char **copy = calloc(count + 3, sizeof *copy);
    if (!copy)
        return NULL;
    copy[0] = assignment("LD_PRELOAD", paths->library, getenv("LD_PRELOAD"));
    copy[1] = assignment(RECORDING_VARIABLE, paths->recording, NULL);
    size_t used = 2;
    for (size_t i = 0; i < count; i++)
        if (!is_named(environ[i], "LD_PRELOAD") && !is_named(environ[i], RECORDING_VARIABLE))
            copy[used++] = environ[i];
    return copy;
}

static void free_environment(char **environment)
{
    free(environment[0]);
    free(environment[1]);
    free(environment);
}

static int spawn(char **command, char **environment, const sigset_t *to_default, pid_t *process)
{
    posix_spawnattr_t attributes;
    int fault = posix_spawnattr_init(&attributes);
    if (fault != 0)
        return fault;
    posix_spawnattr_setsigdefault(&attributes, to_default);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    fault = posix_spawnp(process, command[0], NULL, &attributes, command, environment);
    posix_spawnattr_destroy(&attributes);
    return fault;
}

/* Runs the command to its end. `status` is as of waitpid. */
static bool run(char **command, const struct recording_paths *paths, struct command_end *end,
                int *status)
{
    char **environment = command_environment(paths);
    if (!environment)
        return complain("no memory to start '%s'", command[0]);
    struct signals signals;
    hold_signals(&signals);
    pid_t process = 0;
    int fault = environment[0] && environment[1]
                    ? spawn(command, environment, &signals.to_default, &process)
                    : ENOMEM;
    if (fault == 0) {
        command_process = process;
        while (waitpid(process, status, 0) < 0 && errno == EINTR)
            continue;
        command_process = 0;
        *end = (struct command_end){
            .process = process,
            .exit_status = WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status),
            .time_ns = recording_clock_ns(),
        };
    }
    give_back_signals(&signals);
    free_environment(environment);
    return fault == 0 || complain("cannot start '%s': %s", command[0], strerror(fault));
}

/* ---- what there is to say about it ---- */

static void describe_status(char *out, size_t size, int status)
{
    if (WIFEXITED(status))
        snprintf(out, size, "exited with status %d", WEXITSTATUS(status));
    else
        snprintf(out, size, "was killed by signal %d (%s), and the trace ends there",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
}

static void close_report(const char *command, const char *trace, int status,
                         const struct recording_facts *facts)
{
    char ended[128];
    describe_status(ended, sizeof ended, status);
    complain("'%s' %s; %u process%s recorded in '%s' (%.1f MiB)", command, ended, facts->processes,
             facts->processes == 1 ? "" : "es", trace, (double)facts->trace_bytes / (1 << 20));
    if (!facts->has_command)
        complain("'%s' itself was not recorded: a static, set-user-id or 32-bit program is not, "
                 "nor one that runs without the environment it was given",
                 command);
    if (facts->still_running > 0)
        complain("%u of them still run; what they do from now on is not in the trace",
                 facts->still_running);
    if (facts->events_lost > 0)
        complain("%u events could not be written (disk full, a limit, or a folder that the program "
                 "cannot reach); the trace says so",
                 facts->events_lost);
    if (facts->too_many_at_once)
        complain("more than 2048 processes ran at once, and some share a processor index: their "
                 "events are not in order of time");
}

static int record(char **command, const char *trace, uint32_t stack_limit)
{
    struct recording_paths paths;
    struct error err = { 0 };
    if (!find_paths(trace, &paths))
        return STATUS_FAILED;
    if (!recording_create(paths.recording, trace, stack_limit, &err)) {
        complain("%s", err.message);
        return STATUS_FAILED;
    }
    struct command_end end;
    int status = 0;
    if (!run(command, &paths, &end, &status)) {
        unlink(paths.recording);
        return STATUS_FAILED;
    }
    struct recording_facts facts;
    if (!recording_assemble(paths.recording, paths.trace, &end, &facts, &err)) {
        complain("%s; what was recorded is in '%s'", err.message, paths.recording);
        return STATUS_FAILED;
    }
    unlink(paths.recording);
    close_report(command[0], trace, status, &facts);
    return STATUS_FINE;
}

enum { FRAMES_DEFAULT = 64, FRAMES_MAX = 192 };

/* "--stacks" or "--stacks=FRAMES". False: it is something else; 0 frames: no number that will do.
 */
static bool read_stacks(const char *option, uint32_t *frames)
{
    static const char name[] = "--stacks";
    if (strncmp(option, name, sizeof name - 1) != 0)
        return false;
    const char *value = option + sizeof name - 1;
    if (*value == '\0') {
        *frames = FRAMES_DEFAULT;
        return true;
    }
    if (*value++ != '=')
        return false;
    char *end = NULL;
    unsigned long number = strtoul(value, &end, 10);
    bool is_number = *value >= '0' && *value <= '9' && *end == '\0';
    *frames = is_number && number <= FRAMES_MAX ? (uint32_t)number : 0;
    return true;
}

int command_record(int argc, char **argv)
{
    const char *trace = DEFAULT_TRACE;
    uint32_t stack_limit = 0;
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        const char *option = argv[at];
        if (strcmp(option, "--") == 0) {
            at++;
            break;
        }
        if (strcmp(option, "-h") == 0 || strcmp(option, "--help") == 0) {
            fputs(usage, stdout);
            return fflush(stdout) == 0 ? STATUS_FINE : STATUS_FAILED;
        }
        if ((strcmp(option, "-o") == 0 || strcmp(option, "--output") == 0) && at + 1 < argc) {
            trace = argv[++at];
            continue;
        }
        if (read_stacks(option, &stack_limit)) {
            if (stack_limit > 0)
                continue;
            complain("'%s': stacks can be 1 to %d frames deep", option, FRAMES_MAX);
            return STATUS_USAGE;
        }
        complain("%s '%s'",
                 strcmp(option, "-o") == 0 || strcmp(option, "--output") == 0
                     ? "a name must follow"
                     : "there is no option",
                 option);
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    if (at >= argc || trace[0] == '\0') {
        complain(at >= argc ? "no command to run" : "the trace has no name");
        fputs(usage, stderr);
        return STATUS_USAGE;
    }
    return record(argv + at, trace, stack_limit);
}
