/* What things of a trace are called in reports for people. */
#include "reports/names.h"

#include "reports/escape.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The part of a label that is made of numbers: " (100) #1 0x10000". */
static size_t put_numbers(char *out, size_t size, struct heap_name name)
{
    int length = snprintf(out, size, " (%" PRIu32 ")", name.process->pid);
    size_t at = (size_t)length;
    if (name.heap)
        at += (size_t)snprintf(out + at, size - at, " #%" PRIu32, name.heap->ordinal);
    if (name.heap && name.has_handle)
        at += (size_t)snprintf(out + at, size - at, " 0x%" PRIx64, name.heap->handle);
    return at;
}

void heap_label(char out[LABEL_SIZE], struct heap_name name, size_t columns_max)
{
    enum { IMAGE_COLUMNS_MIN = 2 }; /* a letter and the ellipsis */
    char numbers[64];
    size_t columns = columns_max < LABEL_COLUMNS ? columns_max : LABEL_COLUMNS;
    if (!name.process) {
        escape_terminal(out, LABEL_SIZE, "all heaps", columns);
        return;
    }
    size_t numbers_length = put_numbers(numbers, sizeof numbers, name);
    if (numbers_length + IMAGE_COLUMNS_MIN > columns) { /* only numbers nobody will meet */
        escape_terminal(out, LABEL_SIZE, numbers + 1, columns);
        return;
    }
    const char *image = name.process->image ? name.process->image : "unnamed";
    escape_terminal(out, LABEL_SIZE - numbers_length, image, columns - numbers_length);
    memcpy(out + strlen(out), numbers, numbers_length + 1);
}

void source_name(char out[SOURCE_NAME_SIZE], const struct source_result *source)
{
    /* Source: ntetw.h HEAP_LOG_…, as in metrics.md section 3. */
    static const char *const names[] = {
        [1] = "lookaside", [2] = "lowfrag", [3] = "mainpath",
        [4] = "slowpath",  [5] = "invalid", [6] = "segment_heap",
    };
    if (source->is_rest)
        snprintf(out, SOURCE_NAME_SIZE, "rest");
    else if (source->code < sizeof names / sizeof names[0] && names[source->code])
        snprintf(out, SOURCE_NAME_SIZE, "%s", names[source->code]);
    else
        snprintf(out, SOURCE_NAME_SIZE, "source_%" PRIu32, source->code);
}

const char *clock_name(enum clock_type clock)
{
    switch (clock) {
    case CLOCK_QPC:
        return "qpc";
    case CLOCK_SYSTEM:
        return "system";
    case CLOCK_CYCLES:
        return "cycles";
    }
    return NULL;
}

uint32_t trace_own_source(const struct trace_info *trace)
{
    return strcmp(trace->logger_name, "heapfrag record") == 0 ? RECORDED_SOURCE : 0;
}

const char *trace_own_source_note(const struct trace_info *trace)
{
    return trace_own_source(trace) == 0
               ? NULL
               : "heapfrag record made this trace; it is not told which path of the allocator "
                 "served, and Source 100 stands for any.";
}

bool trace_is_complete(const struct trace_info *trace)
{
    return trace->end_filetime != 0 && trace->read_to_end;
}
