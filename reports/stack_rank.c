/* By what stacks are ranked and drawn, and the greatest of them. */
#include "reports/stack_rank.h"

#include <stdlib.h>

const struct stack_rank_info stack_ranks[STACK_RANK_COUNT] = {
#define X(field, title, whole, is_bytes) { STACK_FIELD_##field, #field, title, whole, is_bytes },
    STACK_RANK_LIST(X)
#undef X
};

uint64_t stack_rank_amount(const struct stack_row *row, enum stack_rank weight)
{
    return stack_field_get(&row->counts, stack_ranks[weight].field);
}

struct unit_text stack_rank_text(enum stack_rank weight, uint64_t amount)
{
    return stack_ranks[weight].is_bytes ? units_bytes(amount) : units_count(amount);
}

struct weighed {
    uint64_t weight;
    uint32_t row;
};

static int heaviest_first(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to rank stacks");
}

bool stack_ranking_make(struct stack_ranking *ranking, const struct stacks_result *stacks,
                        enum stack_rank weight, size_t top, struct error *err)
{
    *ranking = (struct stack_ranking){ 0 };
    struct weighed *all = calloc(stacks->row_count + 1, sizeof *all);
    if (!all)
        return no_memory(err);
    for (uint32_t i = 0; i < stacks->row_count; i++) {
        uint64_t amount = stack_rank_amount(&stacks->rows[i], weight);
        if (amount == 0)
            continue;
        all[ranking->all++] = (struct weighed){ amount, i };
        if (__builtin_add_overflow(ranking->total, amount, &ranking->total))
            ranking->total = UINT64_MAX;
    }
    qsort(all, ranking->all, sizeof *all, heaviest_first);
    ranking->count = ranking->all < top ? ranking->all : top;
    ranking->rows = calloc(ranking->count + 1, sizeof *ranking->rows);
    for (size_t i = 0; ranking->rows && i < ranking->count; i++)
        ranking->rows[i] = all[i].row;
    free(all);
    return ranking->rows || no_memory(err);
}

void stack_ranking_release(struct stack_ranking *ranking)
{
    free(ranking->rows);
    *ranking = (struct stack_ranking){ 0 };
}
