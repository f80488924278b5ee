/* Tests of decoder/compression.h: the three formats, and bytes that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder/compression.h"

#include <stdlib.h>
#include <string.h>

struct packed_case {
    const char *name;
    enum compression format;
    const char *packed;
    size_t packed_size;
    const char *plain;
    size_t plain_size;
};

#define BYTES(literal) literal, sizeof literal - 1

#define TEN(s) s s s s s s s s s s

static const struct packed_case cases[] = {
    { "lznt1: a chunk stored as it is", COMPRESSION_LZNT1, BYTES("\x04\x30hello"), BYTES("hello") },
    { "lznt1: literals", COMPRESSION_LZNT1,
      BYTES("\x0a\xb0\x00"
            "abcdefgh"
            "\x00"
            "i"),
      BYTES("abcdefghi") },
    /* At position 3: 12 bits of length; distance 3, length 6. */
    { "lznt1: a match over itself", COMPRESSION_LZNT1,
      BYTES("\x05\xb0\x08"
            "abc"
            "\x03\x20"),
      BYTES("abcabcabc") },
    /* At position 20 a match has 11 bits of length: distance 20, length 3. */
    { "lznt1: a match beyond 16 bytes", COMPRESSION_LZNT1,
      BYTES("\x18\xb0\x00"
            "abcdefgh"
            "\x00"
            "ijklmnop"
            "\x10"
            "qrst"
            "\x00\x98"),
      BYTES("abcdefghijklmnopqrstabc") },
    { "lznt1: two chunks", COMPRESSION_LZNT1,
      BYTES("\x01\x30"
            "ab"
            "\x02\xb0\x00"
            "cd"),
      BYTES("abcd") },
    { "xpress: literals", COMPRESSION_XPRESS, BYTES("\x3f\0\0\0abcdefghijklmnopqrstuvwxyz"),
      BYTES("abcdefghijklmnopqrstuvwxyz") },
    /* The two examples of MS-XCA 3.1; the second is 300 bytes of "abc" over and over. */
    { "xpress: a length of one more byte", COMPRESSION_XPRESS,
      BYTES("\xff\xff\xff\x1f"
            "abc"
            "\x17\x00\x0f\xff\x26\x01"),
      BYTES(TEN(TEN("abc"))) },
    { "xpress: a short match over itself", COMPRESSION_XPRESS,
      BYTES("\x00\x00\x00\x10"
            "abc"
            "\x13\x00"),
      BYTES("abcabcabc") },
    /* Two matches share a byte for their lengths: 7 + 2 + 3 and 7 + 1 + 3. */
    { "xpress: two lengths in one byte", COMPRESSION_XPRESS,
      BYTES("\x00\x00\x00\x60"
            "a"
            "\x07\x00"
            "\x12"
            "\x07\x00"),
      BYTES(TEN("aa") "aaaa") },
};

/* Input and output in memory of exactly their sizes. */
static bool expand(enum compression format, const void *packed, size_t packed_size, char *plain,
                   size_t plain_size)
{
    uint8_t *in = malloc(packed_size > 0 ? packed_size : 1);
    uint8_t *out = malloc(plain_size > 0 ? plain_size : 1);
    assert_non_null(in);
    assert_non_null(out);
    memcpy(in, packed, packed_size);
    bool is_done = compression_expand(format, in, packed_size, out, plain_size);
    if (is_done)
        memcpy(plain, out, plain_size);
    free(in);
    free(out);
    return is_done;
}

static void expands_what_was_packed(void **state)
{
    (void)state;
    char plain[1024];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct packed_case *c = &cases[i];
        print_message("%s\n", c->name);
        assert_true(expand(c->format, c->packed, c->packed_size, plain, c->plain_size));
        assert_memory_equal(plain, c->plain, c->plain_size);
    }
}

static void refuses_every_shorter_input(void **state)
{
    (void)state;
    char plain[1024];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t size = 0; size < cases[i].packed_size; size++)
            assert_false(
                expand(cases[i].format, cases[i].packed, size, plain, cases[i].plain_size));
}

static void refuses_to_expand_to_more_than_there_is(void **state)
{
    (void)state;
    char plain[1024];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_false(expand(cases[i].format, cases[i].packed, cases[i].packed_size, plain,
                            cases[i].plain_size + 1));
}

