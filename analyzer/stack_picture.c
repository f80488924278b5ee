/* What of each call stack is live, and pins pages, at a moment. */
#include "analyzer/stack_picture.h"

#include "analyzer/stack_pins.h"

static struct stack_counts *at_peak(struct counted_stack *tally, uint64_t moment)
{
    struct stack_counts *counts = &tally->counts;
    if (tally->peak_moment != moment) {
        tally->peak_moment = moment;
        counts->live_blocks_at_peak = counts->live_bytes_at_peak = 0;
        counts->pinned_pages_at_peak = counts->pinned_waste_at_peak = 0;
    }
    return counts;
}

static void add_pins_at_peak(struct process_stacks *stacks, const struct stack_pins *pins,
                             uint64_t moment)
{
    struct counted_stack *tally = process_stacks_find(stacks, pins->stack);
    struct stack_counts *counts = at_peak(tally, moment);
    counts->pinned_pages_at_peak += pins->pages;
    counts->pinned_waste_at_peak += pins->waste_bytes;
}

void stack_picture_peak(struct process_stacks *stacks, struct past *past, struct block_table *table)
{
    uint64_t moment = past->peaks[PAST_PROCESS] ? *past->peaks[PAST_PROCESS] : 0;
    if (moment == 0)
        return;
    struct past_walk walk = { 0 };
    struct pin_walk pin_walk = { 0 };
    struct stack_pins pins;
    while (past_walk(past, table, &walk)) {
        if (!(walk.peaks >> PAST_PROCESS & 1))
            continue;
        struct counted_stack *tally = process_stacks_find(stacks, walk.stack);
        struct stack_counts *counts = at_peak(tally, moment);
        counts->live_blocks_at_peak++;
        counts->live_bytes_at_peak += walk.size;
        if (pin_walk_block(&pin_walk, walk.address, walk.size, walk.stack, &pins))
            add_pins_at_peak(stacks, &pins, moment);
    }
    if (pin_walk_finish(&pin_walk, &pins))
        add_pins_at_peak(stacks, &pins, moment);
}

static struct stack_counts *at_end(struct process_stacks *stacks, uint32_t stack)
{
    struct counted_stack *tally = process_stacks_find(stacks, stack);
    struct stack_counts *counts = &tally->counts;
    if (tally->end_moment != stacks->end_moment) {
        tally->end_moment = stacks->end_moment;
        counts->live_blocks_at_end = counts->live_bytes_at_end = 0;
        counts->pinned_pages_at_end = counts->pinned_waste_at_end = 0;
    }
    return counts;
}

void stack_picture_begin_end(struct process_stacks *stacks)
{
    stacks->end_moment++;
}

static void add_pins_at_end(struct process_stacks *stacks, const struct stack_pins *pins)
{
    struct stack_counts *counts = at_end(stacks, pins->stack);
    counts->pinned_pages_at_end += pins->pages;
    counts->pinned_waste_at_end += pins->waste_bytes;
}

void stack_picture_end(struct process_stacks *stacks, struct block_table *table)
{
    struct block_walk walk = { 0 };
    struct block_at at;
    struct pin_walk pin_walk = { 0 };
    struct stack_pins pins;
    while (block_table_walk(table, &walk, &at)) {
        struct stack_counts *counts = at_end(stacks, at.block->stack);
        counts->live_blocks_at_end++;
        counts->live_bytes_at_end += at.block->size;
        if (pin_walk_block(&pin_walk, at.address, at.block->size, at.block->stack, &pins))
            add_pins_at_end(stacks, &pins);
    }
    if (pin_walk_finish(&pin_walk, &pins))
        add_pins_at_end(stacks, &pins);
}
