/* The stream of one recorded process: a buffer of the file that is filled in place. */
#ifndef DATA_RECORD_STREAM_H
#define DATA_RECORD_STREAM_H

#include "data/record/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The buffer is mapped from the file, so what is in it outlives a kill. When it is full, it is
 * written to the end of the file and filled again: that costs a fifteenth of mapping the file piece
 * by piece, for a page fault on a file is dear and a write of 64 KiB is not.
 *
 * Not a function of these keeps errno, unless it says so; none may run without the recorder's lock.
 */
struct stream {
    struct buffer_header *buffer;
    uint32_t filled;  /* the buffer's own, kept here to be read without a thought */
    uint32_t claimed; /* a buffer of the file that is ours and not yet written; 0: none */
    uint32_t patience;
    uint32_t part; /* the number of this stream in the file */
};

/*
 * Takes part in the recording that the environment names; a forked child in its parent's. `stream`
 * is zero-filled. False: there is none, or it cannot be written to.
 */
bool stream_open(struct stream *stream);

/* Makes room by writing the full buffer at `time_ns` to the file, and keeps errno. */
bool stream_flush(struct stream *stream, uint64_t time_ns);

void stream_count_lost(void);

/* How many frames the recording wants of each stack; 0: none. Once a stream has been opened. */
uint32_t stream_stack_limit(void);

/* `bytes` at the end of the buffer, 8-aligned, or NULL: then one event is counted as lost. */
static inline void *stream_reserve(struct stream *stream, uint32_t bytes, uint64_t time_ns)
{
    if (stream->filled + bytes > BUFFER_BYTES && !stream_flush(stream, time_ns)) {
        stream_count_lost();
        return NULL;
    }
    return (char *)stream->buffer + stream->filled;
}

/* Makes `bytes` of what was reserved, a multiple of 8, part of the file. */
static inline void stream_commit(struct stream *stream, uint32_t bytes)
{
    stream->filled += bytes;
    atomic_store_explicit(&stream->buffer->filled, stream->filled, memory_order_release);
}

#endif
