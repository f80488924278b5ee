/* The events of one CPU, in the order in which it wrote them. */
#ifndef DECODER_STREAM_H
#define DECODER_STREAM_H

#include "decoder/anomaly.h"
#include "decoder/buffer.h"
#include "decoder/buffer_index.h"
#include "decoder/clock.h"
#include "decoder/error.h"
#include "decoder/event_forms.h"
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
    struct event_forms forms;
};

/* Its event is the next one, unless it is at its end. */
struct stream {
    bool is_formed;               /* else `header` is of the event */
    const struct heap_form *form; /* if is_formed; NULL: the event is foreign */
    struct event_header header;
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

/* For stream_advance: when the event at `at` is not like one that there was, or is not all right.
 */
enum stream_state stream_find(struct stream *stream, struct stream_context *context,
                              struct error *err);

static inline const uint8_t *stream_event(const struct stream *stream)
{
    return stream->buffer.events + stream->at;
}

/* The time of the event on the clock of the trace, as its header tells unless that goes back. */
static inline int64_t stream_clock(const struct stream *stream,
                                   const struct stream_context *context)
{
    return (int64_t)((uint64_t)context->start_ticks + stream->ticks);
}

static inline uint64_t stream_since_start(const struct stream_context *context, int64_t ticks)
{
    return (uint64_t)ticks - (uint64_t)context->start_ticks;
}

/*
 * Whether there is a form for the event at `at`, which is not older than `clock`. All else is for
 * stream_find.
 */
static inline bool stream_recognize(const struct buffer *buffer, size_t at,
                                    const struct event_forms *forms, int64_t clock,
                                    struct formed *out)
{
    return event_forms_find(forms, buffer->events, buffer->event_bytes, at, out) &&
           out->ticks >= clock;
}

static inline void stream_set_formed(struct stream *stream, const struct stream_context *context,
                                     const struct formed *formed)
{
    stream->is_formed = true;
    stream->form = formed->heap;
    stream->ticks = stream_since_start(context, formed->ticks);
}

/*
 * Goes on to the next event. Buffers and events that make no sense are stepped over and counted, as
 * is a time that goes back, which becomes the latest time of the stream. An event without a time
 * gets that too. What is missing between two events goes to the losses of the trace.
 */
static inline enum stream_state stream_advance(struct stream *stream,
                                               struct stream_context *context, struct error *err)
{
    struct formed next;
    stream->at +=
        stream->is_formed ? event_stride_at(stream_event(stream)) : event_stride(&stream->header);
    if (!stream_recognize(&stream->buffer, stream->at, &context->forms,
                          stream_clock(stream, context), &next))
        return stream_find(stream, context, err);
    stream_set_formed(stream, context, &next);
    return STREAM_EVENT;
}

/* For stream_confirm. */
void stream_read_header(struct stream *stream);

/* To be called when other streams went on meanwhile: the form may be that of other events now. */
static inline void stream_confirm(struct stream *stream)
{
    if (stream->is_formed && stream->form &&
        stream->form->first_bytes != load_u64(stream_event(stream)))
        stream_read_header(stream);
}

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
