/* What the list of the ledger's model says: every number counted anew, from the first event. */
#include "tests/ledger_model.h"

#include <stdlib.h>

static size_t bits(uint64_t value)
{
    size_t count = 0;
    for (; value > 0; value /= 2)
        count++;
    return count;
}

static bool is_temporary(const struct model *model, size_t i)
{
    const struct model_event *me = &model->events[i];
    const struct model_chain *chain = &model->chains[me->block.chain];
    if (!me->is_known || !chain->is_from_trace)
        return false;
    for (size_t j = i; j-- > 0;) {
        const struct model_event *e = &model->events[j];
        if (e->event.thread == me->event.thread && e->event.process == me->event.process &&
            e->class == MODEL_ALLOC)
            return j == chain->first_event;
    }
    return false;
}

static void count_lifetime(const struct model *model, const struct model_block *block,
                           uint64_t end_ns, struct model_counts *out)
{
    const struct model_chain *chain = &model->chains[block->chain];
    if (!chain->is_from_trace)
        return;
    size_t class = bits(end_ns - chain->born_ns);
    out->lifetimes[class]++;
    out->sources[block->source].lifetimes[class]++;
}

static void count_free(const struct model *model, size_t i, struct model_counts *out)
{
    const struct model_event *me = &model->events[i];
    struct source_result *source = &out->sources[me->event.source];
    out->traffic.frees++;
    out->traffic.temporary += is_temporary(model, i);
    source->frees++;
    if (!me->is_known) {
        out->traffic.free_of_unknown++;
        return;
    }
    out->traffic.free_bytes += me->block.size;
    source->free_bytes += me->block.size;
    count_lifetime(model, &me->block, me->event.time_ns, out);
}

static void count_realloc(const struct model_event *me, struct model_counts *out)
{
    uint64_t from = me->event.old_size, to = me->event.size;
    bool moved = me->class == MODEL_MOVED;
    struct realloc_result *r = &out->realloc;
    struct source_result *source = &out->sources[me->event.source];
    struct old_size_result *old = &r->by_old_size[bits(from)];
    uint64_t copied = !moved ? 0 : from < to ? from : to;
    r->count++;
    *(moved ? &r->moved : &r->in_place) += 1;
    *(moved ? &source->moved : &source->in_place) += 1;
    *(moved ? &old->moved : &old->in_place) += 1;
    *(to > from ? &r->grow : to < from ? &r->shrink : &r->same) += 1;
    source->reallocs++;
    r->paired += moved && !me->is_standalone;
    r->standalone += moved && me->is_standalone;
    r->from_zero += from == 0;
    r->to_zero += from > 0 && to == 0;
    r->copied_bytes += copied;
    source->copied_bytes += copied;
    old->copied_bytes += copied;
    out->grown_bytes += to > from ? to - from : 0;
    r->avoidable_moves += me->is_avoidable;
    r->avoidable_bytes += me->is_avoidable ? copied : 0;
    if (me->has_blocker)
        r->blockers[bits(me->blocker_size)]++;
    if (me->is_known && me->block.source_known)
        out->transitions[me->block.source][me->event.source]++;
    r->growth.values += from > 0 && to > 0;
    r->growth.exact_1 += from > 0 && to == from;
    r->growth.exact_1_5 += from > 0 && 1485 * from <= 1000 * to && 1000 * to <= 1515 * from;
    r->growth.exact_2 += from > 0 && 1980 * from <= 1000 * to && 1000 * to <= 2020 * from;
}

