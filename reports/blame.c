/* Which function of a process is to blame for what a verdict finds. */
#include "reports/blame.h"

#include <stdio.h>
#include <stdlib.h>

struct charge {
    const struct stacks_result *stacks;
    struct place place;
    uint64_t amount;
};

static int by_place(const void *a, const void *b)
{
    const struct charge *x = a, *y = b;
    return place_compare(x->stacks, x->place, y->place);
}

static uint64_t sum_of(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* The place with the greatest sum; of equal ones the first. `charges` are in order of place. */
static void choose(const struct charge *charges, size_t count, struct blame *out)
{
    uint64_t amount = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_same = i > 0 && by_place(&charges[i - 1], &charges[i]) == 0;
        amount = sum_of(is_same ? amount : 0, charges[i].amount);
        if (amount <= out->amount)
            continue;
        out->is_known = true;
        out->place = charges[i].place;
        out->amount = amount;
    }
}

bool blame_make(const struct stacks_result *stacks, uint32_t process, enum stack_rank weight,
                struct blame *out, struct error *err)
{
    size_t count = 0;
    *out = (struct blame){ 0 };
    struct charge *charges = calloc(stacks->row_count + 1, sizeof *charges);
    if (!charges)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to add stacks up");
    for (size_t i = 0; i < stacks->row_count; i++) {
        const struct stack_row *row = &stacks->rows[i];
        uint64_t amount = row->process == process ? stack_rank_amount(row, weight) : 0;
        out->total = sum_of(out->total, amount);
        charges[count] = (struct charge){ .stacks = stacks, .amount = amount };
        if (amount > 0 && culprit_of(stacks, row, &charges[count].place, NULL))
            count++;
    }
    if (count > 0)
        qsort(charges, count, sizeof *charges, by_place);
    choose(charges, count, out);
    free(charges);
    return true;
}

/* By which weight a finding is somebody's fault; STACK_RANK_COUNT: stacks do not tell. */
static enum stack_rank weight_of_finding(enum finding_kind kind)
{
    switch (kind) {
    case FINDING_possible_leak:
        return STACK_RANK_live_bytes_at_end;
    case FINDING_page_fragmentation:
    case FINDING_pinned_waste:
    case FINDING_commit_waste:
    case FINDING_external_free:
    case FINDING_scattered_gaps:
        return STACK_RANK_pinned_waste_at_end;
    case FINDING_peak_to_peak:
        return STACK_RANK_pinned_waste_at_peak;
    case FINDING_growing_moves:
    case FINDING_small_growth:
    case FINDING_small_steps:
        return STACK_RANK_copied_bytes;
    case FINDING_arithmetic_growth:
        return STACK_RANK_arithmetic;
    case FINDING_avoidable_moves:
        return STACK_RANK_avoidable_bytes;
    case FINDING_double_residency:
        return STACK_RANK_live_bytes_at_peak;
    default:
        return STACK_RANK_COUNT;
    }
}

/* The chain that a finding about one block is about; NULL: it is about others. */
static const struct chain_result *chain_of(const struct finding *finding)
{
    const struct chains_result *chains = &finding->heap->measures.realloc.chains;
    for (size_t i = 0; i < chains->top_count; i++) {
        const struct chain_result *chain = &chains->top[i];
        if (finding->kind == FINDING_small_steps && chain->copied_bytes == finding->bytes)
            return chain;
        if (finding->kind == FINDING_double_residency && chain->last_bytes == finding->bytes &&
            chain->moves > 0)
            return chain;
    }
    return NULL;
}

/* Where one block was moved is told exactly; false: it is not known. */
static bool say_chain(const struct stacks_result *stacks, const struct finding *finding,
                      char out[BLAME_TEXT_SIZE])
{
    const struct chain_result *chain = chain_of(finding);
    char name[PLACE_TEXT_SIZE];
    struct place place;
    if (!chain || chain->costliest_stack >= stacks->row_count ||
        !culprit_of(stacks, &stacks->rows[chain->costliest_stack], &place, NULL))
        return false;
    place_text(name, stacks, place);
    snprintf(out, BLAME_TEXT_SIZE, "At fault: %s (its costliest move)", name);
    return true;
}

static double share_of(const struct blame *blame)
{
    return blame->total > 0 ? (double)blame->amount / (double)blame->total : 0;
}

/* Blocks that stand in the way of moves are somebody else's. */
static bool say_blocker(const struct stacks_result *stacks, uint32_t process, char *out,
                        size_t size, struct error *err)
{
    char name[PLACE_TEXT_SIZE];
    struct blame blame;
    if (!blame_make(stacks, process, STACK_RANK_blockers, &blame, err))
        return false;
    if (!blame.is_known || share_of(&blame) < BLAME_SHARE_MIN)
        return true;
    place_text(name, stacks, blame.place);
    snprintf(out, size, "; most often in the way: blocks of %s (%s)", name,
             units_percent(share_of(&blame)).text);
    return true;
}

bool blame_finding(const struct result *result, const struct finding *finding,
                   char out[BLAME_TEXT_SIZE], struct error *err)
{
    const struct stacks_result *stacks = &result->stacks;
    const enum stack_rank weight = weight_of_finding(finding->kind);
    const uint32_t process = (uint32_t)(finding->process - result->processes);
    char name[PLACE_TEXT_SIZE];
    struct blame blame;
    out[0] = '\0';
    if (!stacks->known || weight == STACK_RANK_COUNT || say_chain(stacks, finding, out))
        return true;
    if (!blame_make(stacks, process, weight, &blame, err))
        return false;
    if (!blame.is_known || share_of(&blame) < BLAME_SHARE_MIN)
        return true;
    place_text(name, stacks, blame.place);
    int length = snprintf(out, BLAME_TEXT_SIZE, "%s %s (%s of %s)",
                          share_of(&blame) >= BLAME_SHARE_MOST ? "At fault:" : "Most by", name,
                          units_percent(share_of(&blame)).text, stack_ranks[weight].whole);
    if (finding->kind != FINDING_growing_moves)
        return true;
    return say_blocker(stacks, process, out + length, BLAME_TEXT_SIZE - (size_t)length, err);
}
