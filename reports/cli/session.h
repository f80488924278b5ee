/* What every command that reads a trace needs: complaints, progress, a way to be stopped. */
#ifndef REPORTS_CLI_SESSION_H
#define REPORTS_CLI_SESSION_H

#include "decoder/decoder.h"
#include "reports/cli/options.h"
#include "reports/cli/status.h"

#include <stdbool.h>

/*
 * Says on standard error why something failed, "heapfrag: FILE: sentence (at byte N)", and returns
 * the status for it. `path` NULL: it is not about a file.
 */
int complain(const char *path, const struct error *err);

/* The same for a command line that made no sense; adds where to find help. */
int complain_usage(const struct command_line *line, const struct error *err);

/*
 * From now on writing to a closed pipe fails with an error, which gets a sentence. Not for commands
 * that start others: they would inherit it.
 */
void ignore_closed_pipes(void);

/* From now on Ctrl-C asks to stop instead of ending the program; a second one ends it. */
void stop_on_interrupt(void);
bool is_stop_requested(void);

/* A line on standard error, if that is a terminal, that says how much has been read. */
struct progress {
    bool is_shown;
    unsigned percent;
};
struct progress progress_begin(bool is_quiet);
void progress_show(struct progress *progress, const struct decoder *decoder);
void progress_end(struct progress *progress); /* takes the line away */

#endif
