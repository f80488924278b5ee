/* --symbols: where symbol files are, and names for a result from them. */
#ifndef REPORTS_CLI_SYMBOL_OPTIONS_H
#define REPORTS_CLI_SYMBOL_OPTIONS_H

#include "analyzer/result.h"
#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { SYMBOL_FOLDERS_MAX = 64 };

/* Zero-filled is none. */
struct symbol_folders {
    const char *list[SYMBOL_FOLDERS_MAX]; /* of the command line */
    size_t count;
};

/* The row of an option table. */
#define SYMBOLS_OPTION(folders)                                                                    \
    {                                                                                              \
        .name = "symbols", .argument = "DIR", .parse = parse_symbols, .target = folders,           \
        .help = "names of functions, from PDB or ELF files below it (repeatable)",                 \
    }

/* For struct option_spec; the target is a struct symbol_folders. */
bool parse_symbols(const char *argument, void *target, struct error *err);

/*
 * Names the frames of `result`, if there are folders, and tells standard error what was in the way
 * of it. What fails costs names, never the report.
 */
void name_stacks(const struct symbol_folders *folders, struct result *result, bool is_quiet);

#endif
