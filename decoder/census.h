/* How many events there were of each provider, header kind and opcode: for `heapfrag info`. */
#ifndef DECODER_CENSUS_H
#define DECODER_CENSUS_H

#include "decoder/error.h"

#include <stddef.h>
#include <stdint.h>

struct census;
struct event_header;

enum { PROVIDER_NAME_SIZE = 40, CENSUS_ROWS_MAX = 4096 };

struct census_row {
    char provider[PROVIDER_NAME_SIZE]; /* kernel group name ("Heap"), or GUID in lower case */
    uint8_t opcode;                    /* hook type, class type, or opcode of the descriptor */
    uint8_t header;                    /* enum header_kind */
    uint64_t count;
};

/*
 * The rows in order of provider (by byte), opcode, header. Returns how many; `*rows` is the
 * census's own, good until the next event. The provider of a MESSAGE is "Message", of an ERROR
 * "Error", both with opcode 0. When there are CENSUS_ROWS_MAX rows, events without a row of their
 * own go to one row a header kind: provider "other", opcode 0.
 */
size_t census_rows(const struct census *census, const struct census_row **rows);

/* The rest is for the decoder. */

/* NULL is ERROR_NO_MEMORY. */
struct census *census_new(struct error *err);
void census_free(struct census *census); /* NULL is fine */

void census_count(struct census *census, const struct event_header *event);

#endif
