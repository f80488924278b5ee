/* The decoder: bytes of an ETL file in, time-ordered events out. */
#include "decoder/decoder.h"

#include "decoder/ahead.h"
#include "decoder/buffer_index.h"
#include "decoder/intake.h"
#include "decoder/log_header.h"
#include "decoder/merge.h"
#include "decoder/source.h"
#include "decoder/stream.h"
#include "decoder/taker.h"
#include "decoder/window.h"

#include <assert.h>
#include <stdlib.h>

enum {
    BATCH_EVENTS = 512,
    /* An event of the file gives at most one; the first of all is taken besides. */
    EVENTS_A_CALL = BATCH_EVENTS + 1,
};
static_assert((int)EVENTS_A_CALL < (int)WAITING_READY_MAX, "more may leave than come in");

struct decoder {
    struct source source;
    struct trace_info info;
    struct anomalies anomalies;
    struct clock clock;
    struct buffer_index index;
    struct buffer_walk walk; /* of what is read once: where the index ends so far */
    struct stream_context context;
    struct stream *streams; /* of the CPUs that have buffers, or of all, in order of CPU */
    size_t stream_count;
    struct merge merge;
    struct stream *current; /* the stream being read; not in the merge */
    bool is_started;
    uint64_t ahead_at;    /* context.bytes_done when buffers were last looked for */
    struct error failure; /* why it stopped, once it has */
    struct taker taker;   /* events are in its waiting line until they are handed out */
    uint32_t handed_out;  /* of them, by the last decoder_next */
    struct ahead *ahead;  /* NULL: everything is done on the caller's thread */
};

static void note_losses(struct decoder *decoder, const struct log_header *header)
{
    anomaly_add(&decoder->anomalies, ANOMALY_events_lost, decoder->info.events_lost,
                header->events_lost_offset);
    anomaly_add(&decoder->anomalies, ANOMALY_buffers_lost, decoder->info.buffers_lost,
                header->buffers_lost_offset);
    if (decoder->info.end_filetime == 0)
        anomaly_note(&decoder->anomalies, ANOMALY_file_unfinished, ERROR_NO_OFFSET);
}

/* The streams stay empty here: decoder_next starts them, when the caller may still want to stop. */
static bool make_streams(struct decoder *decoder, struct error *err)
{
    size_t count = decoder->walk.is_once ? BUFFER_CPU_COUNT : 0;
    for (size_t cpu = 0; count < BUFFER_CPU_COUNT && cpu < decoder->index.cpu_limit; cpu++)
        count += decoder->index.cpus[cpu].count > 0;
    decoder->streams = calloc(count + 1, sizeof *decoder->streams);
    if (!decoder->streams)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu CPUs", count);
    return merge_init(&decoder->merge, count, err);
}

/* All of them, or what decoder_next finds as it goes. */
static bool find_buffers(struct decoder *decoder, struct error *err)
{
    if (!decoder->source.window)
        return buffer_index_build(&decoder->index, &decoder->source, &decoder->info,
                                  &decoder->anomalies, err);
    decoder->walk = (struct buffer_walk){ .index = &decoder->index,
                                          .source = &decoder->source,
                                          .info = &decoder->info,
                                          .anomalies = &decoder->anomalies,
                                          .is_once = true };
    decoder->context.more_may_come = true;
    return true;
}

static bool open_source(struct decoder *decoder, struct error *err)
{
    struct log_header header = { 0 };
    if (!log_header_read(&decoder->source, &header, &decoder->info, err))
        return false;
    note_losses(decoder, &header);
    decoder->clock = header.clock;
    decoder->context = (struct stream_context){
        .loader = { .source = &decoder->source,
                    .compression = header.compression,
                    .buffer_bytes = decoder->info.buffer_bytes },
        .anomalies = &decoder->anomalies,
        .info = &decoder->info,
        .clock = &decoder->clock,
        .start_ticks = header.start_ticks,
    };
    event_forms_init(&decoder->context.forms);
    return find_buffers(decoder, err) && make_streams(decoder, err) &&
           taker_init(&decoder->taker, &decoder->clock, header.start_ticks, &decoder->info,
                      &decoder->anomalies, err);
}

