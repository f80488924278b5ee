/* Takes the events of the file, in runs where they can be. */
#include "decoder/taker.h"

/* Which events may be taken in runs: those whose times need no look at the limits. */
static void init_clock(struct taker *taker, const struct clock *clock, int64_t start_ticks)
{
    bool has_factor = clock->divisor == 1;
    taker->clock = clock;
    taker->start_ticks = (uint64_t)start_ticks;
    taker->factor = has_factor ? clock->multiplier : 1;
    taker->common_until = (uint64_t)INT64_MAX - taker->start_ticks;
    if (has_factor && clock->whole_max < taker->common_until)
        taker->common_until = clock->whole_max;
}

bool taker_init(struct taker *taker, const struct clock *clock, int64_t start_ticks,
                struct trace_info *info, struct anomalies *anomalies, struct error *err)
{
    init_clock(taker, clock, start_ticks);
    taker->info = info;
    taker->anomalies = anomalies;
    taker->owner = TAKER_NO_OWNER;
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

/* Finds taker->owner. */
static bool find_process(struct taker *taker, uint32_t pid, struct error *err)
{
    taker->owner = TAKER_NO_OWNER;
    if (!processes_find(&taker->processes, pid, &taker->process, err))
        return false;
    taker->owner = pid;
    return true;
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

    taker->owner = TAKER_NO_OWNER;
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

/* The event, whose header has been read, and on to the next. */
static enum stream_state take_one(struct taker *taker, struct stream *stream,
                                  struct stream_context *context, struct error *err)
{
    taker->info->events++;
    taker->info->by_header[stream->header.kind]++;
    taker->last_ticks = stream->ticks;
    if (taker->census)
        census_count(taker->census, &stream->header);
    return take_header(taker, stream, err) ? stream_advance(stream, context, err) : STREAM_ERROR;
}

/* What the heap event at `at` tells, but that its time stays in ticks when they have no factor. */
static inline void read_formed(const struct taker *taker, const struct stream *stream,
                               const struct formed *formed, const uint8_t *start, size_t at,
                               struct event *event)
{
    heap_form_read(formed->heap, start, event);
    event->time_ns = ((uint64_t)formed->ticks - taker->start_ticks) * taker->factor;
    event->file_offset = stream->buffer.offset + BUFFER_HEADER_BYTES + at;
    event->process = taker->process;
    event->thread = load_u32(start + HEADER_TID_AT);
    event->cpu = stream->cpu;
    event->stack = STACK_NONE;
}

/* Does what read_formed leaves, as it is rare, to all events of a run at once. */
static void settle_run(const struct taker *taker, const struct stream *stream, uint32_t placed)
{
    struct event *event = waiting_place(&taker->stacks.waiting);
    for (const struct event *end = event + placed; event < end; event++) {
        if (taker->clock->divisor > 1)
            event->time_ns = clock_ns(taker->clock, event->time_ns);
        if (stream->buffer.is_compressed)
            event->file_offset = stream->buffer.offset;
    }
}

/* For the census: so many events, from that of the stream on. */
static void census_run(struct census *census, const struct stream *stream, uint32_t taken)
{
    const uint8_t *start = stream->buffer.events + stream->at;
    for (; taken > 0; taken--, start += event_stride_at(start)) {
        const struct event_header header = event_header_look(start);
        census_count(census, &header);
    }
}

/* Adds the events that lie from waiting_place on, of all that were taken. */
static inline void add_run(struct taker *taker, const struct stream *stream, uint32_t taken,
                           uint32_t placed)
{
    if (taker->clock->divisor > 1 || stream->buffer.is_compressed)
        settle_run(taker, stream, placed);
    taker->info->events += taken;
    taker->info->heap_events += placed;
    waiting_add_run(&taker->stacks.waiting, placed);
}

/* The waiting line counts the events of a run when that ends. */
static void annotate(struct taker *taker, const struct event *event, int64_t ticks)
{
    struct waiting *waiting = &taker->stacks.waiting;
    waiting_annotate(waiting, waiting->tail + (uint32_t)(event - waiting_place(waiting)), ticks,
                     (uint32_t)taker->owner,
                     images_generation(taker->modules.images, event->process));
}

/*
 * A run: the event, which has a form, those behind it that have one, and on to the next. Most
 * events of most traces come by here, so what changes from one to the next is in registers until
 * the run ends.
 */
static enum stream_state take_run(struct taker *taker, struct stream *stream,
                                  struct stream_context *context, uint64_t until_ticks,
                                  unsigned *budget, struct error *err)
{
    struct waiting *waiting = &taker->stacks.waiting;
    struct formed formed = { stream->form, stream_clock(stream, context) };
    struct event *const first = waiting_place(waiting), *place = first;
    const unsigned limit = waiting_straight(waiting, *budget);
    const int64_t until = (int64_t)(taker->start_ticks + until_ticks);
    unsigned left = limit;
    size_t at = stream->at;
    int64_t last;
    bool is_fine = true, has_next;
    do {
        const uint8_t *start = stream->buffer.events + at;
        last = formed.ticks;
        left--;
        taker->info->by_header[event_kind_at(start)]++;
        if (formed.heap) {
            uint32_t pid = load_u32(start + HEADER_PID_AT);
            if (pid != taker->owner && !find_process(taker, pid, err)) {
                is_fine = false;
                break;
            }
            read_formed(taker, stream, &formed, start, at, place);
            taker->info->by_kind[formed.heap->kind]++;
            if (waiting->is_on)
                annotate(taker, place, last);
            place++;
        }
        at += event_stride_at(start);
        has_next = stream_recognize(&stream->buffer, at, &context->forms, last, &formed);
    } while (has_next && formed.ticks < until && left > 0);

    unsigned taken = limit - left;
    add_run(taker, stream, taken, (uint32_t)(place - first));
    taker->last_ticks = stream_since_start(context, last);
    *budget -= taken;
    if (taker->census)
        census_run(taker->census, stream, taken);
    stream->at = at;
    if (!is_fine)
        return STREAM_ERROR;
    if (has_next) {
        stream_set_formed(stream, context, &formed);
        return STREAM_EVENT;
    }
    stream->ticks = taker->last_ticks;
    return stream_find(stream, context, err);
}

/* Whether it may be taken in a run. */
static inline bool is_common(const struct taker *taker, const struct stream *stream)
{
    return stream->is_formed && stream->ticks < taker->common_until;
}

enum stream_state taker_run(struct taker *taker, struct stream *stream,
                            struct stream_context *context, uint64_t until_ticks, unsigned *budget,
                            struct error *err)
{
    enum stream_state state;
    stream_confirm(stream);
    do {
        if (is_common(taker, stream)) {
            uint64_t until = until_ticks < taker->common_until ? until_ticks : taker->common_until;
            state = take_run(taker, stream, context, until, budget, err);
        } else {
            if (stream->is_formed)
                stream_read_header(stream);
            --*budget;
            state = take_one(taker, stream, context, err);
        }
    } while (state == STREAM_EVENT && (stream->ticks < until_ticks) && *budget > 0);
    return state;
}
