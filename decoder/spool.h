/* A copy of a trace in a temporary file, for what can be read only once or not in any order. */
#ifndef DECODER_SPOOL_H
#define DECODER_SPOOL_H

#include "decoder/error.h"

#include <stddef.h>
#include <stdint.h>

struct spool {
    int fd; /* of a file that has no name any more: it ends with the program, however that ends */
    uint64_t bytes;     /* in it */
    uint64_t bytes_max; /* it may have */
};

/* The folder for temporary files: TMPDIR, or /tmp. */
const char *spool_folder(void);

/* An empty one. False with ERROR_IO: then `fd` is -1. */
bool spool_open(struct spool *spool, uint64_t bytes_max, struct error *err);
void spool_close(struct spool *spool); /* fine when `fd` is -1 */

/* False with ERROR_LIMIT, which names --max-spool, or ERROR_IO, such as a full disk. */
bool spool_append(struct spool *spool, const void *data, size_t size, struct error *err);

#endif
