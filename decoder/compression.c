/* Compressed buffers: what EVENT_TRACE_COMPRESSED_MODE writes. */
#include "decoder/compression.h"

#include "decoder/bytes.h"

#include <string.h>

/* What is being filled. Nothing is written past `wanted`, nor read from before `to`. */
struct output {
    uint8_t *to;
    size_t length; /* so far */
    size_t wanted;
};

static bool put_plain(struct output *out, const uint8_t *from, size_t count)
{
    if (count > out->wanted - out->length)
        return false;
    memcpy(out->to + out->length, from, count);
    out->length += count;
    return true;
}

/* Repeats `count` bytes from `distance` before the end; the two may overlap. */
static inline bool put_match(struct output *out, size_t distance, size_t count)
{
    enum { STEP = 8 };
    if (distance == 0 || distance > out->length || count > out->wanted - out->length)
        return false;
    uint8_t *to = out->to + out->length;
    const uint8_t *from = to - distance;
    /* Most matches are short: steps of 8, the last of which may write ahead, beat a call. */
    if (distance >= STEP && count + STEP <= out->wanted - out->length)
        for (size_t i = 0; i < count; i += STEP)
            memcpy(to + i, from + i, STEP);
    else
        for (size_t i = 0; i < count; i++)
            to[i] = from[i];
    out->length += count;
    return true;
}

/* The next byte of the input; the loops that call this know that there is room for one. */
static inline bool put_literal(struct output *out, struct bytes *in)
{
    if (in->left == 0 || in->overrun)
        return false;
    in->left--;
    out->to[out->length++] = *in->at++;
    return true;
}

/* LZNT1 (MS-XCA 2.5): of a match at `position` in its chunk, how many bits are its length. */
static unsigned lznt1_length_bits(size_t position)
{
    unsigned bits = 12;
    for (size_t reach = 16; reach < position && bits > 4; reach *= 2)
        bits--;
    return bits;
}

static bool expand_lznt1_chunk(struct bytes chunk, struct output *out)
{
    enum { CHUNK_BYTES = 4096 };
    size_t start = out->length;
    while (chunk.left > 0 && out->length < out->wanted) {
        uint8_t flags = bytes_u8(&chunk);
        for (int i = 0; i < 8 && chunk.left > 0 && out->length < out->wanted; i++, flags >>= 1) {
            if (!(flags & 1)) {
                if (!put_literal(out, &chunk))
                    return false;
                continue;
            }
            unsigned bits = lznt1_length_bits(out->length - start);
            uint16_t match = bytes_u16(&chunk);
            size_t distance = (size_t)(match >> bits) + 1;
            size_t count = (match & ((1u << bits) - 1)) + 3;
            if (chunk.overrun || distance > out->length - start || !put_match(out, distance, count))
                return false;
        }
        if (out->length - start > CHUNK_BYTES)
            return false;
    }
    return true;
}

static bool expand_lznt1(struct bytes in, struct output *out)
{
    enum { IS_COMPRESSED = 0x8000, SIGNATURE = 0x3000, SIGNATURE_MASK = 0x7000, SIZE_MASK = 0xfff };
    while (out->length < out->wanted) {
        uint16_t header = bytes_u16(&in);
        if (in.overrun || (header & SIGNATURE_MASK) != SIGNATURE)
            return false;
        size_t size = (size_t)(header & SIZE_MASK) + 1;
        const uint8_t *data = bytes_take(&in, size);
        bool is_done =
            data && (header & IS_COMPRESSED ? expand_lznt1_chunk(bytes_over(data, size), out)
                                            : put_plain(out, data, size));
        if (!is_done)
            return false;
    }
    return true;
}

/*
 * Plain LZ77 (MS-XCA 2.4): the length of a match whose 3 bits are full. Half bytes are taken from
 * one byte in turns: `*shared` is the byte whose upper half is still to be used, or NULL.
 */
static size_t xpress_long_length(struct bytes *in, const uint8_t **shared)
{
    enum { IN_BITS = 7, IN_HALF = 15, IN_BYTE = 255 };
    size_t length;
    if (*shared) {
        length = **shared >> 4;
        *shared = NULL;
    } else {
        *shared = bytes_take(in, 1);
        length = *shared ? **shared & 15 : 0;
    }
    if (length < IN_HALF)
        return IN_BITS + length;
    length = bytes_u8(in);
    if (length < IN_BYTE)
        return IN_BITS + IN_HALF + length;
    length = bytes_u16(in);
    if (length == 0)
        length = bytes_u32(in);
    if (length < IN_BITS + IN_HALF)
        in->overrun = true;
    return length;
}

static bool expand_xpress(struct bytes in, struct output *out)
{
    enum { LENGTH_BITS = 3, LENGTH_FULL = 7, LENGTH_MIN = 3 };
    const uint8_t *shared = NULL;
    uint32_t flags = 0;
    unsigned flag_count = 0;
    while (out->length < out->wanted) {
        if (flag_count == 0) {
            flags = bytes_u32(&in);
            flag_count = 32;
        }
        flag_count--;
        if (!(flags >> flag_count & 1)) {
            if (!put_literal(out, &in))
                return false;
            continue;
        }
        uint16_t match = bytes_u16(&in);
        size_t length = match & LENGTH_FULL;
        if (length == LENGTH_FULL)
            length = xpress_long_length(&in, &shared);
        if (in.overrun || !put_match(out, (size_t)(match >> LENGTH_BITS) + 1, length + LENGTH_MIN))
            return false;
    }
    return true;
}

enum { HUFF_SYMBOLS = 512, HUFF_BITS = 15 };

