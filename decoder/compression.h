/* Compressed buffers: what EVENT_TRACE_COMPRESSED_MODE writes. */
#ifndef DECODER_COMPRESSION_H
#define DECODER_COMPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The low 16 bits of State in the first buffer of a compressed file. Source: snail-server
 * etl_file.cpp and ms_xca_compression_format.hpp; the values are those of COMPRESSION_FORMAT_… in
 * ntifs.h. Real traces seen use XPRESS.
 */
enum compression {
    COMPRESSION_NONE = 0,
    COMPRESSION_LZNT1 = 2,
    COMPRESSION_XPRESS = 3,
    COMPRESSION_XPRESS_HUFF = 4,
};

/*
 * The formats are those of Microsoft's [MS-XCA]. They are read by our own code because the library
 * at hand (libfwnt 20181227) reads and writes out of bounds on compressed data that lies.
 *
 * Expands `size` bytes at `data` to exactly `wanted` bytes at `to`. False when that is not what
 * they hold, or when we do not know `format`; what is at `to` then means nothing.
 */
bool compression_expand(enum compression format, const uint8_t *data, size_t size, uint8_t *to,
                        size_t wanted);

#endif
