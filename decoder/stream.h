/* The events of one CPU, in the order in which it wrote them. */
#ifndef DECODER_STREAM_H
#define DECODER_STREAM_H

#include "decoder/anomaly.h"
#include "decoder/buffer.h"
#include "decoder/buffer_index.h"
#include "decoder/clock.h"
#include "decoder/error.h"
#include "decoder/event_header.h"

#include <stddef.h>
#include <stdint.h>

/* What all streams of a trace share. */
struct stream_context {
    struct buffer_loader loader;
    struct anomalies *anomalies;
    struct trace_info *info;
    const struct clock *clock;
    int64_t start_ticks; /* of the trace: time 0 */
    uint64_t bytes_done; /* of buffers used up */
    bool more_may_come;  /* the lists of buffers still grow: a stream at the end of its is dry */
};

struct stream {
    struct event_header event; /* the next one, unless the stream is at its end */
    uint64_t ticks;       /* its time since the start; never less than that of the one before */
    struct buffer buffer; /* that holds it */
    size_t at;            /* where in the buffer */
    const struct buffer_list *list;
    size_t next_place; /* in the list */
    uint16_t cpu;
    bool is_dry;          /* its next buffer has not come; whoever gets STREAM_DRY keeps this */
    uint64_t floor_ticks; /* what comes earlier came too late to be put in order */
    bool is_in_hole;      /* events between the last one and the next are missing */
    uint64_t hole_ticks;  /* when it began */
};

enum stream_state {
    STREAM_ERROR = -1,
    STREAM_END,
    STREAM_EVENT,
    STREAM_DRY, /* only while more may come: no event yet, see stream_resume */
};

/* Sets `stream` to the first event of `list`, which must outlive it. Its buffer needs a release. */
enum stream_state stream_start(struct stream *stream, struct stream_context *context,
                               const struct buffer_list *list, uint16_t cpu, struct error *err);

/*
 * Goes on to the next event. Buffers and events that make no sense are stepped over and counted, as
 * is a time that goes back, which becomes the latest time of the stream. An event without a time
 * gets that too. What is missing between two events goes to the losses of the trace.
 */
enum stream_state stream_advance(struct stream *stream, struct stream_context *context,
                                 struct error *err);

/*
 * Goes on where the stream was dry: its list has grown, or no more will come. The trace has been
 * read up to `at_ticks` meanwhile.
 */
enum stream_state stream_resume(struct stream *stream, struct stream_context *context,
                                uint64_t at_ticks, struct error *err);

/* Where the stream's event is in the file; where its buffer is, when that is compressed. */
static inline uint64_t stream_offset(const struct stream *stream)
{
    if (stream->buffer.is_compressed)
        return stream->buffer.offset;
    return stream->buffer.offset + BUFFER_HEADER_BYTES + stream->at;
}

#endif
