/* A small world of processes, threads and heaps that acts at random and logs what it does. */
#include "tests/trace_random.h"

#include "tests/etl_builder_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROCESSES_MAX = 16,
    HEAPS = 3, /* of each process */
    THREADS = 4,
    BLOCKS_MAX = 512, /* known to the generator, of each heap */
    ADDRESS_STEP = 16,
    TICK_NS = 100,
    FIRST_PID = 1000,
    FIRST_THREAD = 7000,
};

struct known_block {
    uint64_t address, size;
};

struct world_heap {
    uint64_t handle;
    bool is_live;
    struct known_block blocks[BLOCKS_MAX];
    size_t count;
};

struct world_process {
    uint32_t index; /* in struct processes; meaningless before the first event */
    uint32_t pid;
    bool has_appeared;
    struct world_heap heaps[HEAPS];
};

struct world {
    struct trace_random trace;
    size_t event_room, pid_room;
    struct trace_random_options options;
    struct random random;
    uint64_t now_ns;
    uint32_t next_pid;
    struct world_process processes[PROCESSES_MAX];
    struct world_process *process; /* who acts now */
    struct world_heap *heap;
    uint32_t thread;
};

struct random random_new(uint64_t seed)
{
    const uint64_t golden = 0x9e3779b97f4a7c15;
    uint64_t state = (seed + 1) * golden;
    return (struct random){ state ? state : golden };
}

uint64_t random_next(struct random *random)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return random->state * UINT64_C(0x2545f4914f6cdd1d);
}

uint32_t random_below(struct random *random, uint32_t limit)
{
    return (uint32_t)((random_next(random) >> 32) * limit >> 32);
}

static bool one_in(struct world *world, uint32_t odds)
{
    return random_below(&world->random, odds) == 0;
}

/* ---- Logging ---- */

static void appear(struct world *world)
{
    struct trace_random *trace = &world->trace;
    trace->pids =
        etl_grow(trace->pids, trace->process_count + 1, &world->pid_room, sizeof *trace->pids);
    trace->pids[trace->process_count] = world->process->pid;
    world->process->index = (uint32_t)trace->process_count++;
    world->process->has_appeared = true;
}

/* Time goes on, but now and then not: then on the same CPU or a higher one, to keep the order. */
static uint16_t next_moment(struct world *world)
{
    uint16_t cpu = (uint16_t)random_below(&world->random, world->options.cpus);
    const struct trace_random *trace = &world->trace;
    bool stands_still =
        trace->count > 0 && cpu >= trace->events[trace->count - 1].cpu && one_in(world, 16);
    if (!stands_still)
        world->now_ns += TICK_NS * (1 + (uint64_t)random_below(&world->random, 30));
    if (one_in(world, 500))
        world->now_ns += UINT64_C(1000000) * random_below(&world->random, 5000);
    return cpu;
}

static void emit(struct world *world, struct event event)
{
    if (!world->process->has_appeared)
        appear(world);
    struct trace_random *trace = &world->trace;
    event.cpu = next_moment(world);
    event.time_ns = world->now_ns;
    event.process = world->process->index;
    event.thread = world->thread;
    event.file_offset = trace->count;
    if (event.kind != EVENT_process_end) {
        event.heap = world->heap->handle;
        event.has |= EVENT_HAS_HEAP;
    }
    trace->events =
        etl_grow(trace->events, trace->count + 1, &world->event_room, sizeof *trace->events);
    trace->events[trace->count++] = event;
}

static uint32_t any_source(struct world *world)
{
    static const uint32_t odd[] = { 0, 5, 6, 77, UINT32_MAX };
    if (!world->options.is_sane && one_in(world, 50))
        return odd[random_below(&world->random, 5)];
    return 1 + random_below(&world->random, 4);
}

static void emit_alloc(struct world *world, struct known_block block)
{
    emit(world, (struct event){ .kind = EVENT_alloc,
                                .address = block.address,
                                .size = block.size,
                                .source = any_source(world) });
}

