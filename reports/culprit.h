/*
 * Whose doing an allocation is: the function that asked for it, not the allocator that every stack
 * goes through.
 */
#ifndef REPORTS_CULPRIT_H
#define REPORTS_CULPRIT_H

#include "reports/stack_names.h"

#include <stdbool.h>

enum place_role {
    PLACE_ALLOCATOR, /* hands memory out: it is in every stack, and says nothing */
    PLACE_RUNTIME,   /* library code that allocates for its caller: strings, containers, files */
    PLACE_PROGRAM,
};

/* By the file name of the module and the demangled function; NULL: not known. */
enum place_role role_of_names(const char *module, const char *function);

enum place_role place_role(const struct stacks_result *stacks, struct place place);

/*
 * The first place from the innermost that is the program's own; in a stack without one, the first
 * that is not the allocator's, and at last the innermost. `*depth` (if not NULL) is how many places
 * lie further in. False for a row without frames.
 */
bool culprit_of(const struct stacks_result *stacks, const struct stack_row *row, struct place *out,
                size_t *depth);

#endif
