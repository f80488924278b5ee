/* The recorder inside a recorded process. */
#include "data/record/recorder.h"

#include "data/record/describe.h"
#include "data/record/layout.h"
#include "data/record/sizes.h"
#include "data/record/sys.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum state { IDLE = 0, RECORDING, OFF };

/* How many events are lost before a file that refused one is tried again. */
enum { PATIENCE = 4096 };

/*
 * Everything that belongs to one process lives in a page that the kernel gives to a forked child
 * zero-filled (MADV_WIPEONFORK). So a child, however it was forked and whatever its parent's
 * threads were doing, finds an open lock, IDLE, and no way to its parent's buffer.
 */
struct recorder {
    _Atomic uint32_t lock; /* 0 open, 1 taken, 2 taken and someone may be asleep */
    enum state state;
    uint32_t process;
    uint32_t part;
    uint32_t filled; /* the buffer's own, kept here to be read without a thought */
    uint32_t patience;
    uint32_t claimed; /* a buffer of the file that is ours and not yet written; 0: none */
    uint64_t last_time;
    struct buffer_header *buffer; /* of the file: what is in it outlives a kill */
};

static struct recorder *recorder;
static struct file_head *head; /* of the file; a forked child goes on with its parent's */
static char path[PATH_MAX];

/* Of a part, because a forked child's only thread has another id than the one it is a copy of. */
static _Thread_local struct {
    bool is_inside;
    uint32_t part;
    uint32_t id;
} this_thread __attribute__((tls_model("initial-exec")));

/* ---- the lock: one word, asleep in the kernel only when it is held for long ---- */

static void wait_for_lock(struct recorder *r)
{
    enum { SPINS = 100 };
    int saved = errno;
    for (int i = 0; i < SPINS; i++) {
        uint32_t open = 0;
        if (atomic_compare_exchange_weak_explicit(&r->lock, &open, 1, memory_order_acquire,
                                                  memory_order_relaxed))
            return;
    }
    while (atomic_exchange_explicit(&r->lock, 2, memory_order_acquire) != 0)
        sys_futex_wait(&r->lock, 2);
    errno = saved;
}

static void take_lock(struct recorder *r)
{
    uint32_t open = 0;
    if (!atomic_compare_exchange_strong_explicit(&r->lock, &open, 1, memory_order_acquire,
                                                 memory_order_relaxed))
        wait_for_lock(r);
}

static void release_lock(struct recorder *r)
{
    if (atomic_exchange_explicit(&r->lock, 0, memory_order_release) == 2) {
        int saved = errno;
        sys_futex_wake_one(&r->lock);
        errno = saved;
    }
}

/* ---- the buffer: filled in place, written to the end of the file when it is full ---- */

static void set_filled(struct recorder *r, uint32_t filled)
{
    r->filled = filled;
    atomic_store_explicit(&r->buffer->filled, filled, memory_order_release);
}

static uint32_t claim_buffer(void)
{
    return atomic_fetch_add_explicit(&head->log.buffers_written, 1, memory_order_relaxed);
}

/*
 * The file is opened anew each time, for a descriptor that stays open is one that the program may
 * close and get again as its own. Costs 3 % of what the writing does.
 */
static int open_to_write(uint64_t end)
{
    return end > sys_file_size_limit() ? -1 : sys_open(path, O_RDWR);
}

static bool write_buffer(struct recorder *r)
{
    if (r->claimed == 0)
        r->claimed = claim_buffer();
    uint64_t offset = (uint64_t)r->claimed * BUFFER_BYTES;
    int fd = open_to_write(offset + BUFFER_BYTES);
    if (fd < 0)
        return false;
    r->buffer->time = r->last_time;
    bool is_written = sys_write_at(fd, r->buffer, BUFFER_BYTES, offset);
    sys_close(fd);
    if (!is_written)
        return false;
    /* Killed before this line, the buffer is in the file twice; the launcher drops the copy. */
    set_filled(r, sizeof *r->buffer);
    r->buffer->time = 0;
    r->buffer->sequence++;
    r->claimed = 0;
    return true;
}

/* Called when the buffer has no room. */
static bool make_room(struct recorder *r)
{
    if (r->patience > 0) {
        r->patience--;
        return false;
    }
    int saved = errno;
    bool is_written = write_buffer(r);
    errno = saved;
    if (!is_written)
        r->patience = PATIENCE;
    return is_written;
}

/* Room for `stride` bytes at the end of the buffer, or NULL, and then the event is counted as lost.
 */
static void *reserve(struct recorder *r, uint32_t stride)
{
    if (r->filled + stride > BUFFER_BYTES && !make_room(r)) {
        atomic_fetch_add_explicit(&head->log.events_lost, 1, memory_order_relaxed);
        return NULL;
    }
    return (char *)r->buffer + r->filled;
}

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
    if (this_thread.part != r->part + 1) {
        this_thread.id = (uint32_t)syscall(SYS_gettid);
        this_thread.part = r->part + 1;
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
    struct alloc_event *event = reserve(r, sizeof *event);
    if (!event)
        return;
    *event = (struct alloc_event){
        .header = event_header(r, HOOK_HEAP_ALLOC, offsetof(struct alloc_event, padding), 2),
        .heap = RECORDED_HEAP,
        .size = size,
        .address = address,
        .source = RECORDED_SOURCE,
    };
    set_filled(r, r->filled + (uint32_t)sizeof *event);
}

