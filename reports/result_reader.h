/* Reads saved results back: result.json of one trace, and what `merge` wrote of many. */
#ifndef REPORTS_RESULT_READER_H
#define REPORTS_RESULT_READER_H

#include "analyzer/merged.h"
#include "analyzer/stack_match.h"
#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { RESULT_FILE_MAX = 512 << 20 }; /* bytes */

/* Whether the file begins as JSON does. False too for a file that cannot be read. */
bool result_is_saved(const char *path);

/* What results are added to. */
struct result_sums {
    struct merged *merged;
    struct stack_matching *stacks; /* NULL: not wanted; merged results have none */
    enum stack_side side;
};

/*
 * Adds the saved results in a file. If it is of one trace, it stays in `kept` as by
 * result_read_file_one; if it is of several, `kept` stays zero-filled, as it came. NULL: not
 * wanted. False with ERROR_IO, ERROR_LIMIT, ERROR_NO_MEMORY, or
 * ERROR_NOT_A_TRACE for what is no such result or one of a newer version; then the sums are only
 * good for their release.
 */
bool result_read_file(const char *path, const struct result_sums *sums, struct result *kept,
                      struct error *err);

/* The same for `size` bytes in memory, of which none is kept. */
bool result_read(const char *text, size_t size, const struct result_sums *sums, struct error *err);

/* The same for a result that is not saved. */
bool result_add(const struct result *result, const struct result_sums *sums, struct error *err);

/*
 * The result of one trace by itself, from `size` bytes in memory: what adds up, and its stacks;
 * times of processes, costliest chains, timelines and maps are not read. False as above; then `out`
 * is empty.
 */
bool result_read_one(const char *text, size_t size, struct result *out, struct error *err);

/* The same for a file, whose path it gets, and with its curves (curves_reader.h). */
bool result_read_file_one(const char *path, struct result *out, struct error *err);

#endif
