/* Writes one JSON document to a stream, as it goes. */
#include "reports/json_writer.h"

#include "reports/number.h"
#include "reports/utf8.h"

#include <assert.h>
#include <string.h>

enum { SEPARATOR_MAX = 2 + 2 * JSONW_DEPTH_MAX }; /* a comma, a line feed, blanks */

struct json_writer jsonw_over(FILE *out)
{
    return (struct json_writer){ .text = { .out = out } };
}

static bool is_object(enum jsonw_container container)
{
    return container == JSONW_OBJECT || container == JSONW_RECORD;
}

static char *put_line_break(const struct json_writer *json, char *at)
{
    *at++ = '\n';
    for (size_t i = 0; i < json->depth; i++) {
        *at++ = ' ';
        *at++ = ' ';
    }
    return at;
}

/*
 * Writes what stands between the previous member of the container and the next. Returns where that
 * may be written, at most `size` bytes.
 */
static char *begin_member(struct json_writer *json, size_t size)
{
    char *at = text_buffer_room(&json->text, SEPARATOR_MAX + size);
    if (json->is_after_key) {
        json->is_after_key = false;
        return at;
    }
    if (json->depth == 0)
        return at;
    struct json_level *level = &json->levels[json->depth - 1];
    if (level->has_members)
        *at++ = ',';
    if (!level->is_one_line)
        at = put_line_break(json, at);
    else if (level->has_members)
        *at++ = ' ';
    level->has_members = true;
    return at;
}

/* One of ours: it needs no escapes. */
static void put_literal(struct json_writer *json, const char *literal)
{
    size_t length = strlen(literal);
    char *at = begin_member(json, length);
    memcpy(at, literal, length); /* NOLINT(bugprone-not-null-terminated-result): not a string */
    text_buffer_to(&json->text, at + length);
}

void jsonw_begin(struct json_writer *json, enum jsonw_container container)
{
    assert(json->depth < JSONW_DEPTH_MAX);
    char *at = begin_member(json, 1);
    bool is_in_line = json->depth > 0 && json->levels[json->depth - 1].is_one_line;
    json->levels[json->depth++] = (struct json_level){
        .container = container,
        .is_one_line = is_in_line || container == JSONW_RECORD || container == JSONW_ROW,
    };
    *at++ = is_object(container) ? '{' : '[';
    text_buffer_to(&json->text, at);
}

void jsonw_end(struct json_writer *json)
{
    assert(json->depth > 0 && !json->is_after_key);
    const struct json_level *level = &json->levels[--json->depth];
    char *at = text_buffer_room(&json->text, SEPARATOR_MAX + 2);
    if (level->has_members && !level->is_one_line)
        at = put_line_break(json, at);
    *at++ = is_object(level->container) ? '}' : ']';
    if (json->depth == 0)
        *at++ = '\n';
    text_buffer_to(&json->text, at);
    if (json->depth == 0)
        text_buffer_flush(&json->text);
}

void jsonw_key(struct json_writer *json, const char *key)
{
    assert(json->depth > 0 && is_object(json->levels[json->depth - 1].container));
    size_t length = strlen(key);
    char *at = begin_member(json, length + 4);
    *at++ = '"';
    memcpy(at, key, length); /* NOLINT(bugprone-not-null-terminated-result): not a string */
    at += length;
    *at++ = '"';
    *at++ = ':';
    *at++ = ' ';
    text_buffer_to(&json->text, at);
    json->is_after_key = true;
}

void jsonw_u64(struct json_writer *json, uint64_t value)
{
    text_buffer_to(&json->text, put_decimal(begin_member(json, DECIMAL_MAX), value));
}

void jsonw_double(struct json_writer *json, double value)
{
    char text[NUMBER_TEXT_SIZE];
    put_literal(json, double_text(text, value) > 0 ? text : "null");
}

void jsonw_number_text(struct json_writer *json, const char *number)
{
    put_literal(json, number);
}

void jsonw_bool(struct json_writer *json, bool value)
{
    put_literal(json, value ? "true" : "false");
}

void jsonw_null(struct json_writer *json)
{
    put_literal(json, "null");
}

