/* What of each call stack is live, and pins pages, at a moment: the live peak of a process, its
 * end.
 */
#ifndef ANALYZER_STACK_PICTURE_H
#define ANALYZER_STACK_PICTURE_H

#include "analyzer/past.h"
#include "analyzer/stack_table.h"

/*
 * Adds a heap as it was at the live peak of its process, which `past` watches; `table` may be NULL,
 * as for past_walk. What was added of an older peak falls away.
 */
void stack_picture_peak(struct process_stacks *stacks, struct past *past,
                        struct block_table *table);

/* The process may end here: what was added of an older end falls away. */
void stack_picture_begin_end(struct process_stacks *stacks);

/* Adds a heap as it is to the end begun last. */
void stack_picture_end(struct process_stacks *stacks, struct block_table *table);

#endif
