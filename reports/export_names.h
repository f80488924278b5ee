/* What exports call things: text of a trace that can break no format and deceive no reader. */
#ifndef REPORTS_EXPORT_NAMES_H
#define REPORTS_EXPORT_NAMES_H

#include "analyzer/result.h"
#include "decoder/error.h"
#include "reports/stack_names.h"

#include <stdbool.h>
#include <stddef.h>

/* What is longer ends with "…". */
enum { EXPORT_NAME_SIZE = 4 * PLACE_TEXT_SIZE };

/* `text` as for a terminal: UTF-8, without controls or what is invisible; "?" for "". */
void export_text(char out[EXPORT_NAME_SIZE], const char *text);

/* "app.exe!grow", "app.exe+0x1234". */
void export_place(char out[EXPORT_NAME_SIZE], const struct stacks_result *stacks,
                  struct place place);

/* "app.exe (4120)". */
void export_process(char out[EXPORT_NAME_SIZE], const struct process_result *process);

/* The places of a row, outermost first. Zero-filled is empty; it is used for row after row. */
struct export_stack {
    struct place *places; /* owned */
    size_t count, room;
};
bool export_stack_fill(struct export_stack *stack, const struct stacks_result *stacks,
                       const struct stack_row *row, struct error *err);
void export_stack_release(struct export_stack *stack);

#endif