static struct decoder *decoder_new(struct error *err)
{
    struct decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to open a trace");
    else
        decoder->source.fd = -1;
    return decoder;
}

/* Takes the decoder over, which may be NULL. */
static struct decoder *open_or_close(struct decoder *decoder, bool has_source, struct error *err)
{
    if (has_source && open_source(decoder, err))
        return decoder;
    decoder_close(decoder);
    return NULL;
}

struct decoder *decoder_open_file(const char *path, struct error *err)
{
    struct decoder *decoder = decoder_new(err);
    bool has_source = decoder && source_open_file(&decoder->source, path, err);
    return open_or_close(decoder, has_source, err);
}

struct decoder *decoder_open_intake(const struct intake *intake, struct error *err)
{
    struct decoder *decoder = decoder_new(err);
    bool has_source = decoder && source_share(&decoder->source, intake_source(intake), err);
    return open_or_close(decoder, has_source, err);
}

struct decoder *decoder_open_memory(const void *data, size_t size, struct error *err)
{
    struct decoder *decoder = decoder_new(err);
    if (decoder)
        source_open_memory(&decoder->source, data, size);
    return open_or_close(decoder, decoder, err);
}

void decoder_close(struct decoder *decoder)
{
    if (!decoder)
        return;
    ahead_free(decoder->ahead);
    for (size_t i = 0; i < decoder->stream_count; i++)
        buffer_release(&decoder->context.loader, &decoder->streams[i].buffer);
    buffer_loader_release(&decoder->context.loader);
    free(decoder->streams);
    merge_release(&decoder->merge);
    buffer_index_release(&decoder->index);
    taker_release(&decoder->taker);
    source_close(&decoder->source);
    free(decoder);
}

bool decoder_want_census(struct decoder *decoder, struct error *err)
{
    if (decoder->ahead || decoder->is_started)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "a census must be asked for before the first event");
    return taker_want_census(&decoder->taker, err);
}

static struct merge_entry entry_of(const struct decoder *decoder, const struct stream *stream)
{
    return (struct merge_entry){ stream->ticks, (uint32_t)(stream - decoder->streams) };
}

/* Puts a stream that has moved where its state says. */
static bool settle(struct decoder *decoder, struct stream *stream, enum stream_state state)
{
    stream->is_dry = state == STREAM_DRY;
    if (state == STREAM_EVENT)
        merge_push(&decoder->merge, entry_of(decoder, stream));
    return state != STREAM_ERROR;
}

/* Where the first buffer lies that has been found and not been loaded. */
static uint64_t oldest_wanted(const struct decoder *decoder)
{
    uint64_t oldest = decoder->walk.offset;
    for (size_t cpu = 0; cpu < decoder->index.cpu_limit; cpu++) {
        const struct buffer_list *list = &decoder->index.cpus[cpu];
        size_t next = decoder->is_started ? decoder->streams[cpu].next_place : 0;
        if (next < list->count && list->places[next].offset < oldest)
            oldest = list->places[next].offset;
    }
    return oldest;
}

/* Finds buffers as far ahead as the window on the trace allows. */
static bool look_ahead(struct decoder *decoder, struct error *err)
{
    uint64_t oldest = oldest_wanted(decoder);
    window_forget(decoder->source.window, oldest);
    while (decoder->context.more_may_come && decoder->walk.offset + BUFFER_WALK_REACH <=
                                                 oldest + window_bytes(decoder->source.window)) {
        enum walk_step state = buffer_walk_next(&decoder->walk, err);
        if (state == WALK_ERROR)
            return false;
        decoder->context.more_may_come = state == WALK_MORE;
    }
    return true;
}

