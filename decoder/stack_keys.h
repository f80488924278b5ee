/*
 * Stack keys that were used and wait for their definition, which comes later: the first one of that
 * key at or after the use. Windows uses a key again for another stack, and the kernel's and the
 * user's part of a stack may have the same key at the same time.
 */
#ifndef DECODER_STACK_KEYS_H
#define DECODER_STACK_KEYS_H

#include "decoder/error.h"

#include <stddef.h>
#include <stdint.h>

/* Zero-filled is empty. */
struct stack_keys {
    void *root; /* of tsearch: balanced, whatever keys a trace chooses */
    size_t count;
};

struct stack_use {
    uint64_t key;
    bool is_kernel;
    uint32_t process; /* this and the next tell apart who uses one key */
    uint32_t generation;
};

enum { STACK_KEYS_MAX = 1 << 20 }; /* as many as there may be stacks */

void stack_keys_release(struct stack_keys *keys);

/*
 * The value that goes with a use, 0 when it is the first of its kind; good until the next call.
 * NULL: ERROR_NO_MEMORY in `err`, or STACK_KEYS_MAX is reached.
 */
uint64_t *stack_keys_use(struct stack_keys *keys, const struct stack_use *use, struct error *err);

/*
 * Ends one use of a defined key, whoever's, and gives its value. False when there is none left, so
 * call it until then.
 */
bool stack_keys_take(struct stack_keys *keys, uint64_t key, bool is_kernel, uint64_t *value);

#endif
