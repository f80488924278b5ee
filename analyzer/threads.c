/* What each thread did last, so that the three events of one moved realloc find together. */
#include "analyzer/threads.h"

#include "analyzer/step_stacks.h"
#include "decoder/anomaly.h"

#include <stdlib.h>
#include <string.h>

/* Out of memory is a return value: a failed add leaves hh.tbl NULL (uthash user guide). */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

enum { PLACES = THREAD_EVENTS + 1 };

struct thread_entry {
    struct thread thread; /* thread.key is the key */
    UT_hash_handle hh;
};

/* A chain that was freed, and a FREE of an unknown block, are what they seem from now on. */
bool threads_settle_event(struct threads *threads, struct thread_event *event, struct error *err)
{
    if ((event->what & (THREAD_FREE | THREAD_SERVED)) != THREAD_FREE)
        return true;
    event->what |= THREAD_SERVED;
    bool is_known = event->what & THREAD_KNOWN;
    if (!is_known && event->what & THREAD_COUNTED) {
        struct anomalies once = { 0 };
        anomaly_note(&once, ANOMALY_free_of_unknown, event->freed.file_offset);
        anomalies_add(threads->anomalies,
                      &once); /* keeps the lower offset: settling has no order */
    }
    const struct block *block = &event->freed.block;
    if (!is_known || block->chain == 0)
        return true;
    struct chain_end end = {
        .address = event->address,
        .bytes = block->size,
        .first_ns = block->born_ns,
        .last_ns = event->freed.time_ns,
        .first_stack = block->stack,
    };
    bool done = chain_stats_count(&event->heap->counts.chains,
                                  chains_at(threads->chains, block->chain), &end, err);
    if (event->heap->stacks && done)
        stack_count_chain(event->heap->stacks, block->stack,
                          chains_at(threads->chains, block->chain));
    chains_end(threads->chains, block->chain);
    return done;
}

static bool settle_all(struct threads *threads, struct thread *thread, struct error *err)
{
    for (size_t i = 0; i < PLACES; i++)
        if (!threads_settle_event(threads, &thread->events[i], err))
            return false;
    return true;
}

/* At least half of THREADS_MAX threads have been still, for each change is one thread's. */
static bool forget_still_threads(struct threads *threads, uint64_t change, struct error *err)
{
    memset(threads->cache, 0, sizeof threads->cache);
    struct thread_entry *entry, *next;
    for (entry = threads->entries; entry; entry = next) {
        next = entry->hh.next;
        if (change - entry->thread.last_change < THREADS_STILL)
            continue;
        if (!settle_all(threads, &entry->thread, err))
            return false;
        HASH_DEL(threads->entries, entry);
        free(entry);
        threads->count--;
    }
    return true;
}

static struct thread *add(struct threads *threads, uint64_t key, struct error *err)
{
    struct thread_entry *entry = calloc(1, sizeof *entry);
    if (entry) {
        entry->thread.key = key;
        entry->thread.newest = entry->thread.events;
        HASH_ADD(hh, threads->entries, thread.key, sizeof entry->thread.key, entry);
    }
    if (!entry || !entry->hh.tbl) {
        free(entry);
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu threads",
                  threads->count + 1);
        return NULL;
    }
    threads->count++;
    return &entry->thread;
}

struct thread *threads_meet(struct threads *threads, uint64_t key, uint64_t change,
                            struct error *err)
{
    struct thread_entry *entry;
    HASH_FIND(hh, threads->entries, &key, sizeof key, entry);
    if (entry)
        return &entry->thread;
    if (threads->count >= THREADS_MAX && !forget_still_threads(threads, change, err))
        return NULL;
    return add(threads, key, err);
}

bool threads_settle(struct threads *threads, struct error *err)
{
    for (struct thread_entry *entry = threads->entries; entry; entry = entry->hh.next)
        if (!settle_all(threads, &entry->thread, err))
            return false;
    return true;
}

void threads_release(struct threads *threads)
{
    struct thread_entry *entry = threads->entries;
    HASH_CLEAR(hh, threads->entries); /* drops the table only; the entries stay linked */
    while (entry) {
        struct thread_entry *next = entry->hh.next;
        free(entry);
        entry = next;
    }
    *threads = (struct threads){ 0 };
}

/* The event `age` before the newest, 1 to THREAD_EVENTS. */
static struct thread_event *event_of_age(struct thread *thread, uint32_t age)
{
    size_t newest = (size_t)(thread->newest - thread->events);
    return &thread->events[(newest + PLACES - age) % PLACES];
}

struct thread_move thread_find_move(struct thread *thread, const struct heap *heap,
                                    uint64_t address, uint64_t size, uint64_t old_address)
{
    struct thread_event *lone_alloc = NULL, *freed = NULL;
    for (uint32_t age = 1; age <= THREAD_EVENTS; age++) {
        struct thread_event *event = event_of_age(thread, age);
        if (event->what & THREAD_SERVED || event->heap != heap)
            continue;
        if (event->what & THREAD_FREE && event->address == old_address && !freed)
            freed = event;
        if (!(event->what & THREAD_ALLOC) || event->address != address || event->alloc.size != size)
            continue;
        if (freed)
            return (struct thread_move){ event, freed };
        if (!lone_alloc)
            lone_alloc = event;
    }
    return (struct thread_move){ lone_alloc, NULL };
}

void thread_forget_alloc(struct thread *thread, const struct thread_event *alloc)
{
    uint64_t gone = alloc->alloc.before.change;
    uint64_t last = alloc->alloc.previous_alloc;
    uint32_t age = 1;
    while (event_of_age(thread, age) != alloc)
        age++;
    while (--age > 0) {
        struct thread_event *event = event_of_age(thread, age);
        if (event->what & THREAD_SERVED)
            continue;
        if (event->what & THREAD_FREE) {
            thread_judge_free(event, last);
        } else if (event->what & THREAD_ALLOC) {
            if (event->alloc.previous_alloc == gone)
                event->alloc.previous_alloc = last;
            last = event->alloc.before.change;
        }
    }
    if (thread->last_alloc == gone)
        thread->last_alloc = alloc->alloc.previous_alloc;
}
