/* Fuzzes the headers of events and the payloads that heapfrag reads. */
#include "tests/fuzz/target.h"

#include "decoder/bytes.h"
#include "decoder/heap_event.h"
#include "decoder/image_event.h"
#include "decoder/process_event.h"
#include "decoder/stack_event.h"

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

void fuzz_stack_event(const uint8_t *data, size_t size)
{
    struct bytes b = bytes_over(data, size);
    struct event_header header = read_header(&b);
    struct stack_event event;
    if (b.overrun || !is_stack_event(&header) || !stack_event_decode(&header, &event))
        return;
    FUZZ_PROMISE(event.frame_count * event.pointer_bytes <= header.payload_bytes);
    for (size_t i = 0; i < event.frame_count; i++)
        FUZZ_PROMISE(event.pointer_bytes == 8 || stack_event_frame(&event, i) <= UINT32_MAX);
    if (event.frame_count > 0)
        (void)stack_event_is_kernel(&event);
}

void fuzz_image_event(const uint8_t *data, size_t size)
{
    static struct image_event image; /* too large for the stack */
    static struct pdb_event pdb;
    static struct volume_event volume;
    struct bytes b = bytes_over(data, size);
    struct event_header header = read_header(&b);
    bool is_known = false;
    if (b.overrun)
        return;
    if (header.group >= 0xfe) /* the groups that have a GUID and no number in the file */
        header.group = header.group == 0xfe ? GROUP_IMAGE_ID : GROUP_SYS_CONFIG;
    if (is_image_event(&header) && image_event_decode(&header, &image, &is_known))
        FUZZ_PROMISE(image.size > 0 && memchr(image.path, 0, sizeof image.path));
    if (is_pdb_event(&header) && pdb_event_decode(&header, &pdb))
        FUZZ_PROMISE(memchr(pdb.name, 0, sizeof pdb.name));
    if (is_volume_event(&header) && volume_event_decode(&header, &volume)) {
        FUZZ_PROMISE(memchr(volume.nt_path, 0, sizeof volume.nt_path));
        FUZZ_PROMISE(memchr(volume.dos_path, 0, sizeof volume.dos_path));
    }
}
