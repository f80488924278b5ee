/* Fuzzes the headers of events and the payloads that heapfrag reads. */
#include "tests/fuzz/target.h"

#include "decoder/bytes.h"
#include "decoder/heap_event.h"
#include "decoder/process_event.h"

#include <string.h>

/* A run of events, as in a buffer. */
void fuzz_event_header(const uint8_t *data, size_t size)
{
    size_t at = 0;
    while (at < size) {
        struct event_header header;
        if (event_header_read(data + at, size - at, &header) != EVENT_FOUND)
            return;
        FUZZ_PROMISE(header.size > 0 && header.size <= size - at);
        FUZZ_PROMISE(header.kind < HEADER_KIND_MAX && header_kind_names[header.kind]);
        FUZZ_PROMISE(header.pointer_bytes == 4 || header.pointer_bytes == 8);
        FUZZ_PROMISE(header.payload >= data + at &&
                     header.payload + header.payload_bytes <= data + at + header.size);
        at += event_stride(&header);
    }
}

/* What an event header would say of the payload, in 4 bytes. */
static struct event_header read_header(struct bytes *b)
{
    struct event_header header = { .kind = HEADER_SYSTEM64 };
    header.opcode = bytes_u8(b);
    header.version = bytes_u8(b);
    uint8_t bits = bytes_u8(b);
    header.pointer_bytes = bits & 1 ? 8 : 4;
    header.has_owner = bits & 2;
    header.pid = bits & 2 ? 100 : 0;
    header.group = bytes_u8(b);
    header.payload = b->at;
    header.payload_bytes = b->left;
    return header;
}

void fuzz_heap_event(const uint8_t *data, size_t size)
{
    struct bytes b = bytes_over(data, size);
    struct event_header header = read_header(&b);
    struct event event;
    uint32_t pid = 0;
    bool is_known = false;
    if (b.overrun || !is_heap_event(&header))
        return;
    if (heap_event_decode(&header, &event, &pid, &is_known) != HEAP_DECODED)
        return;
    FUZZ_PROMISE(event.kind < EVENT_KIND_COUNT && event.kind != EVENT_process_end);
    FUZZ_PROMISE(event.kind == EVENT_other || event.has & EVENT_HAS_HEAP);
}

void fuzz_process_event(const uint8_t *data, size_t size)
{
    static struct process_event event; /* too large for the stack */
    struct bytes b = bytes_over(data, size);
    struct event_header header = read_header(&b);
    bool is_known = false;
    if (b.overrun || !is_process_event(&header))
        return;
    if (!process_event_decode(&header, &event, &is_known))
        return;
    FUZZ_PROMISE(memchr(event.image, 0, sizeof event.image));
    FUZZ_PROMISE(memchr(event.command_line, 0, sizeof event.command_line));
}
