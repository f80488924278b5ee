/* From a trace to its result. */
#ifndef REPORTS_CLI_ANALYZE_H
#define REPORTS_CLI_ANALYZE_H

#include "analyzer/result.h"
#include "decoder/error.h"
#include "decoder/intake.h"
#include "reports/cli/options.h"
#include "reports/cli/symbol_options.h"

#include <stdbool.h>

/* What of which trace. */
struct trace_request {
    const char *path;
    const char *process; /* name or id; NULL: all */
    struct heap_choice heap;
    uint64_t from_ns, to_ns;
    struct intake_options intake;
    const struct symbol_folders *symbols; /* NULL: none */
    size_t threads;                       /* that may work on it; 0: as many as pay */
    uint64_t memory_bytes_max; /* when more is in use, what was read is all; 0: no limit */
    const char *when_stopped;  /* as in struct pull */
    bool may_be_saved;         /* the path may be that of a saved result, read in place of it */
    bool is_quiet;             /* no progress */
    const char *out_path;      /* what an error in writing is about; NULL: it says so itself */
};

/* Rows of an option table: what part of the trace is wanted. */
#define PROCESS_OPTION(request)                                                                    \
    {                                                                                              \
        .name = "process", .letter = 'p', .argument = "NAME|PID", .parse = parse_text,             \
        .target = &(request)->process, .help = "only processes of that name or id",                \
    }
#define HEAP_OPTION(request)                                                                       \
    {                                                                                              \
        .name = "heap", .argument = "HANDLE|#N", .parse = parse_heap, .target = &(request)->heap,  \
        .help = "only heaps of that handle or number",                                             \
    }
#define FROM_OPTION(request)                                                                       \
    {                                                                                              \
        .name = "from", .argument = "T", .parse = parse_time, .target = &(request)->from_ns,       \
        .help = "count from there: 1.5s, 250ms, 10us, 12345 (ns)",                                 \
    }
#define TO_OPTION(request)                                                                         \
    {                                                                                              \
        .name = "to", .argument = "T", .parse = parse_time, .target = &(request)->to_ns,           \
        .help = "count up to there",                                                               \
    }

/* Whether the part makes sense. False fills `err` with ERROR_USAGE. */
bool trace_request_check(const struct trace_request *request, struct error *err);

/*
 * Fills `result` with what could be read. `*is_whole` tells whether that was all; if not, standard
 * error was told why. False fills `err`.
 */
bool analyze_trace(const struct trace_request *request, struct result *result, bool *is_whole,
                   struct error *err);

/*
 * How a command ends that writes something made of one result: analyses, has `write` write it, and
 * returns the exit status; standard error was told what went wrong. ERROR_NOT_A_TRACE of `write` is
 * about the trace, which is not fit for it; all else about what is written. Neither `result` nor
 * what it owns outlives `write`.
 */
int analyze_and_write(const struct trace_request *request,
                      bool (*write)(void *command, const struct result *result, struct error *err),
                      void *command);

#endif
