/* Payloads of stack walk events: a stack, the use of a key for one, or what a key stands for. */
#ifndef DECODER_STACK_EVENT_H
#define DECODER_STACK_EVENT_H

#include "decoder/event_header.h"

#include <stdbool.h>

/*
 * Types of group 0x18 (phnt ntwmi.h PERFINFO_LOG_TYPE_STACK…; PerfView StackWalkStackTraceData,
 * StackWalkRefTraceData, StackWalkDefTraceData; counted in real traces, all under PERFINFO64).
 * Under a header that names a class, the type is taken to be the same number; no real trace has
 * shown that.
 */
enum stack_opcode {
    STACK_WALK = 32,
    STACK_CREATE = 34, /* this and the next two define a key, with equal payloads */
    STACK_DELETE = 35,
    STACK_RUNDOWN = 36,
    STACK_KEY_KERNEL = 37,
    STACK_KEY_USER = 38,
};

/* Fields that the opcode does not have are 0. Points into the buffer. */
struct stack_event {
    int64_t ticks; /* time stamp, as in its header, of the event whose stack this is */
    uint32_t pid;  /* of that event */
    uint32_t tid;
    uint64_t key;
    const uint8_t *frames; /* of pointer_bytes each, innermost first */
    size_t frame_count;
    uint8_t pointer_bytes;
};

static inline bool is_stack_event(const struct event_header *header)
{
    return header->group == GROUP_STACK_WALK &&
           (header->opcode == STACK_WALK ||
            (header->opcode >= STACK_CREATE && header->opcode <= STACK_KEY_USER));
}

/* False when the payload is too short for its kind, or holds a part of a frame. */
bool stack_event_decode(const struct event_header *header, struct stack_event *out);

uint64_t stack_event_frame(const struct stack_event *event, size_t index);

/*
 * Whether it is the kernel's part of a stack: the last frame is an address of the upper half
 * (PerfView TraceLog.cs IsKernelAddress). There must be a frame.
 */
bool stack_event_is_kernel(const struct stack_event *event);

#endif
