/* Small encoders for the three formats of compressed buffers: greedy, honest, not the tightest. */
#ifndef TESTS_ETL_COMPRESS_H
#define TESTS_ETL_COMPRESS_H

#include "tests/etl_builder.h"

/*
 * Compresses `size` bytes at `data`; `*out_size` gets the size of the result, which the caller
 * frees. Sources: Microsoft MS-XCA 2.1 (XPRESS Huffman), 2.3 (plain LZ77), 2.5 (LZNT1).
 */
uint8_t *etl_compress(enum etl_compression format, const uint8_t *data, size_t size,
                      size_t *out_size);

#endif
