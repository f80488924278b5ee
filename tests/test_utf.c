/* Tests of decoder/utf.h: any bytes become valid UTF-8 that fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder/utf.h"

#include <stdlib.h>
#include <string.h>

struct text_case {
    const char *name;
    const char *bytes;
    size_t size;
    const char *utf8;
};

#define TEXT(bytes) bytes, sizeof bytes - 1

static const struct text_case wide_cases[] = {
    { "nothing", TEXT(""), "" },
    { "ascii to the end", TEXT("a\0b\0"), "ab" },
    { "stops at the NUL", TEXT("a\0\0\0b\0"), "a" },
    { "half a unit at the end", TEXT("a\0b"), "a" },
    { "two bytes", TEXT("\xe9\0"), "\xc3\xa9" },
    { "three bytes", TEXT("\xac\x20"), "\xe2\x82\xac" },
    { "a surrogate pair", TEXT("\x3d\xd8\x00\xde"), "\xf0\x9f\x98\x80" },
    { "the last character", TEXT("\xff\xdb\xff\xdf"), "\xf4\x8f\xbf\xbf" },
    { "a high surrogate at the end", TEXT("a\0\x3d\xd8"), "a\xef\xbf\xbd" },
    { "a high surrogate alone", TEXT("\x3d\xd8z\0"), "\xef\xbf\xbdz" },
    { "a low surrogate alone", TEXT("\x00\xdez\0"), "\xef\xbf\xbdz" },
};

static const struct text_case narrow_cases[] = {
    { "nothing", TEXT(""), "" },
    { "ascii", TEXT("test.exe"), "test.exe" },
    { "stops at the NUL", TEXT("a\0b"), "a" },
    { "bad bytes after the NUL", TEXT("\xc3\xa9\0\xff"), "\xc3\xa9" },
    { "utf-8 of two", TEXT("\xc3\xa9"), "\xc3\xa9" },
    { "utf-8 of three", TEXT("\xe2\x82\xac"), "\xe2\x82\xac" },
    { "utf-8 of four", TEXT("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80" },
    { "latin-1", TEXT("caf\xe9.exe"), "caf\xc3\xa9.exe" },
    { "one bad byte makes all of it latin-1", TEXT("\xc3\xa9\xff"), "\xc3\x83\xc2\xa9\xc3\xbf" },
    { "overlong", TEXT("\xc0\x80"), "\xc3\x80\xc2\x80" },
    { "overlong of three", TEXT("\xe0\x80\xaf"), "\xc3\xa0\xc2\x80\xc2\xaf" },
    { "a surrogate in utf-8", TEXT("\xed\xa0\x80"), "\xc3\xad\xc2\xa0\xc2\x80" },
    { "past the last character", TEXT("\xf4\x90\x80\x80"), "\xc3\xb4\xc2\x90\xc2\x80\xc2\x80" },
    { "cut in a character", TEXT("\xe2\x82"), "\xc3\xa2\xc2\x82" },
};

typedef size_t (*convert_function)(const uint8_t *text, size_t size, char *to, size_t to_size);

/* Input and output at exactly their sizes, the output at every smaller size too. */
static void check(convert_function convert, const struct text_case *c)
{
    uint8_t *input = malloc(c->size > 0 ? c->size : 1);
    assert_non_null(input);
    memcpy(input, c->bytes, c->size);
    size_t whole = strlen(c->utf8);
    print_message("%s\n", c->name);
    for (size_t room = 1; room <= whole + 1; room++) {
        char *output = malloc(room);
        assert_non_null(output);
        size_t length = convert(input, c->size, output, room);
        assert_int_equal(length, strlen(output));
        assert_true(length < room);
        assert_memory_equal(output, c->utf8, length);
        /* Cut at a character: what would come next is not in the middle of one. */
        assert_true(((unsigned char)c->utf8[length] & 0xc0) != 0x80);
        if (room == whole + 1)
            assert_int_equal(length, whole);
        free(output);
    }
    free(input);
}

static void converts_utf16(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wide_cases / sizeof wide_cases[0]; i++)
        check(utf8_from_utf16, &wide_cases[i]);
}

static void converts_8_bit_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof narrow_cases / sizeof narrow_cases[0]; i++)
        check(utf8_from_8bit, &narrow_cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts_utf16),
        cmocka_unit_test(converts_8_bit_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
