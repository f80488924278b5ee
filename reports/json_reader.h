/*
 * Reads JSON documents with jansson, which does the syntax. Files are hostile: everything taken
 * from one is checked, and what is not as it should be gives an error that names the member.
 */
#ifndef REPORTS_JSON_READER_H
#define REPORTS_JSON_READER_H

#include "decoder/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Parses `size` bytes. Whole numbers above INT64_MAX, which jansson refuses, arrive as strings of
 * their digits. NULL fills `err` with ERROR_NOT_A_TRACE, ERROR_NO_MEMORY, or ERROR_LIMIT for what
 * takes far more memory for its size than a result does.
 */
json_t *json_parse(const char *text, size_t size, struct error *err);

/* The member at `path`, whose parts have dots between them; NULL: there is none. */
const json_t *json_at(const json_t *object, const char *path);

/*
 * The same, as what it must be. False with ERROR_NOT_A_TRACE when it is missing or something else.
 * Strings live as long as the document.
 */
bool json_get_u64(const json_t *object, const char *path, uint64_t *out, struct error *err);
bool json_get_u32(const json_t *object, const char *path, uint32_t *out, struct error *err);
bool json_get_bool(const json_t *object, const char *path, bool *out, struct error *err);
bool json_get_string(const json_t *object, const char *path, const char **out, struct error *err);
bool json_get_list(const json_t *object, const char *path, const json_t **out, struct error *err);

/* A value by itself; false when it is no such number. */
bool json_is_u64(const json_t *value, uint64_t *out);
bool json_is_double(const json_t *value, double *out);
bool json_is_address(const json_t *value, uint64_t *out); /* "0x1f", as number.h writes it */

/* Says that `path` is not what it should be. Returns false. */
bool json_wrong(const char *path, struct error *err);

#endif
