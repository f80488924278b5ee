/*
 * Curves over time in one pass and bounded memory, without losing a spike.
 *
 * Time is cut into intervals of a power of two ns, aligned to multiples of it. Intervals with an
 * event have a row, at most TIMELINE_ROWS; one more doubles the interval, and rows that now fall
 * together become one. The row of an interval covers the values a curve took in it, the value it
 * came in with included, so a flat stretch reads right; the first row begins with its first event.
 */
#ifndef ANALYZER_TIMELINE_H
#define ANALYZER_TIMELINE_H

#include "analyzer/levels.h"
#include "analyzer/result.h"
#include "decoder/error.h"

enum { TIMELINE_ROWS = 2048 };

/*
 * Events, and allocs and reallocs by Source, in eight sums of 8 bits: so one addition counts an
 * event, and up to TIMELINE_COUNTS_MAX events are counted in the row at once.
 */
#define TIMELINE_EVENT UINT64_C(1)
#define TIMELINE_SOURCE(slot) (UINT64_C(1) << (8 + 8 * (slot))) /* below SOURCE_SLOTS */
enum { TIMELINE_COUNTS_MAX = UINT8_MAX };

/* What one event adds to the sums of its interval. Zero-filled: nothing. */
struct timeline_flow {
    uint64_t counts;          /* TIMELINE_EVENT, and if it has a Source, TIMELINE_SOURCE */
    uint32_t reallocs, moved; /* 0 or 1 */
    uint64_t copied_bytes;
};

/* Private to timeline.c. Zero-filled is empty. */
struct timeline {
    uint64_t row_end_ns; /* the open row is that of all times before this; 0: none is */
    unsigned interval_shift;
    unsigned merge_shift; /* the least with which two neighbours of the rows would be one */
    uint32_t known;       /* bit `curve`: it has a value now, namely last; */
    uint32_t is_met;      /* it had one in the open interval */
    uint64_t min[TIMELINE_CURVES], max[TIMELINE_CURVES], last[TIMELINE_CURVES];
    struct timeline_row *rows; /* owned. The last one is open: its curves are the above */
    size_t count, capacity;
};

void timeline_release(struct timeline *timeline); /* safe on a zero-filled one */

/* Fills `to`, which is empty, with the same rows. False with ERROR_NO_MEMORY. */
bool timeline_copy(struct timeline *to, const struct timeline *from, struct error *err);

/*
 * Forgets all rows; the values are those carried into the first. For --from: without it, the first
 * row begins with its first event.
 */
void timeline_restart(struct timeline *timeline, const struct level_values *values);

/* Whether an event at `t_ns`, never before the last, falls into the open row. */
static inline bool timeline_is_in_row(const struct timeline *timeline, uint64_t t_ns)
{
    return t_ns < timeline->row_end_ns;
}

/*
 * Opens the row of `t_ns`, where an event leaves `values`; all events before it have been taken in.
 * False with ERROR_NO_MEMORY.
 */
bool timeline_seek(struct timeline *timeline, uint64_t t_ns, const struct level_values *values,
                   struct error *err);

/* Takes in events of the open row: of what they left the ranges, and the last of these points. */
void timeline_take(struct timeline *timeline, const struct points *points,
                   const struct sweep_ranges *ranges);

/* From an event of the open row on, space is what `values` say. */
void timeline_take_space(struct timeline *timeline, const struct level_values *values);

/* Counts events in the open row: the sum of their counts. */
void timeline_count(struct timeline *timeline, uint64_t counts);

/* The rest of what an event adds to the open row. */
static inline void timeline_count_realloc(struct timeline *timeline,
                                          const struct timeline_flow *flow)
{
    struct timeline_row *row = &timeline->rows[timeline->count - 1];
    row->reallocs += flow->reallocs;
    row->moved += flow->moved;
    row->copied_bytes += flow->copied_bytes;
}

/* Moves the rows to `out`, which owns them, and leaves the timeline empty. */
void timeline_report(struct timeline *timeline, struct timeline_result *out);

#endif
