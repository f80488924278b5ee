/* Reading call frame information: numbers and pointers as DWARF writes them. */
#ifndef DATA_RECORD_CURSOR_H
#define DATA_RECORD_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Never past `end`; then `is_bad`, and what is read is 0. */
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool is_bad;
};

static inline uint64_t read_fixed(struct cursor *c, size_t size)
{
    uint64_t value = 0;
    if ((size_t)(c->end - c->at) < size) {
        c->is_bad = true;
        return 0;
    }
    memcpy(&value, c->at, size); /* little-endian, as layout.h demands */
    c->at += size;
    return value;
}

static inline int64_t read_signed(struct cursor *c, size_t size)
{
    unsigned unused_bits = 64 - 8 * (unsigned)size;
    return (int64_t)(read_fixed(c, size) << unused_bits) >> unused_bits;
}

static inline uint64_t read_uleb(struct cursor *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t byte = read_fixed(c, 1);
        value |= (byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return value;
    }
    c->is_bad = true;
    return 0;
}

static inline int64_t read_sleb(struct cursor *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64;) {
        uint64_t byte = read_fixed(c, 1);
        value |= (byte & 0x7F) << shift;
        shift += 7;
        if (!(byte & 0x80))
            return shift < 64 ? (int64_t)(value << (64 - shift)) >> (64 - shift) : (int64_t)value;
    }
    c->is_bad = true;
    return 0;
}

/* The next `size` bytes, which are skipped. */
static inline struct cursor read_part(struct cursor *c, uint64_t size)
{
    struct cursor part = *c;
    if (size > (uint64_t)(c->end - c->at)) {
        c->is_bad = part.is_bad = true;
        size = 0;
    }
    part.end = part.at + size;
    c->at += size;
    return part;
}

enum { /* DW_EH_PE_: how a pointer is encoded */
       POINTER_ABSOLUTE = 0x00,
       POINTER_UDATA4 = 0x03,
       POINTER_UDATA8 = 0x04,
       POINTER_SDATA4 = 0x0B,
       POINTER_SDATA8 = 0x0C,
       POINTER_FORMAT = 0x0F,
       POINTER_TO_SELF = 0x10,
       POINTER_TO_HEADER = 0x30,
       POINTER_BASE = 0x70,
};

/* As it stands there: what it is relative to is not looked at. */
static inline uint64_t read_pointer_value(struct cursor *c, uint8_t encoding)
{
    switch (encoding & POINTER_FORMAT) {
    case POINTER_ABSOLUTE:
    case POINTER_UDATA8:
    case POINTER_SDATA8:
        return read_fixed(c, 8);
    case POINTER_UDATA4:
        return read_fixed(c, 4);
    case POINTER_SDATA4:
        return (uint64_t)read_signed(c, 4);
    default:
        c->is_bad = true;
        return 0;
    }
}

static inline uint64_t read_pointer(struct cursor *c, uint8_t encoding)
{
    uint64_t self = (uintptr_t)c->at;
    uint64_t value = read_pointer_value(c, encoding);
    if ((encoding & POINTER_BASE) == POINTER_TO_SELF)
        return value + self;
    if ((encoding & POINTER_BASE) != POINTER_ABSOLUTE)
        c->is_bad = true;
    return value;
}

#endif
