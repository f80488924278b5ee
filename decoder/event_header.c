/* The headers of events, all kinds of them, as one. */
#include "decoder/event_header.h"

#include <string.h>

enum { MARKER_FILLER = -1, MARKER_HEADER = 0xc0, MARKER_MESSAGE = 0x90 };

/* ERROR needs 8 bytes only because every event does. TIMED (12) and WNODE (14) are "Not used". */
const struct header_shape header_shapes[HEADER_KIND_MAX] = {
    [HEADER_SYSTEM32] = { FAMILY_GROUP, 0x20, GROUP_SIZE_AT, 0x10, 4, true },
    [HEADER_SYSTEM64] = { FAMILY_GROUP, 0x20, GROUP_SIZE_AT, 0x10, 8, true },
    [HEADER_COMPACT32] = { FAMILY_GROUP, 0x18, GROUP_SIZE_AT, 0x10, 4, true },
    [HEADER_COMPACT64] = { FAMILY_GROUP, 0x18, GROUP_SIZE_AT, 0x10, 8, true },
    [HEADER_PERFINFO32] = { FAMILY_GROUP, 0x10, GROUP_SIZE_AT, 0x08, 4, false },
    [HEADER_PERFINFO64] = { FAMILY_GROUP, 0x10, GROUP_SIZE_AT, 0x08, 8, false },
    [HEADER_FULL32] = { FAMILY_CLASS, 0x30, 0, 0x10, 4, true },
    [HEADER_FULL64] = { FAMILY_CLASS, 0x30, 0, 0x10, 8, true },
    [HEADER_INSTANCE32] = { FAMILY_CLASS, 0x48, 0, 0x10, 4, true },
    [HEADER_INSTANCE64] = { FAMILY_CLASS, 0x48, 0, 0x10, 8, true },
    [HEADER_EVENT32] = { FAMILY_DESCRIPTOR, 0x50, 0, 0x10, 4, true },
    [HEADER_EVENT64] = { FAMILY_DESCRIPTOR, 0x50, 0, 0x10, 8, true },
    [HEADER_ERROR] = { FAMILY_ERROR, 0x08, 0, 0, 8, false },
};

static const struct {
    uint8_t guid[GUID_BYTES];
    uint16_t group;
} known_guids[] = {
    /* 222962ab-6180-4b88-a825-346b75f2a24a */
    { { 0xab, 0x62, 0x29, 0x22, 0x80, 0x61, 0x88, 0x4b, 0xa8, 0x25, 0x34, 0x6b, 0x75, 0xf2, 0xa2,
        0x4a },
      GROUP_HEAP },
    /* 3d6fa8d0-fe05-11d0-9dda-00c04fd7ba7c */
    { { 0xd0, 0xa8, 0x6f, 0x3d, 0x05, 0xfe, 0xd0, 0x11, 0x9d, 0xda, 0x00, 0xc0, 0x4f, 0xd7, 0xba,
        0x7c },
      GROUP_PROCESS },
    /* 3d6fa8d3-fe05-11d0-9dda-00c04fd7ba7c */
    { { 0xd3, 0xa8, 0x6f, 0x3d, 0x05, 0xfe, 0xd0, 0x11, 0x9d, 0xda, 0x00, 0xc0, 0x4f, 0xd7, 0xba,
        0x7c },
      GROUP_PAGE_FAULT },
    /* 2cb15d1d-5fc1-11d2-abe1-00a0c911f518 */
    { { 0x1d, 0x5d, 0xb1, 0x2c, 0xc1, 0x5f, 0xd2, 0x11, 0xab, 0xe1, 0x00, 0xa0, 0xc9, 0x11, 0xf5,
        0x18 },
      GROUP_IMAGE },
    /* def2fe46-7bd6-4b80-bd94-f57fe20d0ce3 */
    { { 0x46, 0xfe, 0xf2, 0xde, 0xd6, 0x7b, 0x80, 0x4b, 0xbd, 0x94, 0xf5, 0x7f, 0xe2, 0x0d, 0x0c,
        0xe3 },
      GROUP_STACK_WALK },
    /* b3e675d7-2554-4f18-830b-2762732560de */
    { { 0xd7, 0x75, 0xe6, 0xb3, 0x54, 0x25, 0x18, 0x4f, 0x83, 0x0b, 0x27, 0x62, 0x73, 0x25, 0x60,
        0xde },
      GROUP_IMAGE_ID },
    /* 9b79ee91-b5fd-41c0-a243-4248e266e9d0 */
    { { 0x91, 0xee, 0x79, 0x9b, 0xfd, 0xb5, 0xc0, 0x41, 0xa2, 0x43, 0x42, 0x48, 0xe2, 0x66, 0xe9,
        0xd0 },
      GROUP_SYS_CONFIG },
};

static uint16_t group_of_guid(const uint8_t *guid)
{
    for (size_t i = 0; i < sizeof known_guids / sizeof known_guids[0]; i++)
        if (memcmp(guid, known_guids[i].guid, GUID_BYTES) == 0)
            return known_guids[i].group;
    return GROUP_NONE;
}

static void set_payload(struct event_header *out, size_t header_bytes)
{
    bool fits = header_bytes <= out->size;
    out->payload = out->start + (fits ? header_bytes : out->size);
    out->payload_bytes = fits ? out->size - header_bytes : 0;
}

