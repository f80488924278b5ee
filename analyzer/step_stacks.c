/* What an event counts for its call stack. */
#include "analyzer/step_stacks.h"

#include "analyzer/stack_table.h"

static bool is_without(const struct step *step, const struct counted_stack *tally)
{
    return tally == &step->heap->stacks->none;
}

static bool reserve_growth(const struct step *step)
{
    return step->event->kind != EVENT_realloc || is_without(step, step->stack) ||
           stack_growth_reserve(&step->stack->growth, step->err);
}

bool step_find_stack(struct step *step)
{
    step->stack = process_stacks_make(step->heap->stacks, step->event->stack, step->err);
    step->event_stack = step->stack;
    return step->stack && reserve_growth(step);
}

bool step_borrow_stack(struct step *step, const struct thread_event *alloc)
{
    if (!alloc || !is_without(step, step->stack))
        return true;
    step->stack = process_stacks_find(step->heap->stacks, alloc->alloc.stack);
    return reserve_growth(step);
}

void step_stack_alloc(struct step *step)
{
    step->event_stack->events++;
    step->stack->counts.allocs++;
    step->stack->counts.alloc_bytes += step->bytes;
}

void step_stack_failed_alloc(struct step *step)
{
    step->event_stack->events++;
}

void step_stack_failed_realloc(struct step *step)
{
    step->event_stack->events++;
    step->stack->counts.reallocs++;
    step->stack->counts.failed++;
}

void step_stack_realloc(struct step *step, const struct resize *resize)
{
    struct stack_counts *counts = &step->stack->counts;
    step->event_stack->events++;
    counts->reallocs++;
    counts->in_place += !resize->moved;
    counts->moved += resize->moved;
    counts->copied_bytes += resize_copied_bytes(resize);
    if (is_without(step, step->stack))
        growth_count(&step->heap->stacks->none_growth, resize);
    else
        stack_growth_count(&step->stack->growth, resize);
}

void step_stack_room(const struct step *step, enum room_verdict verdict,
                     const struct resize *resize, const struct neighbour *next)
{
    if (verdict == ROOM_ENOUGH) {
        step->stack->counts.avoidable_moves++;
        step->stack->counts.avoidable_bytes += resize_copied_bytes(resize);
    } else if (verdict == ROOM_TAKEN) {
        process_stacks_find(step->heap->stacks, next->stack)->counts.blockers++;
    }
}

void step_stack_take_back(const struct step *step, const struct thread_event *alloc)
{
    struct counted_stack *tally = process_stacks_find(step->heap->stacks, alloc->alloc.stack);
    tally->counts.allocs--;
    tally->counts.alloc_bytes -= alloc->alloc.bytes;
}

void stack_count_chain(struct process_stacks *stacks, uint32_t stack, const struct chain *chain)
{
    struct stack_counts *counts = &process_stacks_find(stacks, stack)->counts;
    enum chain_class class = chain->reallocs > 0 ? chain_class(chain) : CHAIN_SHORT;
    counts->geometric += class == CHAIN_GEOMETRIC;
    counts->arithmetic += class == CHAIN_ARITHMETIC;
    counts->irregular += class == CHAIN_IRREGULAR;
}
