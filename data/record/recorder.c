/* The recorder inside a recorded process. */
#include "data/record/recorder.h"

#include "data/record/events.h"
#include "data/record/lock.h"
#include "data/record/sizes.h"
#include "data/record/sys.h"
#include "data/record/unwind.h"

#include <errno.h>
#include <stdint.h>

enum state { IDLE = 0, RECORDING, OFF };

/*
 * Everything that belongs to one process lives in a page that the kernel gives to a forked child
 * zero-filled (MADV_WIPEONFORK). So a child, however it was forked and whatever its parent's
 * threads were doing, finds an open lock, IDLE, and no way to its parent's buffer.
 */
struct recorder {
    struct lock lock;
    enum state state;
    struct events events;
};

static struct recorder *recorder;

static _Thread_local bool is_inside __attribute__((tls_model("initial-exec")));

/* ---- the start of a process ---- */

static bool start(struct recorder *r)
{
    sizes_after_fork();
    return events_open(&r->events);
}

static void start_or_give_up(struct recorder *r)
{
    int saved = errno;
    r->state = start(r) ? RECORDING : OFF;
    errno = saved;
}

/*
 * Once a program, before it can have a second thread, for starting one allocates. The loader
 * allocates before the C library has its environment: that much is not recorded.
 */
static struct recorder *find_recorder(void)
{
    extern char **environ;
    if (recorder || !environ)
        return recorder;
    int saved = errno;
    struct recorder *page = sys_map_private(sizeof *page);
    if (page && !sys_advise(page, sizeof *page, MADV_WIPEONFORK))
        page->state = OFF; /* a kernel before 4.14: a child would write into its parent's buffer */
    recorder = page;
    errno = saved;
    return recorder;
}

bool recorder_enter(void)
{
    struct recorder *r = find_recorder();
    if (!r || r->state == OFF || is_inside)
        return false;
    is_inside = true;
    lock_take(&r->lock);
    if (r->state == IDLE)
        start_or_give_up(r);
    if (r->state == RECORDING)
        return true;
    recorder_leave();
    return false;
}

void recorder_leave(void)
{
    lock_release(&recorder->lock);
    is_inside = false;
}

void recorder_log_alloc(const void *block, size_t size)
{
    if (block)
        sizes_put((uintptr_t)block, size);
    events_tick(&recorder->events);
    events_add_alloc(&recorder->events, (uintptr_t)block, size);
    events_add_stack(&recorder->events);
}

void recorder_log_free(const void *block, const void *caller)
{
    uint64_t size;
    sizes_take((uintptr_t)block, &size);
    events_tick(&recorder->events);
    events_add_free(&recorder->events, (uintptr_t)block);
    if (recorder->events.stack_limit > 0 && unwind_is_loader((uintptr_t)caller))
        events_add_unloads(&recorder->events);
}

size_t recorder_take_size(const void *old, size_t otherwise)
{
    uint64_t size = otherwise;
    sizes_take((uintptr_t)old, &size);
    return size;
}

void recorder_log_realloc(const void *block, size_t size, const void *old, size_t old_size)
{
    if (block)
        sizes_put((uintptr_t)block, size);
    else
        sizes_put((uintptr_t)old, old_size);
    events_tick(&recorder->events);
    if (block && block != old) {
        events_add_alloc(&recorder->events, (uintptr_t)block, size);
        if (recorder->events.stack_limit > 0) {
            events_add_stack(&recorder->events);
            events_tick(&recorder->events); /* a time and a thread name one event with a stack */
        }
        events_add_free(&recorder->events, (uintptr_t)old);
    }
    events_add_realloc(&recorder->events, (uintptr_t)block, size, (uintptr_t)old, old_size);
    events_add_stack(&recorder->events);
}

void recorder_note_exit(void)
{
    events_tick(&recorder->events);
    recorder->events.stream.buffer->time = recorder->events.time;
}
