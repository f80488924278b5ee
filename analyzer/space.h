/* The address space a heap manager said it holds: committed, reserved, free. */
#ifndef ANALYZER_SPACE_H
#define ANALYZER_SPACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Of one heap, or the sum over the heaps of a process or a trace (its parents). A sum is known
 * while at least one heap in it is known: `…_heaps` counts those.
 */
struct space {
    uint64_t committed_bytes, reserved_bytes, free_bytes, large_uncommitted_bytes;
    uint32_t committed_heaps, reserved_heaps, free_heaps;
    bool is_reported; /* of one heap: by EXTEND, CONTRACT or SNAPSHOT, which end the guessing */
    struct space *parent; /* NULL at the top */
};

#endif
