/* What the places in code that call stacks go through are called. All of it is hostile. */
#ifndef REPORTS_STACK_NAMES_H
#define REPORTS_STACK_NAMES_H

#include "analyzer/result.h"

#include <stdbool.h>
#include <stddef.h>

/* A function of a stack: a frame, or one of the functions that were inlined there. */
struct place {
    uint32_t frame; /* index in stacks_result.frames */
    uint32_t name;  /* index in the frame's names; 0 where it has none */
};

/* Goes through the places of a row, innermost first. Start with the row, and zeros. */
struct place_walk {
    const struct stack_row *row;
    size_t frame;
    uint32_t name;
};
bool place_next(const struct stacks_result *stacks, struct place_walk *walk, struct place *out);
size_t place_count(const struct stacks_result *stacks, const struct stack_row *row);

/* The file name of the module without its folder; NULL: the place is in none. */
const char *place_module(const struct stacks_result *stacks, struct place place);
/* The function; NULL: not known. */
const char *place_function(const struct stacks_result *stacks, struct place place);

/*
 * Same function of the same module, or, without names, same offset: below, equal to or above 0 in
 * an order that depends on the result alone.
 */
int place_compare(const struct stacks_result *stacks, struct place a, struct place b);

/*
 * "app.exe!grow", "app.exe+0x1234", "0x7ff81234" without a module. What is longer than the room is
 * cut between two code points. Returns the bytes before the NUL.
 */
enum { PLACE_TEXT_SIZE = 512 };
size_t place_text(char out[PLACE_TEXT_SIZE], const struct stacks_result *stacks,
                  struct place place);

/* "app.exe!grow", "app.exe" without a function (NULL), cut in the same way. */
size_t names_text(char out[PLACE_TEXT_SIZE], const char *module, const char *function);

/* A place with where it is: "app.exe!grow +0x1234 (grow.c:12)", "app.exe!fit (grow.c:3) inlined".
 */
size_t place_long_text(char out[PLACE_TEXT_SIZE], const struct stacks_result *stacks,
                       struct place place);

/* "no stack", "57 other stacks"; NULL: the row is a stack. */
enum { SUM_TEXT_SIZE = 40 };
const char *stack_sum_text(char out[SUM_TEXT_SIZE], const struct stack_row *row);

#endif
