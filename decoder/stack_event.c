/* Payloads of stack walk events. */
#include "decoder/stack_event.h"

#include "decoder/bytes.h"

static bool names_an_event(uint8_t opcode)
{
    return opcode == STACK_WALK || opcode == STACK_KEY_KERNEL || opcode == STACK_KEY_USER;
}

bool stack_event_decode(const struct event_header *header, struct stack_event *out)
{
    struct bytes b = bytes_over(header->payload, header->payload_bytes);
    *out = (struct stack_event){ .pointer_bytes = header->pointer_bytes };
    if (names_an_event(header->opcode)) {
        out->ticks = (int64_t)bytes_u64(&b);
        out->pid = bytes_u32(&b);
        out->tid = bytes_u32(&b);
    }
    if (header->opcode != STACK_WALK)
        out->key = bytes_pointer(&b, header->pointer_bytes);
    bool has_frames = header->opcode < STACK_KEY_KERNEL;
    if (b.overrun || (has_frames && b.left % header->pointer_bytes != 0))
        return false;
    if (has_frames) {
        out->frames = b.at;
        out->frame_count = b.left / header->pointer_bytes;
    }
    return true;
}

uint64_t stack_event_frame(const struct stack_event *event, size_t index)
{
    const uint8_t *at = event->frames + index * event->pointer_bytes;
    return event->pointer_bytes == 8 ? load_u64(at) : load_u32(at);
}

bool stack_event_is_kernel(const struct stack_event *event)
{
    return is_kernel_address(stack_event_frame(event, event->frame_count - 1),
                             event->pointer_bytes);
}
