/* Strings as small numbers: equal strings have equal ones. */
#ifndef ANALYZER_STACK_NAMES_H
#define ANALYZER_STACK_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-filled is empty. */
struct stack_names {
    struct stack_name *folded, *exact; /* by what counts as equal */
    struct stack_name **list;          /* owned; by id - 1 */
    size_t count, room;
};

/*
 * The id of `text`, from 1; if `is_folded`, letters of ASCII are equal in either case. The two
 * kinds share no ids. 0: no memory.
 */
uint32_t stack_names_id(struct stack_names *names, const char *text, bool is_folded);

/* The string as it was first met; NULL for 0. */
const char *stack_names_text(const struct stack_names *names, uint32_t id);

void stack_names_release(struct stack_names *names); /* zero-fills */

#endif
