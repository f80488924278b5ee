/* gnuplot's SVG made fit to stand in a page: small, without ids that clash, without a background.
 */
#include "reports/svg_inline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* As gnuplot 5.4 writes them, those that our charts use: a dot, a circle and a disc (pointtype 6
 * and 7). */
const char svg_point_shapes[] =
    "<svg width=\"0\" height=\"0\" class=\"shapes\" aria-hidden=\"true\"><defs>"
    "<circle id=\"gpDot\" r=\"0.5\" stroke-width=\"0.5\" stroke=\"currentColor\"/>"
    "<circle id=\"gpPt5\" stroke-width=\"0.19\" stroke=\"currentColor\" cx=\"0\" cy=\"0\" r=\"1\"/>"
    "<circle id=\"gpPt6\" stroke=\"none\" fill=\"currentColor\" cx=\"0\" cy=\"0\" r=\"1\"/>"
    "</defs></svg>\n";

/* Never longer than `room`: checked by every append. */
struct text {
    char *start;
    size_t length, room;
};

static void append(struct text *out, const char *bytes, size_t size)
{
    if (size > out->room - out->length)
        size = out->room - out->length;
    memcpy(out->start + out->length, bytes, size);
    out->length += size;
}

/* Asked at each byte for a dozen words: most of them differ in their first letter. */
static inline bool starts_with(const char *at, const char *end, const char *word)
{
    if (at == end || *at != *word)
        return false;
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && memcmp(at, word, length) == 0;
}

/* Where `word` next is from `at` on, or NULL. */
static const char *find(const char *at, const char *end, const char *word)
{
    for (; at < end; at++)
        if (starts_with(at, end, word))
            return at;
    return NULL;
}

/* What says no more than a page's style sheet or SVG's defaults do. */
static size_t idle_attribute(const char *at, const char *end)
{
    static const char *const idle[] = {
        " font-family=\"sans-serif\"", " stroke-linecap=\"butt\"", " stroke-linejoin=\"miter\"",
        " stroke-width=\"1.00\"",      " id=\"gnuplot_canvas\"",
    };
    for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++)
        if (starts_with(at, end, idle[i]))
            return strlen(idle[i]);
    if (!starts_with(at, end, " id=\"gnuplot_plot_"))
        return 0;
    const char *close = memchr(at + 5, '"', (size_t)(end - at - 5));
    return close ? (size_t)(close + 1 - at) : 0;
}

/* An id, or what refers to one, up to where the prefix goes. References to point shapes stay. */
static size_t before_id(const char *at, const char *end)
{
    static const char *const marks[] = { " id='", " id=\"", "url(#", "xlink:href='#" };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t length = strlen(marks[i]);
        if (starts_with(at, end, marks[i]))
            return starts_with(at + length, end, "gpPt") || starts_with(at + length, end, "gpDot")
                       ? 0
                       : length;
    }
    return 0;
}

/* The second decimal of a coordinate: a fiftieth of a pixel. */
static bool is_needless_digit(const char *start, const char *at)
{
    return at - start >= 2 && at[-2] == '.' && at[-1] >= '0' && at[-1] <= '9' && *at >= '0' &&
           *at <= '9';
}

/* A space that parts nothing: beside an equals sign or another space, or inside "rgb(…)". */
static bool is_needless_space(const char *start, const char *at, const char *end, bool in_colour)
{
    if (*at != ' ')
        return false;
    bool before_nothing = at + 1 < end && (at[1] == ' ' || at[1] == '=');
    return in_colour || before_nothing || (at > start && at[-1] == '=');
}

/* Copies one tag, from its < to its >. */
static void append_tag(struct text *out, const char *at, const char *end, const char *prefix)
{
    const char *start = at;
    bool in_colour = false;
    while (at < end) {
        size_t idle = idle_attribute(at, end);
        size_t mark = idle ? 0 : before_id(at, end);
        in_colour = *at == '(' ? at - start > 3 && starts_with(at - 3, end, "rgb")
                               : in_colour && *at != ')';
        if (mark) {
            append(out, at, mark);
            append(out, prefix, strlen(prefix));
        } else if (!idle && !is_needless_digit(start, at) &&
                   !is_needless_space(start, at, end, in_colour)) {
            append(out, *at == '\n' || *at == '\t' ? " " : at, 1);
        }
        at += idle ? idle : mark ? mark : 1;
    }
}

static bool is_blank(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    return at == end;
}

/* Copies tags and text; a group that opens and closes with nothing between is left out. */
static void append_body(struct text *out, const char *at, const char *end, const char *prefix)
{
    size_t group_start = 0; /* of the last tag, if it opened a group */
    bool is_group_open = false;
    while (at < end) {
        const char *tag = memchr(at, '<', (size_t)(end - at));
        const char *text_end = tag ? tag : end;
        if (!is_blank(at, text_end)) {
            append(out, at, (size_t)(text_end - at));
            is_group_open = false;
        }
        const char *close = tag ? memchr(tag, '>', (size_t)(end - tag)) : NULL;
        if (!close)
            return;
        if (is_group_open && starts_with(tag, end, "</g>")) {
            out->length = group_start;
            is_group_open = false;
        } else {
            group_start = out->length;
            is_group_open = starts_with(tag, end, "<g ");
            append_tag(out, tag, close + 1, prefix);
        }
        at = close + 1;
    }
}

/* The prefix makes ids longer: room for it wherever one may stand. */
static size_t room_for(const char *at, const char *end, const char *prefix)
{
    size_t room = (size_t)(end - at);
    for (const char *p = at; p < end; p++)
        if (*p == '#' || starts_with(p, end, " id="))
            room += strlen(prefix);
    return room;
}

char *svg_inline(const char *svg, size_t size, const char *prefix)
{
    const char *end = svg + size;
    const char *defs_end = find(svg, end, "</defs>");
    const char *last = defs_end;
    for (const char *next = defs_end; next; next = find(next + 1, end, "</svg>"))
        last = next;
    if (!defs_end || last == defs_end)
        return NULL;
    const char *body = defs_end + strlen("</defs>");
    struct text out = { .room = room_for(body, last, prefix) + sizeof "<g>" };
    out.start = malloc(out.room + 1);
    if (!out.start)
        return NULL;
    append(&out, "<g>", 3); /* gnuplot's canvas group opened before the definitions */
    append_body(&out, body, last, prefix);
    assert(out.length <= out.room);
    out.start[out.length] = '\0';
    return out.start;
}
