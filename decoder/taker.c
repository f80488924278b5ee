/* Takes the events of the file one by one. */
#include "decoder/taker.h"

bool taker_init(struct taker *taker, const struct clock *clock, struct trace_info *info,
                struct anomalies *anomalies, struct error *err)
{
    taker->clock = clock;
    taker->info = info;
    taker->anomalies = anomalies;
    taker->process = PROCESS_NONE;
    return processes_init(&taker->processes, err) && module_reader_init(&taker->modules, err) &&
           stack_matcher_init(&taker->stacks, info->clock_hz, &info->stacks, err);
}

void taker_release(struct taker *taker)
{
    processes_release(&taker->processes);
    module_reader_release(&taker->modules);
    stack_matcher_release(&taker->stacks);
    census_free(taker->census);
}

bool taker_want_census(struct taker *taker, struct error *err)
{
    if (!taker->census)
        taker->census = census_new(err);
    taker->stacks.wants_census = taker->census;
    return taker->census;
}

/* Finds taker->process. */
static bool find_process(struct taker *taker, uint32_t pid, struct error *err)
{
    taker->pid = pid;
    taker->process = PROCESS_NONE;
    return processes_find(&taker->processes, pid, &taker->process, err);
}

/* Fills in when and where: of an event in waiting_place. */
static inline void place_event(const struct taker *taker, const struct stream *stream,
                               struct event *event)
{
    event->time_ns = clock_ns(taker->clock, stream->ticks);
    event->file_offset = stream_offset(stream);
    event->cpu = stream->cpu;
    event->stack = STACK_NONE;
}

/* Adds the event in waiting_place, with the ticks and pid of its header. */
static inline void add_event(struct taker *taker, const struct event *event, int64_t ticks,
                             uint32_t pid)
{
    struct waiting *waiting = &taker->stacks.waiting;
    taker->info->heap_events++;
    taker->info->by_kind[event->kind]++;
    waiting_add(waiting, ticks, pid,
                waiting->is_on ? images_generation(taker->modules.images, event->process) : 0);
}

static bool take_heap_event(struct taker *taker, const struct stream *stream, struct error *err)
{
    struct event *event = waiting_place(&taker->stacks.waiting);
    uint32_t pid;
    bool is_known;

    enum heap_found found = heap_event_decode(&stream->header, event, &pid, &is_known);
    if (!is_known)
        anomaly_note(taker->anomalies, ANOMALY_version_unknown, stream_offset(stream));
    if (found != HEAP_DECODED) {
        anomaly_note(taker->anomalies, ANOMALY_payload_undecodable, stream_offset(stream));
        return true;
    }
    if (!find_process(taker, pid, err))
        return false;
    event->process = taker->process;
    place_event(taker, stream, event);
    add_event(taker, event, stream->header.ticks, stream->header.pid);
    return true;
}

/* A process has ended, so all its heaps have. */
static void add_end(struct taker *taker, const struct stream *stream, uint32_t process)
{
    struct event *event = waiting_place(&taker->stacks.waiting);
    *event = (struct event){ .kind = EVENT_process_end,
                             .thread = stream->header.tid,
                             .process = process };
    place_event(taker, stream, event);
    waiting_add(&taker->stacks.waiting, stream->header.ticks, stream->header.pid, 0);
    images_end_process(taker->modules.images, process, event->time_ns);
}

static bool take_process_event(struct taker *taker, const struct stream *stream, struct error *err)
{
    struct process_event *decoded = &taker->process_event;
    uint64_t time_ns = clock_ns(taker->clock, stream->ticks);
    uint32_t ended = PROCESS_NONE;
    bool is_known;
    bool is_done;

    taker->process = PROCESS_NONE;
    if (!process_event_decode(&stream->header, decoded, &is_known)) {
        anomaly_note(taker->anomalies, ANOMALY_payload_undecodable, stream_offset(stream));
        return true;
    }
    if (!is_known)
        anomaly_note(taker->anomalies, ANOMALY_version_unknown, stream_offset(stream));
    struct process_facts facts = { decoded->pid, decoded->parent_pid, decoded->image,
                                   decoded->command_line };
    if (stream->header.opcode == PROCESS_START)
        is_done = processes_start(&taker->processes, &facts, time_ns, &ended, err);
    else if (stream->header.opcode == PROCESS_END)
        is_done = processes_end(&taker->processes, &facts, time_ns, &ended, err);
    else
        is_done = processes_describe(&taker->processes, &facts, err);
    if (ended != PROCESS_NONE)
        add_end(taker, stream, ended);
    return is_done;
}

static bool take_header(struct taker *taker, const struct stream *stream, struct error *err)
{
    const struct event_header *header = &stream->header;
    enum event_meaning meaning = event_meaning(header);
    if (meaning == MEANING_FOREIGN)
        return true;
    if (meaning == MEANING_HEAP)
        return take_heap_event(taker, stream, err);
    if (meaning == MEANING_PROCESS)
        return take_process_event(taker, stream, err);
    if (meaning == MEANING_STACK)
        return stack_matcher_take(&taker->stacks, header, stream_offset(stream), taker->anomalies,
                                  err);
    return module_reader_take(&taker->modules, header, clock_ns(taker->clock, stream->ticks),
                              stream_offset(stream), &taker->processes, taker->anomalies, err);
}

/* The same of a heap event with a form. */
static inline bool take_formed_heap_event(struct taker *taker, const struct stream *stream,
                                          struct error *err)
{
    const uint8_t *start = stream_event(stream);
    struct event *event = waiting_place(&taker->stacks.waiting);
    uint32_t pid = load_u32(start + HEADER_PID_AT);
    if ((pid != taker->pid || taker->process == PROCESS_NONE) && !find_process(taker, pid, err))
        return false;
    heap_form_read(&stream->form->heap, start + stream->form->payload_at, event);
    event->thread = load_u32(start + HEADER_TID_AT);
    event->process = taker->process;
    place_event(taker, stream, event);
    add_event(taker, event, (int64_t)load_u64(start + stream->form->ticks_at), pid);
    return true;
}

static inline bool take(struct taker *taker, const struct stream *stream, struct error *err)
{
    const struct event_form *form = stream->form;
    const struct event_header *header = form ? &form->header : &stream->header;
    taker->info->events++;
    taker->info->by_header[header->kind]++;
    taker->last_ticks = stream->ticks;
    if (taker->census)
        census_count(taker->census, header);
    if (!form)
        return take_header(taker, stream, err);
    return !form->is_heap || take_formed_heap_event(taker, stream, err);
}

enum stream_state taker_run(struct taker *taker, struct stream *stream,
                            struct stream_context *context, uint64_t until_ticks, unsigned *budget,
                            struct error *err)
{
    enum stream_state state;
    stream_confirm(stream);
    do {
        --*budget;
        if (!take(taker, stream, err))
            return STREAM_ERROR;
        state = stream_advance(stream, context, err);
    } while (state == STREAM_EVENT && (stream->ticks < until_ticks) && *budget > 0);
    return state;
}
