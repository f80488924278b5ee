/*
 * Runs `heapfrag report --format json` of one or two builds on a trace, in turns.
 *
 *     bench_rounds ROUNDS TRACE EVENTS LIVE PROGRAM_A [PROGRAM_B] [-- OPTION...]
 *
 * Prints medians, with one thread and with two: seconds of wall clock and of CPU, heap events a
 * second, peak memory and what that is a live block; and the ratios within a round, of the times
 * with two threads to those with one, and of two builds.
 */
#include "tests/bench/median.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROGRAMS = 2, THREADS = 2, OPTIONS_MAX = 16 };

extern char **environ;

struct timing {
    double wall[ROUNDS_MAX], cpu[ROUNDS_MAX], peak[ROUNDS_MAX];
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void cpu_of_children(double *seconds)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    *seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

/*
 * A process in between waits for the program, so that RUSAGE_CHILDREN there is of that one alone.
 */
static void measure(char **arguments, double *wall, double *cpu, double *peak)
{
    int ends[2];
    double numbers[3] = { -1, 0, 0 };
    if (pipe(ends) != 0)
        exit(1);
    fflush(stdout);
    pid_t between = fork();
    if (between == 0) {
        posix_spawn_file_actions_t actions;
        pid_t child;
        int status = 1;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        double begin = now();
        if (posix_spawn(&child, arguments[0], &actions, NULL, arguments, environ) == 0)
            waitpid(child, &status, 0);
        struct rusage usage;
        getrusage(RUSAGE_CHILDREN, &usage);
        numbers[0] = status == 0 ? now() - begin : -1;
        cpu_of_children(&numbers[1]);
        numbers[2] = (double)usage.ru_maxrss * 1024;
        _exit(write(ends[1], numbers, sizeof numbers) != sizeof numbers);
    }
    if (between < 0 || waitpid(between, NULL, 0) != between ||
        read(ends[0], numbers, sizeof numbers) != sizeof numbers || numbers[0] < 0) {
        fprintf(stderr, "bench_rounds: %s failed\n", arguments[0]);
        exit(1);
    }
    close(ends[0]);
    close(ends[1]);
    *wall = numbers[0];
    *cpu = numbers[1];
    *peak = numbers[2];
}

static void print(const char *name, const struct timing *timing, size_t rounds, double events,
                  double live)
{
    enum { FIXED_BYTES = 64 << 20 }; /* what may be there beside the live blocks */
    double wall = median(timing->wall, rounds);
    double peak = median(timing->peak, rounds);
    printf("  %-30s %8.3f s %8.2f M events/s %8.3f s CPU %6.0f MiB", name, wall,
           events / wall / 1e6, median(timing->cpu, rounds), peak / (1 << 20));
    if (peak > FIXED_BYTES && live > 0)
        printf(", %.1f bytes a live block beside 64 MiB", (peak - FIXED_BYTES) / live);
    putchar('\n');
}

static void print_program(const char *name, struct timing timings[THREADS], size_t rounds,
                          double events, double live)
{
    char line[64];
    for (int t = 0; t < THREADS; t++) {
        snprintf(line, sizeof line, "%s, %d thread%s", name, t + 1, t ? "s" : "");
        print(line, &timings[t], rounds, events, live);
    }
    printf("  %s, 2 threads : 1 on the clock %.3f\n", name,
           median_ratio(timings[1].wall, timings[0].wall, rounds));
}

static void print_builds(struct timing timings[PROGRAMS][THREADS], size_t rounds)
{
    for (int t = 0; t < THREADS; t++) {
        const struct timing *a = &timings[0][t], *b = &timings[1][t];
        printf("  B / A, median of %zu rounds, %d thread%s wall %.3f, CPU %.3f, memory %.3f\n",
               rounds, t + 1, t ? "s" : " ", median_ratio(b->wall, a->wall, rounds),
               median_ratio(b->cpu, a->cpu, rounds), median_ratio(b->peak, a->peak, rounds));
    }
}

int main(int argc, char **argv)
{
    static struct timing timings[PROGRAMS][THREADS];
    const char *const names[PROGRAMS] = { "build A", "build B" };
    static char *threads[THREADS] = { "1", "2" };
    size_t rounds = argc > 5 ? strtoul(argv[1], NULL, 10) : 0;
    int options = 5;
    while (options < argc && strcmp(argv[options], "--") != 0)
        options++;
    int programs = options - 5;
    if (rounds == 0 || rounds > ROUNDS_MAX || programs < 1 || programs > PROGRAMS ||
        argc - options > OPTIONS_MAX) {
        fputs("usage: bench_rounds ROUNDS TRACE EVENTS LIVE PROGRAM_A [PROGRAM_B] [-- OPTION...]\n",
              stderr);
        return 2;
    }
    enum { FIXED_ARGUMENTS = 8 };
    char *arguments[FIXED_ARGUMENTS + OPTIONS_MAX] = { NULL,   "report",  argv[2],     "--format",
                                                       "json", "--quiet", "--threads", NULL };
    for (int i = options + 1; i < argc; i++)
        arguments[FIXED_ARGUMENTS + i - options - 1] = argv[i];
    for (size_t round = 0; round < rounds; round++)
        for (int p = 0; p < programs; p++)
            for (int t = 0; t < THREADS; t++) {
                struct timing *timing = &timings[p][t];
                arguments[0] = argv[5 + p];
                arguments[FIXED_ARGUMENTS - 1] = threads[t];
                measure(arguments, &timing->wall[round], &timing->cpu[round], &timing->peak[round]);
            }
    for (int p = 0; p < programs; p++)
        print_program(names[p], timings[p], rounds, strtod(argv[3], NULL), strtod(argv[4], NULL));
    if (programs == PROGRAMS)
        print_builds(timings, rounds);
    return 0;
}
