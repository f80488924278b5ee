/* UTF-16 out of the bytes that Linux has for names: UTF-8, most of the time. */
#ifndef DATA_RECORD_UTF16_H
#define DATA_RECORD_UTF16_H

#include <stddef.h>
#include <stdint.h>

/*
 * Writes what of `size` bytes at `text` fits `limit` units, closing NUL included, and returns how
 * many units that were. `limit` is at least 1. Every byte that is not UTF-8 becomes U+FFFD; a pair
 * is never split. Allocates nothing and knows no locale: it runs inside malloc.
 */
size_t utf16_from_utf8(uint16_t *out, size_t limit, const char *text, size_t size);

#endif
