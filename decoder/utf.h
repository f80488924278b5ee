/* Names in a trace to UTF-8. */
#ifndef DECODER_UTF_H
#define DECODER_UTF_H

#include <stddef.h>
#include <stdint.h>

/*
 * Both stop at a NUL or at the end of the input, cut at a whole character so that the text and its
 * NUL fit `to_size` (at least 1), and give the bytes written without the NUL. The text is valid
 * UTF-8 and else as hostile as it was.
 */

/* UTF-16, little-endian, of `size` bytes. A surrogate without its other half becomes U+FFFD. */
size_t utf8_from_utf16(const uint8_t *text, size_t size, char *to, size_t to_size);

/* 8-bit text of a code page the trace does not name: UTF-8 if it is that, else as Latin-1. */
size_t utf8_from_8bit(const uint8_t *text, size_t size, char *to, size_t to_size);

#endif
