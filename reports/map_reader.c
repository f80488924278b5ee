/* Reads the address maps of a saved result. */
#include "reports/map_reader.h"

#include <stdlib.h>
#include <string.h>

enum { NO_DIGIT = 64 };

/* What a letter of base64 (RFC 4648) stands for. */
static unsigned digit_of(char letter)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = letter ? strchr(digits, letter) : NULL;
    return at ? (unsigned)(at - digits) : NO_DIGIT;
}

/* Exactly `size` bytes, padded as base64 is. */
static bool read_base64(const char *text, uint8_t *out, size_t size)
{
    if (strlen(text) != (size + 2) / 3 * 4)
        return false;
    for (size_t i = 0; i < size; text += 4) {
        uint32_t bits = 0;
        size_t bytes = size - i < 3 ? size - i : 3;
        for (size_t k = 0; k < 4; k++) {
            bool is_padding = k > bytes;
            unsigned digit = is_padding ? 0 : digit_of(text[k]);
            if (digit == NO_DIGIT || (is_padding && text[k] != '='))
                return false;
            bits = bits << 6 | digit;
        }
        for (size_t k = 0; k < bytes; k++)
            out[i++] = (uint8_t)(bits >> (16 - 8 * k));
    }
    return true;
}

/* Rows are in order of address and apart, as they were made. */
static bool read_rows(const json_t *addresses, const json_t *bytes, struct address_map_result *out)
{
    uint64_t end = 0; /* last byte of the row before */
    for (size_t i = 0; i < out->row_count; i++) {
        struct address_map_row *row = &out->rows[i];
        if (!json_is_address(json_array_get(addresses, i), &row->address) ||
            !json_is_u64(json_array_get(bytes, i), &row->bytes) || (i > 0 && row->address <= end) ||
            row->bytes == 0 || row->bytes - 1 > UINT64_MAX - row->address)
            return false;
        end = row->address + (row->bytes - 1);
    }
    return true;
}

bool map_read(const json_t *heap, struct address_map_result *out, struct error *err)
{
    const json_t *map = json_at(heap, "address_map"), *addresses, *bytes;
    const char *cells;
    uint64_t columns;
    if (!map || json_is_null(map))
        return true;
    if (!json_get_u64(map, "t0_ns", &out->t0_ns, err) ||
        !json_get_u64(map, "t1_ns", &out->t1_ns, err) ||
        !json_get_u64(map, "columns", &columns, err) ||
        !json_get_list(map, "granules", &addresses, err) ||
        !json_get_list(map, "granule_bytes", &bytes, err) ||
        !json_get_string(map, "cells", &cells, err))
        return false;
    size_t rows = json_array_size(addresses);
    if (columns == 0 || columns > MAP_COLUMNS_MAX || rows == 0 || rows > MAP_ROWS_MAX ||
        json_array_size(bytes) != rows || out->t0_ns > out->t1_ns)
        return json_wrong("address_map", err);
    out->columns = (size_t)columns;
    out->row_count = rows;
    out->rows = calloc(rows, sizeof *out->rows);
    out->cells = malloc(out->columns * rows);
    if (!out->rows || !out->cells)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to read a map");
    return (read_rows(addresses, bytes, out) || json_wrong("address_map.granules", err)) &&
           (read_base64(cells, out->cells, out->columns * rows) ||
            json_wrong("address_map.cells", err));
}