static void emit_free(struct world *world, uint64_t address)
{
    emit(world,
         (struct event){ .kind = EVENT_free, .address = address, .source = any_source(world) });
}

/* Not by an initializer: that of old_address leaves the rest of the union as it happens to be. */
static void emit_realloc(struct world *world, struct known_block new, struct known_block old)
{
    struct event event;
    memset(&event, 0, sizeof event);
    event.kind = EVENT_realloc;
    event.address = new.address;
    event.size = new.size;
    event.old_address = old.address;
    event.old_size = old.size;
    event.source = any_source(world);
    emit(world, event);
}

/* ---- Blocks ---- */

static uint64_t any_size(struct world *world)
{
    uint32_t roll = random_below(&world->random, 100);
    if (roll < 2)
        return 0;
    if (roll < 70)
        return 1 + random_below(&world->random, 256);
    if (roll < 95)
        return 1 + random_below(&world->random, 8192);
    return 1 + random_below(&world->random, 1 << 20);
}

/* Whether the bytes of `block`, at least one, meet those of a block that the generator knows. */
static bool meets_another(const struct world_heap *heap, struct known_block block)
{
    for (size_t i = 0; i < heap->count; i++) {
        const struct known_block *other = &heap->blocks[i];
        uint64_t size = block.size ? block.size : 1;
        uint64_t other_size = other->size ? other->size : 1;
        if (block.address < other->address + other_size && other->address < block.address + size)
            return true;
    }
    return false;
}

/* Somewhere in the heap: dense enough that addresses come back, and often free. */
static uint64_t any_address(struct world *world)
{
    uint64_t base = world->heap->handle + 0x10000;
    uint64_t address = base + (uint64_t)ADDRESS_STEP * random_below(&world->random, 1 << 12);
    if (one_in(world, 3))
        address += (uint64_t)random_below(&world->random, 64) << 16;
    if (one_in(world, 8))
        address += (uint64_t)random_below(&world->random, 8) << 20;
    if (one_in(world, 12))
        address += 8;
    if (!world->options.is_sane && one_in(world, 100))
        address += random_below(&world->random, ADDRESS_STEP);
    return address;
}

/* A block of `size` bytes to be; it lies over another only where that may be. */
static struct known_block place(struct world *world, uint64_t size)
{
    struct known_block block = { any_address(world), size };
    bool may_overlap = !world->options.is_sane && one_in(world, 40);
    for (unsigned tries = 0; tries < 30 && !may_overlap; tries++) {
        if (!meets_another(world->heap, block))
            return block;
        block.address = any_address(world);
        if (tries > 20)
            block.size %= 64;
    }
    /* Above everything: free for certain. */
    for (size_t i = 0; i < world->heap->count && !may_overlap; i++) {
        const struct known_block *other = &world->heap->blocks[i];
        if (other->address + other->size >= block.address)
            block.address = (other->address + other->size + 31) & ~UINT64_C(15);
    }
    return block;
}

static void remember(struct world_heap *heap, struct known_block block)
{
    for (size_t i = 0; i < heap->count; i++) {
        if (heap->blocks[i].address == block.address) {
            heap->blocks[i] = block;
            return;
        }
    }
    if (heap->count < BLOCKS_MAX)
        heap->blocks[heap->count++] = block;
}

static void forget(struct world_heap *heap, uint64_t address)
{
    for (size_t i = 0; i < heap->count; i++) {
        if (heap->blocks[i].address == address) {
            heap->blocks[i] = heap->blocks[--heap->count];
            return;
        }
    }
}

/* A block that lives, or else one that the trace never saw allocated. False: there is none. */
static bool any_block(struct world *world, struct known_block *block)
{
    struct world_heap *heap = world->heap;
    bool may_be_unknown = !world->options.is_sane;
    if (may_be_unknown && (heap->count == 0 || one_in(world, 30)))
        *block = place(world, any_size(world));
    else if (heap->count > 0)
        *block = heap->blocks[random_below(&world->random, (uint32_t)heap->count)];
    else
        return false;
    return true;
}

