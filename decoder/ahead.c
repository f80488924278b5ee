/* Decodes ahead on a thread of its own. */
#include "decoder/ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What they hold, some 50 KB each, lasts longer than a nap, whichever side sleeps. */
enum { SLOTS = AHEAD_SLOTS };

enum { CACHE_LINE = 64 };

struct slot {
    enum next got;
    struct error err;
    struct decoder_facts facts;
    struct event *events; /* owned */
    size_t count, capacity;
};

/* The thread fills slots[made % SLOTS] and nobody else looks there until `made` is past it. */
struct ahead {
    struct ahead_work work;
    pthread_t thread;
    bool is_joined;
    uint64_t taken;              /* slots handed out; the taker's own, as are … */
    const struct slot *current;  /* … the one it looks at, or NULL, and … */
    struct decoder_facts before; /* … what was known before the first */

    alignas(CACHE_LINE) _Atomic uint64_t made;     /* slots filled: by the thread, … */
    alignas(CACHE_LINE) _Atomic uint64_t released; /* … and free again: by the taker */
    atomic_bool is_stopping;
    struct slot slots[SLOTS];
};

/*
 * Who finds nothing to do sleeps for a moment, as often as it takes. To be woken would cost the
 * other side, which is the one that all wait for: 10 us and more, where a hypervisor has to be
 * asked; a report took a tenth longer. Shorter moments gain nothing, and where both threads share
 * one processor they cost: with 80 us, half as much again.
 */
static void nap(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 500 * 1000 }, NULL);
}

/* False: it is to stop. */
static bool wait_for_room(struct ahead *ahead)
{
    /* `made` changes on this thread alone. */
    const uint64_t made = atomic_load_explicit(&ahead->made, memory_order_relaxed);
    while (!atomic_load(&ahead->is_stopping)) {
        if (made - atomic_load_explicit(&ahead->released, memory_order_acquire) < SLOTS)
            return true;
        nap();
    }
    return false;
}

static bool reserve(struct slot *slot, size_t count)
{
    if (count <= slot->capacity)
        return true;
    struct event *events = realloc(slot->events, count * sizeof *events);
    if (!events)
        return error_set(&slot->err, ERROR_NO_MEMORY, ERROR_NO_OFFSET,
                         "no memory to decode %zu events ahead", count);
    slot->events = events;
    slot->capacity = count;
    return true;
}

static void note_facts(const struct ahead_work *work, struct decoder_facts *facts)
{
    facts->info = *work->info;
    facts->anomalies = *work->anomalies;
    facts->bytes_done = *work->bytes_done;
}

static void fill(struct ahead *ahead, struct slot *slot)
{
    const struct ahead_work *work = &ahead->work;
    struct event_batch batch;
    slot->got = work->next(work->decoder, &batch, &slot->err);
    slot->count = slot->got == NEXT_BATCH ? batch.count : 0;
    if (!reserve(slot, slot->count)) {
        slot->got = NEXT_ERROR;
        slot->count = 0;
    }
    if (slot->count > 0)
        memcpy(slot->events, batch.events, slot->count * sizeof slot->events[0]);
    note_facts(work, &slot->facts);
}

static void *decode(void *context)
{
    struct ahead *ahead = context;
    enum next got = NEXT_BATCH;
    while (got == NEXT_BATCH && wait_for_room(ahead)) {
        const uint64_t made = atomic_load_explicit(&ahead->made, memory_order_relaxed);
        struct slot *slot = &ahead->slots[made % SLOTS];
        fill(ahead, slot);
        got = slot->got;
        atomic_store_explicit(&ahead->made, made + 1, memory_order_release);
    }
    return NULL;
}

/* Signals are for the thread that the program began with: its waits are those to be ended. */
static int start_thread(struct ahead *ahead)
{
    sigset_t all, before;
    sigfillset(&all);
    int failure = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (failure)
        return failure;
    failure = pthread_create(&ahead->thread, NULL, decode, ahead);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

static void destroy(struct ahead *ahead)
{
    for (size_t i = 0; i < SLOTS; i++)
        free(ahead->slots[i].events);
    free(ahead);
}

struct ahead *ahead_start(const struct ahead_work *work, struct error *err)
{
    struct ahead *ahead = aligned_alloc(alignof(struct ahead), sizeof *ahead);
    if (!ahead) {
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to decode ahead");
        return NULL;
    }
    memset(ahead, 0, sizeof *ahead); /* assigned, it lay on the stack first: 100 KB */
    ahead->work = *work;
    atomic_init(&ahead->made, 0);
    atomic_init(&ahead->released, 0);
    atomic_init(&ahead->is_stopping, false);
    note_facts(work, &ahead->before);
    int failure = start_thread(ahead);
    if (!failure)
        return ahead;
    error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET, "no thread to decode ahead: %s",
              strerror(failure));
    destroy(ahead);
    return NULL;
}

void ahead_stop(struct ahead *ahead)
{
    if (!ahead || ahead->is_joined)
        return;
    atomic_store(&ahead->is_stopping, true);
    pthread_join(ahead->thread, NULL);
    ahead->is_joined = true;
}

void ahead_free(struct ahead *ahead)
{
    if (!ahead)
        return;
    ahead_stop(ahead);
    destroy(ahead);
}

static bool is_last(const struct slot *slot)
{
    return slot && slot->got != NEXT_BATCH;
}

static uint64_t made_by_now(const struct ahead *ahead)
{
    return atomic_load_explicit(&ahead->made, memory_order_acquire);
}

/* What a batch begins with nobody can have fetched in time but who takes the one before. */
static void fetch_begin_of_next(const struct ahead *ahead)
{
    enum { EVENTS = 32 }; /* as many as the analyzer looks at together */
    if (made_by_now(ahead) == ahead->taken)
        return;
    const struct slot *next = &ahead->slots[ahead->taken % SLOTS];
    const size_t bytes = (next->count < EVENTS ? next->count : EVENTS) * sizeof *next->events;
    for (size_t at = 0; at < bytes; at += CACHE_LINE)
        __builtin_prefetch((const char *)next->events + at);
}

/* Unless it was stopped, the thread goes on to a slot that is the last: one will come. */
static void take_next(struct ahead *ahead)
{
    atomic_store_explicit(&ahead->released, ahead->taken, memory_order_release);
    while (made_by_now(ahead) == ahead->taken)
        nap();
    ahead->current = &ahead->slots[ahead->taken++ % SLOTS];
    fetch_begin_of_next(ahead);
}

enum next ahead_next(struct ahead *ahead, struct event_batch *batch, struct error *err)
{
    if (!is_last(ahead->current))
        take_next(ahead);
    const struct slot *slot = ahead->current;
    *batch = (struct event_batch){ .events = slot->events, .count = slot->count, .is_afar = true };
    if (slot->got == NEXT_ERROR)
        error_set(err, slot->err.code, slot->err.offset, "%s", slot->err.message);
    return slot->got;
}

const struct decoder_facts *ahead_facts(const struct ahead *ahead)
{
    return ahead->current ? &ahead->current->facts : &ahead->before;
}

bool ahead_is_on(const struct ahead *ahead)
{
    /* Once joined, nobody else changes `made`. */
    return ahead &&
           (!ahead->is_joined || made_by_now(ahead) > ahead->taken || is_last(ahead->current));
}
