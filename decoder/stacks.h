/*
 * The distinct call stacks of a trace's heap events, by id.
 *
 * An event gets its id before the frames may be known: a trace may name a stack by a key whose
 * definition comes much later. So ask for frames only once the trace has been read. Two ids may
 * turn out to have the same frames then, never the other way round: an id is one list of frames of
 * one process, while the same modules lay at its addresses.
 */
#ifndef DECODER_STACKS_H
#define DECODER_STACKS_H

#include <stddef.h>
#include <stdint.h>

enum { STACK_NONE = 0 };
enum { STACK_ID_BITS = 23, STACK_ID_MASK = (1 << STACK_ID_BITS) - 1 };
/* Distinct stacks, some 200 bytes each; what comes after them has none, and is counted. */
enum { STACKS_MAX = 1 << 20 };
enum { STACK_FRAMES_MAX = 192 }; /* what Windows records at most (MOF Stack192) */

/* Grows while the trace is read; ids run from 1 to `count`. */
struct stacks;

/* A stack. Addresses stand innermost first; return addresses, but for the first. */
struct stack {
    const uint64_t *frames; /* NULL: its definition never came */
    size_t frame_count;
    uint32_t process;  /* index in struct processes */
    uint64_t first_ns; /* when it was first seen: to look its modules up by (struct images) */
};

size_t stacks_count(const struct stacks *stacks);
struct stack stacks_at(const struct stacks *stacks, uint32_t id); /* 1 to stacks_count */

#endif
