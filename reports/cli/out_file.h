/* The one file that -o names. */
#ifndef REPORTS_CLI_OUT_FILE_H
#define REPORTS_CLI_OUT_FILE_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * A file while it is written, under another name: a reader sees the whole file or none. A link
 * stays one; what is no file, such as /dev/null or a FIFO, is written to and never replaced, nor is
 * a link that leads nowhere yet.
 */
struct out_file {
    char *path; /* owned, until out_file_end: where links lead */
    char *part; /* owned, until then; NULL: `path` itself is written */
    FILE *out;
};

/* False with ERROR_IO or ERROR_NO_MEMORY; then there is nothing to end. */
bool out_file_begin(struct out_file *file, const char *path, struct error *err);

/* Puts the file in place if `is_good` and everything was written; else takes it away. */
bool out_file_end(struct out_file *file, bool is_good, struct error *err);

#endif
