/* Compressed buffers: one greedy match finder, three ways to write down what it found. */
#include "tests/etl_compress.h"

#include "tests/etl_builder_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- Output ---- */

struct output {
    uint8_t *data;
    size_t size, room;
};

/* Returns where the value went, so that it can be filled in later. */
static size_t put(struct output *out, uint64_t value, size_t width)
{
    out->data = etl_grow(out->data, out->size + width, &out->room, 1);
    etl_poke(out->data + out->size, value, width);
    out->size += width;
    return out->size - width;
}

/* ---- Matches ---- */

enum { MATCH_MIN = 3, HASH_BITS = 13 };

/* The last position of each hash of three bytes. */
struct matcher {
    const uint8_t *data;
    size_t size;
    size_t last[1 << HASH_BITS]; /* position + 1; 0: none */
};

struct match {
    size_t distance; /* back from the position, at least 1 */
    size_t length;   /* 0: there is none */
};

static size_t *slot(struct matcher *matcher, size_t at)
{
    const uint32_t golden = 0x9e3779b1;
    uint32_t three = (uint32_t)etl_peek(matcher->data + at, MATCH_MIN);
    return &matcher->last[three * golden >> (32 - HASH_BITS)];
}

/* Looks at `at` for what came before it and not before `floor`; must be told of every position. */
static struct match match_at(struct matcher *matcher, size_t at, size_t floor, size_t distance_max,
                             size_t length_max)
{
    if (matcher->size - at < MATCH_MIN)
        return (struct match){ 0 };
    size_t *last = slot(matcher, at);
    size_t candidate = *last;
    *last = at + 1;
    if (candidate == 0 || candidate - 1 < floor || at - (candidate - 1) > distance_max)
        return (struct match){ 0 };
    size_t from = candidate - 1;
    if (length_max > matcher->size - at)
        length_max = matcher->size - at;
    size_t length = 0;
    while (length < length_max && matcher->data[from + length] == matcher->data[at + length])
        length++;
    return length < MATCH_MIN ? (struct match){ 0 } : (struct match){ at - from, length };
}

/* Remembers the positions that a match covers, behind its first. */
static void match_skip(struct matcher *matcher, size_t at, size_t length)
{
    for (size_t i = 1; i < length && matcher->size - (at + i) >= MATCH_MIN; i++)
        *slot(matcher, at + i) = at + i + 1;
}

/* ---- Plain LZ77, MS-XCA 2.3 ---- */

struct plain {
    struct output *out;
    size_t flags_at;
    uint32_t flags, flag_count;
    size_t half_at; /* of the byte whose high nibble is free; SIZE_MAX: none */
};

static void plain_flag(struct plain *plain, bool is_match)
{
    plain->flags = plain->flags << 1 | is_match;
    if (++plain->flag_count < 32)
        return;
    etl_poke(plain->out->data + plain->flags_at, plain->flags, 4);
    plain->flags_at = SIZE_MAX;
    plain->flag_count = 0;
}

/* The flag word lies before the first item it describes. */
static void plain_begin(struct plain *plain)
{
    if (plain->flag_count == 0)
        plain->flags_at = put(plain->out, 0, 4);
}

static void plain_nibble(struct plain *plain, uint8_t nibble)
{
    if (plain->half_at == SIZE_MAX) {
        plain->half_at = put(plain->out, nibble, 1);
    } else {
        plain->out->data[plain->half_at] |= (uint8_t)(nibble << 4);
        plain->half_at = SIZE_MAX;
    }
}

static void plain_match(struct plain *plain, struct match match)
{
    enum { SHORT = 7, NIBBLE = 15, BYTE = 255 };
    size_t length = match.length - MATCH_MIN;
    size_t place = (match.distance - 1) << 3;
    put(plain->out, place | (length < SHORT ? length : SHORT), 2);
    if (length < SHORT)
        return;
    size_t rest = length - SHORT;
    plain_nibble(plain, (uint8_t)(rest < NIBBLE ? rest : NIBBLE));
    if (rest < NIBBLE)
        return;
    rest -= NIBBLE;
    put(plain->out, rest < BYTE ? rest : BYTE, 1);
    if (rest < BYTE)
        return;
    if (length <= UINT16_MAX) {
        put(plain->out, length, 2);
    } else {
        put(plain->out, 0, 2);
        put(plain->out, length, 4);
    }
}

static void compress_plain(struct matcher *matcher, struct output *out)
{
    enum { DISTANCE_LIMIT = 1 << 13 };
    struct plain plain = { .out = out, .half_at = SIZE_MAX };
    for (size_t at = 0; at < matcher->size;) {
        struct match match = match_at(matcher, at, 0, DISTANCE_LIMIT, SIZE_MAX);
        plain_begin(&plain);
        if (match.length > 0) {
            plain_match(&plain, match);
            match_skip(matcher, at, match.length);
            at += match.length;
        } else {
            put(out, matcher->data[at++], 1);
        }
        plain_flag(&plain, match.length > 0);
    }
    plain_begin(&plain); /* Windows, too, leaves a word of flags for nothing */
    while (plain.flags_at != SIZE_MAX)
        plain_flag(&plain, true);
}

/* ---- LZNT1, MS-XCA 2.5 ---- */

enum { CHUNK_BYTES = 4096, CHUNK_STORED = 0x3000, CHUNK_COMPRESSED = 0xb000 };

/* How many of a tuple's 16 bits are the distance, `done` bytes into the chunk. */
static unsigned distance_bits(size_t done)
{
    unsigned bits = 4;
    while (done > 0 && (done - 1) >> bits != 0)
        bits++;
    return bits;
}

