/*
 * What an event counts for its call stack. The ledger calls these only where step->stack (or the
 * heap's stacks) is there, so that a trace without stacks pays for no more than the question.
 */
#ifndef ANALYZER_STEP_STACKS_H
#define ANALYZER_STEP_STACKS_H

#include "analyzer/room.h"
#include "analyzer/step.h"

/*
 * Finds the tally of an ALLOC's or REALLOC's stack and makes room for what it may count. The heap
 * has stacks. False with `err`.
 */
bool step_find_stack(struct step *step);

/* A REALLOC without a stack is done by the stack of its ALLOC (NULL: there is none). Fails so. */
bool step_borrow_stack(struct step *step, const struct thread_event *alloc);

/* Counts what is counted of the heap at the same place in the ledger; only what counts at all. */
void step_stack_alloc(struct step *step);
void step_stack_failed_alloc(struct step *step);
void step_stack_failed_realloc(struct step *step);
void step_stack_realloc(struct step *step, const struct resize *resize);
void step_stack_room(const struct step *step, enum room_verdict verdict,
                     const struct resize *resize, const struct neighbour *next);

/* Takes back an ALLOC that was counted. The heap has stacks. */
void step_stack_take_back(const struct step *step, const struct thread_event *alloc);

/* The chain of a block whose first stack is `stack` has ended, and was counted. */
void stack_count_chain(struct process_stacks *stacks, uint32_t stack, const struct chain *chain);

#endif
