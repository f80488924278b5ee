/* The stacks of all top chains of a result: ids until rows are made, then their rows. */
#ifndef ANALYZER_STACK_CHAINS_H
#define ANALYZER_STACK_CHAINS_H

#include "analyzer/stack_table.h"

/* The stacks that chains name have rows, whatever they count (counted_stack.is_in_chain). */
void stack_chains_keep_rows(struct stack_table *table, struct result *result);

/* Ids become rows (counted_stack.row). */
void stack_chains_name_rows(struct stack_table *table, struct result *result);

#endif
