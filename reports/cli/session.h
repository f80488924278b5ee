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
 * How every command begins that reads traces: its words fill `operands` and its options; from then
 * on Ctrl-C asks it to stop, and what cannot be written is an error with a sentence. False: that
 * was all, because --help was asked for and printed, or the words made no sense and that was said;
 * `*status` is what to exit with.
 */
bool begin_command(const struct command_line *line, int argc, char **argv,
                   struct operands *operands, int *status);

/*
 * From now on writing to a closed pipe, or to a file larger than the system allows, fails with an
 * error, which gets a sentence. Not for commands that start others: they would inherit it.
 */
void ignore_refused_writes(void);

/* From now on Ctrl-C asks to stop instead of ending the program; a second one ends it. */
void stop_on_interrupt(void);
bool is_stop_requested(void);

/* Whether nobody asked. False fills `err` with a sentence that ends with `when_stopped`. */
bool check_stop(const char *when_stopped, struct error *err);

/* Whether somebody asked; if so, the request counts as met, and Ctrl-C can ask again. */
bool take_stop(void);

#endif
