/*
 * Takes the events of the file in order of time, whoever sent them: heap events go to the waiting
 * line, of all others the facts are kept.
 */
#ifndef DECODER_TAKER_H
#define DECODER_TAKER_H

#include "decoder/census.h"
#include "decoder/module_reader.h"
#include "decoder/process_event.h"
#include "decoder/processes.h"
#include "decoder/stack_matcher.h"
#include "decoder/stream.h"

#include <stdbool.h>
#include <stdint.h>

/* Is no process id. */
#define TAKER_NO_OWNER UINT64_MAX

/* Start it with taker_init. */
struct taker {
    const struct clock *clock;
    uint64_t start_ticks;  /* on the clock of the trace */
    uint64_t factor;       /* of the clock, if a tick is a whole number of nanoseconds; else 1 */
    uint64_t common_until; /* ticks; later events are read one by one */
    struct trace_info *info;
    struct anomalies *anomalies;
    uint64_t last_ticks; /* the time of the last event */
    struct processes processes;
    struct process_event process_event; /* scratch: too large for the stack */
    struct module_reader modules;
    struct stack_matcher stacks; /* with the waiting line */
    struct census *census;       /* NULL: not wanted */
    uint64_t owner;              /* process id of the last heap event, or … */
    uint32_t process;            /* that is now, unless TAKER_NO_OWNER */
};

/* Clock, info and anomalies are the caller's and must outlive it; info holds the header's facts. */
bool taker_init(struct taker *taker, const struct clock *clock, int64_t start_ticks,
                struct trace_info *info, struct anomalies *anomalies, struct error *err);
void taker_release(struct taker *taker); /* safe on zero-filled */

bool taker_want_census(struct taker *taker, struct error *err);

/*
 * Takes the event of the stream and goes on to the next, until that is of `until_ticks` or later,
 * there is none, or `*budget`, which may not be 0 at first, is used up: one an event taken.
 * STREAM_ERROR fills `err`: the stream's, no memory, or a limit of struct processes.
 */
enum stream_state taker_run(struct taker *taker, struct stream *stream,
                            struct stream_context *context, uint64_t until_ticks, unsigned *budget,
                            struct error *err);

#endif
