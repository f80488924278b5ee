/* The events of one CPU, in the order in which it wrote them. */
#include "decoder/stream.h"

/* What was written after the last event is missing. */
static void open_hole(struct stream *stream)
{
    if (!stream->is_in_hole)
        stream->hole_ticks = stream->ticks;
    stream->is_in_hole = true;
}

static void close_hole(struct stream *stream, struct stream_context *context, uint64_t to_ns)
{
    if (stream->is_in_hole)
        losses_add(&context->info->losses, clock_ns(context->clock, stream->hole_ticks), to_ns);
    stream->is_in_hole = false;
}

/*
 * Whether events are missing before those of the buffer at `place`, just loaded. A buffer too
 * damaged to name its CPU counts as one of the CPU whose buffer follows it in the file.
 */
static bool follows_loss(const struct stream *stream, const struct buffer_place *place)
{
    return place->is_after_damage ||
           stream->buffer.flags & (BUFFER_EVENTS_LOST | BUFFER_BUFFERS_LOST);
}

/* Loads the next buffer that makes sense. */
static enum stream_state load_next(struct stream *stream, struct stream_context *context,
                                   struct error *err)
{
    while (stream->next_place < stream->list->count) {
        const struct buffer_place *place = &stream->list->places[stream->next_place++];
        uint64_t offset = place->offset;
        if (stream->buffer.is_cut)
            open_hole(stream);
        context->bytes_done += stream->buffer.file_bytes;
        stream->at = 0;
        switch (buffer_load(&context->loader, offset, &stream->buffer, err)) {
        case BUFFER_ERROR:
            return STREAM_ERROR;
        case BUFFER_LOADED:
            /* The index has counted it, unless the file shrank since. */
            if (stream->buffer.is_cut && context->anomalies->count[ANOMALY_file_cut_off] == 0)
                anomaly_note(context->anomalies, ANOMALY_file_cut_off, offset);
            if (follows_loss(stream, place))
                open_hole(stream);
            return STREAM_EVENT;
        case BUFFER_DAMAGED:
            anomaly_note(context->anomalies, ANOMALY_buffer_damaged, offset);
            context->info->buffers--;
            open_hole(stream);
            stream->buffer.event_bytes = 0;
        }
    }
    if (context->more_may_come)
        return STREAM_DRY;
    if (stream->buffer.is_cut)
        open_hole(stream);
    close_hole(stream, context, UINT64_MAX);
    context->bytes_done += stream->buffer.file_bytes;
    buffer_release(&context->loader, &stream->buffer);
    return STREAM_END;
}

/* The time of the event just read, on the clock of the trace. */
static void set_ticks(struct stream *stream, struct stream_context *context)
{
    const struct event_header *header = &stream->header;
    if (!header->has_ticks)
        return;
    bool is_early = header->ticks < context->start_ticks;
    uint64_t ticks = is_early ? 0 : (uint64_t)header->ticks - (uint64_t)context->start_ticks;
    bool is_late = stream->floor_ticks > 0 && stream->ticks == stream->floor_ticks;
    if (is_early || ticks < stream->ticks)
        anomaly_note(context->anomalies, is_late ? ANOMALY_beyond_window : ANOMALY_time_reversed,
                     stream_offset(stream));
    else
        stream->ticks = ticks;
}

/* Reads the event at `at`. False: there are no more in this buffer. */
static bool read_event(struct stream *stream, struct stream_context *context)
{
    if (stream->at >= stream->buffer.event_bytes)
        return false;
    switch (event_header_read(stream->buffer.events + stream->at,
                              stream->buffer.event_bytes - stream->at, &stream->header)) {
    case EVENT_FOUND:
        stream->is_formed = false;
        set_ticks(stream, context);
        event_forms_learn(&context->forms, &stream->header);
        return true;
    case EVENT_BAD:
        /* The last event of a buffer that the file cuts off has been counted as that. */
        if (!stream->buffer.is_cut)
            anomaly_note(context->anomalies, ANOMALY_event_cut_short, stream_offset(stream));
        open_hole(stream);
        return false;
    case EVENT_FILLER:
        break;
    }
    return false;
}

enum stream_state stream_find(struct stream *stream, struct stream_context *context,
                              struct error *err)
{
    while (!read_event(stream, context)) {
        enum stream_state state = load_next(stream, context, err);
        if (state != STREAM_EVENT)
            return state;
    }
    if (stream->is_in_hole)
        close_hole(stream, context, clock_ns(context->clock, stream->ticks));
    return STREAM_EVENT;
}

enum stream_state stream_start(struct stream *stream, struct stream_context *context,
                               const struct buffer_list *list, uint16_t cpu, struct error *err)
{
    *stream = (struct stream){ .list = list, .cpu = cpu };
    return stream_find(stream, context, err);
}

enum stream_state stream_resume(struct stream *stream, struct stream_context *context,
                                uint64_t at_ticks, struct error *err)
{
    stream->is_dry = false;
    if (stream->ticks < at_ticks)
        stream->ticks = stream->floor_ticks = at_ticks;
    stream->at = stream->buffer.event_bytes;
    return stream_find(stream, context, err);
}

/* It has been read before, so it is a whole event, and its time is known. */
void stream_read_header(struct stream *stream)
{
    event_header_read(stream_event(stream), stream->buffer.event_bytes - stream->at,
                      &stream->header);
    stream->is_formed = false;
}
