/* What the list of the ledger's model says of a call stack, counted anew from the first event. */
#include "tests/ledger_model.h"

#include <math.h>
#include <stdlib.h>

static uint32_t first_stack(const struct model *model, size_t chain)
{
    const struct model_chain *c = &model->chains[chain];
    return c->is_from_trace ? model->events[c->first_event].event.stack : 0;
}

static bool is_realloc(const struct model_event *me)
{
    return me->class == MODEL_IN_PLACE || me->class == MODEL_MOVED;
}

static uint64_t copied_bytes(const struct model_event *me)
{
    const struct event *event = &me->event;
    return event->size < event->old_size ? event->size : event->old_size;
}

static void count_done(const struct model_event *me, struct stack_counts *out)
{
    switch (me->class) {
    case MODEL_ALLOC:
        out->allocs++;
        out->alloc_bytes += me->event.size;
        break;
    case MODEL_FAILED_REALLOC:
        out->reallocs++;
        out->failed++;
        break;
    case MODEL_IN_PLACE:
        out->reallocs++;
        out->in_place++;
        break;
    case MODEL_MOVED:
        out->reallocs++;
        out->moved++;
        out->copied_bytes += copied_bytes(me);
        out->avoidable_moves += me->is_avoidable;
        out->avoidable_bytes += me->is_avoidable ? copied_bytes(me) : 0;
        break;
    default:
        break;
    }
}

static bool is_event_of_allocation(const struct model_event *me)
{
    return me->class == MODEL_ALLOC || me->class == MODEL_FAILED_ALLOC ||
           me->class == MODEL_INTERNAL_ALLOC || me->class == MODEL_FAILED_REALLOC || is_realloc(me);
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void count_growth(const struct model *model, uint32_t stack, struct model_stack *out)
{
    double ratios[MODEL_EVENTS];
    size_t count = 0;
    for (size_t i = 0; i < model->event_count; i++) {
        const struct model_event *me = &model->events[i];
        if (me->counted && is_realloc(me) && me->stack == stack && me->event.size > 0 &&
            me->event.old_size > 0)
            ratios[count++] = (double)me->event.size / (double)me->event.old_size;
    }
    out->growth_values = count;
    out->growth_p50 = NAN;
    if (count == 0)
        return;
    qsort(ratios, count, sizeof ratios[0], by_value);
    out->growth_p50 = ratios[(count + 1) / 2 - 1];
}

static void count_classes(const struct model *model, uint32_t stack, struct stack_counts *out)
{
    struct chains_result classes = { 0 };
    for (size_t c = 0; c < model->chain_count; c++) {
        const struct model_event *grows[MODEL_EVENTS];
        size_t count = 0;
        if (first_stack(model, c) != stack)
            continue;
        for (size_t i = 0; i < model->event_count; i++) {
            const struct model_event *me = &model->events[i];
            if (me->counted && is_realloc(me) && me->chain == c &&
                me->event.size > me->event.old_size)
                grows[count++] = me;
        }
        model_count_class(grows, count, &classes);
    }
    out->geometric = classes.geometric;
    out->arithmetic = classes.arithmetic;
    out->irregular = classes.irregular;
}

static uint64_t bytes_in_page(const struct model_block *block, uint64_t page)
{
    uint64_t from = block->address > page ? block->address : page;
    uint64_t end = block->address + block->size;
    uint64_t to = end < page + 4096 ? end : page + 4096;
    return from < to ? to - from : 0;
}

static void count_live(const struct model_heap *heap, size_t i, struct stack_counts *out)
{
    const struct model_block *block = &heap->live[i];
    out->live_blocks_at_end++;
    out->live_bytes_at_end += block->size;
    for (uint64_t page = block->address / 4096 * 4096; page < block->address + block->size;
         page += 4096) {
        bool is_pinned = block->size > 0;
        for (size_t j = 0; j < heap->live_count; j++)
            is_pinned &= j == i || bytes_in_page(&heap->live[j], page) == 0;
        out->pinned_pages_at_end += is_pinned;
        out->pinned_waste_at_end += is_pinned ? 4096 - bytes_in_page(block, page) : 0;
    }
}

void model_count_stack(const struct model *model, uint32_t stack, struct model_stack *out)
{
    *out = (struct model_stack){ 0 };
    for (size_t i = 0; i < model->event_count; i++) {
        const struct model_event *me = &model->events[i];
        if (!me->counted)
            continue;
        out->events += me->event.stack == stack && is_event_of_allocation(me);
        if (me->stack == stack)
            count_done(me, &out->counts);
        if (me->has_blocker && first_stack(model, me->blocker_chain) == stack)
            out->counts.blockers++;
    }
    for (size_t heap = 0; heap < MODEL_HEAPS; heap++)
        for (size_t i = 0; i < model->heaps[heap].live_count; i++)
            if (first_stack(model, model->heaps[heap].live[i].chain) == stack)
                count_live(&model->heaps[heap], i, &out->counts);
    count_classes(model, stack, &out->counts);
    count_growth(model, stack, out);
}
