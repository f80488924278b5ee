/* What exports call things. */
#include "reports/export_names.h"

#include "reports/escape.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void export_text(char out[EXPORT_NAME_SIZE], const char *text)
{
    escape_terminal(out, EXPORT_NAME_SIZE, *text ? text : "?", EXPORT_NAME_SIZE);
}

void export_place(char out[EXPORT_NAME_SIZE], const struct stacks_result *stacks,
                  struct place place)
{
    char text[PLACE_TEXT_SIZE];
    place_text(text, stacks, place);
    export_text(out, text);
}

void export_process(char out[EXPORT_NAME_SIZE], const struct process_result *process)
{
    char text[PLACE_TEXT_SIZE];
    snprintf(text, sizeof text, "%.400s (%" PRIu32 ")", process->image ? process->image : "unnamed",
             process->pid);
    export_text(out, text);
}

bool export_stack_fill(struct export_stack *stack, const struct stacks_result *stacks,
                       const struct stack_row *row, struct error *err)
{
    size_t needed = place_count(stacks, row);
    if (needed > stack->room) {
        struct place *grown = realloc(stack->places, 2 * needed * sizeof *grown);
        if (!grown)
            return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a stack");
        stack->places = grown;
        stack->room = 2 * needed;
    }
    struct place_walk walk = { .row = row };
    stack->count = needed;
    for (size_t at = needed; at > 0 && place_next(stacks, &walk, &stack->places[at - 1]);)
        at--;
    return true;
}

void export_stack_release(struct export_stack *stack)
{
    free(stack->places);
    *stack = (struct export_stack){ 0 };
}
