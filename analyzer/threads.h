/* What each thread did last, so that the three events of one moved realloc find together. */
#ifndef ANALYZER_THREADS_H
#define ANALYZER_THREADS_H

#include "analyzer/heap.h"

enum {
    THREAD_EVENTS = 8, /* metrics.md, section 2: heap events a thread remembers */
    /*
     * Traces do not say when threads end, so beyond this many those that have been still for long
     * are forgotten: they are in the middle of no realloc.
     */
    THREADS_MAX = 1 << 14,
    THREADS_STILL = THREADS_MAX / 2, /* changes without one of the thread's: still */
    THREADS_CACHED = 64,
};

/* What a thread_event is: bits. None of them: it takes a place, but serves nothing, because it
 * failed or was ignored, or is a realloc of a live block. */
enum {
    THREAD_COUNTED = 1, /* in heap->counts */
    THREAD_ALLOC = 2,
    THREAD_FREE = 4,
    THREAD_SERVED = 8,     /* a move: it serves no other, and is not the program's own */
    THREAD_KNOWN = 16,     /* a FREE of a known block */
    THREAD_TEMPORARY = 32, /* a FREE that was counted so */
    THREAD_WAITS = 64, /* a FREE of an unknown block or of one with a chain: see threads_settle */
};

/* An ALLOC or FREE with what it takes to undo it. */
struct thread_event {
    struct heap *heap;
    uint64_t address;
    uint8_t what;   /* THREAD_…: together, so that one store tells all */
    uint8_t source; /* index of its Source */
    union {
        struct {
            uint64_t size;           /* as the event said */
            uint64_t bytes;          /* as it was counted */
            struct moment before;    /* just before the ALLOC; its change is that of the ALLOC */
            uint64_t previous_alloc; /* thread.last_alloc before the ALLOC */
            uint32_t stack;          /* of the ALLOC */
        } alloc;
        struct {
            struct block block; /* that was freed, if it is known; it holds its chain */
            uint64_t identity;
            uint64_t time_ns, file_offset;
        } freed;
    };
};

/* How it was counted. */
static inline struct counted_free thread_counted_free(const struct thread_event *event)
{
    const struct block *block = event->what & THREAD_KNOWN ? &event->freed.block : NULL;
    return (struct counted_free){ block, event->freed.time_ns, event->source };
}

/* What the next events of a thread are if they belong to a move that was already applied. */
struct expectation {
    const struct heap *heap;
    uint64_t alloc_address, alloc_size, free_address;
    bool alloc, free;      /* which of the two may still come */
    bool free_is_internal; /* the FREE is the realloc's and counted so; else counted nowhere */
};

struct thread {
    uint64_t key; /* thread id and process index */
    uint64_t last_change;
    uint64_t last_alloc; /* identity of the program's last allocation; 0: none */
    struct thread_event *newest;
    bool is_expecting; /* either of these is set */
    struct expectation expected;
    struct expectation expected_before; /* the event that is being applied */
    /* A ring with a place more than is remembered: for the event that is being applied. */
    struct thread_event events[THREAD_EVENTS + 1];
};

/*
 * All threads of an analysis. Zero-filled is empty, once `chains` and `anomalies` (borrowed) are
 * set: what a FREE ended is final only when it can serve no move any more, and goes there then.
 */
struct threads {
    struct chains *chains;
    struct anomalies *anomalies;
    struct thread_entry *entries; /* owned */
    size_t count;
    struct thread *cache[THREADS_CACHED];
};

/* The rest of threads_find and threads_push, for what is seldom. */
__attribute__((cold)) struct thread *threads_meet(struct threads *threads, uint64_t key,
                                                  uint64_t change, struct error *err);
bool threads_settle_event(struct threads *threads, struct thread_event *event, struct error *err);

/*
 * The thread, which is about to do change number `change`; the pointer is good until the next call.
 * NULL with ERROR_NO_MEMORY.
 */
static inline struct thread *threads_find(struct threads *threads, uint32_t process, uint32_t id,
                                          uint64_t change, struct error *err)
{
    uint64_t key = (uint64_t)id << 32 | process; /* as they lie in an event: one load */
    struct thread **cached = &threads->cache[id / 4 % THREADS_CACHED];
    if (!*cached || (*cached)->key != key) {
        struct thread *thread = threads_meet(threads, key, change, err);
        if (!thread)
            return NULL;
        *cached = thread;
    }
    (*cached)->last_change = change;
    return *cached;
}

/*
 * A place for the event that is being applied, which serves nothing until the caller says
 * otherwise; the oldest one makes room. NULL with ERROR_NO_MEMORY.
 */
static inline struct thread_event *threads_push(struct threads *threads, struct thread *thread,
                                                struct error *err)
{
    struct thread_event *event = thread->newest;
    event = event == &thread->events[THREAD_EVENTS] ? thread->events : event + 1;
    if (event->what & THREAD_WAITS && !threads_settle_event(threads, event, err))
        return NULL;
    thread->newest = event;
    event->what = 0;
    return event;
}

/* Settles all FREEs that still wait. False with ERROR_NO_MEMORY. Call it once, at the end. */
bool threads_settle(struct threads *threads, struct error *err);

void threads_release(struct threads *threads);

/* The ALLOC and the FREE that belong to a move; NULL: not remembered. */
struct thread_move {
    struct thread_event *alloc, *freed;
};

/* The next event of the thread is about to be applied: what was expected, was so before it. */
static inline void thread_turn_expected(struct thread *thread)
{
    if (!thread->is_expecting)
        return;
    thread->expected_before = thread->expected;
    thread->expected = (struct expectation){ 0 };
    thread->is_expecting = thread->expected_before.heap != NULL;
}

static inline void thread_expect(struct thread *thread, const struct expectation *expected)
{
    thread->expected = *expected;
    thread->is_expecting = true;
}

/*
 * Finds what the thread remembers of a move of `heap` from `old_address` to `size` bytes at
 * `address`: the newest ALLOC with a FREE after it, and the newest such FREE; else the newest ALLOC
 * alone. What has served is passed over. The newest event, which is being applied, is not looked
 * at.
 */
struct thread_move thread_find_move(struct thread *thread, const struct heap *heap,
                                    uint64_t address, uint64_t size, uint64_t old_address);

/*
 * `alloc` turns out not to be an allocation of the program's: which of the thread's FREEs ended
 * temporary blocks is judged again.
 */
void thread_forget_alloc(struct thread *thread, const struct thread_event *alloc);

/* Whether a FREE ends a temporary block: the thread's last allocation began its chain. */
static inline bool thread_is_temporary(uint64_t identity, uint64_t last_alloc)
{
    return (identity == last_alloc) & (identity != IDENTITY_BEFORE_TRACE);
}

/* Judges again whether a FREE ended a temporary block, and corrects the count if it did not. */
static inline void thread_judge_free(struct thread_event *freed, uint64_t last_alloc)
{
    bool is_temporary = thread_is_temporary(freed->freed.identity, last_alloc);
    if (is_temporary == ((freed->what & THREAD_TEMPORARY) != 0))
        return;
    if (freed->what & THREAD_COUNTED)
        freed->heap->counts.rare.temporary += is_temporary ? 1 : UINT64_MAX;
    freed->what ^= THREAD_TEMPORARY;
}

#endif
