/* Text from a trace on its way out. */
#include "reports/escape.h"

#include "reports/utf8.h"

#include <stdbool.h>
#include <string.h>

enum { GLYPH_SIZE = 16 }; /* "\u{10ffff}" and its NUL, with room to spare */

/* One code point as it is shown: itself, or visibly escaped. */
struct glyph {
    char text[GLYPH_SIZE];
    size_t bytes, columns;
};

static struct glyph glyph_of(uint32_t code_point, unsigned char byte)
{
    struct glyph glyph = { .columns = 1 };
    if (code_point == UTF8_INVALID) {
        snprintf(glyph.text, sizeof glyph.text, "\\x%02x", byte);
    } else if (utf8_is_deceptive(code_point)) {
        snprintf(glyph.text, sizeof glyph.text, "\\u{%x}", (unsigned)code_point);
    } else {
        glyph.bytes = (size_t)(utf8_put(glyph.text, code_point) - glyph.text);
        glyph.columns = utf8_columns(code_point);
        return glyph;
    }
    glyph.bytes = glyph.columns = strlen(glyph.text);
    return glyph;
}

/* The glyph at `*text`, which is moved past it. */
static struct glyph next_glyph(const char **text)
{
    uint32_t code_point;
    unsigned char byte = (unsigned char)**text;
    *text = utf8_next(*text, &code_point);
    return glyph_of(code_point, byte);
}

static bool fits(const char *text, size_t bytes_max, size_t columns_max)
{
    size_t bytes = 0, columns = 0;
    while (*text && bytes <= bytes_max && columns <= columns_max) {
        struct glyph glyph = next_glyph(&text);
        bytes += glyph.bytes;
        columns += glyph.columns;
    }
    return bytes <= bytes_max && columns <= columns_max;
}

size_t escape_terminal(char *out, size_t out_size, const char *text, size_t columns_max)
{
    static const char ellipsis[] = "\u2026";
    const size_t ellipsis_bytes = sizeof ellipsis - 1;
    size_t bytes = 0, columns = 0;
    bool is_cut = !fits(text, out_size - 1, columns_max);
    size_t bytes_room = out_size - 1;
    size_t columns_room = columns_max;
    bool has_ellipsis = is_cut && bytes_room >= ellipsis_bytes && columns_room > 0;
    if (has_ellipsis) {
        bytes_room -= ellipsis_bytes;
        columns_room--;
    }
    while (*text) {
        struct glyph glyph = next_glyph(&text);
        if (bytes + glyph.bytes > bytes_room || columns + glyph.columns > columns_room)
            break;
        memcpy(out + bytes, glyph.text, glyph.bytes);
        bytes += glyph.bytes;
        columns += glyph.columns;
    }
    if (has_ellipsis) {
        memcpy(out + bytes, ellipsis, ellipsis_bytes);
        bytes += ellipsis_bytes;
        columns++;
    }
    out[bytes] = '\0';
    return columns;
}

/*
 * Spreadsheets run what starts with one of these, some after blanks or in the full-width forms too
 * (OWASP, "CSV Injection").
 */
static bool is_formula(const char *text)
{
    uint32_t first;
    do
        text = utf8_next(text, &first);
    while (first == ' ' || first == 0xA0 || first == 0x3000);
    static const uint32_t starts[] = { '=',  '+',  '-',    '@',    '|',    '%',   '\t',
                                       '\r', '\n', 0xFF1D, 0xFF0B, 0xFF0D, 0xFF20 };
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (first == starts[i])
            return true;
    return false;
}

void escape_csv(FILE *out, const char *text)
{
    bool formula = is_formula(text);
    bool is_quoted = formula || strpbrk(text, ",;\"");
    if (is_quoted)
        fputs(formula ? "\"'" : "\"", out);
    while (*text) {
        if (*text == '"')
            putc('"', out);
        struct glyph glyph = next_glyph(&text);
        fwrite(glyph.text, 1, glyph.bytes, out);
    }
    if (is_quoted)
        putc('"', out);
}

void escape_html(FILE *out, const char *text)
{
    while (*text) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default: {
            struct glyph glyph = next_glyph(&text);
            fwrite(glyph.text, 1, glyph.bytes, out);
            continue;
        }
        }
        text++;
    }
}
