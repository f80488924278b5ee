/* What must hold for anything that a report wrote, whatever the trace called itself. */
#include "tests/fuzz/output_checks.h"

#include "reports/utf8.h"
#include "tests/fuzz/target.h"

#include <ctype.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* No terminal escape, no mark that turns text around, nothing that is not UTF-8. */
static void check_letters(const char *text, size_t size)
{
    FUZZ_PROMISE(strlen(text) == size);
    while (*text) {
        uint32_t code_point;
        if ((*text >= ' ' && *text <= '~') || *text == '\n') {
            text++;
            continue;
        }
        text = utf8_next(text, &code_point);
        FUZZ_PROMISE(code_point != UTF8_INVALID);
        FUZZ_PROMISE(!utf8_is_deceptive(code_point));
    }
}

/* What a spreadsheet makes of a field: a minus may start a number and nothing else. */
static bool is_formula(const char *field)
{
    if (*field == '-')
        return !isdigit((unsigned char)field[1]);
    return *field != '\0' && strchr("=+@|%\t\r", *field);
}

/* RFC 4180: steps over a field, to what ends it. */
static const char *check_field(const char *at)
{
    bool is_quoted = *at == '"';
    at += is_quoted;
    FUZZ_PROMISE(!is_formula(at));
    while (is_quoted) {
        at = strchr(at, '"');
        FUZZ_PROMISE(at);
        is_quoted = at[1] == '"';
        at += is_quoted ? 2 : 1;
    }
    at += strcspn(at, ",\n");
    return at;
}

static void check_csv(const char *text)
{
    size_t columns = 0;
    for (size_t row = 0; *text; row++) {
        size_t fields = 1;
        for (text = check_field(text); *text == ','; fields++)
            text = check_field(text + 1);
        if (row == 0)
            columns = fields;
        FUZZ_PROMISE(fields == columns);
        FUZZ_PROMISE(*text == '\n');
        text++;
    }
}

/* As report_html.c and what it calls write them; without gnuplot a page has no charts. */
static bool is_our_tag(const char *name, size_t length)
{
    static const char *const ours[] = {
        "!DOCTYPE", "a",        "body",    "button", "caption", "circle", "code",       "dd",
        "desc",     "defs",     "details", "div",    "dl",      "dt",     "figcaption", "figure",
        "g",        "h1",       "h2",      "h3",     "h4",      "head",   "header",     "html",
        "input",    "label",    "li",      "line",   "main",    "meta",   "nav",        "ol",
        "p",        "polyline", "rect",    "script", "section", "span",   "strong",     "style",
        "summary",  "svg",      "table",   "tbody",  "td",      "text",   "th",         "thead",
        "title",    "tr",       "ul",
    };
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strlen(ours[i]) == length && memcmp(ours[i], name, length) == 0)
            return true;
    return false;
}

/* From behind the name of a tag to behind its '>'. */
static const char *check_attributes(const char *at)
{
    while (*at && *at != '>') {
        at += strspn(at, " \n/");
        size_t length = strcspn(at, "= \n/>\"'");
        FUZZ_PROMISE(length < 2 || strncasecmp(at, "on", 2) != 0);
        at += length;
        if (*at == '=') {
            FUZZ_PROMISE(at[1] == '"');
            FUZZ_PROMISE(strncasecmp(at + 2, "javascript:", 11) != 0);
            at = strchr(at + 2, '"');
            FUZZ_PROMISE(at);
            at++;
        } else {
            FUZZ_PROMISE(*at != '"' && *at != '\'');
        }
    }
    FUZZ_PROMISE(*at == '>');
    return at + 1;
}

static void check_html(const char *text)
{
    size_t scripts = 0;
    for (const char *at = strchr(text, '<'); at; at = strchr(at, '<')) {
        at++;
        bool is_end = *at == '/';
        at += is_end;
        if (strncmp(at, "!--", 3) == 0) {
            at = strstr(at, "-->");
            FUZZ_PROMISE(at);
            continue;
        }
        size_t length = strcspn(at, " \n/>");
        FUZZ_PROMISE(is_our_tag(at, length));
        bool is_script = length == 6 && memcmp(at, "script", length) == 0;
        bool is_raw = is_script || (length == 5 && memcmp(at, "style", length) == 0);
        scripts += is_script && !is_end;
        at = check_attributes(at + length);
        if (is_raw && !is_end) {
            at = strstr(at, is_script ? "</script>" : "</style>");
            FUZZ_PROMISE(at);
        }
    }
    FUZZ_PROMISE(scripts == 1);
}

static void check_json(const char *text)
{
    json_error_t why;
    /* As reals, because jansson's integers have 63 bits and ours 64. */
    json_t *read = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &why);
    if (!read)
        fprintf(stderr, "result.json, line %d: %s\n", why.line, why.text);
    FUZZ_PROMISE(read);
    json_decref(read);
}

void check_output(const char *format, const char *text, size_t size)
{
    check_letters(text, size);
    if (strcmp(format, "csv") == 0)
        check_csv(text);
    else if (strcmp(format, "html") == 0)
        check_html(text);
    else if (strcmp(format, "json") == 0)
        check_json(text);
}
