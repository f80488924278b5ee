/* How many threads can run at once. */
#ifndef REPORTS_CLI_CORES_H
#define REPORTS_CLI_CORES_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Processors that this process may run on; 1 where the system does not tell. */
size_t cores_usable(void);

/* The row of an option table; the target is a size_t, 0 for "auto". */
#define THREADS_OPTION(count)                                                                      \
    {                                                                                              \
        .name = "threads", .argument = "N", .parse = parse_threads, .target = count,               \
        .help = "threads to use: 1, 2, or auto (the default: 2 where there is a second "           \
                "processor and the trace is not small)",                                           \
    }
bool parse_threads(const char *argument, void *target, struct error *err);

#endif
