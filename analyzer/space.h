/* The address space a heap manager said it holds: committed, reserved, free. */
#ifndef ANALYZER_SPACE_H
#define ANALYZER_SPACE_H

#include "decoder/event.h"

#include <stdbool.h>

/* The user's half of an address space: a larger size is cut to it. So sums of heaps do not wrap. */
#define SPACE_BYTES_MAX (UINT64_C(1) << 47)

/*
 * Of one heap, or the sum over the heaps of a process or a trace (its parents). A sum is known
 * while at least one heap in it is known: `…_heaps` counts those.
 */
struct space {
    uint64_t committed_bytes, reserved_bytes, free_bytes, large_uncommitted_bytes;
    uint32_t committed_heaps, reserved_heaps, free_heaps;
    uint64_t version;     /* moves on whenever any of these may have changed */
    bool is_reported;     /* of one heap: by EXTEND, CONTRACT or SNAPSHOT, which end the guessing */
    struct space *parent; /* NULL at the top */
};

/*
 * Takes what a CREATE, EXTEND, CONTRACT, SNAPSHOT, COMMIT, DECOMMIT or range event says of its heap
 * into the heap's space and all its parents; other kinds change nothing. False: a size was larger
 * than any address space and was cut.
 */
bool space_apply(struct space *heap, const struct event *event);

/* The heap is gone: takes all it holds out of its parents, and is unknown itself. */
void space_end(struct space *heap);

#endif
