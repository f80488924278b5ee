/* Small text files that users write: one thing a line, comments from '#' at the start of a line. */
#ifndef REPORTS_CLI_TEXT_FILE_H
#define REPORTS_CLI_TEXT_FILE_H

#include "decoder/error.h"

#include <stdbool.h>

/*
 * Calls `take` with every line that is not blank and no comment, without blanks at its ends; it may
 * change the text, which lives as long as the call. False with ERROR_IO, ERROR_LIMIT or what `take`
 * said, then with the number of the line in front.
 */
bool text_file_read(const char *path, bool (*take)(char *line, void *target, struct error *err),
                    void *target, struct error *err);

#endif
