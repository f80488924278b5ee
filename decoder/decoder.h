/*
 * The decoder: bytes of an ETL file in, time-ordered events out.
 *
 *     struct error err = { 0 };
 *     struct decoder *decoder = decoder_open_file(path, &err);
 *     struct event_batch batch;
 *     enum next got;
 *     while ((got = decoder_next(decoder, &batch, &err)) == NEXT_BATCH)
 *         … batch.events[0 … batch.count - 1] …
 *     decoder_close(decoder);
 *
 * The caller owns the loop, so it can stop, show progress or give up between any two batches.
 * Damage is stepped over and counted (decoder_anomalies), never an error; an error is only: not a
 * trace, a limit, the system.
 */
#ifndef DECODER_DECODER_H
#define DECODER_DECODER_H

#include "decoder/anomaly.h"
#include "decoder/census.h"
#include "decoder/error.h"
#include "decoder/event.h"
#include "decoder/images.h"
#include "decoder/processes.h"
#include "decoder/stacks.h"
#include "decoder/trace_info.h"

#include <stddef.h>

struct decoder;
struct intake;

enum next {
    NEXT_ERROR = -1, /* `err` says why; no further call is useful */
    NEXT_END = 0,
    NEXT_BATCH = 1,
};

/*
 * Opens a trace and indexes its buffers (their headers only). NULL fills `err`. The file must stay
 * as it is until decoder_close. Memory: 24 bytes a buffer, one buffer a CPU, and up to 512 KiB for
 * buffers that are read along (decoder/shelf.h).
 */
struct decoder *decoder_open_file(const char *path, struct error *err);

/*
 * The same for a trace that came in (decoder/intake.h) and is ready; the intake may be closed
 * before the decoder, and opened from as often as need be.
 */
struct decoder *decoder_open_intake(const struct intake *intake, struct error *err);

/* The same over `size` bytes at `data`, which must outlive the decoder. */
struct decoder *decoder_open_memory(const void *data, size_t size, struct error *err);

/* NULL is fine. */
void decoder_close(struct decoder *decoder);

/* Makes decoder_next count events by provider (decoder_census). Before the first decoder_next. */
bool decoder_want_census(struct decoder *decoder, struct error *err);

/*
 * Decodes on a thread of its own from here on, some batches ahead of decoder_next; no answer of the
 * decoder differs for it. Before the first decoder_next. False fills `err`, and then everything
 * stays on this thread.
 */
bool decoder_go_ahead(struct decoder *decoder, struct error *err);

/*
 * Decodes some hundreds of events of any provider, in order of time over all CPUs, and gives those
 * that the analyzer knows (struct event). Each call does little.
 */
enum next decoder_next(struct decoder *decoder, struct event_batch *batch, struct error *err);

/*
 * All of these are the decoder's own and live until decoder_close, but the first two, which are as
 * of the last batch, only until the next decoder_next. Asking for any other ends the thread of
 * decoder_go_ahead, so do that at the end.
 */
const struct trace_info *decoder_info(const struct decoder *decoder);
const struct anomalies *decoder_anomalies(const struct decoder *decoder);
const struct processes *decoder_processes(const struct decoder *decoder);
const struct images *decoder_images(const struct decoder *decoder);
const struct stacks *decoder_stacks(const struct decoder *decoder);
const struct census *decoder_census(const struct decoder *decoder); /* NULL if not wanted */

/* Bytes of buffers used up so far, out of trace_info.file_bytes: for progress. */
uint64_t decoder_bytes_done(const struct decoder *decoder);

#endif
