/* Names in a trace to UTF-8. */
#include "decoder/utf.h"

#include "decoder/bytes.h"

#include <string.h>

enum { REPLACEMENT = 0xfffd };

struct text_out {
    char *to;
    size_t size; /* room, one byte of it for the NUL */
    size_t length;
};

/* A character from U+0080 on. False when there is no room for the whole of it. */
static bool put_long(struct text_out *out, uint32_t c)
{
    uint8_t bytes[4];
    size_t count = 0;
    if (c < 0x800) {
        bytes[count++] = (uint8_t)(0xc0 | c >> 6);
        bytes[count++] = (uint8_t)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        bytes[count++] = (uint8_t)(0xe0 | c >> 12);
        bytes[count++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        bytes[count++] = (uint8_t)(0x80 | (c & 0x3f));
    } else {
        bytes[count++] = (uint8_t)(0xf0 | c >> 18);
        bytes[count++] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        bytes[count++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        bytes[count++] = (uint8_t)(0x80 | (c & 0x3f));
    }
    if (count >= out->size - out->length)
        return false;
    memcpy(out->to + out->length, bytes, count);
    out->length += count;
    return true;
}

/* Any character; nearly all are ASCII. */
static inline bool put(struct text_out *out, uint32_t c)
{
    if (c >= 0x80)
        return put_long(out, c);
    if (out->size - out->length <= 1)
        return false;
    out->to[out->length++] = (char)c;
    return true;
}

static bool is_high_surrogate(uint32_t c)
{
    return c >= 0xd800 && c < 0xdc00;
}

static bool is_low_surrogate(uint32_t c)
{
    return c >= 0xdc00 && c < 0xe000;
}

/* Puts the ASCII that `text` begins with, as far as there is room. Returns how many characters. */
static size_t put_ascii(const uint8_t *text, size_t size, char *to, size_t to_size)
{
    size_t count = size / 2 < to_size - 1 ? size / 2 : to_size - 1;
    for (size_t i = 0; i < count; i++) {
        uint32_t c = load_u16(text + 2 * i);
        if (c - 1 >= 0x7f)
            return i;
        to[i] = (char)c;
    }
    return count;
}

size_t utf8_from_utf16(const uint8_t *text, size_t size, char *to, size_t to_size)
{
    struct text_out out = { to, to_size, put_ascii(text, size, to, to_size) };
    for (size_t i = 2 * out.length; i + 2 <= size; i += 2) {
        uint32_t c = load_u16(text + i);
        if (c == 0)
            break;
        if (is_high_surrogate(c) && i + 4 <= size && is_low_surrogate(load_u16(text + i + 2))) {
            i += 2;
            c = 0x10000 + ((c - 0xd800) << 10) + (load_u16(text + i) - 0xdc00u);
        } else if (is_high_surrogate(c) || is_low_surrogate(c)) {
            c = REPLACEMENT;
        }
        if (!put(&out, c))
            break;
    }
    to[out.length] = '\0';
    return out.length;
}

/* The bytes of the UTF-8 character at `text`, and `*c` which it is; 0 when there is none. */
static size_t read_utf8(const uint8_t *text, size_t left, uint32_t *c)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint8_t lead = text[0];
    size_t count = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || count > left)
        return 0;
    *c = count == 1 ? lead : lead & (0xffu >> (count + 1));
    for (size_t i = 1; i < count; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (text[i] & 0x3f);
    }
    bool is_valid = *c >= smallest[count] && *c <= 0x10ffff && !(*c >= 0xd800 && *c < 0xe000);
    return is_valid ? count : 0;
}

static bool is_utf8(const uint8_t *text, size_t size)
{
    uint32_t c;
    for (size_t i = 0; i < size;) {
        size_t count = read_utf8(text + i, size - i, &c);
        if (count == 0)
            return false;
        i += count;
    }
    return true;
}

size_t utf8_from_8bit(const uint8_t *text, size_t size, char *to, size_t to_size)
{
    struct text_out out = { to, to_size, 0 };
    const uint8_t *nul = size > 0 ? memchr(text, 0, size) : NULL;
    size_t length = nul ? (size_t)(nul - text) : size;
    bool keep = is_utf8(text, length);
    for (size_t i = 0; i < length;) {
        uint32_t c = text[i];
        i += keep ? read_utf8(text + i, length - i, &c) : 1;
        if (!put(&out, c))
            break;
    }
    to[out.length] = '\0';
    return out.length;
}
