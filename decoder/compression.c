/* Compressed buffers: what EVENT_TRACE_COMPRESSED_MODE writes. */
#include "decoder/compression.h"

#include <libfwnt.h>

bool decompress(enum compression format, const uint8_t *data, size_t size, uint8_t *to,
                size_t wanted)
{
    size_t length = wanted;
    int status = -1;

    if (wanted == 0)
        return true;
    if (size == 0)
        return false;
    switch (format) {
    case COMPRESSION_LZNT1:
        status = libfwnt_lznt1_decompress(data, size, to, &length, NULL);
        break;
    case COMPRESSION_XPRESS:
        status = libfwnt_lzxpress_decompress(data, size, to, &length, NULL);
        break;
    case COMPRESSION_XPRESS_HUFF:
        status = libfwnt_lzxpress_huffman_decompress(data, size, to, &length, NULL);
        break;
    case COMPRESSION_NONE:
        break;
    }
    return status == 1 && length == wanted;
}
