/* The headers of events, all kinds of them, as one. */
#ifndef DECODER_EVENT_HEADER_H
#define DECODER_EVENT_HEADER_H

#include "decoder/trace_info.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Groups of kernel events (phnt ntwmi.h EVENT_TRACE_GROUP_…, shifted right by 8). Headers that name
 * a GUID instead get the group that the GUID stands for, if it is one of these.
 */
enum {
    GROUP_HEADER = 0x00,
    GROUP_PAGE_FAULT = 0x02,
    GROUP_PROCESS = 0x03,
    GROUP_HEAP = 0x10,
    GROUP_IMAGE = 0x14,
    GROUP_STACK_WALK = 0x18,
    GROUP_NONE = 0x100, /* some other GUID, or a kind without a provider */
    /* These have a GUID only (PerfView SymbolTraceEventParser.cs, KernelTraceEventParser.cs). */
    GROUP_IMAGE_ID,   /* what a module's symbol file is: KernelTraceControl */
    GROUP_SYS_CONFIG, /* what volumes are called: SysConfigEx */
};

enum { GUID_BYTES = 16 };

/* What every kind of header says, or stands for. Owns nothing: it points into the buffer. */
struct event_header {
    const uint8_t *start;
    const uint8_t *guid; /* GUID_BYTES; NULL under a header that names a group, or no provider */
    const uint8_t *payload;
    size_t payload_bytes;
    int64_t ticks; /* of the trace's clock, as in the file; 0 without has_ticks */
    uint32_t pid;  /* 0 without has_owner */
    uint32_t tid;
    uint16_t size;         /* of the whole event; the next one starts at this rounded up to 8 */
    uint16_t group;        /* GROUP_… or any other below GROUP_NONE */
    uint16_t version;      /* of the payload */
    uint8_t kind;          /* enum header_kind */
    uint8_t opcode;        /* hook type, class type, or opcode of the descriptor */
    uint8_t pointer_bytes; /* of this event's payload: 4 or 8 */
    bool has_ticks;
    bool has_owner; /* pid and tid */
};

enum event_found {
    EVENT_FOUND,
    EVENT_FILLER, /* 0xffffffff: there are no more in this buffer */
    EVENT_BAD,    /* makes no sense, or passes the end */
};

/*
 * Reads the header at `at`, of `left` bytes that the buffer still holds. When it is EVENT_FOUND the
 * whole event lies in those bytes. Source of the layouts: phnt ntwmi.h, Geoff Chappell's pages on
 * SYSTEM_TRACE_HEADER, PERFINFO_TRACE_HEADER, EVENT_TRACE_HEADER, EVENT_HEADER and
 * MESSAGE_TRACE_HEADER; they agree with real traces except for ERROR, whose layout nobody tells:
 * it is stepped over by its size.
 */
enum event_found event_header_read(const uint8_t *at, size_t left, struct event_header *out);

/* Whether an address is of the half that the kernel has for itself. */
static inline bool is_kernel_address(uint64_t address, size_t pointer_bytes)
{
    return address >> (8 * pointer_bytes - 1) != 0;
}

/* From one event to the next: its size, rounded up to 8. */
static inline size_t event_stride(const struct event_header *header)
{
    return ((size_t)header->size + 7) & ~(size_t)7;
}

#endif
