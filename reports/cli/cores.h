/* How many threads can run at once. */
#ifndef REPORTS_CLI_CORES_H
#define REPORTS_CLI_CORES_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Processors of this machine that are in use; 1 where it does not tell. */
size_t cores_online(void);

/* What --threads is, for parse_threads: size_t, 0 for "auto". */
#define THREADS_HELP "threads to use: 1, 2, or auto (2 where there is a second processor)"
bool parse_threads(const char *argument, void *target, struct error *err);

#endif
