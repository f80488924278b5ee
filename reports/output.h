/* The directory a report is written to: each file under a temporary name first, then in place. */
#ifndef REPORTS_OUTPUT_H
#define REPORTS_OUTPUT_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { OUTPUT_NAME_SIZE = 64, OUTPUT_FILES_MAX = 128 };

struct output_dir {
    const char *path; /* the caller's */
    int fd;
    /* What was finished, in order; beyond OUTPUT_FILES_MAX they are only counted. */
    char files[OUTPUT_FILES_MAX][OUTPUT_NAME_SIZE];
    size_t file_count;
};

/*
 * Opens the directory `path`, which is made if it is not there. One that has something in it
 * already is refused with ERROR_USAGE unless `force`: then files of the same names are replaced.
 */
bool output_dir_open(struct output_dir *dir, const char *path, bool force, struct error *err);
void output_dir_close(struct output_dir *dir);

/*
 * A file of the directory while it is written. `name` is one of ours: no slash, below
 * OUTPUT_NAME_SIZE - 8 bytes. A reader sees the whole file or none.
 */
struct output_file {
    struct output_dir *dir;
    FILE *out;
    char name[OUTPUT_NAME_SIZE];
    char temporary_name[OUTPUT_NAME_SIZE];
};

bool output_begin(struct output_file *file, struct output_dir *dir, const char *name,
                  struct error *err);
/* Puts the file in place if `is_good` and everything was written; else takes it away. */
bool output_end(struct output_file *file, bool is_good, struct error *err);

#endif
