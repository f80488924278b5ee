/* The folder charts are drawn in: under a temporary name, so that a reader never sees half of it.
 */
#ifndef REPORTS_CHART_FOLDER_H
#define REPORTS_CHART_FOLDER_H

#include "decoder/error.h"
#include "reports/output.h"

#include <stdbool.h>

enum { CHART_FOLDER_PATH_SIZE = 4096 };

struct chart_folder {
    char path[CHART_FOLDER_PATH_SIZE]; /* where to draw */
    const struct output_dir *dir;      /* that it is for; NULL: just for now */
};

/*
 * Makes an empty folder to draw in: for the folder "charts" of `dir`, or somewhere temporary when
 * `dir` is NULL. False with ERROR_IO or ERROR_LIMIT.
 */
bool chart_folder_begin(struct chart_folder *folder, const struct output_dir *dir,
                        struct error *err);

/*
 * If `is_good`, puts each file in its place in "charts" of the directory, over one of the same
 * name; then takes the folder away. Returns `is_good`, or false with ERROR_IO.
 */
bool chart_folder_end(struct chart_folder *folder, bool is_good, struct error *err);

#endif
