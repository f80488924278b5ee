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

/*
 * A tournament of at most one entry a stream: the leaves are the streams, each node above has the
 * older of its two, and so the first of all is at the top. One match a level, without a branch:
 * when the CPUs take turns event by event, a binary heap spends its time on guessing wrong.
 *
 * The first entry may stay beside the tournament: two CPUs that take turns, with all others later,
 * do so without a match.
 */
struct merge {
    struct merge_entry front;  /* older than all in the tournament, or of nobody */
    struct merge_entry *nodes; /* owned; the top is 1, the leaves are `width` to 2 * width - 1 */
    size_t width;              /* a power of two, above every stream that has been in it */
    size_t count;              /* with the one in front */
};

bool merge_init(struct merge *merge, size_t stream_count, struct error *err);
void merge_release(struct merge *merge); /* safe on a zero-filled merge */

/* Of equal times the lower stream comes first, so the order never varies. */
static inline bool merge_is_before(struct merge_entry a, struct merge_entry b)
{
    return (a.ticks < b.ticks) | ((a.ticks == b.ticks) & (a.stream < b.stream));
}

/* At most one entry a stream may be in the merge at a time. */
void merge_push(struct merge *merge, struct merge_entry entry);

/* Private: the older of two. */
static inline struct merge_entry merge_older(struct merge_entry a, struct merge_entry b)
{
    bool is_a = merge_is_before(a, b);
    return (struct merge_entry){ is_a ? a.ticks : b.ticks, is_a ? a.stream : b.stream };
}

/* The first entry; later than any other if there is none. */
static inline struct merge_entry merge_first(const struct merge *merge)
{
    return merge_older(merge->front, merge->nodes[1]);
}

/* Takes out the first entry; there must be one. */
struct merge_entry merge_pop(struct merge *merge);

/* Takes out the first of all that are in it and `entry`, which comes in if it is not that. */
struct merge_entry merge_exchange(struct merge *merge, struct merge_entry entry);

#endif