static void append_free(struct recorder *r, uint64_t address)
{
    struct free_event *event = reserve(r, sizeof *event);
    if (!event)
        return;
    *event = (struct free_event){
        .header = event_header(r, HOOK_HEAP_FREE, offsetof(struct free_event, padding), 2),
        .heap = RECORDED_HEAP,
        .address = address,
        .source = RECORDED_SOURCE,
    };
    set_filled(r, r->filled + (uint32_t)sizeof *event);
}

static void append_realloc(struct recorder *r, uint64_t address, uint64_t size,
                           uint64_t old_address, uint64_t old_size)
{
    struct realloc_event *event = reserve(r, sizeof *event);
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
    set_filled(r, r->filled + (uint32_t)sizeof *event);
}

static void append_create(struct recorder *r)
{
    struct create_event *event = reserve(r, sizeof *event);
    if (!event)
        return;
    *event = (struct create_event){
        .header = event_header(r, HOOK_HEAP_CREATE, offsetof(struct create_event, padding), 2),
        .heap = RECORDED_HEAP,
    };
    set_filled(r, r->filled + (uint32_t)sizeof *event);
}

/* Ends an event whose payload was written behind `event`; the padding is zeroed as elsewhere. */
static void append_described(struct recorder *r, struct event_header *event, uint16_t hook,
                             size_t payload_bytes, unsigned version)
{
    uint32_t bytes = (uint32_t)(sizeof *event + payload_bytes);
    *event = event_header(r, hook, bytes, version);
    memset((char *)event + bytes, 0, event_stride(bytes) - bytes);
    set_filled(r, r->filled + event_stride(bytes));
}

static void append_start(struct recorder *r)
{
    enum { ROOM = sizeof(struct event_header) + DESCRIPTION_BYTES };
    struct event_header *event = reserve(r, ROOM);
    if (event)
        append_described(r, event, HOOK_PROCESS_START,
                         describe_process(event + 1, r->process, r->part + 1), 3);

    static struct image_walk walk; /* too big for the stack of a small thread; under the lock */
    walk.descriptor = 0;
    for (;;) {
        event = reserve(r, ROOM);
        size_t bytes = event ? describe_next_image(&walk, event + 1, r->process) : 0;
        if (bytes == 0)
            break;
        append_described(r, event, HOOK_IMAGE_LOAD, bytes, 2);
    }
    append_create(r);
}

/* ---- the start of a process ---- */

/* A child that was forked with another environment goes on with its parent's file. */
static bool find_path(void)
{
    const char *named = path[0] ? NULL : getenv(RECORDING_VARIABLE);
    if (named && strlen(named) < sizeof path)
        strcpy(path, named);
    return path[0] != '\0';
}

static bool map_head(void)
{
    if (head)
        return true;
    int fd = sys_open(path, O_RDWR);
    if (fd < 0)
        return false;
    struct file_head *found = sys_map_shared(fd, 0, BUFFER_BYTES);
    sys_close(fd);
    if (!found)
        return false;
    /* What the variable names may be anything: nothing is written to what is no recording. */
    if (found->buffer.buffer_bytes != BUFFER_BYTES || found->buffer.type != TYPE_HEADER ||
        found->log.clock_hz != CLOCK_HZ || found->log.end_filetime != 0) {
        sys_unmap(found, BUFFER_BYTES);
        return false;
    }
    head = found;
    return true;
}

/*
 * The buffer is written before it is mapped: a write can fail where the disk is full, a mapping of
 * what is not there would kill the program.
 */
static struct buffer_header *map_buffer(uint32_t index, const struct buffer_header *first_bytes)
{
    enum { MADV_POPULATE_WRITE_LINUX_5_14 = 23, STEP = 4096 };
    static const char zeros[STEP];
    uint64_t offset = (uint64_t)index * BUFFER_BYTES;
    int fd = open_to_write(offset + BUFFER_BYTES);
    if (fd < 0)
        return NULL;
    bool is_written = true;
    for (uint64_t at = 0; at < BUFFER_BYTES && is_written; at += STEP)
        is_written = sys_write_at(fd, zeros, STEP, offset + at);
    is_written = is_written && sys_write_at(fd, first_bytes, sizeof *first_bytes, offset);
    void *buffer = is_written ? sys_map_shared(fd, offset, BUFFER_BYTES) : NULL;
    sys_close(fd);
    if (!buffer)
        return NULL;
    sys_advise(buffer, BUFFER_BYTES, MADV_DONTFORK);
    sys_advise(buffer, BUFFER_BYTES, MADV_POPULATE_WRITE_LINUX_5_14);
    return buffer;
}

static bool start(struct recorder *r)
{
    sizes_after_fork();
    if (!find_path() || !map_head())
        return false;
    r->process = (uint32_t)syscall(SYS_getpid);
    r->part = atomic_fetch_add_explicit(&head->log.processor_count, 1, memory_order_relaxed);
    struct buffer_header first_bytes = {
        .buffer_bytes = BUFFER_BYTES,
        .sequence = 1,
        .processor = (uint16_t)(r->part % PROCESSOR_LIMIT),
        .filled = sizeof first_bytes,
        .flags = FLAG_PROCESSOR_INDEX,
        .type = TYPE_GENERIC,
        .part = r->part,
    };
    r->buffer = map_buffer(claim_buffer(), &first_bytes);
    if (!r->buffer)
        return false;
    r->filled = sizeof first_bytes;
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
    take_lock(r);
    if (r->state == IDLE)
        start_or_give_up(r);
    if (r->state == RECORDING)
        return true;
    recorder_leave();
    return false;
}

void recorder_leave(void)
{
    release_lock(recorder);
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
    recorder->buffer->time = read_clock(recorder);
}
