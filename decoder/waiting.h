/*
 * Events in their order, waiting for their call stacks: a stack comes after its event, maybe in the
 * buffer of another CPU.
 *
 * An event leaves when those before it have left and its stack has come, or WAITING_NS of trace
 * time have passed, or more than WAITING_EVENTS_MAX are waiting. So that a trace pays only for what
 * it has, nothing waits
 * - in a trace without a stack event in its first WAITING_NS or WAITING_START_EVENTS, until one
 *   comes after all (the heap events before it have no stack then);
 * - of a kind whose last WAITING_PATIENCE events had no stack, until one has (it is found all the
 *   same if it comes before its event has been handed out).
 */
#ifndef DECODER_WAITING_H
#define DECODER_WAITING_H

#include "decoder/error.h"
#include "decoder/event.h"

#include <stddef.h>
#include <stdint.h>

/* Real stacks came up to 0.4 s after their event. */
#define WAITING_NS UINT64_C(1000000000)

enum {
    WAITING_EVENTS_MAX = 1 << 16, /* some 7 MiB: more leave the caches, and take twice the time */
    WAITING_START_EVENTS = 1 << 14,
    WAITING_PATIENCE = 1 << 16,
    WAITING_MISSED = 1 << 18, /* 1 MiB */
    /* So many leave at once, even if one of them held up all others: who copies them stays in the
     * caches. More than come in at once, or the line would never end. */
    WAITING_READY_MAX = 1 << 11,
};

/* How a stack names its event, and what its stack needs to know of it. */
struct waiting_note {
    int64_t ticks;       /* as in the event's header: not normalised as its time is */
    uint32_t pid;        /* of the event's header, as is the thread */
    uint32_t generation; /* of the process's modules (images_generation) */
    uint32_t older;      /* number of the next older event in the same bucket */
    bool has_user_part;
};

/* A ring: event number n lies at n modulo `capacity`, a power of two. */
struct waiting {
    struct event *events;
    struct waiting_note *notes;
    uint32_t *newest; /* number of the newest event by bucket, of which there are `capacity` */
    uint32_t capacity;
    uint32_t head, tail;  /* numbers of the oldest event, and of the next one */
    uint32_t first_noted; /* of those that have a note: the others came while it was off */
    bool is_on;           /* whether anything waits */
    bool has_seen_stack;
    uint32_t unanswered[EVENT_KIND_COUNT]; /* since the last one with a stack */
    uint64_t answered;                     /* events that left with a stack */
    uint64_t left_early;                   /* without one, for want of room */
    /* WAITING_MISSED tags of ALLOCs and REALLOCs that left without, or 0. NULL: no stack has come
     */
    uint32_t *missed;
};

bool waiting_init(struct waiting *waiting, struct error *err);
void waiting_release(struct waiting *waiting); /* safe on zero-filled */

/* Takes out the `count` oldest events. */
void waiting_drop(struct waiting *waiting, uint32_t count);

/* Makes room for `more` events. False is ERROR_NO_MEMORY. */
bool waiting_reserve(struct waiting *waiting, uint32_t more, struct error *err);

/* Where the next event goes; it counts only once waiting_add, or waiting_add_run, has said so. */
static inline struct event *waiting_place(const struct waiting *waiting)
{
    return &waiting->events[waiting->tail & (waiting->capacity - 1)];
}

/* Up to `wanted` events: of those from waiting_place on that lie one behind the other in memory. */
static inline uint32_t waiting_straight(const struct waiting *waiting, uint32_t wanted)
{
    uint32_t straight = waiting->capacity - (waiting->tail & (waiting->capacity - 1));
    return straight < wanted ? straight : wanted;
}

/* Notes what names event `number`: for waiting_add, and before waiting_add_run while the line is
 * on. */
void waiting_annotate(struct waiting *waiting, uint32_t number, int64_t ticks, uint32_t pid,
                      uint32_t generation);

/*
 * Adds the event at waiting_place; `ticks` and `pid` are of its header. The end of a process never
 * has a stack here. `generation` is not looked at while the line is off.
 */
static inline void waiting_add(struct waiting *waiting, int64_t ticks, uint32_t pid,
                               uint32_t generation)
{
    uint32_t number = waiting->tail++;
    if (waiting->is_on)
        waiting_annotate(waiting, number, ticks, pid, generation);
}

/*
 * Adds so many events from waiting_place on, which waiting_straight has promised room for. Those
 * that have to be noted have been.
 */
static inline void waiting_add_run(struct waiting *waiting, uint32_t count)
{
    waiting->tail += count;
}

/* A stack event has come: events wait from here on. False is ERROR_NO_MEMORY. */
bool waiting_expect(struct waiting *waiting, struct error *err);

/*
 * The newest event of that time stamp, process and thread that has no stack of the user's yet; its
 * note in `*note`. NULL when none waits. Looks at a bounded number of events: those that a trace
 * has made to collide may be missed.
 */
struct event *waiting_find(struct waiting *waiting, int64_t ticks, uint32_t pid, uint32_t tid,
                           struct waiting_note **note);

/*
 * Whether an ALLOC or REALLOC of that time stamp, process and thread has left without a stack; says
 * so once of each. Knows the last ones: false may be wrong.
 */
bool waiting_has_missed(struct waiting *waiting, int64_t ticks, uint32_t pid, uint32_t tid);

/*
 * The oldest events that may leave, one behind the other in memory, WAITING_READY_MAX at most; 0 if
 * none may. The caller
 * takes them out by the next waiting_drop. `at_end`: nothing more comes, so all may.
 */
uint32_t waiting_ready(struct waiting *waiting, uint64_t now_ns, bool at_end,
                       const struct event **events);

#endif