/* ---- What a program does ---- */

static void act_alloc(struct world *world)
{
    if (world->heap->count == BLOCKS_MAX)
        return;
    struct known_block block = place(world, any_size(world));
    if (one_in(world, 200))
        block.address = 0;
    if (!world->options.is_sane && world->heap->count > 0 && one_in(world, 100))
        block.address = world->heap->blocks[0].address;
    emit_alloc(world, block);
    if (block.address != 0)
        remember(world->heap, block);
}

static void act_free(struct world *world)
{
    struct known_block block;
    if (!any_block(world, &block))
        return;
    forget(world->heap, block.address);
    if (world->options.is_sane || !one_in(world, 60))
        emit_free(world, block.address);
}

/* Room enough at the same place, or less of it. */
static void realloc_in_place(struct world *world, struct known_block old)
{
    struct known_block new = { old.address, any_size(world) };
    forget(world->heap, old.address);
    if (world->options.is_sane && meets_another(world->heap, new))
        new.size = old.size;
    remember(world->heap, new);
    emit_realloc(world, new, old);
}

/* What another thread does between the FREE of a move and its REALLOC. */
static void race(struct world *world, uint64_t address)
{
    uint32_t mover = world->thread;
    struct known_block block = { address, 1 + random_below(&world->random, 64) };
    world->thread = FIRST_THREAD + THREADS + 1;
    if (!meets_another(world->heap, block)) {
        emit_alloc(world, block);
        remember(world->heap, block);
    }
    world->thread = mover;
}

static void realloc_moved(struct world *world, struct known_block old)
{
    struct known_block new = place(world, any_size(world));
    if (new.address == old.address)
        return;
    uint32_t form = world->options.is_sane ? 0 : random_below(&world->random, 8);
    bool logs_alloc = form != 1, logs_free = form != 1 && form != 2 && form != 3;
    if (logs_alloc)
        emit_alloc(world, new);
    remember(world->heap, new);
    if (logs_free)
        emit_free(world, old.address);
    forget(world->heap, old.address);
    if (logs_free && one_in(world, 10))
        race(world, old.address);
    if (!world->options.is_sane && one_in(world, 20))
        old.size++;
    emit_realloc(world, new, old);
    if (form == 3)
        emit_free(world, old.address);
}

static void act_realloc(struct world *world)
{
    struct known_block old;
    if (world->heap->count == BLOCKS_MAX || !any_block(world, &old))
        return;
    uint32_t roll = random_below(&world->random, 100);
    if (roll < 2) {
        emit_realloc(world, (struct known_block){ 0, any_size(world) }, old);
    } else if (roll < 4) {
        struct known_block new = place(world, any_size(world));
        emit_realloc(world, new, (struct known_block){ 0 });
        remember(world->heap, new);
    } else if (roll < 50) {
        realloc_in_place(world, old);
    } else {
        realloc_moved(world, old);
    }
}

static void act_space(struct world *world)
{
    static const uint8_t kinds[] = { EVENT_extend, EVENT_contract, EVENT_snapshot };
    uint64_t committed = 4096 * (uint64_t)(1 + random_below(&world->random, 4000));
    struct event event = { .kind = kinds[random_below(&world->random, 3)],
                           .has = EVENT_HAS_SPACE,
                           .free_bytes = random_below(&world->random, (uint32_t)committed),
                           .committed_bytes = committed,
                           .reserved_bytes = committed * 4 };
    if (event.kind == EVENT_snapshot) {
        event.has |= EVENT_HAS_LARGE_UNCOMMITTED;
        event.large_uncommitted_bytes = committed / 2;
    } else {
        event.address = any_address(world) & ~UINT64_C(0xfff);
        event.size = 4096 * (uint64_t)(1 + random_below(&world->random, 64));
    }
    emit(world, event);
}

