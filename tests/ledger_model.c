/* The ledger as metrics.md, section 2, says it, in the simplest way that can be. */
#include "tests/ledger_model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { REMEMBERED = 8, CHANGES_KNOWN = 64 };

struct model *model_new(void)
{
    struct model *model = calloc(1, sizeof *model);
    assert(model);
    model->events = calloc(MODEL_EVENTS, sizeof *model->events);
    assert(model->events);
    return model;
}

void model_free(struct model *model)
{
    free(model->events);
    free(model);
}

static struct model_block *find(struct model_heap *heap, uint64_t address)
{
    for (size_t i = 0; i < heap->live_count; i++)
        if (heap->live[i].address == address)
            return &heap->live[i];
    return NULL;
}

static void take_out(struct model_heap *heap, struct model_block *block)
{
    *block = heap->live[--heap->live_count];
    heap->changes++;
}

static void put_in(struct model *model, struct model_heap *heap, struct model_block block)
{
    bool overlaps = false;
    for (size_t i = 0; i < heap->live_count; i++) {
        const struct model_block *other = &heap->live[i];
        overlaps |= block.size > 0 && other->size > 0 &&
                    other->address < block.address + block.size &&
                    block.address < other->address + other->size;
    }
    model->overlap += overlaps;
    heap->live[heap->live_count++] = block;
    heap->changes++;
}

static void end_chain(struct model *model, const struct model_block *block)
{
    model->chains[block->chain].address = block->address;
    model->chains[block->chain].last_bytes = block->size;
}

static void end_unfreed(struct model *model, struct model_heap *heap, struct model_event *me)
{
    struct model_block *block = find(heap, me->event.address);
    if (!block)
        return;
    me->has_unfreed = true;
    me->unfreed = *block;
    end_chain(model, block);
    model->free_missing++;
    take_out(heap, block);
}

static size_t new_chain(struct model *model, size_t heap, uint64_t first_bytes)
{
    model->chains[model->chain_count] =
        (struct model_chain){ .heap = heap, .first_bytes = first_bytes };
    return model->chain_count++;
}

/* The event `back` before event `i` among those of its thread; NULL: none. */
static struct model_event *earlier(struct model *model, size_t i, size_t back)
{
    const struct event *event = &model->events[i].event;
    while (back > 0 && i > 0) {
        i--;
        if (model->events[i].event.thread == event->thread &&
            model->events[i].event.process == event->process)
            back--;
    }
    return back == 0 ? &model->events[i] : NULL;
}

static bool is_alloc_like(const struct event *event)
{
    return event->kind == EVENT_alloc || (event->kind == EVENT_realloc && event->old_address == 0);
}

/*
 * Whether the event follows a move without its ALLOC or FREE (rules 3 and 4): all events of the
 * thread between the two are such followers, each kind once.
 */
static const struct model_event *followed_move(struct model *model, size_t i)
{
    const struct model_event *me = &model->events[i];
    bool me_alloc = is_alloc_like(&me->event);
    bool seen_same = false, seen_other = false;
    for (size_t back = 1; back <= 2; back++) {
        const struct model_event *e = earlier(model, i, back);
        if (!e)
            return NULL;
        if (e->class == MODEL_MOVED) {
            bool rule_3 = !e->is_standalone && e->is_rule_3;
            if (e->heap != me->heap || (!e->is_standalone && !rule_3) || seen_same)
                return NULL;
            if (rule_3 && (me_alloc || seen_other))
                return NULL;
            return e;
        }
        if (e->class != MODEL_NOTHING)
            return NULL;
        *(is_alloc_like(&e->event) == me_alloc ? &seen_same : &seen_other) = true;
    }
    return NULL;
}

static void apply_alloc(struct model *model, size_t i)
{
    struct model_event *me = &model->events[i];
    struct model_heap *heap = &model->heaps[me->heap];
    const struct event *event = &me->event;
    if (event->address == 0) {
        me->class = MODEL_FAILED_ALLOC;
        return;
    }
    const struct model_event *move = followed_move(model, i);
    const struct model_block *live = find(heap, event->address);
    if (move && move->event.address == event->address && move->event.size == event->size && live &&
        live->size == event->size)
        return;
    end_unfreed(model, heap, me);
    size_t chain = new_chain(model, me->heap, event->size);
    model->chains[chain].is_from_trace = true;
    model->chains[chain].first_event = i;
    model->chains[chain].born_ns = event->time_ns;
    put_in(model, heap,
           (struct model_block){ event->address, event->size, chain, event->source, true });
    me->class = MODEL_ALLOC;
    me->served = false;
}

