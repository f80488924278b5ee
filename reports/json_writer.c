/* Writes one JSON document to a stream, as it goes. */
#include "reports/json_writer.h"

#include "reports/number.h"
#include "reports/utf8.h"

#include <assert.h>

struct json_writer jsonw_over(FILE *out)
{
    return (struct json_writer){ .out = out };
}

static bool is_object(enum jsonw_container container)
{
    return container == JSONW_OBJECT || container == JSONW_RECORD;
}

static void put_line_break(struct json_writer *json)
{
    putc('\n', json->out);
    for (size_t i = 0; i < json->depth; i++)
        fputs("  ", json->out);
}

/* What stands between the previous member of the container and the next. */
static void put_separator(struct json_writer *json)
{
    if (json->is_after_key) {
        json->is_after_key = false;
        return;
    }
    if (json->depth == 0)
        return;
    struct json_level *level = &json->levels[json->depth - 1];
    if (level->has_members)
        putc(',', json->out);
    if (!level->is_one_line)
        put_line_break(json);
    else if (level->has_members)
        putc(' ', json->out);
    level->has_members = true;
}

void jsonw_begin(struct json_writer *json, enum jsonw_container container)
{
    assert(json->depth < JSONW_DEPTH_MAX);
    put_separator(json);
    bool is_in_line = json->depth > 0 && json->levels[json->depth - 1].is_one_line;
    json->levels[json->depth++] = (struct json_level){
        .container = container,
        .is_one_line = is_in_line || container == JSONW_RECORD || container == JSONW_ROW,
    };
    putc(is_object(container) ? '{' : '[', json->out);
}

void jsonw_end(struct json_writer *json)
{
    assert(json->depth > 0 && !json->is_after_key);
    const struct json_level *level = &json->levels[--json->depth];
    if (level->has_members && !level->is_one_line)
        put_line_break(json);
    putc(is_object(level->container) ? '}' : ']', json->out);
    if (json->depth == 0)
        putc('\n', json->out);
}

void jsonw_key(struct json_writer *json, const char *key)
{
    assert(json->depth > 0 && is_object(json->levels[json->depth - 1].container));
    put_separator(json);
    fprintf(json->out, "\"%s\": ", key);
    json->is_after_key = true;
}

void jsonw_u64(struct json_writer *json, uint64_t value)
{
    char text[DECIMAL_MAX];
    put_separator(json);
    fwrite(text, 1, (size_t)(put_decimal(text, value) - text), json->out);
}

void jsonw_double(struct json_writer *json, double value)
{
    char text[NUMBER_TEXT_SIZE];
    put_separator(json);
    fputs(double_text(text, value) > 0 ? text : "null", json->out);
}

void jsonw_number_text(struct json_writer *json, const char *number)
{
    put_separator(json);
    fputs(number, json->out);
}

void jsonw_bool(struct json_writer *json, bool value)
{
    put_separator(json);
    fputs(value ? "true" : "false", json->out);
}

void jsonw_null(struct json_writer *json)
{
    put_separator(json);
    fputs("null", json->out);
}

void jsonw_address(struct json_writer *json, uint64_t address)
{
    char text[ADDRESS_MAX + 2];
    put_separator(json);
    text[0] = '"';
    char *end = put_address(text + 1, address);
    *end++ = '"';
    fwrite(text, 1, (size_t)(end - text), json->out);
}

/* RFC 8259 section 7: beyond U+FFFF an escape is a pair of surrogates. */
static void put_escape(FILE *out, uint32_t code_point)
{
    if (code_point < 0x10000) {
        fprintf(out, "\\u%04x", (unsigned)code_point);
        return;
    }
    uint32_t rest = code_point - 0x10000;
    fprintf(out, "\\u%04x\\u%04x", 0xD800u + (unsigned)(rest >> 10),
            0xDC00u + (unsigned)(rest & 0x3FF));
}

void jsonw_string(struct json_writer *json, const char *text)
{
    if (!text) {
        jsonw_null(json);
        return;
    }
    put_separator(json);
    putc('"', json->out);
    while (*text) {
        uint32_t code_point;
        char bytes[4];
        text = utf8_next(text, &code_point);
        if (code_point == UTF8_INVALID)
            code_point = UTF8_REPLACEMENT;
        if (code_point == '"' || code_point == '\\')
            putc('\\', json->out);
        if (utf8_is_deceptive(code_point))
            put_escape(json->out, code_point);
        else
            fwrite(bytes, 1, (size_t)(utf8_put(bytes, code_point) - bytes), json->out);
    }
    putc('"', json->out);
}

void jsonw_base64(struct json_writer *json, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    put_separator(json);
    putc('"', json->out);
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t three = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0u);
        char four[4] = {
            digits[three >> 18],
            digits[three >> 12 & 63],
            left > 1 ? digits[three >> 6 & 63] : '=',
            left > 2 ? digits[three & 63] : '=',
        };
        fwrite(four, 1, sizeof four, json->out);
    }
    putc('"', json->out);
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
    fputs(": ", json->out);
    json->is_after_key = true;
    jsonw_begin(json, container);
}
