/* What compare and merge read: traces, or results saved of traces. */
#ifndef REPORTS_CLI_INPUT_H
#define REPORTS_CLI_INPUT_H

#include "analyzer/merged.h"
#include "decoder/error.h"
#include "decoder/intake.h"

#include <stddef.h>

struct input_options {
    struct intake_options intake;
    bool is_quiet; /* no progress */
};

/*
 * Adds the traces or saved results at `paths` up and finishes the sum. False has told standard
 * error why and set `*status`. In any case `sum` is to be released.
 */
bool input_read(const char *const *paths, size_t count, const struct input_options *options,
                struct merged *sum, int *status);

#endif
