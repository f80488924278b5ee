/* UTF-8 that nobody promised to be valid, one code point at a time. */
#include "reports/utf8.h"

struct range {
    uint32_t first, last;
};

/* The ranges rise, so that of most letters, which are ASCII, one or two are looked at. */
static bool is_in(uint32_t code_point, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count && code_point >= ranges[i].first; i++)
        if (code_point <= ranges[i].last)
            return true;
    return false;
}

static const char *read_tail(const char *text, int tail_bytes, uint32_t lowest, uint32_t value,
                             uint32_t *code_point)
{
    for (int i = 0; i < tail_bytes; i++) {
        unsigned char byte = (unsigned char)text[i]; /* the NUL at the end is no tail byte */
        if ((byte & 0xC0) != 0x80)
            return NULL;
        value = value << 6 | (byte & 0x3Fu);
    }
    bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < lowest || value > 0x10FFFF || is_surrogate)
        return NULL;
    *code_point = value;
    return text + tail_bytes;
}

const char *utf8_next(const char *text, uint32_t *code_point)
{
    unsigned char lead = (unsigned char)text[0];
    const char *next = NULL;
    if (lead < 0x80) {
        *code_point = lead;
        return text + 1;
    }
    if ((lead & 0xE0) == 0xC0)
        next = read_tail(text + 1, 1, 0x80, lead & 0x1Fu, code_point);
    else if ((lead & 0xF0) == 0xE0)
        next = read_tail(text + 1, 2, 0x800, lead & 0x0Fu, code_point);
    else if ((lead & 0xF8) == 0xF0)
        next = read_tail(text + 1, 3, 0x10000, lead & 0x07u, code_point);
    if (next)
        return next;
    *code_point = UTF8_INVALID;
    return text + 1;
}

char *utf8_put(char *at, uint32_t code_point)
{
    if (code_point < 0x80) {
        *at++ = (char)code_point;
    } else if (code_point < 0x800) {
        *at++ = (char)(0xC0 | code_point >> 6);
        *at++ = (char)(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        *at++ = (char)(0xE0 | code_point >> 12);
        *at++ = (char)(0x80 | (code_point >> 6 & 0x3F));
        *at++ = (char)(0x80 | (code_point & 0x3F));
    } else {
        *at++ = (char)(0xF0 | code_point >> 18);
        *at++ = (char)(0x80 | (code_point >> 12 & 0x3F));
        *at++ = (char)(0x80 | (code_point >> 6 & 0x3F));
        *at++ = (char)(0x80 | (code_point & 0x3F));
    }
    return at;
}

bool utf8_is_deceptive(uint32_t code_point)
{
    /* Source: Unicode general categories Cc, Cf, Zl and Zp, and variation selectors. */
    static const struct range deceptive[] = {
        { 0x00, 0x1F },       { 0x7F, 0x9F },     { 0xAD, 0xAD },       { 0x34F, 0x34F },
        { 0x600, 0x605 },     { 0x61C, 0x61C },   { 0x6DD, 0x6DD },     { 0x70F, 0x70F },
        { 0x115F, 0x1160 },   { 0x180B, 0x180F }, { 0x200B, 0x200F },   { 0x2028, 0x202E },
        { 0x2060, 0x206F },   { 0x3164, 0x3164 }, { 0xFE00, 0xFE0F },   { 0xFEFF, 0xFEFF },
        { 0xFFA0, 0xFFA0 },   { 0xFFF0, 0xFFFB }, { 0x1BCA0, 0x1BCA3 }, { 0x1D173, 0x1D17A },
        { 0xE0000, 0xE0FFF },
    };
    return is_in(code_point, deceptive, sizeof deceptive / sizeof deceptive[0]);
}

size_t utf8_columns(uint32_t code_point)
{
    /* Source: Unicode EastAsianWidth W and F, taken in whole blocks. */
    static const struct range wide[] = {
        { 0x1100, 0x115F }, { 0x231A, 0x231B },   { 0x2329, 0x232A },   { 0x23E9, 0x23F3 },
        { 0x25FD, 0x25FE }, { 0x2614, 0x2615 },   { 0x2648, 0x27BF },   { 0x2B1B, 0x2B55 },
        { 0x2E80, 0x303E }, { 0x3041, 0xA4CF },   { 0xA960, 0xA97C },   { 0xAC00, 0xD7A3 },
        { 0xF900, 0xFAFF }, { 0xFE10, 0xFE19 },   { 0xFE30, 0xFE6F },   { 0xFF01, 0xFF60 },
        { 0xFFE0, 0xFFE6 }, { 0x16FE0, 0x1B2FB }, { 0x1F000, 0x1FAFF }, { 0x20000, 0x3FFFD },
    };
    return is_in(code_point, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}
