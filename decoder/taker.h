/*
 * Takes the events of the file one by one, in order of time, whoever sent them: heap events go to
 * the waiting line, of all others the facts are kept.
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

/* Start it with taker_init. */
struct taker {
    const struct clock *clock;
    struct trace_info *info;
    struct anomalies *anomalies;
    uint64_t last_ticks; /* the time of the last event */
    struct processes processes;
    struct process_event process_event; /* scratch: too large for the stack */
    struct module_reader modules;
    struct stack_matcher stacks; /* with the waiting line */
    struct census *census;       /* NULL: not wanted */
    uint32_t pid;                /* of the last heap event, whose process is `process` … */
    uint32_t process;            /* … or PROCESS_NONE, as it may be another by now */
};

/* Clock, info and anomalies are the caller's and must outlive it; info holds the header's facts. */
bool taker_init(struct taker *taker, const struct clock *clock, struct trace_info *info,
                struct anomalies *anomalies, struct error *err);
void taker_release(struct taker *taker); /* safe on zero-filled */

bool taker_want_census(struct taker *taker, struct error *err);

/* For taker_take: of an event without a form. */
bool taker_take_header(struct taker *taker, const struct stream *stream, struct error *err);

/* For taker_take: finds taker->process. */
bool taker_find_process(struct taker *taker, uint32_t pid, struct error *err);

/* Fills in when and where: of an event in waiting_place. */
static inline void taker_place_event(const struct taker *taker, const struct stream *stream,
                                     struct event *event)
{
    event->time_ns = clock_ns(taker->clock, stream->ticks);
    event->file_offset = stream_offset(stream);
    event->cpu = stream->cpu;
    event->stack = STACK_NONE;
}

/* Adds the event at waiting_place, of taker->process, with the ticks and pid of its header. */
static inline void taker_add_event(struct taker *taker, const struct event *event, int64_t ticks,
                                   uint32_t pid)
{
    struct waiting *waiting = &taker->stacks.waiting;
    taker->info->heap_events++;
    taker->info->by_kind[event->kind]++;
    waiting_add(waiting, ticks, pid,
                waiting->is_on ? images_generation(taker->modules.images, event->process) : 0);
}

/* For taker_take: of a heap event with a form. */
static inline bool taker_take_heap(struct taker *taker, const struct stream *stream,
                                   struct error *err)
{
    const uint8_t *start = stream_event(stream);
    struct event *event = waiting_place(&taker->stacks.waiting);
    uint32_t pid = load_u32(start + HEADER_PID_AT);
    if ((pid != taker->pid || taker->process == PROCESS_NONE) &&
        !taker_find_process(taker, pid, err))
        return false;
    heap_form_read(&stream->form->heap, start + stream->form->payload_at, event);
    event->thread = load_u32(start + HEADER_TID_AT);
    event->process = taker->process;
    taker_place_event(taker, stream, event);
    taker_add_event(taker, event, (int64_t)load_u64(start + stream->form->ticks_at), pid);
    return true;
}

/* Takes the event of the stream. False fills `err`: no memory, or a limit of struct processes. */
static inline bool taker_take(struct taker *taker, const struct stream *stream, struct error *err)
{
    const struct event_form *form = stream->form;
    const struct event_header *header = form ? &form->header : &stream->header;
    taker->info->events++;
    taker->info->by_header[header->kind]++;
    taker->last_ticks = stream->ticks;
    if (taker->census)
        census_count(taker->census, header);
    if (!form)
        return taker_take_header(taker, stream, err);
    return !form->is_heap || taker_take_heap(taker, stream, err);
}

#endif
