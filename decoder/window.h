/*
 * The bytes of a trace that comes once and in order, as through a pipe: the part of it between the
 * oldest byte that is still wanted and the newest that was read.
 */
#ifndef DECODER_WINDOW_H
#define DECODER_WINDOW_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How far buffers may be out of order of time in the file and still be merged. Windows writes a
 * buffer when it is full or its flush timer has run, so this is more than the buffers of a session
 * that it may hold back. At least two of the largest buffers must fit.
 */
enum { WINDOW_BYTES = 128 << 20, WINDOW_BYTES_MIN = 34 << 20 };

struct archive_reader;
struct window;

/* What a window reads: one of the two. Both are taken over, whatever happens. */
struct window_feed {
    int fd;                        /* a pipe or a device; -1: none */
    struct archive_reader *reader; /* NULL: none */
    bool (*is_stopped)(void);      /* asked while a pipe is waited for; true ends it. NULL: never */
    size_t bytes;                  /* how wide, at least WINDOW_BYTES_MIN; 0: WINDOW_BYTES */
};

/* NULL with ERROR_NO_MEMORY. */
struct window *window_open(const struct window_feed *feed, struct error *err);
void window_close(struct window *window); /* NULL is fine */

/*
 * Copies up to `size` bytes from `offset` to `to`, and reads on as far as that takes; `*got` is
 * fewer only where the trace ends. False is ERROR_IO, or ERROR_INTERNAL for what is gone already or
 * farther ahead than the window is wide.
 */
bool window_read(struct window *window, uint64_t offset, void *to, size_t size, size_t *got,
                 struct error *err);

/* How wide it is. */
uint64_t window_bytes(const struct window *window);

/* Reads on up to `offset`, or to the end. False as for window_read. */
bool window_reach(struct window *window, uint64_t offset, struct error *err);

/* Nothing before `offset` is wanted any more. */
void window_forget(struct window *window, uint64_t offset);

/* The size of the trace; UINT64_MAX as long as its end has not been read. */
uint64_t window_size(const struct window *window);

/* Whether the end was not that of the trace: it was stopped, or the archive is damaged there. */
bool window_is_cut(const struct window *window);

/* Why, if an archive was damaged; else its code is ERROR_NONE. */
const struct error *window_damage(const struct window *window);

#endif
