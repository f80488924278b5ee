/* Events in their order, waiting for their call stacks. */
#include "decoder/waiting.h"

#include "decoder/stacks.h"

#include <stdlib.h>
#include <string.h>

enum {
    CAPACITY_START = 1024, /* most traces have no stacks and need no more once that is known */
    CAPACITY_WAITING = 2 * WAITING_START_EVENTS, /* at once: each step up to it costs page faults */
    STEPS_MAX = 32, /* a bucket holds one event on average, and more of them only by intent */
};

bool waiting_init(struct waiting *waiting, struct error *err)
{
    *waiting = (struct waiting){
        .events = malloc(CAPACITY_START * sizeof *waiting->events),
        .notes = malloc(CAPACITY_START * sizeof *waiting->notes),
        .newest = calloc(CAPACITY_START, sizeof *waiting->newest),
        .capacity = CAPACITY_START,
        .head = 1,
        .tail = 1,
        .first_noted = 1,
        .is_on = true,
    };
    if (!waiting->events || !waiting->notes || !waiting->newest)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for events");
    return true;
}

void waiting_release(struct waiting *waiting)
{
    free(waiting->events);
    free(waiting->notes);
    free(waiting->newest);
    free(waiting->missed);
    *waiting = (struct waiting){ 0 };
}

static uint32_t count_of(const struct waiting *waiting)
{
    return waiting->tail - waiting->head;
}

static uint64_t hash_of(int64_t ticks, uint32_t pid, uint32_t tid)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    return (((uint64_t)ticks * odd) ^ ((uint64_t)pid << 32 | tid)) * odd;
}

static uint32_t *bucket_of(const struct waiting *waiting, int64_t ticks, uint32_t pid, uint32_t tid)
{
    return &waiting->newest[(hash_of(ticks, pid, tid) >> 32) & (waiting->capacity - 1)];
}

/* The place is told by the high half of a hash, the tag by the low one; never 0. */
static uint32_t *missed_at(const struct waiting *waiting, uint64_t hash)
{
    return &waiting->missed[(hash >> 32) & (WAITING_MISSED - 1)];
}

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)hash | 1;
}

/* Whether the event has not left, and has a note: in numbers that may pass 2^32. */
static bool is_noted(const struct waiting *waiting, uint32_t number)
{
    uint32_t age = waiting->tail - number;
    return age > 0 && age <= waiting->tail - waiting->first_noted;
}

/* Puts an event that has a note first in its bucket. */
static void link_event(struct waiting *waiting, uint32_t number)
{
    uint32_t slot = number & (waiting->capacity - 1);
    struct waiting_note *note = &waiting->notes[slot];
    uint32_t *bucket = bucket_of(waiting, note->ticks, note->pid, waiting->events[slot].thread);
    note->older = *bucket;
    *bucket = number;
}

/* Fills empty buckets. */
static void link_all(struct waiting *waiting)
{
    for (uint32_t number = waiting->head; number != waiting->tail; number++)
        if (is_noted(waiting, number) &&
            !waiting->notes[number & (waiting->capacity - 1)].has_user_part)
            link_event(waiting, number);
}

/* Copies `count` elements from their places in a ring of `old` elements to those in one of `new`.
 */
static void spread(void *to, const void *from, uint32_t head, uint32_t count, uint32_t old,
                   uint32_t new, size_t size)
{
    for (uint32_t number = head; number != head + count; number++)
        memcpy((char *)to + (number & (new - 1)) * size,
               (const char *)from + (number & (old - 1)) * size, size);
}

static bool grow(struct waiting *waiting, struct error *err)
{
    uint32_t old = waiting->capacity;
    uint32_t new = old < CAPACITY_WAITING ? CAPACITY_WAITING : 2 * old;
    struct event *events = malloc(new * sizeof *events);
    struct waiting_note *notes = malloc(new * sizeof *notes);
    uint32_t *newest = calloc(new, sizeof *newest);
    if (!events || !notes || !newest) {
        free(events);
        free(notes);
        free(newest);
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for events");
    }
    spread(events, waiting->events, waiting->head, count_of(waiting), old, new, sizeof *events);
    spread(notes, waiting->notes, waiting->head, count_of(waiting), old, new, sizeof *notes);
    free(waiting->events);
    free(waiting->notes);
    free(waiting->newest);
    waiting->events = events;
    waiting->notes = notes;
    waiting->newest = newest;
    waiting->capacity = new;
    link_all(waiting);
    return true;
}

/* An empty line that is off starts over at the same place, which stays in the cache. */
void waiting_drop(struct waiting *waiting, uint32_t count)
{
    waiting->head += count;
    if (waiting->tail - waiting->first_noted > count_of(waiting))
        waiting->first_noted = waiting->head;
    if (!waiting->is_on && count_of(waiting) == 0)
        waiting->head = waiting->tail = waiting->first_noted = 1;
}

bool waiting_reserve(struct waiting *waiting, uint32_t more, struct error *err)
{
    while (waiting->capacity - count_of(waiting) < more)
        if (!grow(waiting, err))
            return false;
    return true;
}

