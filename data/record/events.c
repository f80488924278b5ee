/* The events of one recorded process: each is filled in where it will lie in the file. */
#include "data/record/events.h"

#include "data/record/describe.h"
#include "data/record/layout.h"
#include "data/record/modules.h"
#include "data/record/sys.h"
#include "data/record/unwind.h"

#include <errno.h>
#include <string.h>
#include <time.h>

void events_tick(struct events *events)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t time = (uint64_t)now.tv_sec * CLOCK_HZ + (uint64_t)now.tv_nsec;
    events->time = time > events->time ? time : events->time + 1;
}

/* Kept by part, because a forked child's only thread has another id than the one it copies. */
static uint32_t thread_id(const struct events *events)
{
    static _Thread_local struct {
        uint32_t part;
        uint32_t id;
    } kept __attribute__((tls_model("initial-exec")));
    if (kept.part != events->stream.part + 1) {
        kept.id = (uint32_t)syscall(SYS_gettid);
        kept.part = events->stream.part + 1;
    }
    return kept.id;
}

static struct event_header event_header(const struct events *events, uint16_t hook, size_t bytes,
                                        unsigned version)
{
    return (struct event_header){
        .marker = EVENT_MARKER(version),
        .bytes = (uint16_t)bytes,
        .hook = hook,
        .thread = thread_id(events),
        .process = events->process,
        .time = events->time,
    };
}

/* ---- of the heap ---- */

void events_add_alloc(struct events *events, uint64_t address, uint64_t size)
{
    struct alloc_event *event = stream_reserve(&events->stream, sizeof *event, events->time);
    if (!event)
        return;
    *event = (struct alloc_event){
        .header = event_header(events, HOOK_HEAP_ALLOC, offsetof(struct alloc_event, padding), 2),
        .heap = RECORDED_HEAP,
        .size = size,
        .address = address,
        .source = RECORDED_SOURCE,
    };
    stream_commit(&events->stream, sizeof *event);
}

void events_add_free(struct events *events, uint64_t address)
{
    struct free_event *event = stream_reserve(&events->stream, sizeof *event, events->time);
    if (!event)
        return;
    *event = (struct free_event){
        .header = event_header(events, HOOK_HEAP_FREE, offsetof(struct free_event, padding), 2),
        .heap = RECORDED_HEAP,
        .address = address,
        .source = RECORDED_SOURCE,
    };
    stream_commit(&events->stream, sizeof *event);
}

void events_add_realloc(struct events *events, uint64_t address, uint64_t size,
                        uint64_t old_address, uint64_t old_size)
{
    struct realloc_event *event = stream_reserve(&events->stream, sizeof *event, events->time);
    if (!event)
        return;
    *event = (struct realloc_event){
        .header =
            event_header(events, HOOK_HEAP_REALLOC, offsetof(struct realloc_event, padding), 2),
        .heap = RECORDED_HEAP,
        .address = address,
        .old_address = old_address,
        .size = size,
        .old_size = old_size,
        .source = RECORDED_SOURCE,
    };
    stream_commit(&events->stream, sizeof *event);
}

static void add_create(struct events *events)
{
    struct create_event *event = stream_reserve(&events->stream, sizeof *event, events->time);
    if (!event)
        return;
    *event = (struct create_event){
        .header = event_header(events, HOOK_HEAP_CREATE, offsetof(struct create_event, padding), 2),
        .heap = RECORDED_HEAP,
    };
    stream_commit(&events->stream, sizeof *event);
}

/* ---- of the process ---- */

/* Too big for the stack of a small thread. All of this runs under the recorder's lock. */
static _Alignas(8) unsigned char description[DESCRIPTION_BYTES];

/* An event with `bytes` of the description for a payload. */
static void add_described(struct events *events, uint16_t hook, size_t bytes, unsigned version)
{
    uint32_t size = (uint32_t)(sizeof(struct event_header) + bytes);
    struct event_header *event = stream_reserve(&events->stream, event_stride(size), events->time);
    if (!event)
        return;
    *event = event_header(events, hook, size, version);
    memcpy(event + 1, description, bytes);
    memset((char *)event + size, 0, event_stride(size) - size);
    stream_commit(&events->stream, event_stride(size));
}

