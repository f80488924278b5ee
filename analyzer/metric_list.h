/* Every single number of a heap, a process or the trace, by its name: for tables of numbers. */
#ifndef ANALYZER_METRIC_LIST_H
#define ANALYZER_METRIC_LIST_H

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

/* What a number says about the work that was done meanwhile. */
enum metric_nature {
    METRIC_RATE,   /* nothing: a fraction, a ratio, a number a chain */
    METRIC_LEVEL,  /* what there was at a time, or on the average of time */
    METRIC_VOLUME, /* it grows with the work: compared per million allocations of the program */
    METRIC_WORK,   /* it is the work */
    METRIC_MOMENT, /* a time of the trace */
};

/* Which way a number must not go. */
enum metric_worse { WORSE_NEITHER, WORSE_HIGHER, WORSE_LOWER };

/*
 * A metric's name is its path in result.json without "realloc.", "traffic." and ".value", as gates
 * name it: "live_bytes.peak", "move_rate", "chains.count".
 */
struct metric {
    const char *name;
    const char *unit; /* "bytes", "blocks", "pages", "events", "ns", "fraction", "ratio", … */
    enum metric_nature nature;
    enum metric_worse worse;
    struct {
        unsigned char kind; /* private to metric_list.c */
        size_t offset, known_offset;
    } at;
};

/* In the order of result.json. */
extern const struct metric metric_list[];
extern const size_t metric_count;

struct metric_value metric_value(const struct metric *metric, const struct measures *measures);

/*
 * Puts a number back where metric_value finds it; what is unknown becomes so. A group that gets a
 * number is known from then on. `value.is_whole` must be what metric_is_whole says.
 */
void metric_set(const struct metric *metric, struct measures *measures, struct metric_value value);

/* Whether the numbers of that metric are whole. */
bool metric_is_whole(const struct metric *metric);

/* The metric of that name, or NULL. */
const struct metric *metric_find(const char *name);

#endif
