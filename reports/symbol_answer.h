/* What llvm-symbolizer answers about one address. */
#ifndef REPORTS_SYMBOL_ANSWER_H
#define REPORTS_SYMBOL_ANSWER_H

#include "analyzer/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    INLINED_MAX = 64,         /* functions inlined into one place; compilers stop far earlier */
    FUNCTION_NAME_MAX = 2048, /* bytes; templates make names that nobody reads to their end */
    SOURCE_PATH_MAX = 1024,   /* bytes */
};

/* Names of one place in code, the innermost inlined function first; owned. */
struct symbol_answer {
    struct frame_name *names;
    size_t count; /* 0: nothing is known */
};

enum symbol_answer_state {
    SYMBOL_ANSWER_GOOD, /* of that address, whether there are names or not */
    SYMBOL_ANSWER_SENSELESS,
    SYMBOL_ANSWER_NO_MEMORY,
};

/*
 * Reads one line of --output-style=JSON, which has to be about `address`. Names that are too long
 * end with "…". `needs_line`: a name without source file is none, because it may be that of an
 * export some way before.
 */
enum symbol_answer_state symbol_answer_read(const char *line, size_t size, uint64_t address,
                                            bool needs_line, struct symbol_answer *out);
void symbol_answer_release(struct symbol_answer *answer);

#endif
