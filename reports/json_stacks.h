/* Call stacks as a member of a JSON object. */
#ifndef REPORTS_JSON_STACKS_H
#define REPORTS_JSON_STACKS_H

#include "reports/json_writer.h"
#include "reports/stack_selection.h"

/* The member "stacks": null when the trace has none. */
void json_stacks(struct json_writer *json, const struct stacks_result *stacks,
                 const struct stack_selection *selection);

/* Members "first_stack" and "costliest_stack" of a chain: places among `selection`'s rows. */
void json_chain_stacks(struct json_writer *json, const struct chain_result *chain,
                       const struct stack_selection *selection);

#endif
