/* Where the bytes of a trace come from: a file, or memory. */
#ifndef DECODER_SOURCE_H
#define DECODER_SOURCE_H

#include "decoder/error.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A file is read by pread and never mapped: one that shrinks while we read then gives fewer bytes,
 * where a mapping would give SIGBUS.
 */
struct source {
    const uint8_t *memory; /* not owned; NULL for a file */
    int fd;
    uint64_t size; /* when it was opened */
    bool is_cut;   /* it is known that there should be more behind `size` */
};

bool source_open_file(struct source *source, const char *path, struct error *err);
void source_open_memory(struct source *source, const void *data, size_t size);

/* The same bytes once more, with a life of their own but for memory, which stays not owned. */
bool source_share(struct source *source, const struct source *other, struct error *err);

void source_close(struct source *source);

/*
 * Copies up to `size` bytes from `offset` to `to`; `*got` is fewer only where the source ends.
 * False is ERROR_IO.
 */
bool source_read(const struct source *source, uint64_t offset, void *to, size_t size, size_t *got,
                 struct error *err);

#endif
