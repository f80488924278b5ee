/*
 * Buffers that were read along with one that lies beside them in the file: in most traces they are
 * the next to be wanted, and one call of the system costs as much as to decode some hundred events.
 */
#ifndef DECODER_SHELF_H
#define DECODER_SHELF_H

#include "decoder/error.h"
#include "decoder/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A group is what is read by one call: so many bytes, or so many buffers if they are small. CPUs
 * take turns in no strict order, so what two groups bring has a place until it is wanted.
 */
enum {
    SHELF_GROUP_BYTES = 1 << 18,
    SHELF_GROUP_MAX = SOURCE_PARTS_MAX,
    SHELF_PLACES = 2 * SHELF_GROUP_MAX
};

struct shelf_place {
    uint64_t offset; /* of the bytes, in the file */
    size_t bytes;    /* 0: it is empty */
    uint8_t *memory; /* owned, of buffer_bytes; NULL: none yet */
};

/* Zero-filled but for the first two is empty. */
struct shelf {
    const struct source *source; /* a file */
    size_t buffer_bytes;
    uint64_t next;   /* offset of what follows the last group */
    unsigned misses; /* reads elsewhere since then */
    unsigned debt;   /* for what was read along and has not been wanted, see shelf.c */
    struct shelf_place places[SHELF_PLACES];
};

/*
 * The buffer at `offset`, `size` bytes of at most buffer_bytes, in place of what `*memory` holds,
 * which is of buffer_bytes and may be another one afterwards. `*got` is fewer only where the file
 * ends. False is ERROR_IO.
 */
bool shelf_read(struct shelf *shelf, uint64_t offset, uint8_t **memory, size_t size, size_t *got,
                struct error *err);

void shelf_release(struct shelf *shelf);

#endif