/* A canonical Huffman code: symbols in order of length, and where the codes of a length end. */
struct huff_code {
    uint32_t end[HUFF_BITS + 1];    /* of the codes of this length, as HUFF_BITS bits */
    uint16_t before[HUFF_BITS + 1]; /* symbols that are shorter */
    uint8_t length[HUFF_SYMBOLS];   /* bits */
    uint16_t symbols[HUFF_SYMBOLS];
};

/* False when there are more codes than bits allow. */
static bool read_huff_code(struct bytes *in, struct huff_code *code)
{
    uint32_t end = 0;
    uint16_t count = 0;
    const uint8_t *lengths = bytes_take(in, HUFF_SYMBOLS / 2);
    if (!lengths)
        return false;
    for (size_t symbol = 0; symbol < HUFF_SYMBOLS; symbol++)
        code->length[symbol] = symbol & 1 ? lengths[symbol / 2] >> 4 : lengths[symbol / 2] & 15;
    for (unsigned bits = 1; bits <= HUFF_BITS; bits++) {
        code->before[bits] = count;
        for (uint16_t symbol = 0; symbol < HUFF_SYMBOLS; symbol++)
            if (code->length[symbol] == bits)
                code->symbols[count++] = symbol;
        end += (uint32_t)(count - code->before[bits]) << (HUFF_BITS - bits);
        code->end[bits] = end;
    }
    return end <= 1u << HUFF_BITS;
}

/*
 * Bits come in words of 16, the first bit in the highest place, and are taken two words ahead; long
 * lengths are bytes between the words (MS-XCA 2.2.4). Words past the end count as zeros, as long as
 * nobody needs them.
 */
struct huff_bits {
    struct bytes *in;
    uint32_t bits; /* the next one is the highest */
    int held;      /* of them from words read */
    int made_up;   /* of those, from past the end: the last ones */
};

static void refill(struct huff_bits *b)
{
    while (b->held <= 16) {
        bool is_there = b->in->left >= 2;
        uint32_t word = is_there ? bytes_u16(b->in) : 0;
        b->bits |= word << (16 - b->held);
        b->held += 16;
        b->made_up += is_there ? 0 : 16;
    }
}

/* Takes `count` bits, at most 15. */
static uint32_t take_bits(struct huff_bits *b, unsigned count)
{
    uint32_t taken = count > 0 ? b->bits >> (32 - count) : 0;
    b->bits <<= count;
    b->held -= (int)count;
    if (b->held < b->made_up)
        b->in->overrun = true;
    if (b->held < 16)
        refill(b);
    return taken;
}

/* The next symbol; a code that no symbol has sets `overrun`. */
static unsigned take_symbol(struct huff_bits *b, const struct huff_code *code)
{
    uint32_t next = b->bits >> (32 - HUFF_BITS);
    for (unsigned bits = 1; bits <= HUFF_BITS; bits++) {
        if (next >= code->end[bits])
            continue;
        uint32_t start = bits > 1 ? code->end[bits - 1] : 0;
        uint32_t index = code->before[bits] + ((next - start) >> (HUFF_BITS - bits));
        take_bits(b, bits);
        return code->symbols[index];
    }
    b->in->overrun = true;
    return 0;
}

/* Of a match whose 4 bits of length are full. */
static size_t huff_long_length(struct bytes *in)
{
    enum { IN_BITS = 15, IN_BYTE = 255 };
    size_t length = bytes_u8(in);
    if (length < IN_BYTE)
        return IN_BITS + length;
    length = bytes_u16(in);
    if (length == 0)
        length = bytes_u32(in);
    if (length < IN_BITS)
        in->overrun = true;
    return length;
}

/* One block: a code, and what it says for up to 64 KiB of output. */
static bool expand_huff_block(struct bytes *in, struct output *out)
{
    enum { BLOCK_BYTES = 65536, LITERALS = 256, LENGTH_FULL = 15, LENGTH_MIN = 3 };
    struct huff_code code;
    struct huff_bits bits = { .in = in };
    size_t start = out->length;
    if (!read_huff_code(in, &code))
        return false;
    refill(&bits);
    while (out->length < out->wanted && out->length - start < BLOCK_BYTES) {
        unsigned symbol = take_symbol(&bits, &code);
        if (in->overrun)
            return false;
        if (symbol < LITERALS) {
            out->to[out->length++] = (uint8_t)symbol;
            continue;
        }
        size_t length = symbol & LENGTH_FULL;
        if (length == LENGTH_FULL)
            length = huff_long_length(in);
        unsigned distance_bits = (symbol - LITERALS) >> 4;
        size_t distance = ((size_t)1 << distance_bits) + take_bits(&bits, distance_bits);
        if (in->overrun || !put_match(out, distance, length + LENGTH_MIN))
            return false;
    }
    return true;
}

static bool expand_xpress_huff(struct bytes in, struct output *out)
{
    while (out->length < out->wanted)
        if (!expand_huff_block(&in, out))
            return false;
    return true;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): `out` writes through `to` */
bool compression_expand(enum compression format, const uint8_t *data, size_t size, uint8_t *to,
                        size_t wanted)
{
    struct output out = { .to = to, .wanted = wanted };
    switch (format) {
    case COMPRESSION_LZNT1:
        return expand_lznt1(bytes_over(data, size), &out);
    case COMPRESSION_XPRESS:
        return expand_xpress(bytes_over(data, size), &out);
    case COMPRESSION_XPRESS_HUFF:
        return expand_xpress_huff(bytes_over(data, size), &out);
    case COMPRESSION_NONE:
        break;
    }
    return false;
}
