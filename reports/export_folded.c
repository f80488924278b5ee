/* Folded stacks: what flamegraph.pl, inferno and speedscope read. */
#include "reports/export.h"

#include "reports/export_names.h"
#include "reports/reports.h"

#include <inttypes.h>
#include <string.h>

/*
 * A semicolon ends a name, and a number behind a blank at the end of the last one would be taken
 * for a weight (flamegraph.pl reads two of them as a difference), so both are written as escapes.
 */
static void put_name(FILE *out, const char *name)
{
    size_t length = strlen(name), number = length;
    while (number > 0 && strchr("0123456789.", name[number - 1]))
        number--;
    bool ends_with_number = number > 0 && number < length && name[number - 1] == ' ';
    for (size_t i = 0; i < length; i++) {
        if (name[i] == ';' || (ends_with_number && i == number - 1))
            fprintf(out, "\\u{%x}", (unsigned)name[i]);
        else
            putc(name[i], out);
    }
}

static bool put_row(const struct export_request *request, const struct stack_row *row,
                    struct export_stack *stack, FILE *out, struct error *err)
{
    const struct stacks_result *stacks = &request->result->stacks;
    char name[EXPORT_NAME_SIZE], sum[SUM_TEXT_SIZE];
    uint64_t weight = stack_field_get(&row->counts, request->weight);
    if (weight == 0)
        return true;
    if (!export_stack_fill(stack, stacks, row, err))
        return false;
    export_process(name, &request->result->processes[row->process]);
    put_name(out, name);
    for (size_t i = 0; i < stack->count; i++) {
        export_place(name, stacks, stack->places[i]);
        putc(';', out);
        put_name(out, name);
    }
    if (stack_sum_text(sum, row))
        fprintf(out, ";[%s]", sum);
    fprintf(out, " %" PRIu64 "\n", weight);
    return true;
}

bool export_folded_write(const struct export_request *request, FILE *out, struct error *err)
{
    const struct stacks_result *stacks = &request->result->stacks;
    struct export_stack stack = { 0 };
    bool is_fine = true;
    for (size_t i = 0; is_fine && i < stacks->row_count; i++)
        is_fine = put_row(request, &stacks->rows[i], &stack, out, err);
    export_stack_release(&stack);
    return is_fine && report_end(out, err);
}
