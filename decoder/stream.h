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
    const struct event_form *form; /* of the event; NULL: `header` is filled instead */
    struct event_header header;
    uint64_t ticks;       /* its time since the start; never less than that of the one before */
    struct buffer buffer; /* that holds it */
    size_t at;            /* where in the buffer */
    size_t next_at;       /* where the one after it may be */
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

/*
 * Whether the event at `at` has a form that is known, lies in the buffer and is in order of time;
 * then it is that of the stream. All else is for stream_find.
 */
static inline bool stream_recognize(struct stream *stream, const struct stream_context *context)
{
    if (stream->buffer.event_bytes < stream->at + EVENT_LOOK_BYTES)
        return false;
    const uint8_t *event = stream_event(stream);
    uint64_t look = event_look(event);
    size_t size = load_u16(event + GROUP_SIZE_AT);
    const struct event_form *form = event_forms_at(&context->forms, look);
    if (form->look != look || size < form->bytes_min ||
        size > stream->buffer.event_bytes - stream->at)
        return false;
    int64_t ticks = (int64_t)load_u64(event + form->ticks_at);
    uint64_t since_start = (uint64_t)ticks - (uint64_t)context->start_ticks;
    if (ticks < context->start_ticks || since_start < stream->ticks)
        return false;
    stream->form = form;
    stream->ticks = since_start;
    stream->next_at = stream->at + event_stride_of(size);
    return true;
}

/*
 * Goes on to the next event. Buffers and events that make no sense are stepped over and counted, as
 * is a time that goes back, which becomes the latest time of the stream. An event without a time
 * gets that too. What is missing between two events goes to the losses of the trace.
 */
static inline enum stream_state stream_advance(struct stream *stream,
                                               struct stream_context *context, struct error *err)
{
    stream->at = stream->next_at;
    return stream_recognize(stream, context) ? STREAM_EVENT : stream_find(stream, context, err);
}

/* For stream_confirm. */
void stream_read_header(struct stream *stream);

/* To be called when other streams went on meanwhile: the form may be that of other events now. */
static inline void stream_confirm(struct stream *stream)
{
    if (stream->form && stream->form->look != event_look(stream_event(stream)))
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
