/* Decodes ahead on a thread of its own. */
#include "decoder/ahead.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Enough that neither side waits for a single batch of the other's; some 50 KB each. */
enum { SLOTS = 8 };

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
    uint64_t taken;             /* slots handed out; the taker's own, as are … */
    struct slot *current;       /* … the one it looks at, or NULL, and … */
    struct decoder_facts facts; /* … what was known then */

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t has_room, has_slot;
    uint64_t made, released; /* slots filled, and free again */
    bool is_stopping, is_done;
    bool maker_waits, taker_waits;
    struct slot slots[SLOTS];
};

/* False: it is to stop. */
static bool wait_for_room(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->made - ahead->released == SLOTS && !ahead->is_stopping) {
        ahead->maker_waits = true;
        pthread_cond_wait(&ahead->has_room, &ahead->lock);
    }
    ahead->maker_waits = false;
    bool goes_on = !ahead->is_stopping;
    pthread_mutex_unlock(&ahead->lock);
    return goes_on;
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

static void hand_over(struct ahead *ahead, bool is_slot, bool is_last)
{
    pthread_mutex_lock(&ahead->lock);
    ahead->made += is_slot;
    ahead->is_done = is_last;
    if (ahead->taker_waits)
        pthread_cond_signal(&ahead->has_slot);
    pthread_mutex_unlock(&ahead->lock);
}

static void *decode(void *context)
{
    struct ahead *ahead = context;
    enum next got = NEXT_BATCH;
    while (got == NEXT_BATCH && wait_for_room(ahead)) {
        /* `made` changes on this thread alone. */
        struct slot *slot = &ahead->slots[ahead->made % SLOTS];
        fill(ahead, slot);
        got = slot->got;
        hand_over(ahead, true, got != NEXT_BATCH);
    }
    if (got == NEXT_BATCH)
        hand_over(ahead, false, true);
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
    pthread_cond_destroy(&ahead->has_slot);
    pthread_cond_destroy(&ahead->has_room);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead);
}

struct ahead *ahead_start(const struct ahead_work *work, struct error *err)
{
    struct ahead *ahead = calloc(1, sizeof *ahead);
    if (!ahead) {
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to decode ahead");
        return NULL;
    }
    ahead->work = *work;
    note_facts(work, &ahead->facts);
    /* With these attributes none of them can fail where a mutex is memory and nothing else. */
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->has_room, NULL);
    pthread_cond_init(&ahead->has_slot, NULL);
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
    pthread_mutex_lock(&ahead->lock);
    ahead->is_stopping = true;
    pthread_cond_signal(&ahead->has_room);
    pthread_mutex_unlock(&ahead->lock);
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

/* Wakes the thread only when it has something to do for a while: waking costs more than a batch. */
static void release_current(struct ahead *ahead)
{
    if (!ahead->current)
        return;
    ahead->current = NULL;
    ahead->released++;
    if (ahead->maker_waits && ahead->made - ahead->released <= SLOTS / 2)
        pthread_cond_signal(&ahead->has_room);
}

static void take_next(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    release_current(ahead);
    while (ahead->made == ahead->taken && !ahead->is_done) {
        ahead->taker_waits = true;
        pthread_cond_wait(&ahead->has_slot, &ahead->lock);
    }
    ahead->taker_waits = false;
    assert(ahead->made > ahead->taken);
    pthread_mutex_unlock(&ahead->lock);
    ahead->current = &ahead->slots[ahead->taken++ % SLOTS];
    ahead->facts = ahead->current->facts;
}

enum next ahead_next(struct ahead *ahead, struct event_batch *batch, struct error *err)
{
    if (!is_last(ahead->current))
        take_next(ahead);
    const struct slot *slot = ahead->current;
    *batch = (struct event_batch){ .events = slot->events, .count = slot->count };
    if (slot->got == NEXT_ERROR)
        error_set(err, slot->err.code, slot->err.offset, "%s", slot->err.message);
    return slot->got;
}

const struct decoder_facts *ahead_facts(const struct ahead *ahead)
{
    return &ahead->facts;
}

bool ahead_is_on(const struct ahead *ahead)
{
    /* Once joined, nobody else changes `made`. */
    return ahead && (!ahead->is_joined || ahead->made > ahead->taken || is_last(ahead->current));
}
