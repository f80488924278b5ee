/*
 * Writes one JSON document to a stream, as it goes: but for a buffer nothing of it is kept. The
 * prefix is jsonw, as json is that of jansson, which reads documents.
 *
 *     struct json_writer json = jsonw_over(out);
 *     jsonw_begin(&json, JSONW_OBJECT);
 *     jsonw_key(&json, "rows");
 *     jsonw_begin(&json, JSONW_ROW);
 *     jsonw_u64(&json, 1);
 *     jsonw_end(&json);
 *     jsonw_end(&json);
 *
 * Containers are indented, a member a line, but for rows and records and all within them, which
 * stay on one line. With the document's end all of it is passed to `out`; whether writing worked
 * is for the caller to ask that, once, then.
 */
#ifndef REPORTS_JSON_WRITER_H
#define REPORTS_JSON_WRITER_H

#include "reports/text_buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum jsonw_container {
    JSONW_OBJECT, /* { … } over several lines */
    JSONW_ARRAY,  /* [ … ] over several lines */
    JSONW_RECORD, /* { … } on one line */
    JSONW_ROW,    /* [ … ] on one line */
};

enum { JSONW_DEPTH_MAX = 24 };

struct json_writer {
    size_t depth;
    struct json_level {
        enum jsonw_container container;
        bool has_members;
        bool is_one_line;
    } levels[JSONW_DEPTH_MAX];
    bool is_after_key;
    struct text_buffer text; /* flushed at the document's end */
};

struct json_writer jsonw_over(FILE *out);

/* Begin and end a container; the document itself is one. At most JSONW_DEPTH_MAX deep. */
void jsonw_begin(struct json_writer *json, enum jsonw_container container);
void jsonw_end(struct json_writer *json);

/* In an object or a record, before each value. `key` is one of ours: short, without escapes. */
void jsonw_key(struct json_writer *json, const char *key);

/* One value. A number that does not exist (NAN, infinite) is null, as is NULL for a string. */
void jsonw_u64(struct json_writer *json, uint64_t value);
void jsonw_double(struct json_writer *json, double value);
void jsonw_number_text(struct json_writer *json, const char *number); /* ours: short, as it is */
void jsonw_bool(struct json_writer *json, bool value);
void jsonw_null(struct json_writer *json);
void jsonw_address(struct json_writer *json, uint64_t address); /* "0x…" */

/*
 * `text` may hold anything: bytes that are not UTF-8 become U+FFFD, and what could deceive a reader
 * or a terminal (utf8_is_deceptive) is written as \u escapes, which mean the same.
 */
void jsonw_string(struct json_writer *json, const char *text);

/* `size` bytes as a string in base64 (RFC 4648, padded). */
void jsonw_base64(struct json_writer *json, const uint8_t *bytes, size_t size);

/* A key and its value. */
void jsonw_key_u64(struct json_writer *json, const char *key, uint64_t value);
void jsonw_key_u64_or_null(struct json_writer *json, const char *key, uint64_t value,
                           uint64_t unknown); /* null if it is `unknown` */
void jsonw_key_double(struct json_writer *json, const char *key, double value);
void jsonw_key_bool(struct json_writer *json, const char *key, bool value);
void jsonw_key_null(struct json_writer *json, const char *key);
void jsonw_key_address(struct json_writer *json, const char *key, uint64_t address);
void jsonw_key_string(struct json_writer *json, const char *key, const char *text);

/* A key and the container it leads to. */
void jsonw_key_begin(struct json_writer *json, const char *key, enum jsonw_container container);
/* The same for a key that may hold anything, as in jsonw_string. */
void jsonw_key_text_begin(struct json_writer *json, const char *key,
                          enum jsonw_container container);

#endif
