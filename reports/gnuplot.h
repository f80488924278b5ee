/* gnuplot as a guest: started without a shell, on files, with a time limit. */
#ifndef REPORTS_GNUPLOT_H
#define REPORTS_GNUPLOT_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>

struct gnuplot_job {
    const char *script; /* file name in the directory; borrowed */
    bool is_done;       /* gnuplot ran it to its end without complaint */
};

/*
 * Runs gnuplot in `directory` on every job's script, a few at a time, and says which went well.
 * False with ERROR_IO when gnuplot cannot be started at all, most often because it is not there;
 * then no job is done. A script that fails, or takes longer than half a minute, is just not done.
 */
bool gnuplot_run(const char *directory, struct gnuplot_job *jobs, size_t count, struct error *err);

#endif
