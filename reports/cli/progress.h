/* A line on standard error, if that is a terminal, that says how much has been read. */
#ifndef REPORTS_CLI_PROGRESS_H
#define REPORTS_CLI_PROGRESS_H

#include "decoder/decoder.h"
#include "decoder/intake.h"

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool is_shown;
    bool has_line; /* there is one to take away */
    uint64_t start_ns, next_ns;
};

struct progress progress_begin(bool is_quiet);

/* Cheap: a new line some times a second, whatever the number of calls. */
void progress_show(struct progress *progress, const struct decoder *decoder);
void progress_show_intake(struct progress *progress, const struct intake *intake);

void progress_end(struct progress *progress); /* takes the line away */

#endif
