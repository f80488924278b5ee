/*
 * What is counted of each call stack while a trace is read, by its id.
 *
 * None of it exists before the first event with a stack; what came before is then counted as
 * without one. An id belongs to one process: another one's events with it count as without a stack.
 *
 * Memory: some 260 bytes a stack (at most STACKS_MAX), and 2 KiB more for each with more than
 * GROWTH_KEPT reallocs.
 */
#ifndef ANALYZER_STACK_TABLE_H
#define ANALYZER_STACK_TABLE_H

#include "analyzer/stack_growth.h"
#include "decoder/stacks.h"

struct counts;

struct counted_stack {
    uint64_t events;            /* ALLOCs and REALLOCs that count and have this stack themselves */
    struct stack_counts counts; /* what is live: of the moments below */
    uint64_t peak_moment, end_moment;
    struct stack_growth growth; /* unused without a stack, see process_stacks */
    struct counted_stack *next; /* of the same process, in order of first appearance */
    struct counted_stack *twin; /* of the same row, see stack_rows.h */
    uint32_t process, id;
    uint32_t row;     /* index of its row at last */
    bool is_in_chain; /* one of the top chains names it: it has a row whatever it counts */
};

struct stack_table;

/* All stacks of one process. Heaps whose events count for the result lead to it. */
struct process_stacks {
    struct stack_table *table;
    struct counted_stack
        none; /* what has no stack; live blocks and pins are not counted of these */
    struct growth none_growth;
    struct counted_stack *first, *last; /* of those with a stack, see stack_tally.next */
    uint64_t end_moment;                /* number of the last end that was begun */
    uint64_t peak_moment;               /* of the live peak that holds; set at last */
    uint32_t reported_as; /* index in result.processes, set at last; UINT32_MAX: not */
};

/* Zero-filled is empty. */
struct stack_table {
    bool is_on;   /* an event with a stack has come */
    bool is_torn; /* the last event was applied in part: the curves may not know of its blocks */
    struct counted_stack **of_id;  /* owned; NULL: not met yet */
    size_t id_room;                /* ids below have a place in of_id */
    struct counted_stack **slabs;  /* owned: a tally never moves */
    size_t slab_count, used;       /* slabs; tallies of the last one */
    struct process_stacks **owned; /* all that were made */
    size_t process_count;
};

/* How many stacks have been met. */
size_t stack_table_size(const struct stack_table *table);

void stack_table_release(struct stack_table *table); /* zero-fills */

/* A process without events yet. NULL with ERROR_NO_MEMORY. It lives as long as the table. */
struct process_stacks *stack_table_add_process(struct stack_table *table, uint32_t process,
                                               struct error *err);

/* What `counts` of a heap hold already is of events without a stack. */
void process_stacks_begin(struct process_stacks *stacks, const struct counts *counts);

/* The tally of `id`, made if it is not there. NULL with ERROR_NO_MEMORY. */
struct counted_stack *process_stacks_make(struct process_stacks *stacks, uint32_t id,
                                          struct error *err);

/* The tally of `id`; that without a stack, if the process had none such. */
static inline struct counted_stack *process_stacks_find(struct process_stacks *stacks, uint32_t id)
{
    const struct stack_table *table = stacks->table;
    struct counted_stack *tally = id < table->id_room ? table->of_id[id] : NULL;
    return tally && tally->process == stacks->none.process ? tally : &stacks->none;
}

#endif