static void apply_free(struct model *model, size_t i)
{
    struct model_event *me = &model->events[i];
    struct model_heap *heap = &model->heaps[me->heap];
    struct model_block *block = find(heap, me->event.address);
    if (!block) {
        const struct model_event *move = followed_move(model, i);
        if (move && move->event.old_address == me->event.address) {
            me->class = move->is_standalone ? MODEL_NOTHING : MODEL_INTERNAL_FREE;
            return;
        }
    }
    me->class = MODEL_FREE;
    me->served = false;
    me->is_known = block != NULL;
    if (!block)
        return;
    me->block = *block;
    end_chain(model, block);
    model->chains[block->chain].is_freed = true;
    model->chains[block->chain].freed_ns = me->event.time_ns;
    take_out(heap, block);
}

static void judge_room(struct model *model, struct model_event *me, const struct model_event *first)
{
    struct model_heap *heap = &model->heaps[me->heap];
    const struct event *event = &me->event;
    if (event->size <= event->old_size || !me->is_known || !me->block.source_known ||
        me->block.source == 1 || me->block.source == 2)
        return;
    bool is_recent = heap->changes - first->changes <= CHANGES_KNOWN;
    const struct model_block *blocks = is_recent ? first->before : heap->live;
    size_t count = is_recent ? first->before_count : heap->live_count;
    const struct model_block *next = NULL;
    for (size_t i = 0; i < count; i++)
        if (blocks[i].address > event->old_address && (!next || blocks[i].address < next->address))
            next = &blocks[i];
    if (!next)
        return;
    __extension__ typedef __int128 wide;
    wide room = (wide)next->address - ((wide)event->old_address + event->old_size);
    me->is_avoidable = room >= (wide)(event->size - event->old_size) + 16;
    me->has_blocker = !me->is_avoidable;
    me->blocker_size = next->size;
    me->blocker_chain = next->chain;
}

static void link_to(struct model *model, struct model_event *me, struct model_block *block)
{
    model->old_size_mismatch += me->is_known && me->block.size != me->event.old_size;
    if (me->is_known) {
        block->chain = me->block.chain;
        model->chains[block->chain].is_freed = false;
    } else {
        block->chain = new_chain(model, me->heap, me->event.old_size);
    }
    block->source = me->event.source;
    block->source_known = true;
    me->chain = block->chain;
    me->class = MODEL_MOVED;
}

/* Ends the old block, if it is live; `me` knows it then. */
static void end_old(struct model_heap *heap, struct model_event *me)
{
    struct model_block *old = find(heap, me->event.old_address);
    me->is_known = old != NULL;
    if (!old)
        return;
    me->block = *old;
}

static bool serves_as_alloc(const struct model_event *e, const struct model_event *me)
{
    return e && !e->served && e->class == MODEL_ALLOC && e->heap == me->heap &&
           e->event.address == me->event.address && e->event.size == me->event.size;
}

static bool serves_as_free(const struct model_event *e, const struct model_event *me)
{
    return e && !e->served && e->class == MODEL_FREE && e->heap == me->heap &&
           e->event.address == me->event.old_address;
}

static void take_back(struct model_event *event, enum model_class class)
{
    event->class = class;
    event->served = true;
}

static bool apply_rule_2(struct model *model, size_t i, struct model_block *live)
{
    struct model_event *me = &model->events[i];
    for (size_t a = 1; a <= REMEMBERED; a++) {
        struct model_event *alloc = earlier(model, i, a);
        if (!serves_as_alloc(alloc, me))
            continue;
        for (size_t f = 1; f < a; f++) {
            struct model_event *freed = earlier(model, i, f);
            if (!serves_as_free(freed, me))
                continue;
            me->is_known = freed->is_known;
            me->block = freed->block;
            judge_room(model, me, alloc);
            end_chain(model, live);
            take_back(alloc, MODEL_INTERNAL_ALLOC);
            take_back(freed, MODEL_INTERNAL_FREE);
            me->stack = me->event.stack ? me->event.stack : alloc->event.stack;
            link_to(model, me, live);
            return true;
        }
    }
    return false;
}

