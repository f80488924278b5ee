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

enum { GNUPLOT_SECONDS = 30 }; /* that a few scripts may take; they need less than one */

/*
 * Runs gnuplot in `directory` on every job's script, a few at a time, and says which went well. A
 * script that fails is just not done. False with ERROR_IO when gnuplot cannot be started, most
 * often because it is not there, and when it is still busy after `seconds_a_run` seconds: then it
 * is ended and not started again, and what is not done stays so.
 */
bool gnuplot_run(const char *directory, struct gnuplot_job *jobs, size_t count,
                 unsigned seconds_a_run, struct error *err);

#endif