/* The same, and wakes the streams for which something has come. */
static bool read_ahead(struct decoder *decoder, struct error *err)
{
    decoder->ahead_at = decoder->context.bytes_done;
    if (!look_ahead(decoder, err))
        return false;
    for (size_t cpu = 0; cpu < decoder->index.cpu_limit; cpu++) {
        struct stream *stream = &decoder->streams[cpu];
        bool has_more = stream->next_place < decoder->index.cpus[cpu].count;
        if (stream->is_dry && (has_more || !decoder->context.more_may_come) &&
            !settle(decoder, stream,
                    stream_resume(stream, &decoder->context, decoder->taker.last_ticks, err)))
            return false;
    }
    return true;
}

/*
 * The log file header is the first event of the trace even when other CPUs have events of the same
 * time, so its stream is taken one step further before the streams are merged.
 */
static bool start(struct decoder *decoder, struct error *err)
{
    if (decoder->walk.is_once && !look_ahead(decoder, err))
        return false;
    decoder->is_started = true;
    for (uint16_t cpu = 0; cpu < BUFFER_CPU_COUNT; cpu++) {
        const struct buffer_list *list = &decoder->index.cpus[cpu];
        if (list->count == 0 && !decoder->walk.is_once)
            continue;
        struct stream *stream = &decoder->streams[decoder->stream_count++];
        enum stream_state state = stream_start(stream, &decoder->context, list, cpu, err);
        unsigned budget = 1;
        if (state == STREAM_EVENT && stream_offset(stream) == BUFFER_HEADER_BYTES)
            state = taker_run(&decoder->taker, stream, &decoder->context, 0, &budget, err);
        if (!settle(decoder, stream, state))
            return false;
    }
    return true;
}

/* Before which time an event of this stream, which is not in the merge, is the oldest of all. */
static uint64_t oldest_until(const struct decoder *decoder, uint32_t stream)
{
    struct merge_entry rival = merge_first(&decoder->merge);
    bool wins_ties = stream < rival.stream && rival.ticks < UINT64_MAX;
    return rival.ticks + wins_ties;
}

/*
 * Reads on in the current stream while it is the oldest, or to where another is, which then is the
 * current one. `*budget` counts events of the file.
 */
static bool gallop(struct decoder *decoder, unsigned *budget, struct error *err)
{
    struct stream *stream = decoder->current;
    uint64_t until = oldest_until(decoder, (uint32_t)(stream - decoder->streams));
    enum stream_state state =
        taker_run(&decoder->taker, stream, &decoder->context, until, budget, err);
    if (state == STREAM_EVENT) {
        struct merge_entry first = merge_exchange(&decoder->merge, entry_of(decoder, stream));
        decoder->current = &decoder->streams[first.stream];
        return true;
    }
    decoder->current = NULL;
    return settle(decoder, stream, state) && (state != STREAM_DRY || read_ahead(decoder, err));
}

/* A stream that wakes may have an event before that of the current one. */
static bool put_back(struct decoder *decoder)
{
    struct stream *current = decoder->current;
    decoder->current = NULL;
    return !current || settle(decoder, current, STREAM_EVENT);
}

/* Fills the batch. `*budget` is how many events of the file may be taken: some stay at the end. */
static bool fill_batch(struct decoder *decoder, unsigned *budget, struct error *err)
{
    if (!decoder->is_started && !start(decoder, err))
        return false;
    if (decoder->context.more_may_come && decoder->ahead_at != decoder->context.bytes_done &&
        !(put_back(decoder) && read_ahead(decoder, err)))
        return false;
    while (*budget > 0) {
        if (!decoder->current && decoder->merge.count == 0) {
            if (!decoder->context.more_may_come)
                return true;
            if (!read_ahead(decoder, err))
                return false;
            continue;
        }
        if (!decoder->current)
            decoder->current = &decoder->streams[merge_pop(&decoder->merge).stream];
        if (!gallop(decoder, budget, err))
            return false;
    }
    return true;
}

