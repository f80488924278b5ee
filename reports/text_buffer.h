/*
 * Text on its way to a stream, collected: a call of stdio a piece costs more than most pieces do,
 * and twice that once the process has had a second thread, for then each call takes a lock.
 *
 *     text_buffer_to(&buffer, put_decimal(text_buffer_room(&buffer, DECIMAL_MAX), 5));
 *
 * Who writes to the stream besides flushes the buffer first. Whether writing worked is for the
 * caller to ask the stream, as always.
 */
#ifndef REPORTS_TEXT_BUFFER_H
#define REPORTS_TEXT_BUFFER_H

#include <assert.h>
#include <stddef.h>
#include <stdio.h>

enum { TEXT_BUFFER_SIZE = 1 << 15 }; /* few system calls, and it stays in the cache */

struct text_buffer {
    FILE *out; /* the caller's */
    size_t used;
    char bytes[TEXT_BUFFER_SIZE];
};

/* Passes all that is collected to the stream. */
void text_buffer_flush(struct text_buffer *buffer);

/* Where the next `size` bytes may be written, at most TEXT_BUFFER_SIZE. */
static inline char *text_buffer_room(struct text_buffer *buffer, size_t size)
{
    assert(size <= sizeof buffer->bytes);
    if (size > sizeof buffer->bytes - buffer->used)
        text_buffer_flush(buffer);
    return buffer->bytes + buffer->used;
}

/* Says how far they were written: `end` is within that room. */
static inline void text_buffer_to(struct text_buffer *buffer, const char *end)
{
    assert(end >= buffer->bytes + buffer->used && end <= buffer->bytes + sizeof buffer->bytes);
    buffer->used = (size_t)(end - buffer->bytes);
}

#endif
