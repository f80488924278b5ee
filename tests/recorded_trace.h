/* What is in a trace that heapfrag record made, for tests of the recorder. */
#ifndef TESTS_RECORDED_TRACE_H
#define TESTS_RECORDED_TRACE_H

#include "decoder/decoder.h"

/* All events of a trace, in order. */
struct recorded_trace {
    struct decoder *decoder;
    struct event *events;
    size_t count;
};

/* The test fails if the file cannot be read. */
struct recorded_trace recorded_trace_read(const char *path);
void recorded_trace_close(struct recorded_trace *trace);

uint64_t recorded_trace_anomalies(const struct recorded_trace *trace, enum anomaly which);

/* Nothing is wrong with the file itself. */
void assert_recorded_undamaged(const struct recorded_trace *trace);

size_t recorded_trace_count(const struct recorded_trace *trace, enum event_kind kind);

/*
 * Applies all events: no address may be allocated while it is live, and reallocs must fit what is.
 * Returns how many blocks were freed that the trace had not allocated.
 */
size_t recorded_trace_replay(const struct recorded_trace *trace);

/*
 * Compares with the list that data/record/exercise.c wrote of its calls: what a process did
 * between its marks is what its lines say, no more, no less, in that order. Returns the number of
 * runs in the list.
 */
size_t recorded_trace_compare(const struct recorded_trace *trace, const char *list_path);

#endif
