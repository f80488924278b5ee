/* What things of a trace are called in reports for people. */
#ifndef REPORTS_NAMES_H
#define REPORTS_NAMES_H

#include "analyzer/result.h"

#include <stdbool.h>

/* Columns of the longest label, and bytes enough for any label of so many columns. */
enum { LABEL_COLUMNS = 44, LABEL_SIZE = 4 * LABEL_COLUMNS + 1 };

/* A heap by its name; `process` NULL is the whole trace, `heap` NULL the whole process. */
struct heap_name {
    const struct process_result *process;
    const struct heap_result *heap;
    bool has_handle; /* whether the label says the handle: it is long, and the number is enough */
};

/*
 * Writes "app.exe (100) #1 0x10000", safe for a terminal, in at most `columns_max` columns (and
 * never more than LABEL_COLUMNS). What is too long is cut in the image name, not in the numbers
 * behind it.
 */
void heap_label(char out[LABEL_SIZE], struct heap_name name, size_t columns_max);

/* An allocator path: "lookaside", "lowfrag", …, "source_9", or "rest" for those beyond the limit.
 */
enum { SOURCE_NAME_SIZE = 20 };
void source_name(char out[SOURCE_NAME_SIZE], const struct source_result *source);

/* "qpc", "system" or "cycles"; NULL for a value that is none of them. */
const char *clock_name(enum clock_type clock);

/*
 * The Source that stands for every allocator path, because the trace's producer is not told which:
 * RECORDED_SOURCE if heapfrag record made the trace, as its log header says
 * (data/record/README.md); else 0.
 */
enum { RECORDED_SOURCE = 100 };
uint32_t trace_own_source(const struct trace_info *trace);
/* A sentence that says so to a reader; NULL when there is none. */
const char *trace_own_source_note(const struct trace_info *trace);

/* Whether the file was closed by its logger and read to its end. */
bool trace_is_complete(const struct trace_info *trace);

#endif
