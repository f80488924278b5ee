/*
 * Writes one JSON document to a stream, as it goes: nothing of it is kept.
 *
 *     struct json_writer json = json_over(out);
 *     json_begin(&json, JSON_OBJECT);
 *     json_key(&json, "rows");
 *     json_begin(&json, JSON_ROW);
 *     json_u64(&json, 1);
 *     json_end(&json);
 *     json_end(&json);
 *
 * Containers are indented, a member a line, but for rows and records and all within them, which
 * stay on one line. Whether writing worked is for the caller to ask `out`, once, at the end.
 */
#ifndef REPORTS_JSON_WRITER_H
#define REPORTS_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum json_container {
    JSON_OBJECT, /* { … } over several lines */
    JSON_ARRAY,  /* [ … ] over several lines */
    JSON_RECORD, /* { … } on one line */
    JSON_ROW,    /* [ … ] on one line */
};

enum { JSON_DEPTH_MAX = 24 };

struct json_writer {
    FILE *out; /* the caller's */
    size_t depth;
    struct json_level {
        enum json_container container;
        bool has_members;
        bool is_one_line;
    } levels[JSON_DEPTH_MAX];
    bool is_after_key;
};

struct json_writer json_over(FILE *out);

/* Begin and end a container; the document itself is one. At most JSON_DEPTH_MAX deep. */
void json_begin(struct json_writer *json, enum json_container container);
void json_end(struct json_writer *json);

/* In an object or a record, before each value. `key` is one of ours: it needs no escapes. */
void json_key(struct json_writer *json, const char *key);

/* One value. A number that does not exist (NAN, infinite) is null, as is NULL for a string. */
void json_u64(struct json_writer *json, uint64_t value);
void json_double(struct json_writer *json, double value);
void json_bool(struct json_writer *json, bool value);
void json_null(struct json_writer *json);
void json_address(struct json_writer *json, uint64_t address); /* "0x…" */

/*
 * `text` may hold anything: bytes that are not UTF-8 become U+FFFD, and what could deceive a reader
 * or a terminal (utf8_is_deceptive) is written as \u escapes, which mean the same.
 */
void json_string(struct json_writer *json, const char *text);

/* `size` bytes as a string in base64 (RFC 4648, padded). */
void json_base64(struct json_writer *json, const uint8_t *bytes, size_t size);

/* A key and its value. */
void json_key_u64(struct json_writer *json, const char *key, uint64_t value);
void json_key_u64_or_null(struct json_writer *json, const char *key, uint64_t value,
                          uint64_t unknown); /* null if it is `unknown` */
void json_key_double(struct json_writer *json, const char *key, double value);
void json_key_bool(struct json_writer *json, const char *key, bool value);
void json_key_null(struct json_writer *json, const char *key);
void json_key_address(struct json_writer *json, const char *key, uint64_t address);
void json_key_string(struct json_writer *json, const char *key, const char *text);

/* A key and the container it leads to. */
void json_key_begin(struct json_writer *json, const char *key, enum json_container container);
/* The same for a key that may hold anything, as in json_string. */
void json_key_text_begin(struct json_writer *json, const char *key, enum json_container container);

#endif