/* Any byte may be wrong: under the sanitizers this shows every access out of bounds. */
static void survives_any_wrong_byte(void **state)
{
    (void)state;
    static const uint8_t flips[] = { 0x01, 0x80, 0xff, 0x0f, 0xf0 };
    char plain[1024];
    uint8_t packed[512];
    size_t refused = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t at = 0; at < cases[i].packed_size; at++) {
            for (size_t f = 0; f < sizeof flips; f++) {
                memcpy(packed, cases[i].packed, cases[i].packed_size);
                packed[at] ^= flips[f];
                refused += !expand(cases[i].format, packed, cases[i].packed_size, plain,
                                   cases[i].plain_size);
            }
        }
    }
    assert_true(refused > 0);
}

/*
 * A code of 8 bits for each of the 256 literals: a byte is its own code. Bytes come two a word, the
 * first in the upper half. `size` is even.
 */
static size_t pack_huff_literals(const uint8_t *plain, size_t size, uint8_t *packed)
{
    size_t length = 0;
    for (size_t start = 0; start < size; start += 65536) {
        size_t block = size - start < 65536 ? size - start : 65536;
        memset(packed + length, 0x88, 128);
        memset(packed + length + 128, 0, 128);
        length += 256;
        for (size_t i = 0; i < block; i += 2) {
            packed[length++] = plain[start + i + 1];
            packed[length++] = plain[start + i];
        }
        /* The reader is one word ahead when a block of whole words ends. */
        memset(packed + length, 0, 2);
        length += 2;
    }
    return length;
}

static void expands_huffman_literals_over_several_blocks(void **state)
{
    (void)state;
    enum { SIZE = 2 * 65536 + 1000 };
    uint8_t *plain = malloc(SIZE);
    uint8_t *packed = malloc(SIZE + 4 * 260);
    char *got = malloc(SIZE);
    assert_non_null(plain);
    assert_non_null(packed);
    assert_non_null(got);
    for (size_t i = 0; i < SIZE; i++)
        plain[i] = (uint8_t)(i * 7 + i / 251);
    size_t size = pack_huff_literals(plain, SIZE, packed);
    assert_true(expand(COMPRESSION_XPRESS_HUFF, packed, size, got, SIZE));
    assert_memory_equal(got, plain, SIZE);
    assert_false(expand(COMPRESSION_XPRESS_HUFF, packed, size - 8, got, SIZE));
    free(plain);
    free(packed);
    free(got);
}

/* The example of MS-XCA 3.2: 300 bytes of "abc", by a match whose length takes more bytes. */
static void expands_a_huffman_match(void **state)
{
    (void)state;
    uint8_t packed[256 + 16] = { 0 };
    char plain[300];
    /* Codes: 'a' 3 bits, 'b' 3, 'c' 2, 256 (end) 2, 287 = distance 2 or 3, long length: 2. */
    packed['a' / 2] = 0x30;
    packed['b' / 2] = 0x23;
    packed[256 / 2] = 0x02;
    packed[287 / 2] = 0x20;
    static const uint8_t tail[] = { 0xa8, 0xdc, 0x00, 0x00, 0xff, 0x26, 0x01 };
    memcpy(packed + 256, tail, sizeof tail);
    assert_true(expand(COMPRESSION_XPRESS_HUFF, packed, 256 + sizeof tail, plain, sizeof plain));
    for (size_t i = 0; i < sizeof plain; i++)
        assert_int_equal(plain[i], "abc"[i % 3]);
}

static void refuses_huffman_codes_that_do_not_fit(void **state)
{
    (void)state;
    uint8_t packed[512];
    char plain[64];
    memset(packed, 0x11, sizeof packed); /* 512 codes of one bit */
    assert_false(expand(COMPRESSION_XPRESS_HUFF, packed, sizeof packed, plain, sizeof plain));
    memset(packed, 0, sizeof packed); /* no code at all */
    assert_false(expand(COMPRESSION_XPRESS_HUFF, packed, sizeof packed, plain, sizeof plain));
}

static void refuses_formats_it_does_not_know(void **state)
{
    (void)state;
    char plain[4];
    assert_false(expand(COMPRESSION_NONE, "abcd", 4, plain, 4));
    assert_false(expand((enum compression)5, "abcd", 4, plain, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expands_what_was_packed),
        cmocka_unit_test(refuses_every_shorter_input),
        cmocka_unit_test(refuses_to_expand_to_more_than_there_is),
        cmocka_unit_test(survives_any_wrong_byte),
        cmocka_unit_test(expands_huffman_literals_over_several_blocks),
        cmocka_unit_test(expands_a_huffman_match),
        cmocka_unit_test(refuses_huffman_codes_that_do_not_fit),
        cmocka_unit_test(refuses_formats_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