static bool apply_rule_3(struct model *model, size_t i, struct model_block *live)
{
    struct model_event *me = &model->events[i];
    struct model_heap *heap = &model->heaps[me->heap];
    for (size_t a = 1; a <= REMEMBERED; a++) {
        struct model_event *alloc = earlier(model, i, a);
        if (!serves_as_alloc(alloc, me))
            continue;
        end_old(heap, me);
        judge_room(model, me, alloc);
        end_chain(model, live);
        take_back(alloc, MODEL_INTERNAL_ALLOC);
        me->stack = me->event.stack ? me->event.stack : alloc->event.stack;
        me->is_rule_3 = true; /* rule 3 */
        link_to(model, me, live);
        if (me->is_known)
            take_out(heap, find(heap, me->event.old_address));
        return true;
    }
    return false;
}

static void apply_rule_4(struct model *model, size_t i)
{
    struct model_event *me = &model->events[i];
    struct model_heap *heap = &model->heaps[me->heap];
    end_old(heap, me);
    judge_room(model, me, me);
    end_unfreed(model, heap, me);
    if (me->is_known)
        take_out(heap, find(heap, me->event.old_address));
    struct model_block block = { .address = me->event.address, .size = me->event.size };
    me->is_standalone = true;
    link_to(model, me, &block);
    put_in(model, heap, block);
}

static void apply_in_place(struct model *model, size_t i)
{
    struct model_event *me = &model->events[i];
    struct model_heap *heap = &model->heaps[me->heap];
    const struct event *event = &me->event;
    struct model_block *block = find(heap, event->address);
    if (!block) {
        put_in(model, heap,
               (struct model_block){ .address = event->address,
                                     .size = event->old_size,
                                     .chain = new_chain(model, me->heap, event->old_size) });
        block = find(heap, event->address);
    }
    model->old_size_mismatch += block->size != event->old_size;
    me->is_known = true;
    me->block = *block;
    me->chain = block->chain;
    me->class = MODEL_IN_PLACE;
    block->size = event->size;
    block->source = event->source;
    block->source_known = true;
    heap->changes++;
}

static void apply_realloc(struct model *model, size_t i)
{
    struct model_event *me = &model->events[i];
    if (me->event.old_address == 0) {
        apply_alloc(model, i);
    } else if (me->event.address == 0) {
        me->class = MODEL_FAILED_REALLOC;
    } else if (me->event.address == me->event.old_address) {
        apply_in_place(model, i);
    } else {
        struct model_block *live = find(&model->heaps[me->heap], me->event.address);
        bool is_there = live && live->size == me->event.size;
        if (!(is_there && (apply_rule_2(model, i, live) || apply_rule_3(model, i, live))))
            apply_rule_4(model, i);
    }
}

void model_apply(struct model *model, size_t heap, const struct event *event, bool counted)
{
    assert(model->event_count < MODEL_EVENTS);
    size_t i = model->event_count++;
    struct model_event *me = &model->events[i];
    *me = (struct model_event){ .event = *event, .heap = heap, .counted = counted, .served = true };
    me->stack = event->stack;
    me->changes = model->heaps[heap].changes;
    me->before_count = model->heaps[heap].live_count;
    memcpy(me->before, model->heaps[heap].live, sizeof me->before);
    if (event->kind == EVENT_alloc)
        apply_alloc(model, i);
    else if (event->kind == EVENT_free)
        apply_free(model, i);
    else
        apply_realloc(model, i);
}

void model_end_heap(struct model *model, size_t heap, bool is_destroyed)
{
    struct model_heap *h = &model->heaps[heap];
    for (size_t i = 0; i < h->live_count; i++) {
        end_chain(model, &h->live[i]);
        h->censored += model->chains[h->live[i].chain].is_from_trace;
    }
    if (is_destroyed) {
        h->destroyed += h->live_count;
        h->live_count = 0;
    }
}
