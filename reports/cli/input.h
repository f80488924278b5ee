/* What compare and merge read: traces, or results saved of traces. */
#ifndef REPORTS_CLI_INPUT_H
#define REPORTS_CLI_INPUT_H

#include "analyzer/merged.h"
#include "decoder/error.h"

#include <stddef.h>

/*
 * Adds the traces or saved results at `paths` up and finishes the sum. False has told standard
 * error why and set `*status`. In any case `sum` is to be released.
 */
bool input_read(const char *const *paths, size_t count, bool is_quiet, struct merged *sum,
                int *status);

#endif
