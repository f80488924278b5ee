/* How many events there were of each provider, header kind and opcode: for `heapfrag info`. */
#ifndef DECODER_CENSUS_H
#define DECODER_CENSUS_H

#include <stddef.h>
#include <stdint.h>

struct census;

enum { PROVIDER_NAME_SIZE = 40 };

struct census_row {
    char provider[PROVIDER_NAME_SIZE]; /* kernel group name ("Heap"), or GUID in lower case */
    uint8_t opcode;                    /* hook type, class type, or opcode of the descriptor */
    uint8_t header;                    /* enum header_kind */
    uint64_t count;
};

/*
 * The rows in order of provider, opcode, header. Returns how many; `*rows` is the census's own, good
 * until the next call. 0 with `*rows` NULL when there is no memory to sort them.
 */
size_t census_rows(struct census *census, const struct census_row **rows);

#endif
