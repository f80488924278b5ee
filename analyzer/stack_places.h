/* The places in code that call stacks go through, each once: module by module, offset by offset. */
#ifndef ANALYZER_STACK_PLACES_H
#define ANALYZER_STACK_PLACES_H

#include "analyzer/result.h"
#include "decoder/error.h"
#include "decoder/images.h"

/*
 * Distinct places, some 140 bytes each while they are looked for; a program has far fewer. Of what
 * comes after them only the module is told: its offset is 0.
 */
enum { STACK_PLACES_MAX = 1 << 20 };

struct stack_places {
    const struct images *images;
    struct stacks_result *out; /* its modules and frames; the caller's */
    size_t module_room, frame_room;
    uint32_t *module_of_image; /* owned; index in out->modules + 1; 0: not looked at yet */
    struct module_node *modules;
    struct frame_node *frames;
};

/* `images` and `out` are borrowed. False with ERROR_NO_MEMORY. */
bool stack_places_open(struct stack_places *places, const struct images *images,
                       struct stacks_result *out, struct error *err);

/* What a frame of a stack is when it is told by address. */
struct stack_address {
    uint64_t address;
    uint64_t time_ns; /* which module lay there changes */
    uint32_t process; /* index in struct processes */
    bool is_return;
};

/* The place's index in out->frames. False with ERROR_NO_MEMORY. */
bool stack_places_find(struct stack_places *places, const struct stack_address *address,
                       uint32_t *index, struct error *err);

void stack_places_close(struct stack_places *places); /* safe on a zero-filled one */

#endif
