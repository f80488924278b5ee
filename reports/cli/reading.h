/* Commands that read a whole trace and tell it as it is: info and events. */
#ifndef REPORTS_CLI_READING_H
#define REPORTS_CLI_READING_H

#include "decoder/decoder.h"
#include "decoder/intake.h"
#include "reports/cli/pull.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the command line asks for. */
struct reading {
    const char *path, *format_name;
    const char *const *format_names; /* the command's */
    size_t format_count;
    size_t format; /* index in them */
    struct intake_options intake;
    uint64_t memory_bytes_max;
    bool is_quiet;
};

/* What is different between them. */
struct reading_command {
    const char *name, *usage, *summary;
    const char *const *formats; /* the first is the default */
    size_t format_count;
    const char *format_help, *memory_help;
    /* Tells the trace; returns the exit status. */
    int (*run)(const struct reading *reading, const struct intake *intake);
};

/* The command, from its words to its exit status. */
int reading_run(const struct reading_command *command, int argc, char **argv);

/* pull_trace with what the command line asks for. */
struct pull reading_pull(const struct reading *reading, struct decoder *decoder,
                         const char *when_stopped);

#endif
