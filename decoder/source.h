/* Where the bytes of a trace come from: a file, memory, or a window on what comes only once. */
#ifndef DECODER_SOURCE_H
#define DECODER_SOURCE_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct window;

/*
 * A file is read by pread and never mapped: one that shrinks while we read then gives fewer bytes,
 * where a mapping would give SIGBUS.
 */
struct source {
    const uint8_t *memory; /* not owned; NULL for a file */
    int fd;
    struct window *window; /* not owned; NULL for what can be read in any order */
    uint64_t size;         /* when it was opened; not of a window */
    bool is_cut;           /* it is known that there should be more behind `size` */
};

/* Bytes of the source; UINT64_MAX as long as the end of a window has not been reached. */
uint64_t source_size(const struct source *source);

/* Whether it is known that the source ends before the trace does. */
bool source_is_cut(const struct source *source);

/* Makes sure that source_size tells whether the source goes on up to `offset`. False is ERROR_IO.
 */
bool source_reach(const struct source *source, uint64_t offset, struct error *err);

bool source_open_file(struct source *source, const char *path, struct error *err);
void source_open_memory(struct source *source, const void *data, size_t size);

/*
 * The same bytes once more, with a life of their own but for memory and windows, which stay not
 * owned. A window is one, whoever shares it.
 */
bool source_share(struct source *source, const struct source *other, struct error *err);

void source_close(struct source *source);

/*
 * Copies up to `size` bytes from `offset` to `to`; `*got` is fewer only where the source ends.
 * False is ERROR_IO.
 */
bool source_read(const struct source *source, uint64_t offset, void *to, size_t size, size_t *got,
                 struct error *err);

enum { SOURCE_PARTS_MAX = 16 };

struct source_part {
    void *to;
    size_t size;
};

/*
 * Copies bytes of a file from `offset` on into up to SOURCE_PARTS_MAX parts, by one call of the
 * system. Returns how many: fewer for any reason, which source_read tells.
 */
size_t source_read_parts(const struct source *source, uint64_t offset,
                         const struct source_part *parts, size_t count);

#endif
