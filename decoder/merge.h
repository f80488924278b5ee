/* Which CPU's event is next. Knows times and streams, and nothing else. */
#ifndef DECODER_MERGE_H
#define DECODER_MERGE_H

#include "decoder/error.h"

#include <stddef.h>
#include <stdint.h>

struct merge_entry {
    uint64_t ticks;  /* of the stream's next event */
    uint32_t stream; /* in order of CPU */
};

/* A binary heap with at most one entry a stream: the oldest is at the top. */
struct merge {
    struct merge_entry *entries; /* owned; room for one a stream */
    size_t count;
};

bool merge_init(struct merge *merge, size_t stream_count, struct error *err);
void merge_release(struct merge *merge); /* safe on a zero-filled merge */

/* Of equal times the lower stream comes first, so the order never varies. */
static inline bool merge_is_before(struct merge_entry a, struct merge_entry b)
{
    return a.ticks != b.ticks ? a.ticks < b.ticks : a.stream < b.stream;
}

/* At most one entry a stream may be in the merge at a time. */
void merge_push(struct merge *merge, struct merge_entry entry);

/* Takes out the first entry; there must be one. */
struct merge_entry merge_pop(struct merge *merge);

#endif