static void count_event(const struct model *model, size_t i, struct model_counts *out)
{
    const struct model_event *me = &model->events[i];
    struct source_result *source = &out->sources[me->event.source];
    if (me->has_unfreed)
        count_lifetime(model, &me->unfreed, me->event.time_ns, out);
    switch (me->class) {
    case MODEL_NOTHING:
        break;
    case MODEL_ALLOC:
        out->traffic.allocs++;
        out->traffic.alloc_bytes += me->event.size;
        source->allocs++;
        source->alloc_bytes += me->event.size;
        break;
    case MODEL_FREE:
        count_free(model, i, out);
        break;
    case MODEL_FAILED_ALLOC:
        out->traffic.failed_allocs++;
        break;
    case MODEL_INTERNAL_ALLOC:
        out->traffic.realloc_internal_allocs++;
        break;
    case MODEL_INTERNAL_FREE:
        out->traffic.realloc_internal_frees++;
        break;
    case MODEL_FAILED_REALLOC:
        out->realloc.count++;
        out->realloc.failed++;
        out->realloc.by_old_size[bits(me->event.old_size)].failed++;
        source->reallocs++;
        source->failed++;
        break;
    case MODEL_IN_PLACE:
    case MODEL_MOVED:
        count_realloc(me, out);
        break;
    }
}

/* exact fractions: largest ratio <= 1.2 × smallest and smallest >= 1.1 */
void model_count_class(const struct model_event *grows[], size_t count, struct chains_result *out)
{
    __extension__ typedef __int128 wide;
    if (count < 4)
        return;
    bool is_geometric = true, is_arithmetic = true;
    for (size_t i = 0; i < count; i++) {
        wide a = grows[i]->event.size, b = grows[i]->event.old_size;
        is_geometric &= b > 0 && 10 * a >= 11 * b;
        for (size_t j = 0; j < count; j++) {
            wide c = grows[j]->event.size, d = grows[j]->event.old_size;
            is_geometric &= 5 * a * d <= 6 * c * b;
            is_arithmetic &= 5 * (a - b) <= 6 * (c - d);
        }
    }
    *(is_geometric ? &out->geometric : is_arithmetic ? &out->arithmetic : &out->irregular) += 1;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static uint64_t nearest_rank(uint64_t *values, size_t count, size_t percent)
{
    if (count == 0)
        return RESULT_UNKNOWN;
    qsort(values, count, sizeof *values, by_value);
    return values[(count * percent + 99) / 100 - 1];
}

static void count_chains(const struct model *model, size_t heap, struct chains_result *out)
{
    uint64_t reallocs[MODEL_EVENTS], moves[MODEL_EVENTS];
    for (size_t c = 0; c < model->chain_count; c++) {
        const struct model_event *grows[MODEL_EVENTS];
        size_t grow_count = 0;
        uint64_t realloc_count = 0, move_count = 0;
        for (size_t i = 0; i < model->event_count; i++) {
            const struct model_event *e = &model->events[i];
            if ((e->class != MODEL_IN_PLACE && e->class != MODEL_MOVED) || e->chain != c ||
                !e->counted)
                continue;
            realloc_count++;
            move_count += e->class == MODEL_MOVED;
            if (e->event.size > e->event.old_size)
                grows[grow_count++] = e;
            if (e->class == MODEL_MOVED && e->heap == heap)
                out->copied_bytes +=
                    e->event.size < e->event.old_size ? e->event.size : e->event.old_size;
        }
        if (realloc_count == 0 || model->chains[c].heap != heap)
            continue;
        reallocs[out->count] = realloc_count;
        moves[out->count++] = move_count;
        out->reallocs_histogram[bits(realloc_count)]++;
        model_count_class(grows, grow_count, out);
    }
    out->reallocs_p50 = nearest_rank(reallocs, out->count, 50);
    out->reallocs_p95 = nearest_rank(reallocs, out->count, 95);
    out->reallocs_max = nearest_rank(reallocs, out->count, 100);
    out->moves_p50 = nearest_rank(moves, out->count, 50);
    out->moves_p95 = nearest_rank(moves, out->count, 95);
    out->moves_max = nearest_rank(moves, out->count, 100);
}

void model_count(const struct model *model, size_t heap, struct model_counts *out)
{
    *out = (struct model_counts){ 0 };
    for (size_t i = 0; i < model->event_count; i++)
        if (model->events[i].heap == heap && model->events[i].counted)
            count_event(model, i, out);
    out->traffic.destroyed_blocks = model->heaps[heap].destroyed;
    out->censored = model->heaps[heap].censored;
    count_chains(model, heap, &out->realloc.chains);
}
