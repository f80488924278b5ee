/* The one bounds-checked reader: bytes of a trace are touched here only. */
#ifndef DECODER_BYTES_H
#define DECODER_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Little-endian loads at any alignment, for a place that one check of a whole record has covered.
 * Compilers make one instruction of each.
 */
static inline uint16_t load_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t load_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t load_u64(const uint8_t *at)
{
    return load_u32(at) | (uint64_t)load_u32(at + 4) << 32;
}

/*
 * A window on bytes of the trace. Owns nothing: the bytes must outlive it.
 *
 * A read past the end gives 0 and sets `overrun`, which never clears. So decode a whole record in
 * straight lines, then test `overrun` once. Every integer in an ETL file is little-endian.
 */
struct bytes {
    const uint8_t *at; /* next byte to read */
    size_t left;       /* bytes from there to the end */
    bool overrun;
};

static inline struct bytes bytes_over(const uint8_t *data, size_t size)
{
    return (struct bytes){ .at = data, .left = size };
}

/* Steps over `size` bytes and gives where they start; NULL when there are not that many. */
static inline const uint8_t *bytes_take(struct bytes *b, size_t size)
{
    if (b->overrun || size > b->left) {
        b->overrun = true;
        return NULL;
    }
    const uint8_t *taken = b->at;
    b->at += size;
    b->left -= size;
    return taken;
}

static inline uint8_t bytes_u8(struct bytes *b)
{
    const uint8_t *at = bytes_take(b, 1);
    return at ? *at : 0;
}

static inline uint16_t bytes_u16(struct bytes *b)
{
    const uint8_t *at = bytes_take(b, 2);
    return at ? load_u16(at) : 0;
}

static inline uint32_t bytes_u32(struct bytes *b)
{
    const uint8_t *at = bytes_take(b, 4);
    return at ? load_u32(at) : 0;
}

static inline uint64_t bytes_u64(struct bytes *b)
{
    const uint8_t *at = bytes_take(b, 8);
    return at ? load_u64(at) : 0;
}

/* A pointer or SIZE_T of the traced program: `pointer_bytes` is 4 or 8. */
static inline uint64_t bytes_pointer(struct bytes *b, size_t pointer_bytes)
{
    return pointer_bytes == 8 ? bytes_u64(b) : bytes_u32(b);
}

#endif
