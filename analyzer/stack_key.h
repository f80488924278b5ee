/* What a call stack is known by in another build: its image and, frame by frame, names. */
#ifndef ANALYZER_STACK_KEY_H
#define ANALYZER_STACK_KEY_H

#include "analyzer/result.h"
#include "analyzer/stack_names.h"

/* Owned, as one piece of memory. */
struct stack_key {
    uint32_t image; /* 0: unknown */
    uint32_t frame_count;
    struct stack_key_frame {
        uint32_t module;   /* file name, folded; 0: unknown */
        uint32_t function; /* 0: unknown */
    } frames[];            /* innermost first */
};

/* The bytes that make two keys equal or not. */
size_t stack_key_size(const struct stack_key *key);

/* The ids of all images, modules and functions of a result, looked up once. */
struct stack_key_names {
    uint32_t *images;       /* owned, by result.processes; 0: unknown */
    uint32_t *modules;      /* owned, by stacks_result.modules */
    uint32_t *functions;    /* owned, those of all frames one after the other */
    size_t *first_function; /* owned, by stacks_result.frames: index in functions */
};

/* False: no memory. Release it then, too. */
bool stack_key_names_find(struct stack_names *names, const struct result *result,
                          struct stack_key_names *out);
void stack_key_names_release(struct stack_key_names *names);

/* The key of a row; NULL: no memory. It is freed with free(). */
struct stack_key *stack_key_of(const struct stack_key_names *names,
                               const struct stacks_result *stacks, const struct stack_row *row);

/* The same without functions; NULL: no memory. */
struct stack_key *stack_key_by_module(const struct stack_key *key);

#endif