/* A PEBS index and up to 7 performance counters may lie before the payload, 8 bytes each. */
static void read_group(struct event_header *out, size_t header_bytes)
{
    uint8_t flags = out->start[1];
    size_t counters = (flags & 0x07u) + (flags >> 7);
    out->version = out->start[0];
    out->opcode = out->start[6];
    out->group = out->start[7];
    out->guid = NULL;
    set_payload(out, header_bytes + 8 * counters);
}

static void read_class(struct event_header *out, size_t header_bytes)
{
    out->opcode = out->start[4];
    out->version = load_u16(out->start + 6);
    out->guid = out->start + 0x18;
    out->group = group_of_guid(out->guid);
    set_payload(out, header_bytes);
}

/*
 * Where the extended items end, which follow one another from `at`: u16 size of the item, u16 type,
 * u16 of which bit 0 says that another follows, u16 size of the data. A chain that leaves the event
 * leaves no payload.
 */
static size_t end_of_items(const struct event_header *header, size_t at)
{
    uint16_t more = 1;
    while (more & 1) {
        if (at + 8 > header->size)
            return header->size;
        uint16_t item_bytes = load_u16(header->start + at);
        if (item_bytes < 8)
            return header->size;
        more = load_u16(header->start + at + 4);
        at += ((size_t)item_bytes + 7) & ~(size_t)7;
    }
    return at;
}

static void read_descriptor(struct event_header *out, size_t header_bytes)
{
    enum { FLAG_EXTENDED_INFO = 1 };
    out->version = out->start[0x2a];
    out->opcode = out->start[0x2d];
    out->guid = out->start + 0x18;
    out->group = group_of_guid(out->guid);
    bool has_items = load_u16(out->start + 4) & FLAG_EXTENDED_INFO;
    /* Of foreign events nobody wants the payload. */
    set_payload(out, has_items && out->group != GROUP_NONE ? end_of_items(out, header_bytes)
                                                           : header_bytes);
}

/* The optional fields of a MESSAGE stand in this order, whichever of them are there. */
static enum event_found read_message(const uint8_t *at, size_t left, struct event_header *out)
{
    enum { SEQUENCE = 0x01, GUID = 0x02, COMPONENT = 0x04, TIME = 0x08, OWNER = 0x20, WIDE = 0x80 };
    struct bytes b = bytes_over(at, left);
    *out = (struct event_header){ .start = at, .kind = HEADER_MESSAGE, .group = GROUP_NONE };
    out->size = bytes_u16(&b);
    bytes_take(&b, 2 + 2); /* the marker's upper half, the message's number */
    uint16_t options = bytes_u16(&b);
    bytes_take(&b, options & SEQUENCE ? 4 : 0);
    if (options & COMPONENT)
        bytes_take(&b, 4);
    else if (options & GUID)
        bytes_take(&b, GUID_BYTES);
    out->has_ticks = options & TIME;
    if (options & TIME)
        out->ticks = (int64_t)bytes_u64(&b);
    if (options & OWNER) {
        out->tid = bytes_u32(&b);
        out->pid = bytes_u32(&b);
        out->has_owner = true;
    }
    out->pointer_bytes = options & WIDE ? 8 : 4;
    if (b.overrun || out->size > left || (size_t)(b.at - at) > out->size)
        return EVENT_BAD;
    set_payload(out, (size_t)(b.at - at));
    return EVENT_FOUND;
}

enum event_found event_header_read(const uint8_t *at, size_t left, struct event_header *out)
{
    if (left < 4)
        return EVENT_BAD;
    uint32_t marker = load_u32(at);
    if (marker == (uint32_t)MARKER_FILLER)
        return EVENT_FILLER;
    if (marker >> 24 == MARKER_MESSAGE)
        return read_message(at, left, out);
    uint8_t kind = (uint8_t)(marker >> 16);
    if (marker >> 24 != MARKER_HEADER || kind >= HEADER_KIND_MAX)
        return EVENT_BAD;
    const struct header_shape *shape = &header_shapes[kind];
    if (shape->family == FAMILY_NONE || left < shape->header_bytes)
        return EVENT_BAD;

    out->start = at;
    out->size = load_u16(at + shape->size_at);
    if (out->size < shape->header_bytes || out->size > left)
        return EVENT_BAD;
    out->kind = kind;
    out->pointer_bytes = shape->pointer_bytes;
    out->has_owner = shape->has_owner;
    out->tid = shape->has_owner ? load_u32(at + HEADER_TID_AT) : 0;
    out->pid = shape->has_owner ? load_u32(at + HEADER_PID_AT) : 0;
    out->has_ticks = shape->family != FAMILY_ERROR;
    out->ticks = out->has_ticks ? (int64_t)load_u64(at + shape->ticks_at) : 0;
    switch (shape->family) {
    case FAMILY_GROUP:
        read_group(out, shape->header_bytes);
        break;
    case FAMILY_CLASS:
        read_class(out, shape->header_bytes);
        break;
    case FAMILY_DESCRIPTOR:
        read_descriptor(out, shape->header_bytes);
        break;
    default:
        out->version = 0;
        out->opcode = 0;
        out->group = GROUP_NONE;
        out->guid = NULL;
        set_payload(out, shape->header_bytes);
    }
    return EVENT_FOUND;
}
