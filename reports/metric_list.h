/* Every single number of a heap, a process or the trace, by its name: for tables of numbers. */
#ifndef REPORTS_METRIC_LIST_H
#define REPORTS_METRIC_LIST_H

#include "analyzer/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number that may be unknown. */
struct metric_value {
    bool known;
    bool is_whole; /* `whole` holds it, else `fraction` */
    uint64_t whole;
    double fraction;
};

/*
 * A metric's name is its path in result.json without "realloc.", "traffic." and ".value", as gates
 * name it: "live_bytes.peak", "move_rate", "chains.count".
 */
struct metric {
    const char *name;
    const char *unit; /* "bytes", "blocks", "pages", "events", "ns", "fraction", "ratio", … */
    struct {
        unsigned char kind; /* private to metric_list.c */
        size_t offset, known_offset;
    } at;
};

/* In the order of result.json. */
extern const struct metric metric_list[];
extern const size_t metric_count;

struct metric_value metric_value(const struct metric *metric, const struct measures *measures);

/* The metric of that name, or NULL. */
const struct metric *metric_find(const char *name);

#endif
