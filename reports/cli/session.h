/* What every command that reads a trace needs: complaints, a way to be stopped. */
#ifndef REPORTS_CLI_SESSION_H
#define REPORTS_CLI_SESSION_H

#include "decoder/error.h"
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
 * Reads a command's words into `operands` and its options. False: that was all, because --help was
 * asked for and printed, or the words made no sense and that was said; `*status` is what to exit
 * with.
 */
bool read_command_line(const struct command_line *line, int argc, char **argv,
                       struct operands *operands, int *status);

/*
 * From now on writing to a closed pipe, or to a file larger than the system allows, fails with an
 * error, which gets a sentence. Not for commands that start others: they would inherit it.
 */
void ignore_refused_writes(void);

/* From now on Ctrl-C asks to stop instead of ending the program; a second one ends it. */
void stop_on_interrupt(void);
bool is_stop_requested(void);

/* Whether somebody asked; if so, the request counts as met, and Ctrl-C can ask again. */
bool take_stop(void);

#endif
