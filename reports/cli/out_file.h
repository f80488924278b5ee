/* The one file that -o names. */
#ifndef REPORTS_CLI_OUT_FILE_H
#define REPORTS_CLI_OUT_FILE_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stdio.h>

/* A file while it is written, under another name: a reader sees the whole file or none. */
struct out_file {
    const char *path; /* the caller's */
    char *part;       /* owned, until out_file_end */
    FILE *out;
};

/* False with ERROR_IO or ERROR_NO_MEMORY; then there is nothing to end. */
bool out_file_begin(struct out_file *file, const char *path, struct error *err);

/* Puts the file in place if `is_good` and everything was written; else takes it away. */
bool out_file_end(struct out_file *file, bool is_good, struct error *err);

#endif
