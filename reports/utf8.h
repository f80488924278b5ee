/* UTF-8 that nobody promised to be valid, one code point at a time. */
#ifndef REPORTS_UTF8_H
#define REPORTS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_INVALID UINT32_MAX
enum { UTF8_REPLACEMENT = 0xFFFD };

/*
 * Reads the code point at `text`, which ends with a NUL, and returns where the next one starts. A
 * byte that starts no valid sequence (overlong forms, surrogates and what passes U+10FFFF included)
 * is stepped over alone and gives UTF8_INVALID.
 */
const char *utf8_next(const char *text, uint32_t *code_point);

/* Writes `code_point`, which is valid, as UTF-8 at `at` (room for 4 bytes); returns the end. */
char *utf8_put(char *at, uint32_t code_point);

/*
 * Whether a code point could make a reader see something else than what is there: controls (so
 * terminal escapes too), marks that turn the direction of text, what has no width, line separators.
 */
bool utf8_is_deceptive(uint32_t code_point);

/* Columns it takes on a terminal: 2 for wide East Asian letters and pictures, else 1. */
size_t utf8_columns(uint32_t code_point);

#endif