static void act_other(struct world *world)
{
    static const uint8_t kinds[] = { EVENT_commit,        EVENT_decommit,      EVENT_range_rundown,
                                     EVENT_range_create,  EVENT_range_reserve, EVENT_range_release,
                                     EVENT_range_destroy, EVENT_other };
    struct event event = { .kind = kinds[random_below(&world->random, sizeof kinds)] };
    if (event.kind != EVENT_range_destroy && event.kind != EVENT_other)
        event.size = 4096 * (uint64_t)(1 + random_below(&world->random, 256));
    if (event.kind == EVENT_range_rundown || event.kind == EVENT_range_create)
        event.flags = 2;
    else if (event.size > 0)
        event.address = any_address(world) & ~UINT64_C(0xfff);
    emit(world, event);
}

static void create(struct world *world)
{
    world->heap->count = 0;
    world->heap->is_live = true;
    emit(world, (struct event){ .kind = EVENT_create,
                                .has = EVENT_HAS_SPACE,
                                .flags = 2,
                                .committed_bytes = 8192,
                                .reserved_bytes = 1 << 20 });
}

static void act_lifetime(struct world *world)
{
    if (world->options.is_sane || !one_in(world, 4)) {
        world->heap->count = 0;
        world->heap->is_live = false;
        emit(world, (struct event){ .kind = EVENT_destroy });
    } else {
        create(world); /* again, without an end */
    }
}

static void act_process_end(struct world *world)
{
    struct world_process *process = world->process;
    if (!process->has_appeared)
        return;
    emit(world, (struct event){ .kind = EVENT_process_end });
    process->has_appeared = false;
    if (!one_in(world, 2)) /* else the id comes back */
        process->pid = world->next_pid++;
    for (size_t i = 0; i < HEAPS; i++) {
        process->heaps[i].count = 0;
        process->heaps[i].is_live = !one_in(world, 2);
    }
}

static void act(struct world *world)
{
    world->process = &world->processes[random_below(&world->random, world->options.processes)];
    world->heap = &world->process->heaps[random_below(&world->random, HEAPS)];
    world->thread = FIRST_THREAD + random_below(&world->random, THREADS);
    if (!world->heap->is_live)
        create(world);
    uint32_t roll = random_below(&world->random, 1000);
    if (roll < 420)
        act_alloc(world);
    else if (roll < 720)
        act_free(world);
    else if (roll < 950)
        act_realloc(world);
    else if (roll < 970)
        act_space(world);
    else if (roll < 993)
        act_other(world);
    else if (roll < 998)
        act_lifetime(world);
    else
        act_process_end(world);
}

static void populate(struct world *world)
{
    world->next_pid = FIRST_PID;
    uint64_t handle = world->options.is_32_bit ? 0x00150000 : 0x0000020c5a150000;
    for (size_t p = 0; p < world->options.processes; p++) {
        struct world_process *process = &world->processes[p];
        process->pid = world->next_pid++;
        for (size_t h = 0; h < HEAPS; h++) {
            process->heaps[h].handle = handle + h * 0x02000000;
            process->heaps[h].is_live = h == 0; /* from before the trace */
        }
    }
}

struct trace_random trace_random_new(const struct trace_random_options *options)
{
    struct world *world = etl_bytes(sizeof *world);
    memset(world, 0, sizeof *world);
    world->options = *options;
    world->random = random_new(options->seed);
    if (world->options.cpus == 0)
        world->options.cpus = 1;
    if (world->options.processes == 0)
        world->options.processes = 3;
    assert(world->options.processes <= PROCESSES_MAX);
    populate(world);
    while (world->trace.count < options->events)
        act(world);
    struct trace_random trace = world->trace;
    free(world);
    return trace;
}

void trace_random_release(struct trace_random *trace)
{
    free(trace->events);
    free(trace->pids);
    *trace = (struct trace_random){ 0 };
}