static void compress_chunk(struct matcher *matcher, size_t begin, size_t end, struct output *out)
{
    size_t flags_at = 0;
    unsigned item = 0;
    for (size_t at = begin; at < end; item = (item + 1) % 8) {
        unsigned bits = 16 - distance_bits(at - begin);
        size_t length_max = ((size_t)1 << bits) - 1 + MATCH_MIN;
        if (length_max > end - at)
            length_max = end - at;
        struct match match = match_at(matcher, at, begin, CHUNK_BYTES, length_max);
        if (item == 0)
            flags_at = put(out, 0, 1);
        if (match.length > 0) {
            out->data[flags_at] |= (uint8_t)(1u << item);
            put(out, (match.distance - 1) << bits | (match.length - MATCH_MIN), 2);
            match_skip(matcher, at, match.length);
            at += match.length;
        } else {
            put(out, matcher->data[at++], 1);
        }
    }
}

static void compress_lznt1(struct matcher *matcher, struct output *out)
{
    for (size_t begin = 0; begin < matcher->size; begin += CHUNK_BYTES) {
        size_t left = matcher->size - begin;
        size_t size = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        size_t header_at = put(out, 0, 2);
        compress_chunk(matcher, begin, begin + size, out);
        size_t stored = out->size - header_at - 2;
        uint32_t form = CHUNK_COMPRESSED;
        if (stored >= size) {
            memcpy(out->data + header_at + 2, matcher->data + begin, size);
            out->size = header_at + 2 + size;
            stored = size;
            form = CHUNK_STORED;
        }
        etl_poke(out->data + header_at, form | (stored - 1), 2);
    }
}

/* ---- LZ77 with Huffman codes, MS-XCA 2.1 ---- */

/*
 * Every of the 512 symbols gets a code of 9 bits, which is its own number: an honest Huffman code,
 * if not the best one. Lengths stay below 18, so that no length bytes lie between the codes.
 */
enum {
    BLOCK_BYTES = 0x10000,
    TABLE_BYTES = 256,
    CODE_BITS = 9,
    MATCH_SYMBOL = 256,
    END_SYMBOL = 256, /* also a match of 3 at distance 1: such are written as literals */
    LENGTH_MAX = 14 + MATCH_MIN,
    DISTANCE_MAX = 0xffff,
};

struct bits {
    struct output *out;
    uint32_t pending;
    unsigned pending_count;
    size_t words;
};

static void bits_put(struct bits *bits, uint32_t value, unsigned count)
{
    bits->pending = bits->pending << count | value;
    bits->pending_count += count;
    if (bits->pending_count >= 16) {
        bits->pending_count -= 16;
        put(bits->out, bits->pending >> bits->pending_count & 0xffff, 2);
        bits->words++;
    }
    bits->pending &= (1u << bits->pending_count) - 1;
}

/* A reader is always a word ahead, and starts with two. */
static void bits_end(struct bits *bits)
{
    if (bits->pending_count > 0)
        bits_put(bits, 0, 16 - bits->pending_count);
    do
        put(bits->out, 0, 2);
    while (++bits->words < 2);
}

static void huffman_match(struct bits *bits, struct match match)
{
    unsigned log2 = 0;
    while (match.distance >> (log2 + 1) != 0)
        log2++;
    bits_put(bits, MATCH_SYMBOL + (log2 << 4) + (uint32_t)(match.length - MATCH_MIN), CODE_BITS);
    bits_put(bits, (uint32_t)(match.distance - ((size_t)1 << log2)), log2);
}

static void compress_block(struct matcher *matcher, size_t begin, size_t end, struct output *out)
{
    struct bits bits = { .out = out };
    for (size_t i = 0; i < TABLE_BYTES; i++)
        put(out, CODE_BITS << 4 | CODE_BITS, 1);
    for (size_t at = begin; at < end;) {
        size_t length_max = end - at < LENGTH_MAX ? end - at : LENGTH_MAX;
        struct match match = match_at(matcher, at, 0, DISTANCE_MAX, length_max);
        if (match.length > 0 && !(match.distance == 1 && match.length == MATCH_MIN)) {
            huffman_match(&bits, match);
            match_skip(matcher, at, match.length);
            at += match.length;
        } else {
            bits_put(&bits, matcher->data[at++], CODE_BITS);
        }
    }
    if (end == matcher->size)
        bits_put(&bits, END_SYMBOL, CODE_BITS);
    bits_end(&bits);
}

static void compress_huffman(struct matcher *matcher, struct output *out)
{
    for (size_t begin = 0; begin < matcher->size; begin += BLOCK_BYTES) {
        size_t left = matcher->size - begin;
        compress_block(matcher, begin, begin + (left < BLOCK_BYTES ? left : BLOCK_BYTES), out);
    }
}

uint8_t *etl_compress(enum etl_compression format, const uint8_t *data, size_t size,
                      size_t *out_size)
{
    assert(format != ETL_PLAIN);
    struct output out = { 0 };
    struct matcher *matcher = etl_bytes(sizeof *matcher);
    *matcher = (struct matcher){ .data = data, .size = size };
    switch (format) {
    case ETL_LZNT1:
        compress_lznt1(matcher, &out);
        break;
    case ETL_XPRESS:
        compress_plain(matcher, &out);
        break;
    default:
        compress_huffman(matcher, &out);
        break;
    }
    free(matcher);
    *out_size = out.size;
    return out.data ? out.data : etl_bytes(0);
}