/* Reads some of the file, if there is more of it. Returns how many events of it. */
static unsigned read_on(struct decoder *decoder)
{
    unsigned budget = BATCH_EVENTS;
    waiting_drop(&decoder->taker.stacks.waiting, decoder->handed_out);
    decoder->handed_out = 0;
    if (decoder->failure.code == ERROR_NONE &&
        waiting_reserve(&decoder->taker.stacks.waiting, EVENTS_A_CALL, &decoder->failure))
        fill_batch(decoder, &budget, &decoder->failure);
    decoder->info.duration_ns = clock_ns(&decoder->clock, decoder->taker.last_ticks);
    return BATCH_EVENTS - budget;
}

static enum next end(struct decoder *decoder, struct error *err)
{
    const bool has_stacks = decoder->info.stacks.heap_events > 0;
    if (decoder->failure.code == ERROR_NONE && has_stacks)
        images_finish(decoder->taker.modules.images, &decoder->failure);
    if (decoder->failure.code != ERROR_NONE) {
        error_set(err, decoder->failure.code, decoder->failure.offset, "%s",
                  decoder->failure.message);
        return NEXT_ERROR;
    }
    decoder->info.read_to_end = decoder->index.is_complete && !source_is_cut(&decoder->source);
    if (decoder->index.ends_in_loss || source_is_cut(&decoder->source))
        losses_add(&decoder->info.losses, decoder->info.duration_ns, UINT64_MAX);
    decoder->context.bytes_done = decoder->info.file_bytes;
    return NEXT_END;
}

/* What came before a failure is handed out first. */
static enum next decode_batch(struct decoder *decoder, struct event_batch *batch, struct error *err)
{
    struct waiting *waiting = &decoder->taker.stacks.waiting;
    unsigned raw = read_on(decoder);
    decoder->handed_out =
        waiting_ready(waiting, decoder->info.duration_ns, raw == 0, &batch->events);
    batch->count = decoder->handed_out;
    batch->is_afar = false;
    decoder->info.stacks.heap_events = waiting->answered;
    decoder->info.stacks.heap_early = waiting->left_early;
    return raw > 0 || batch->count > 0 ? NEXT_BATCH : end(decoder, err);
}

bool decoder_go_ahead(struct decoder *decoder, struct error *err)
{
    const struct ahead_work work = { .next = decode_batch,
                                     .decoder = decoder,
                                     .info = &decoder->info,
                                     .anomalies = &decoder->anomalies,
                                     .bytes_done = &decoder->context.bytes_done };
    assert(!decoder->is_started && !decoder->ahead);
    /* Who waits for a pipe must hear a signal, and what a window tells is not guarded. */
    if (decoder->source.window)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "one thread reads what comes once");
    decoder->ahead = ahead_start(&work, err);
    return decoder->ahead;
}

enum next decoder_next(struct decoder *decoder, struct event_batch *batch, struct error *err)
{
    return ahead_is_on(decoder->ahead) ? ahead_next(decoder->ahead, batch, err)
                                       : decode_batch(decoder, batch, err);
}

const struct trace_info *decoder_info(const struct decoder *decoder)
{
    return ahead_is_on(decoder->ahead) ? &ahead_facts(decoder->ahead)->info : &decoder->info;
}

const struct anomalies *decoder_anomalies(const struct decoder *decoder)
{
    return ahead_is_on(decoder->ahead) ? &ahead_facts(decoder->ahead)->anomalies
                                       : &decoder->anomalies;
}

const struct processes *decoder_processes(const struct decoder *decoder)
{
    ahead_stop(decoder->ahead);
    return &decoder->taker.processes;
}

const struct images *decoder_images(const struct decoder *decoder)
{
    ahead_stop(decoder->ahead);
    return decoder->taker.modules.images;
}

const struct stacks *decoder_stacks(const struct decoder *decoder)
{
    ahead_stop(decoder->ahead);
    return decoder->taker.stacks.stacks;
}

const struct census *decoder_census(const struct decoder *decoder)
{
    ahead_stop(decoder->ahead);
    return decoder->taker.census;
}

uint64_t decoder_bytes_done(const struct decoder *decoder)
{
    return ahead_is_on(decoder->ahead) ? ahead_facts(decoder->ahead)->bytes_done
                                       : decoder->context.bytes_done;
}