void jsonw_address(struct json_writer *json, uint64_t address)
{
    char *at = begin_member(json, ADDRESS_MAX + 2);
    *at++ = '"';
    at = put_address(at, address);
    *at++ = '"';
    text_buffer_to(&json->text, at);
}

static char *put_escaped_unit(char *at, uint32_t unit)
{
    *at++ = '\\';
    *at++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[unit >> shift & 15];
    return at;
}

/* RFC 8259 section 7: beyond U+FFFF an escape is a pair of surrogates. */
static char *put_escape(char *at, uint32_t code_point)
{
    if (code_point < 0x10000)
        return put_escaped_unit(at, code_point);
    uint32_t rest = code_point - 0x10000;
    at = put_escaped_unit(at, 0xD800 + (rest >> 10));
    return put_escaped_unit(at, 0xDC00 + (rest & 0x3FF));
}

/* At most ESCAPED_MAX bytes. */
enum { ESCAPED_MAX = 12 };
static char *put_code_point(char *at, uint32_t code_point)
{
    if (code_point == UTF8_INVALID)
        code_point = UTF8_REPLACEMENT;
    if (utf8_is_deceptive(code_point))
        return put_escape(at, code_point);
    if (code_point == '"' || code_point == '\\')
        *at++ = '\\';
    return utf8_put(at, code_point);
}

static void begin_string(struct json_writer *json)
{
    char *at = begin_member(json, 1);
    *at++ = '"';
    text_buffer_to(&json->text, at);
}

static void end_string(struct json_writer *json)
{
    char *at = text_buffer_room(&json->text, 1);
    *at++ = '"';
    text_buffer_to(&json->text, at);
}

void jsonw_string(struct json_writer *json, const char *text)
{
    if (!text) {
        jsonw_null(json);
        return;
    }
    begin_string(json);
    while (*text) {
        uint32_t code_point;
        text = utf8_next(text, &code_point);
        char *at = text_buffer_room(&json->text, ESCAPED_MAX);
        text_buffer_to(&json->text, put_code_point(at, code_point));
    }
    end_string(json);
}

void jsonw_base64(struct json_writer *json, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    begin_string(json);
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t three = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0u);
        char *at = text_buffer_room(&json->text, 4);
        *at++ = digits[three >> 18];
        *at++ = digits[three >> 12 & 63];
        *at++ = left > 1 ? digits[three >> 6 & 63] : '=';
        *at++ = left > 2 ? digits[three & 63] : '=';
        text_buffer_to(&json->text, at);
    }
    end_string(json);
}

void jsonw_key_u64(struct json_writer *json, const char *key, uint64_t value)
{
    jsonw_key(json, key);
    jsonw_u64(json, value);
}

void jsonw_key_u64_or_null(struct json_writer *json, const char *key, uint64_t value,
                           uint64_t unknown)
{
    jsonw_key(json, key);
    if (value == unknown)
        jsonw_null(json);
    else
        jsonw_u64(json, value);
}

void jsonw_key_double(struct json_writer *json, const char *key, double value)
{
    jsonw_key(json, key);
    jsonw_double(json, value);
}

void jsonw_key_bool(struct json_writer *json, const char *key, bool value)
{
    jsonw_key(json, key);
    jsonw_bool(json, value);
}

void jsonw_key_null(struct json_writer *json, const char *key)
{
    jsonw_key(json, key);
    jsonw_null(json);
}

void jsonw_key_address(struct json_writer *json, const char *key, uint64_t address)
{
    jsonw_key(json, key);
    jsonw_address(json, address);
}

void jsonw_key_string(struct json_writer *json, const char *key, const char *text)
{
    jsonw_key(json, key);
    jsonw_string(json, text);
}

void jsonw_key_begin(struct json_writer *json, const char *key, enum jsonw_container container)
{
    jsonw_key(json, key);
    jsonw_begin(json, container);
}

void jsonw_key_text_begin(struct json_writer *json, const char *key, enum jsonw_container container)
{
    jsonw_string(json, key);
    char *at = text_buffer_room(&json->text, 2);
    *at++ = ':';
    *at++ = ' ';
    text_buffer_to(&json->text, at);
    json->is_after_key = true;
    jsonw_begin(json, container);
}
