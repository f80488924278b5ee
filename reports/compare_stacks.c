/* Call stacks that got worse: what reports of two builds say of them. */
#include "reports/compare_stacks.h"

#include "reports/culprit.h"

#include <string.h>

const char *compare_stacks_sentence(const struct stack_matching *matching)
{
    if (matching->runs[STACK_SIDE_BASE] == 0 && matching->runs[STACK_SIDE_NOW] == 0)
        return NULL;
    if (!matching->is_comparable)
        return "Only one build has call stacks, so what got worse by stack cannot be told. Merged "
               "results keep none.";
    if (matching->has_functions)
        return "Stacks match by the image of their process and the functions they go through; "
               "numbers are means over the runs of a build.";
    return "Stacks match by the image of their process and the modules they go through, because "
           "not all results have names (--symbols DIR); numbers are means over the runs of a "
           "build.";
}

/* What the matching calls a weight, as reports of one build call it. */
static const struct stack_rank_info *rank_of(enum stack_weight weight)
{
    size_t rank = 0;
    while (rank < STACK_RANK_COUNT - 1 &&
           strcmp(stack_ranks[rank].key, stack_weight_names[weight]) != 0)
        rank++;
    return &stack_ranks[rank];
}

const char *compare_stack_title(enum stack_weight weight)
{
    return rank_of(weight)->title;
}

void compare_frame_text(char out[PLACE_TEXT_SIZE], const struct stack_match_frame *frame)
{
    names_text(out, frame->module ? frame->module : "?", frame->function);
}

size_t compare_culprit(const struct stack_match *match)
{
    enum place_role best = PLACE_ALLOCATOR;
    size_t found = 0;
    for (size_t i = 0; i < match->frame_count && best != PLACE_PROGRAM; i++) {
        enum place_role role = role_of_names(match->frames[i].module, match->frames[i].function);
        if (i > 0 && role <= best)
            continue;
        best = role;
        found = i;
    }
    return found;
}

/* `amount` is a mean, and may be a fraction or below 0. */
static struct unit_text amount_text(enum stack_weight weight, double amount)
{
    struct unit_text text;
    if (rank_of(weight)->is_bytes)
        return units_mean_bytes(amount);
    snprintf(text.text, sizeof text.text, "%.4g", amount);
    return text;
}

struct unit_text compare_stack_change(const struct stack_match *match, enum stack_weight weight)
{
    struct unit_text text;
    double change = match->change[weight];
    snprintf(text.text, sizeof text.text, "%s%.20s", change > 0 ? "+" : "",
             amount_text(weight, change).text);
    return text;
}

struct unit_text compare_stack_mean(const struct stack_match *match, enum stack_side side,
                                    enum stack_weight weight)
{
    struct unit_text none = { "none" };
    return match->rows[side] == 0 ? none : amount_text(weight, match->per_run[side][weight]);
}
