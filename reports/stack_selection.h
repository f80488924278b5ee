/*
 * The stacks of a result that a saved result keeps: the greatest by each weight. What is left out
 * is summed up for each process, so that sums still hold.
 */
#ifndef REPORTS_STACK_SELECTION_H
#define REPORTS_STACK_SELECTION_H

#include "analyzer/result.h"
#include "decoder/error.h"

enum { STACKS_KEPT = 2000 }; /* by each weight: some megabytes of JSON at most */

/* Members of one list that are kept, in its order. */
struct kept {
    uint32_t *list;  /* indices in the whole list; owned */
    uint32_t *place; /* by index in the whole list: index among what is kept; owned */
    size_t count;
};
#define NOT_KEPT UINT32_MAX

struct stack_selection {
    /* In order of process; what sums up the rest of a process is its last. */
    const struct stack_row **rows; /* the result's, or `rest`; the list is owned */
    size_t row_count;
    uint32_t *row_place;         /* by index in the result: index in `rows`, or NOT_KEPT; owned */
    struct kept frames, modules; /* those that kept rows go through */
    struct stack_row *rest;      /* one a process that has stacks left out; owned */
    size_t rest_count;
};

/* False with ERROR_NO_MEMORY; then it is only good for stack_selection_release. */
bool stack_selection_make(struct stack_selection *selection, const struct stacks_result *stacks,
                          struct error *err);
void stack_selection_release(struct stack_selection *selection); /* safe on a zero-filled one */

#endif
