/* When events were lost: spans of time, in order and apart, as many as a picture can show. */
#ifndef DECODER_LOSSES_H
#define DECODER_LOSSES_H

#include <stddef.h>
#include <stdint.h>

enum { LOSS_SPANS = 64 };

/* A time in which events were lost: a hole between two buffers of a CPU, or a damaged buffer. */
struct loss_span {
    uint64_t from_ns, to_ns; /* from <= to */
};

/* Zero-filled is none. */
struct losses {
    size_t count;
    struct loss_span spans[LOSS_SPANS]; /* in time order, apart */
};

/*
 * Adds a span, from <= to. Spans that touch become one; when there is no room for another, the two
 * nearest do, so what is marked as lost only ever grows.
 */
void losses_add(struct losses *losses, uint64_t from_ns, uint64_t to_ns);

#endif
