/* The trace that a command line names, made ready to be read. */
#ifndef REPORTS_CLI_TAKE_IN_H
#define REPORTS_CLI_TAKE_IN_H

#include "decoder/anomaly.h"
#include "decoder/intake.h"
#include "reports/cli/options.h"

#include <stdbool.h>

/* Rows of an option table, for struct intake_options. */
#define MAX_SPOOL_OPTION(intake)                                                                   \
    {                                                                                              \
        .name = "max-spool", .argument = "SIZE", .parse = parse_bytes,                             \
        .target = &(intake)->spool_bytes_max,                                                      \
        .help = "most that a pipe or an archive may fill a temporary file with (64G)",             \
    }
#define NO_SPOOL_OPTION(intake)                                                                    \
    {                                                                                              \
        .name = "no-spool", .parse = parse_flag, .target = &(intake)->no_spool,                    \
        .help = "no temporary file: read a pipe or an archive once, 128 MiB ahead",                \
    }

/*
 * Opens the trace at `path` (decoder/intake.h) and, if it has to be copied, copies all of it:
 * standard error is told so, sees the progress, and learns of damage. Ctrl-C ends the copying; what
 * has come by then is the trace. NULL fills `err`.
 */
struct intake *take_in(const char *path, const struct intake_options *options, bool is_quiet,
                       struct error *err);

/* Once it has been read: says what went wrong with a trace that was read only once. */
void take_in_end(const struct intake *intake, const struct anomalies *anomalies);

#endif
