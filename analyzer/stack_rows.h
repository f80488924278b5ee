/* The rows of result.stacks: what was counted of each id, by its frames as module and offset. */
#ifndef ANALYZER_STACK_ROWS_H
#define ANALYZER_STACK_ROWS_H

#include "analyzer/result.h"
#include "analyzer/stack_table.h"
#include "decoder/images.h"

/*
 * Fills out->stacks, and makes rows of the ids in all top chains of `out`, whose processes and
 * totals are filled; does nothing if the table is not on. For each process that is in `out`,
 * process_stacks.reported_as and peak_moment are set. Ids whose frames turn out to be the same are
 * one row, and what counts nothing has none; what was never defined, or has no frames, goes with
 * what came without a stack.
 *
 * False with ERROR_NO_MEMORY, or with ERROR_INTERNAL when the sums over a process's rows are not
 * its totals.
 */
bool stack_rows_report(struct stack_table *table, const struct stacks *stacks,
                       const struct images *images, struct result *out, struct error *err);

#endif
