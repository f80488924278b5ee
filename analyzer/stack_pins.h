/*
 * Which block pins which pages: a walk over the blocks of a heap in order of address gives, for
 * each pinned page, the one block that overlaps it. Constant memory, however blocks overlap.
 */
#ifndef ANALYZER_STACK_PINS_H
#define ANALYZER_STACK_PINS_H

#include <stdbool.h>
#include <stdint.h>

/* What one block pins, of what the walk has passed. */
struct stack_pins {
    uint32_t stack;
    uint64_t pages, waste_bytes;
};

/* Zero-filled: at the beginning. */
struct pin_walk {
    uint64_t page;          /* the first that is not judged yet */
    uint64_t address, last; /* first and last byte of the block that reaches furthest */
    uint32_t stack;         /* of that block */
    uint64_t end;           /* the page after its last one; 0: there is no block yet */
    uint64_t others_end;    /* the same of all other blocks */
};

/*
 * Takes in the next block. True: `out` is what a block before it pins. A block that would pass the
 * end of the address space ends there; an empty one lies in no page.
 */
bool pin_walk_block(struct pin_walk *walk, uint64_t address, uint64_t size, uint32_t stack,
                    struct stack_pins *out);

/* All blocks have been taken in: the same for the rest. */
bool pin_walk_finish(struct pin_walk *walk, struct stack_pins *out);

#endif
