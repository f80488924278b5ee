/* Fuzzes what turns bytes into other bytes: compressed buffers and names. */
#include "tests/fuzz/target.h"

#include "decoder/bytes.h"
#include "decoder/compression.h"
#include "decoder/utf.h"
#include "reports/utf8.h"

#include <stdlib.h>
#include <string.h>

/*
 * 3 bytes of format and size, then the compressed bytes. What comes out may not depend on what was
 * in memory before: that would be bytes of nobody, or of another buffer.
 */
void fuzz_compression(const uint8_t *data, size_t size)
{
    static const enum compression formats[] = { COMPRESSION_LZNT1, COMPRESSION_XPRESS,
                                                COMPRESSION_XPRESS_HUFF };
    struct bytes b = bytes_over(data, size);
    enum compression format = formats[bytes_u8(&b) % 3];
    size_t wanted = bytes_u16(&b);
    uint8_t *zeros = malloc(wanted + 1);
    uint8_t *ones = malloc(wanted + 1);
    FUZZ_PROMISE(zeros && ones);
    memset(zeros, 0, wanted + 1);
    memset(ones, 0xff, wanted + 1);
    bool is_expanded = compression_expand(format, b.at, b.left, zeros, wanted);
    FUZZ_PROMISE(compression_expand(format, b.at, b.left, ones, wanted) == is_expanded);
    FUZZ_PROMISE(!is_expanded || memcmp(zeros, ones, wanted) == 0);
    FUZZ_PROMISE(zeros[wanted] == 0 && ones[wanted] == 0xff);
    free(zeros);
    free(ones);
}

static void check_utf8(const char *text, size_t length, size_t room)
{
    FUZZ_PROMISE(length < room && strlen(text) == length);
    while (*text) {
        uint32_t code_point;
        text = utf8_next(text, &code_point);
        FUZZ_PROMISE(code_point != UTF8_INVALID);
    }
}

/* A byte of room, then the name, in both of its forms. */
void fuzz_utf(const uint8_t *data, size_t size)
{
    struct bytes b = bytes_over(data, size);
    size_t room = (size_t)bytes_u8(&b) + 1;
    char *text = malloc(room);
    FUZZ_PROMISE(text);
    check_utf8(text, utf8_from_utf16(b.at, b.left, text, room), room);
    check_utf8(text, utf8_from_8bit(b.at, b.left, text, room), room);
    free(text);
}
