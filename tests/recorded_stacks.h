/* The call stacks in a recording, read without the decoder. */
#ifndef TESTS_RECORDED_STACKS_H
#define TESTS_RECORDED_STACKS_H

#include "data/record/layout.h"

#include <stddef.h>
#include <stdint.h>

struct told {
    uint16_t hook; /* 0: of a symbol file's identity */
    uint32_t process;
    uint32_t thread;
    uint64_t time;
    union {
        const struct event_header *event;
        const struct alloc_event *alloc;
        const struct realloc_event *realloc;
        const struct stack_event *stack;
        const struct identity_event *identity;
    };
};

/* All events of a file, in its order. */
struct recorded_stacks {
    unsigned char *bytes;
    struct told *events;
    size_t count;
};

/* The test fails if the file cannot be read, or an event does not end where it should. */
struct recorded_stacks recorded_stacks_read(const char *path);
void recorded_stacks_free(struct recorded_stacks *recorded);

size_t recorded_stacks_count(const struct recorded_stacks *recorded, uint16_t hook);
size_t recorded_stacks_depth(const struct stack_event *stack);

/*
 * Each allocation and realloc has a stack right behind it, of its process and thread, and of its
 * time, which no other of them has. There are no other stacks.
 */
void assert_each_call_has_its_stack(const struct recorded_stacks *recorded);

/*
 * Compares with the list that data/record/exercise_stacks.c wrote: the functions of a line are in
 * the stacks of the calls it names, and these lie in modules that are there at the time. Returns
 * the number of lines.
 */
size_t recorded_stacks_compare(const struct recorded_stacks *recorded, const char *list_path);

/* The image that the file says is at `address` of a process just before event `index`, or NULL. */
const struct image_payload *recorded_stacks_image(const struct recorded_stacks *recorded,
                                                  size_t index, uint32_t process, uint64_t address);

#endif
