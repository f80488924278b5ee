/* The stacks of all top chains of a result: ids until rows are made, then their rows. */
#include "analyzer/stack_chains.h"

static struct counted_stack *stack_of(struct stack_table *table, uint32_t id)
{
    return id < table->id_room ? table->of_id[id] : NULL;
}

/* A visit takes an id and gives what stands in its place from now on. */
static uint32_t keep_row(struct stack_table *table, uint32_t id)
{
    struct counted_stack *stack = stack_of(table, id);
    if (stack)
        stack->is_in_chain = true;
    return id;
}

static uint32_t id_to_row(struct stack_table *table, uint32_t id)
{
    const struct counted_stack *stack = stack_of(table, id);
    return stack ? stack->row : RESULT_NO_STACK;
}

static void visit_chains(struct stack_table *table, struct chains_result *chains,
                         uint32_t (*visit)(struct stack_table *, uint32_t))
{
    for (size_t i = 0; i < chains->top_count; i++) {
        struct chain_result *chain = &chains->top[i];
        chain->first_stack = visit(table, chain->first_stack);
        chain->costliest_stack = visit(table, chain->costliest_stack);
    }
}

static void visit_all_chains(struct stack_table *table, struct result *result,
                             uint32_t (*visit)(struct stack_table *, uint32_t))
{
    visit_chains(table, &result->totals.realloc.chains, visit);
    for (size_t i = 0; i < result->process_count; i++) {
        struct process_result *process = &result->processes[i];
        visit_chains(table, &process->totals.realloc.chains, visit);
        for (size_t j = 0; j < process->heap_count; j++)
            visit_chains(table, &process->heaps[j].measures.realloc.chains, visit);
    }
}

void stack_chains_keep_rows(struct stack_table *table, struct result *result)
{
    visit_all_chains(table, result, keep_row);
}

void stack_chains_name_rows(struct stack_table *table, struct result *result)
{
    visit_all_chains(table, result, id_to_row);
}
