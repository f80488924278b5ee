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

/* How to decode; the thread alone calls these while it runs, with `decoder`. */
struct ahead_work {
    enum next (*next)(struct decoder *decoder, struct event_batch *batch, struct error *err);
    void (*tell)(const struct decoder *decoder, struct decoder_facts *facts);
    struct decoder *decoder;
};

struct ahead;

/* Starts the thread. NULL with ERROR_NO_MEMORY, or ERROR_LIMIT when the system has no thread. */
struct ahead *ahead_start(const struct ahead_work *work, struct error *err);

/* Ends and joins the thread, wherever it is, and frees all. NULL is fine. */
void ahead_free(struct ahead *ahead);

/* As decoder_next. After the end or an error, that again. Not when ahead_is_over. */
enum next ahead_next(struct ahead *ahead, struct event_batch *batch, struct error *err);

/* As they were with the batch that was taken last. */
const struct decoder_facts *ahead_facts(const struct ahead *ahead);

/*
 * Ends the thread, so that the decoder itself may be asked; what it has decoded is still to be
 * taken. Fine when it has ended.
 */
void ahead_stop(struct ahead *ahead);

/* Whether it was stopped and all it had decoded is taken: the decoder itself goes on from here. */
bool ahead_is_over(const struct ahead *ahead);

#endif
