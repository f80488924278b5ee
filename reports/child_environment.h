/* The environment of programs that are guests: gnuplot, llvm-symbolizer. */
#ifndef REPORTS_CHILD_ENVIRONMENT_H
#define REPORTS_CHILD_ENVIRONMENT_H

enum { CHILD_ENVIRONMENT_SIZE = 8192 };

struct child_environment {
    char text[CHILD_ENVIRONMENT_SIZE];
    char *list[4];
};

/*
 * Only PATH and HOME, and the locale "C.UTF-8": nothing else of the user's own settings reaches the
 * guest, so that equal input gives equal output and nothing is fetched from a network. The result
 * is for posix_spawn and lives as long as `environment`.
 */
char **child_environment_fill(struct child_environment *environment);

#endif
