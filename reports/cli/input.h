/* What compare and merge read: traces, or results saved of traces. */
#ifndef REPORTS_CLI_INPUT_H
#define REPORTS_CLI_INPUT_H

#include "analyzer/merged.h"
#include "analyzer/stack_match.h"
#include "decoder/error.h"
#include "decoder/intake.h"
#include "reports/cli/symbol_options.h"

#include <stdbool.h>
#include <stddef.h>

struct input_options {
    struct stack_matching *stacks; /* to add call stacks to; NULL: not wanted */
    enum stack_side side;          /* of those that are read */
    struct intake_options intake;
    const struct symbol_folders *symbols; /* for what is a trace; NULL: none */
    size_t threads;                       /* as in struct trace_request */
    uint64_t memory_bytes_max;            /* when more is in use, reading fails; 0: no limit */
    const char *when_stopped;             /* a clause: what comes of it then */
    bool is_quiet;                        /* no progress */
};

/* The row of an option table. A part of a trace would look like a build that does less. */
#define MAX_MEMORY_OPTION(options)                                                                 \
    {                                                                                              \
        .name = "max-memory", .argument = "SIZE", .parse = parse_bytes,                            \
        .target = &(options)->memory_bytes_max,                                                    \
        .help = "give up when more is in use, such as 8G (status 3)",                              \
    }

/*
 * Adds the traces or saved results at `paths` up and finishes the sum. False has told standard
 * error why and set `*status`. In any case `sum` is to be released.
 */
bool input_read(const char *const *paths, size_t count, const struct input_options *options,
                struct merged *sum, int *status);

/* One run that stands for all of its build. */
struct input_run {
    bool is_there;
    struct result result; /* result_release it */
    size_t among;         /* runs of which its live peak is the median */
};

/*
 * The same, and keeps in `run` (zero-filled; NULL: not wanted) the trace, or the saved result of
 * one, whose live peak is the median of its side, the lower of two. It is read again if it is not
 * the first one; when that does not work, or every input is of several traces, there is none.
 */
bool input_read_with_run(const char *const *paths, size_t count,
                         const struct input_options *options, struct merged *sum,
                         struct input_run *run, int *status);

#endif
