/* Changes traces without breaking what holds them together: sizes of buffers and of events. */
#include "decoder/buffer.h"
#include "decoder/bytes.h"
#include "decoder/event_header.h"
#include "tests/etl_builder.h"
#include "tests/fuzz/target.h"
#include "tests/trace_random.h"

#include <string.h>

struct trace {
    uint8_t *data;
    size_t size, room;
    struct random random;
    size_t (*mutate)(uint8_t *data, size_t size, size_t size_max);
};

/* A part of the trace. */
struct part {
    size_t at, size;
};

/* Of the buffers in a row from the start, a random one. False: there is none. */
static bool pick_buffer(struct trace *trace, struct part *out)
{
    struct buffer_header header;
    uint32_t seen = 0;
    for (size_t at = 0; at + BUFFER_HEADER_BYTES <= trace->size; at += header.size) {
        buffer_header_read(trace->data + at, &header);
        if (!buffer_header_is_sane(&header) || header.size > trace->size - at)
            break;
        if (random_below(&trace->random, ++seen) == 0)
            *out = (struct part){ at, header.size };
    }
    return seen > 0;
}

/* Of the events of an uncompressed buffer, a random one, with what pads it. */
static bool pick_event(struct trace *trace, const struct part *buffer, struct part *out,
                       struct event_header *picked)
{
    struct buffer_header header;
    struct event_header event;
    uint32_t seen = 0;
    buffer_header_read(trace->data + buffer->at, &header);
    if (header.flags & BUFFER_COMPRESSED || header.used > buffer->size)
        return false;
    size_t at = BUFFER_HEADER_BYTES;
    while (at < header.used && event_header_read(trace->data + buffer->at + at, header.used - at,
                                                 &event) == EVENT_FOUND) {
        size_t stride = event_stride(&event);
        if (at + stride > header.used)
            break;
        if (random_below(&trace->random, ++seen) == 0) {
            *out = (struct part){ buffer->at + at, stride };
            *picked = event;
        }
        at += stride;
    }
    return seen > 0;
}

/* Whole buffers: one less, one twice, or one in place of another of its size. */
static void move_buffers(struct trace *trace)
{
    struct part one, two;
    if (!pick_buffer(trace, &one) || !pick_buffer(trace, &two))
        return;
    uint8_t *end = trace->data + trace->size;
    switch (random_below(&trace->random, 3)) {
    case 0:
        if (one.at == 0)
            return;
        memmove(trace->data + one.at, trace->data + one.at + one.size,
                trace->size - one.at - one.size);
        trace->size -= one.size;
        break;
    case 1:
        if (one.size > trace->room - trace->size)
            return;
        memcpy(end, trace->data + one.at, one.size);
        trace->size += one.size;
        break;
    default:
        if (one.size == two.size)
            memmove(trace->data + one.at, trace->data + two.at, two.size);
    }
}

/* Moves what follows `at` in the buffer by `by` bytes and says so in its header. */
static bool shift_events(struct trace *trace, const struct part *buffer, size_t at, ptrdiff_t by)
{
    uint8_t *start = trace->data + buffer->at;
    size_t used = load_u32(start + ETL_AT_OFFSET);
    if (by > 0 ? (size_t)by > buffer->size - used : (size_t)-by > used - (at - buffer->at))
        return false;
    uint8_t *from = trace->data + at;
    size_t rest = used - (at - buffer->at);
    if (by > 0)
        memmove(from + by, from, rest);
    else
        memmove(from, from - by, rest - (size_t)-by);
    etl_poke(start + ETL_AT_OFFSET, (uint64_t)((ptrdiff_t)used + by), 4);
    return true;
}

/* An event less, or an event twice. */
static void move_events(struct trace *trace)
{
    struct part buffer, event;
    struct event_header header;
    if (!pick_buffer(trace, &buffer) || !pick_event(trace, &buffer, &event, &header))
        return;
    if (random_below(&trace->random, 2) == 0)
        shift_events(trace, &buffer, event.at, -(ptrdiff_t)event.size);
    else if (shift_events(trace, &buffer, event.at, (ptrdiff_t)event.size))
        memcpy(trace->data + event.at, trace->data + event.at + event.size, event.size);
}

static bool has_group(uint8_t kind)
{
    return kind <= HEADER_COMPACT64 || kind == HEADER_PERFINFO32 || kind == HEADER_PERFINFO64;
}

/* The size of the event follows its payload's. */
static void change_payload(struct trace *trace)
{
    enum { MORE_MAX = 64, EVENT_MAX = UINT16_MAX };
    static uint8_t changed[EVENT_MAX + MORE_MAX];
    struct part buffer, event;
    struct event_header header;
    if (!pick_buffer(trace, &buffer) || !pick_event(trace, &buffer, &event, &header))
        return;
    size_t front = (size_t)(header.payload - header.start);
    size_t payload_bytes = header.payload_bytes;
    memcpy(changed, header.start, header.size);
    payload_bytes = trace->mutate(changed + front, payload_bytes, payload_bytes + MORE_MAX);
    size_t total = front + payload_bytes;
    size_t stride = (total + 7) & ~(size_t)7;
    if (total > EVENT_MAX ||
        !shift_events(trace, &buffer, event.at, (ptrdiff_t)stride - (ptrdiff_t)event.size))
        return;
    memset(trace->data + event.at, 0, stride);
    memcpy(trace->data + event.at, changed, total);
    etl_poke(trace->data + event.at + (has_group(header.kind) ? 4 : 0), total, 2);
}

/* Of a payload, 1 to 8 bytes at a multiple of 4 get a value that is an end of something. */
static void poke_field(struct trace *trace)
{
    static const uint64_t values[] = {
        0, 1, 0x7fffffff, UINT32_MAX, (uint64_t)1 << 47, INT64_MAX, UINT64_MAX - 4095, UINT64_MAX,
    };
    struct part buffer, event;
    struct event_header header;
    if (!pick_buffer(trace, &buffer) || !pick_event(trace, &buffer, &event, &header))
        return;
    size_t at = event.at + 4 * random_below(&trace->random, (uint32_t)(event.size / 4));
    size_t left = event.at + event.size - at;
    uint64_t value = values[random_below(&trace->random, sizeof values / sizeof values[0])];
    etl_poke(trace->data + at, value, left >= 8 && random_below(&trace->random, 2) ? 8 : 4);
}

size_t fuzz_mutate_trace(uint8_t *data, size_t size, size_t size_max, uint64_t seed,
                         size_t (*mutate)(uint8_t *data, size_t size, size_t size_max))
{
    struct trace trace = { data, size, size_max, random_new(seed), mutate };
    switch (random_below(&trace.random, 8)) {
    case 0:
        move_buffers(&trace);
        break;
    case 1:
    case 2:
        move_events(&trace);
        break;
    case 3:
    case 4:
        change_payload(&trace);
        break;
    case 5:
    case 6:
        poke_field(&trace);
        break;
    default:
        return mutate(data, size, size_max);
    }
    return trace.size;
}
