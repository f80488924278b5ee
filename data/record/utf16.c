/* UTF-16 out of the bytes that Linux has for names. */
#include "data/record/utf16.h"

enum { REPLACEMENT = 0xFFFD };

/* The code point at `text`; `*length` is how many of the `size` bytes it took, 1 or more. */
static uint32_t decode(const unsigned char *text, size_t size, size_t *length)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    unsigned char lead = text[0];
    *length = 1;
    if (lead < 0x80)
        return lead;
    size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || more >= size)
        return REPLACEMENT;
    uint32_t point = lead & (0x3FU >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((text[i] & 0xC0) != 0x80)
            return REPLACEMENT;
        point = point << 6 | (text[i] & 0x3FU);
    }
    if (point < least[more] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
        return REPLACEMENT;
    *length = more + 1;
    return point;
}

size_t utf16_from_utf8(uint16_t *out, size_t limit, const char *text, size_t size)
{
    size_t count = 0;
    for (size_t at = 0, length; at < size; at += length) {
        uint32_t point = decode((const unsigned char *)text + at, size - at, &length);
        if (count + (point > 0xFFFF ? 2 : 1) >= limit)
            break;
        if (point > 0xFFFF) {
            out[count++] = (uint16_t)(0xD7C0 + (point >> 10));
            out[count++] = (uint16_t)(0xDC00 | (point & 0x3FF));
        } else {
            out[count++] = (uint16_t)point;
        }
    }
    out[count++] = 0;
    return count;
}
