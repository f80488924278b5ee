/* From a trace to its result. */
#ifndef REPORTS_CLI_ANALYZE_H
#define REPORTS_CLI_ANALYZE_H

#include "analyzer/result.h"
#include "decoder/error.h"
#include "decoder/intake.h"
#include "reports/cli/options.h"
#include "reports/cli/symbol_options.h"

#include <stdbool.h>

/* What of which trace. */
struct trace_request {
    const char *path;
    const char *process; /* name or id; NULL: all */
    struct heap_choice heap;
    uint64_t from_ns, to_ns;
    struct intake_options intake;
    const struct symbol_folders *symbols; /* NULL: none */
    size_t threads;                       /* that may work on it; 0: as many as pay */
    uint64_t memory_bytes_max; /* when more is in use, what was read is all; 0: no limit */
    bool is_quiet;             /* no progress */
};

/*
 * Fills `result` with what could be read. `*is_whole` tells whether that was all; if not, standard
 * error was told why. False fills `err`.
 */
bool analyze_trace(const struct trace_request *request, struct result *result, bool *is_whole,
                   struct error *err);

#endif