/* Behind Image Load. `name` is that of the file, without its folders. */
static void add_identity(struct events *events, uint64_t base, const char *name, size_t name_size)
{
    static const uint8_t provider[16] = { /* b3e675d7-2554-4f18-830b-2762732560de */
                                          0xD7, 0x75, 0xE6, 0xB3, 0x54, 0x25, 0x18, 0x4F,
                                          0x83, 0x0B, 0x27, 0x62, 0x73, 0x25, 0x60, 0xDE
    };
    uint8_t id[BUILD_ID_BYTES];
    struct identity_event *event;
    if (!modules_build_id(base, id) ||
        !(event = stream_reserve(&events->stream, sizeof *event, events->time)))
        return;
    if (name_size > sizeof event->name - 1)
        name_size = sizeof event->name - 1;
    uint32_t size = (uint32_t)(offsetof(struct identity_event, name) + name_size + 1);
    *event = (struct identity_event){
        .bytes = (uint16_t)size,
        .marker = IDENTITY_MARKER,
        .opcode = OPCODE_PDB_IDENTITY,
        .thread = thread_id(events),
        .process = events->process,
        .time = events->time,
        .base = base,
        .image_process = events->process,
    };
    memcpy(event->provider, provider, sizeof provider);
    memcpy(event->id, id, sizeof id);
    memcpy(event->name, name, name_size);
    stream_commit(&events->stream, event_stride(size));
}

/* Those that the trace does not know. */
static void add_images(struct events *events)
{
    static struct image_walk walk; /* big too */
    size_t bytes;
    walk.descriptor = 0;
    while ((bytes = describe_next_image(&walk, description, events->process)) != 0) {
        const struct image_payload *image = (const void *)description;
        if (!modules_tell(image->base))
            continue;
        add_described(events, HOOK_IMAGE_LOAD, bytes, 2);
        if (events->stack_limit > 0)
            add_identity(events, image->base, walk.name, walk.name_size);
    }
}

bool events_open(struct events *events)
{
    if (!stream_open(&events->stream))
        return false;
    events->process = (uint32_t)syscall(SYS_getpid);
    events->stack_limit = stream_stack_limit();
    events_tick(events);
    modules_reset();
    if (events->stack_limit > 0)
        unwind_forget();
    add_described(events, HOOK_PROCESS_START,
                  describe_process(description, events->process, events->stream.part + 1), 3);
    add_images(events);
    add_create(events);
    return true;
}

/* ---- of stacks ---- */

void events_add_stack(struct events *events)
{
    if (events->stack_limit == 0)
        return;
    static uint64_t frames[RECORDED_FRAMES_MAX];
    size_t count = unwind_stack(frames, events->stack_limit);
    if (unwind_took_new_module()) {
        int saved = errno;
        add_images(events);
        errno = saved;
    }
    if (count == 0)
        return;
    uint32_t bytes = (uint32_t)(offsetof(struct stack_event, frames) + count * sizeof *frames);
    struct stack_event *event = stream_reserve(&events->stream, bytes, events->time);
    if (!event)
        return;
    event->marker = STACK_MARKER;
    event->bytes = (uint16_t)bytes;
    event->hook = HOOK_STACK_WALK;
    event->time = event->event_time = events->time;
    event->process = events->process;
    event->thread = thread_id(events);
    memcpy(event->frames, frames, count * sizeof *frames);
    stream_commit(&events->stream, bytes);
}

void events_add_unloads(struct events *events)
{
    struct module module;
    while (modules_take_unloaded(&module)) {
        struct image_payload *image = (void *)description;
        *image = (struct image_payload){
            .base = module.start,
            .bytes = module.end - module.start,
            .process = events->process,
            .default_base = module.start,
        };
        memset(image + 1, 0, sizeof(uint16_t)); /* the name was told when it was loaded */
        add_described(events, HOOK_IMAGE_UNLOAD, sizeof *image + sizeof(uint16_t), 2);
        unwind_forget();
    }
}
