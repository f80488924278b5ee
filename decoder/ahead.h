/*
 * Decodes ahead on a thread of its own: some batches wait, so that whoever takes them never does.
 *
 * Nothing of the decoder is shared while the thread runs: a batch is a copy, and so are the facts
 * that were known when it had been decoded. So what is read is what one thread would read.
 */
#ifndef DECODER_AHEAD_H
#define DECODER_AHEAD_H

#include "decoder/decoder.h"

/* What a decoder tells beside its events, and changes with every batch. */
struct decoder_facts {
    struct trace_info info;
    struct anomalies anomalies;
    uint64_t bytes_done;
};

/* How to decode, and where the facts are; all of it is the thread's alone while that runs. */
struct ahead_work {
    enum next (*next)(struct decoder *decoder, struct event_batch *batch, struct error *err);
    struct decoder *decoder;
    const struct trace_info *info;
    const struct anomalies *anomalies;
    const uint64_t *bytes_done;
};

enum { AHEAD_SLOTS = 32 }; /* batches that it may be ahead */

struct ahead;

/* Starts the thread. NULL with ERROR_NO_MEMORY, or ERROR_LIMIT when the system has no thread. */
struct ahead *ahead_start(const struct ahead_work *work, struct error *err);

/* Ends and joins the thread, wherever it is, and frees all. NULL is fine. */
void ahead_free(struct ahead *ahead);

/*
 * Whether batches and facts come from here. Not if `ahead` is NULL, nor when it was stopped and all
 * that it had decoded is taken: from there on the decoder itself goes on.
 */
bool ahead_is_on(const struct ahead *ahead);

/* As decoder_next, while ahead_is_on. After the end or an error, that again. */
enum next ahead_next(struct ahead *ahead, struct event_batch *batch, struct error *err);

/* As they were with the batch that was taken last; good until the next ahead_next. */
const struct decoder_facts *ahead_facts(const struct ahead *ahead);

/*
 * Ends the thread, so that the decoder itself may be asked; what it has decoded is still to be
 * taken. Fine when it has ended, and with NULL.
 */
void ahead_stop(struct ahead *ahead);

#endif
