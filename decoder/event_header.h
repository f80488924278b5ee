/* The headers of events, all kinds of them, as one. */
#ifndef DECODER_EVENT_HEADER_H
#define DECODER_EVENT_HEADER_H

#include "decoder/bytes.h"
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

/* SYSTEM, COMPACT and PERFINFO differ in what lies between the hook id and the payload. */
enum header_family { FAMILY_NONE, FAMILY_GROUP, FAMILY_CLASS, FAMILY_DESCRIPTOR, FAMILY_ERROR };

/* Where things are under the headers of one kind, from the start of the event. */
struct header_shape {
    uint8_t family; /* enum header_family */
    uint8_t header_bytes;
    uint8_t size_at; /* of the u16 size and the i64 time stamp */
    uint8_t ticks_at;
    uint8_t pointer_bytes;
    bool has_owner; /* at HEADER_TID_AT and HEADER_PID_AT */
};

/* Of a u16 under every header of FAMILY_GROUP; of two u32 under every header with an owner. */
enum { GROUP_SIZE_AT = 4, HEADER_TID_AT = 8, HEADER_PID_AT = 12 };

/* By enum header_kind, but for MESSAGE, whose parts are at no fixed place. */
extern const struct header_shape header_shapes[HEADER_KIND_MAX];

/*
 * The first bytes under a header of FAMILY_GROUP: version, flags, kind, size, type and group. All
 * but the size are the look of the event, which tells everything that the place and the layout of
 * its payload depend on. Under other headers it means nothing. A bit in the place of the size is
 * set: so even eight bytes of 0 have a look that is not 0.
 */
enum { EVENT_LOOK_BYTES = 8 };

static inline uint64_t event_look(const uint8_t *start)
{
    const unsigned shift = 8 * GROUP_SIZE_AT;
    return (load_u64(start) & ~(UINT64_C(0xffff) << shift)) | UINT64_C(1) << shift;
}

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

/* From one event of `size` bytes to the next: rounded up to 8. */
static inline size_t event_stride_of(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

static inline size_t event_stride(const struct event_header *header)
{
    return event_stride_of(header->size);
}

/* The same of the event at `start`, which has a header of FAMILY_GROUP. */
static inline size_t event_stride_at(const uint8_t *start)
{
    return event_stride_of(load_u16(start + GROUP_SIZE_AT));
}

/* enum header_kind of the event at `start`. */
static inline uint8_t event_kind_at(const uint8_t *start)
{
    return start[2];
}

/* Of the header of an event of FAMILY_GROUP no more than a census counts. */
static inline struct event_header event_header_look(const uint8_t *start)
{
    return (
        struct event_header){ .kind = event_kind_at(start), .opcode = start[6], .group = start[7] };
}

#endif
