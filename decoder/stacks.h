/*
 * The distinct call stacks of a trace's heap events, by id.
 *
 * An event gets its id before the frames may be known: a trace may name a stack by a key whose
 * definition comes much later. So ask for frames only once the trace has been read. Two ids may
 * turn out to have the same frames then, never the other way round: an id is one list of frames of
 * one process, while the same modules lay at its addresses. An id may belong to no event in the end
 * (decoder/stack_matcher.h).
 */
#ifndef DECODER_STACKS_H
#define DECODER_STACKS_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STACK_NONE = 0 };
enum { STACK_ID_BITS = 23, STACK_ID_MASK = (1 << STACK_ID_BITS) - 1 };
/* Distinct stacks, some 200 bytes each; what comes after them has none, and is counted. */
enum { STACKS_MAX = 1 << 20 };
enum { STACK_FRAMES_MAX = 192 }; /* what Windows records at most (MOF Stack192) */
/* Of all stacks: as many as STACKS_MAX ordinary ones take. */
enum { STACKS_FRAME_BYTES_MAX = 256 << 20 };

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

/* The rest is for the decoder, which owns the only struct stacks. */

struct stacks *stacks_new(struct error *err); /* NULL is ERROR_NO_MEMORY */
void stacks_free(struct stacks *stacks);      /* NULL is fine */

/* Whose a stack is, and while which modules lay in the process (images_generation). */
struct stack_owner {
    uint32_t process;
    uint32_t generation;
    uint64_t time_ns;
};

/*
 * The functions below are false on ERROR_NO_MEMORY. An id is STACK_NONE where a limit is reached.
 * Each takes a bounded number of steps: of stacks that a trace has made to collide, some get a
 * second id.
 */

/* `*id` is that of a stack of 1 to STACK_FRAMES_MAX frames. */
bool stacks_intern(struct stacks *stacks, const struct stack_owner *owner, const uint64_t *frames,
                   size_t count, uint32_t *id, struct error *err);

/* `*id` is a new one, whose frames are not known yet. */
bool stacks_promise(struct stacks *stacks, const struct stack_owner *owner, uint32_t *id,
                    struct error *err);

/*
 * Gives a promised id its 1 to STACK_FRAMES_MAX frames, once. `*is_kept` is false when they are
 * past STACKS_FRAME_BYTES_MAX: it stays without then.
 */
bool stacks_define(struct stacks *stacks, uint32_t id, const uint64_t *frames, size_t count,
                   bool *is_kept, struct error *err);

#endif
