/* What one successful realloc did to a block's size. */
#ifndef ANALYZER_RESIZE_H
#define ANALYZER_RESIZE_H

#include <stdbool.h>
#include <stdint.h>

struct resize {
    uint64_t from, to;             /* old and new size, as the event says */
    uint64_t from_bytes, to_bytes; /* the same for sums: 0 where unbelievable */
    bool moved;
};

/* An upper bound of what was copied: only a move copies. */
static inline uint64_t resize_copied_bytes(const struct resize *resize)
{
    if (!resize->moved)
        return 0;
    return resize->from_bytes < resize->to_bytes ? resize->from_bytes : resize->to_bytes;
}

static inline uint64_t resize_grown_bytes(const struct resize *resize)
{
    return resize->to_bytes > resize->from_bytes ? resize->to_bytes - resize->from_bytes : 0;
}

#endif
