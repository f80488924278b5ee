/* The only loop of the program: the batches of a trace, one after the other. */
#ifndef REPORTS_CLI_PULL_H
#define REPORTS_CLI_PULL_H

#include "decoder/decoder.h"
#include "decoder/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Who wants them. */
struct pull {
    struct decoder *decoder;
    uint64_t memory_bytes_max; /* when more is in use, it stops; 0: no limit */
    bool is_quiet;             /* no progress */
    const char *when_stopped;  /* a clause: what becomes of what was read by then */
    /* Does something with a batch; false fills `err`. NULL: reading it is all. */
    bool (*take)(void *taker, const struct event_batch *batch, struct error *err);
    void *taker;
};

/*
 * Pulls until the trace ends, which is true. False fills `err` with what ended it before: Ctrl-C,
 * memory, `take`, or the trace itself; what was taken by then is a shorter trace.
 */
bool pull_trace(const struct pull *pull, struct error *err);

#endif
