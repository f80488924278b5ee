/* Which processes of a trace a report is about. */
#ifndef REPORTS_CLI_SELECTION_H
#define REPORTS_CLI_SELECTION_H

#include "decoder/decoder.h"
#include "decoder/intake.h"

#include <stdbool.h>

/* Indices in struct processes; owned. */
struct selection {
    uint32_t *processes;
    size_t count;
};

/*
 * Finds the processes that `wanted` names: by id if it is a number, else by file name in any case
 * of ASCII letters, with or without ".exe". Names may come late, so this reads the whole trace
 * once. False with ERROR_USAGE, naming some of those that there are, when nothing fits; with
 * ERROR_IO when Ctrl-C ends it, for then nobody knows.
 */
bool selection_find(struct selection *selection, const struct intake *intake, const char *wanted,
                    bool is_quiet, struct error *err);
void selection_release(struct selection *selection); /* safe on a zero-filled selection */

/* Whether `image`, a process's file name or path, is what `wanted` names. */
bool is_image_named(const char *image, const char *wanted);

#endif