void waiting_annotate(struct waiting *waiting, uint32_t number, int64_t ticks, uint32_t pid,
                      uint32_t generation)
{
    uint32_t slot = number & (waiting->capacity - 1);
    bool never_has_one = waiting->events[slot].kind == EVENT_process_end;
    waiting->notes[slot] = (struct waiting_note){ ticks, pid, generation, 0, never_has_one };
    if (!never_has_one)
        link_event(waiting, number);
}

bool waiting_expect(struct waiting *waiting, struct error *err)
{
    if (!waiting->missed)
        waiting->missed = calloc(WAITING_MISSED, sizeof *waiting->missed);
    if (!waiting->missed)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for events");
    waiting->has_seen_stack = true;
    if (waiting->is_on)
        return true;
    waiting->is_on = true;
    waiting->first_noted = waiting->tail;
    return true;
}

/*
 * A bucket may speak of numbers of events that have left, and of older ones that another event has
 * by now. Such a one is not what is looked for, or it would be in the bucket under its own number.
 */
struct event *waiting_find(struct waiting *waiting, int64_t ticks, uint32_t pid, uint32_t tid,
                           struct waiting_note **note)
{
    uint32_t number = *bucket_of(waiting, ticks, pid, tid);
    for (int steps = 0; steps < STEPS_MAX && is_noted(waiting, number); steps++) {
        uint32_t slot = number & (waiting->capacity - 1);
        struct waiting_note *found = &waiting->notes[slot];
        if (found->ticks == ticks && found->pid == pid && waiting->events[slot].thread == tid &&
            !found->has_user_part) {
            *note = found;
            return &waiting->events[slot];
        }
        if (waiting->tail - found->older <= waiting->tail - number)
            break;
        number = found->older;
    }
    return NULL;
}

/* Whether the oldest event has been waiting long enough to know that the trace has no stacks. */
static bool is_in_vain(const struct waiting *waiting, uint64_t now_ns)
{
    if (waiting->has_seen_stack || count_of(waiting) == 0)
        return false;
    const struct event *oldest = &waiting->events[waiting->head & (waiting->capacity - 1)];
    return count_of(waiting) > WAITING_START_EVENTS || now_ns - oldest->time_ns > WAITING_NS;
}

static bool may_leave(struct waiting *waiting, uint32_t number, uint64_t now_ns)
{
    uint32_t slot = number & (waiting->capacity - 1);
    const struct event *event = &waiting->events[slot];
    if (!is_noted(waiting, number) || waiting->notes[slot].has_user_part ||
        waiting->unanswered[event->kind] >= WAITING_PATIENCE ||
        now_ns - event->time_ns > WAITING_NS)
        return true;
    if (waiting->tail - number <= WAITING_EVENTS_MAX)
        return false;
    waiting->left_early += event->stack == STACK_NONE;
    return true;
}

bool waiting_has_missed(struct waiting *waiting, int64_t ticks, uint32_t pid, uint32_t tid)
{
    if (!waiting->missed)
        return false;
    uint64_t hash = hash_of(ticks, pid, tid);
    uint32_t *place = missed_at(waiting, hash);
    bool has_missed = *place == tag_of(hash);
    if (has_missed)
        *place = 0;
    return has_missed;
}

/* Keeps what names an event that leaves without a stack, if stacks are counted of its kind. */
static void note_missed(struct waiting *waiting, uint32_t number, const struct event *event)
{
    const struct waiting_note *note = &waiting->notes[number & (waiting->capacity - 1)];
    if (!waiting->missed || (event->kind != EVENT_alloc && event->kind != EVENT_realloc) ||
        !is_noted(waiting, number))
        return;
    uint64_t hash = hash_of(note->ticks, note->pid, event->thread);
    *missed_at(waiting, hash) = tag_of(hash);
}

static void leave(struct waiting *waiting, uint32_t number)
{
    const struct event *event = &waiting->events[number & (waiting->capacity - 1)];
    uint32_t *unanswered = &waiting->unanswered[event->kind];
    if (event->stack != STACK_NONE) {
        waiting->answered++;
        *unanswered = 0;
        return;
    }
    note_missed(waiting, number, event);
    if (*unanswered < WAITING_PATIENCE)
        ++*unanswered;
}

uint32_t waiting_ready(struct waiting *waiting, uint64_t now_ns, bool at_end,
                       const struct event **events)
{
    uint32_t start = waiting->head & (waiting->capacity - 1);
    uint32_t count = count_of(waiting);
    uint32_t ready = 0;
    *events = &waiting->events[start];
    if (is_in_vain(waiting, now_ns))
        waiting->is_on = false;
    if (count > waiting->capacity - start)
        count = waiting->capacity - start;
    if (count > WAITING_READY_MAX)
        count = WAITING_READY_MAX;
    if (!waiting->is_on)
        return count;
    while (ready < count && (at_end || may_leave(waiting, waiting->head + ready, now_ns)))
        leave(waiting, waiting->head + ready++);
    return ready;
}
