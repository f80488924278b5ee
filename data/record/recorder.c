/* The recorder inside a recorded process. */
#include "data/record/recorder.h"

#include "data/record/describe.h"
#include "data/record/layout.h"
#include "data/record/lock.h"
#include "data/record/sizes.h"
#include "data/record/stream.h"
#include "data/record/sys.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum state { IDLE = 0, RECORDING, OFF };

/*
 * Everything that belongs to one process lives in a page that the kernel gives to a forked child
 * zero-filled (MADV_WIPEONFORK). So a child, however it was forked and whatever its parent's
 * threads were doing, finds an open lock, IDLE, and no way to its parent's buffer.
 */
struct recorder {
    struct lock lock;
    enum state state;
    uint32_t process;
    uint64_t last_time;
    struct stream stream;
};

static struct recorder *recorder;

/* Of a part, because a forked child's only thread has another id than the one it is a copy of. */
static _Thread_local struct {
    bool is_inside;
    uint32_t part;
    uint32_t id;
} this_thread __attribute__((tls_model("initial-exec")));

/* ---- events ---- */

/* Never less than before, whatever a clock that the program has replaced may say. */
static uint64_t read_clock(struct recorder *r)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t time = (uint64_t)now.tv_sec * CLOCK_HZ + (uint64_t)now.tv_nsec;
    if (time > r->last_time)
        r->last_time = time;
    return r->last_time;
}

static uint32_t thread_id(const struct recorder *r)
{
    if (this_thread.part != r->stream.part + 1) {
        this_thread.id = (uint32_t)syscall(SYS_gettid);
        this_thread.part = r->stream.part + 1;
    }
    return this_thread.id;
}

static struct event_header event_header(const struct recorder *r, uint16_t hook, size_t bytes,
                                        unsigned version)
{
    return (struct event_header){
        .marker = EVENT_MARKER(version),
        .bytes = (uint16_t)bytes,
        .hook = hook,
        .thread = thread_id(r),
        .process = r->process,
        .time = r->last_time,
    };
}

static void append_alloc(struct recorder *r, uint64_t address, uint64_t size)
{
    struct alloc_event *event = stream_reserve(&r->stream, sizeof *event, r->last_time);
    if (!event)
        return;
    *event = (struct alloc_event){
        .header = event_header(r, HOOK_HEAP_ALLOC, offsetof(struct alloc_event, padding), 2),
        .heap = RECORDED_HEAP,
        .size = size,
        .address = address,
        .source = RECORDED_SOURCE,
    };
    stream_commit(&r->stream, sizeof *event);
}

static void append_free(struct recorder *r, uint64_t address)
{
    struct free_event *event = stream_reserve(&r->stream, sizeof *event, r->last_time);
    if (!event)
        return;
    *event = (struct free_event){
        .header = event_header(r, HOOK_HEAP_FREE, offsetof(struct free_event, padding), 2),
        .heap = RECORDED_HEAP,
        .address = address,
        .source = RECORDED_SOURCE,
    };
    stream_commit(&r->stream, sizeof *event);
}

static void append_realloc(struct recorder *r, uint64_t address, uint64_t size,
                           uint64_t old_address, uint64_t old_size)
{
    struct realloc_event *event = stream_reserve(&r->stream, sizeof *event, r->last_time);
    if (!event)
        return;
    *event = (struct realloc_event){
        .header = event_header(r, HOOK_HEAP_REALLOC, offsetof(struct realloc_event, padding), 2),
        .heap = RECORDED_HEAP,
        .address = address,
        .old_address = old_address,
        .size = size,
        .old_size = old_size,
        .source = RECORDED_SOURCE,
    };
    stream_commit(&r->stream, sizeof *event);
}

static void append_create(struct recorder *r)
{
    struct create_event *event = stream_reserve(&r->stream, sizeof *event, r->last_time);
    if (!event)
        return;
    *event = (struct create_event){
        .header = event_header(r, HOOK_HEAP_CREATE, offsetof(struct create_event, padding), 2),
        .heap = RECORDED_HEAP,
    };
    stream_commit(&r->stream, sizeof *event);
}

/* Ends an event whose payload was written behind `event`; the padding is zeroed as elsewhere. */
static void append_described(struct recorder *r, struct event_header *event, uint16_t hook,
                             size_t payload_bytes, unsigned version)
{
    uint32_t bytes = (uint32_t)(sizeof *event + payload_bytes);
    *event = event_header(r, hook, bytes, version);
    memset((char *)event + bytes, 0, event_stride(bytes) - bytes);
    stream_commit(&r->stream, event_stride(bytes));
}

static void append_start(struct recorder *r)
{
    enum { ROOM = sizeof(struct event_header) + DESCRIPTION_BYTES };
    struct event_header *event = stream_reserve(&r->stream, ROOM, r->last_time);
    if (event)
        append_described(r, event, HOOK_PROCESS_START,
                         describe_process(event + 1, r->process, r->stream.part + 1), 3);

    static struct image_walk walk; /* too big for the stack of a small thread; under the lock */
    walk.descriptor = 0;
    for (;;) {
        event = stream_reserve(&r->stream, ROOM, r->last_time);
        size_t bytes = event ? describe_next_image(&walk, event + 1, r->process) : 0;
        if (bytes == 0)
            break;
        append_described(r, event, HOOK_IMAGE_LOAD, bytes, 2);
    }
    append_create(r);
}

/* ---- the start of a process ---- */

static bool start(struct recorder *r)
{
    sizes_after_fork();
    if (!stream_open(&r->stream))
        return false;
    r->process = (uint32_t)syscall(SYS_getpid);
    read_clock(r);
    append_start(r);
    return true;
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
    if (!r || r->state == OFF || this_thread.is_inside)
        return false;
    this_thread.is_inside = true;
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
    this_thread.is_inside = false;
}

void recorder_log_alloc(const void *block, size_t size)
{
    if (block)
        sizes_put((uintptr_t)block, size);
    read_clock(recorder);
    append_alloc(recorder, (uintptr_t)block, size);
}

void recorder_log_free(const void *block)
{
    uint64_t size;
    sizes_take((uintptr_t)block, &size);
    read_clock(recorder);
    append_free(recorder, (uintptr_t)block);
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
    read_clock(recorder);
    if (block && block != old) {
        append_alloc(recorder, (uintptr_t)block, size);
        append_free(recorder, (uintptr_t)old);
    }
    append_realloc(recorder, (uintptr_t)block, size, (uintptr_t)old, old_size);
}

void recorder_note_exit(void)
{
    recorder->stream.buffer->time = read_clock(recorder);
}
