/*
 * Writes a trace of a made-up program, the same for the same arguments.
 *
 *     bench_make_trace OUT|- SEED LIVE EVENTS CPUS [compressed]
 *
 * Most blocks are small and die young; some die together with those allocated beside them, the rest
 * at any time. A few heaps hold them in runs of equal sizes, so that neighbours in time are
 * neighbours in address. One call in thirty is a realloc, which leaves in place what still fits.
 */
#include "tests/bench/trace_stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAPS = 4,
    SMALL_MAX = 1024,    /* bytes, header included, up to which a size class is 16 bytes wide */
    CLASSES = 64 + 64,   /* small ones, then four to an octave */
    RUN_BYTES = 1 << 14, /* of a run of small blocks of one class */
    HEADER_BYTES = 16,
    CALLS_ON_A_CPU = 16, /* in a row, on average */
    PID = 4242,
    EXTENT_BYTES = 1 << 20, /* what a heap commits at once */
};

/* Opcodes and versions of the heap provider (ntwmi.h). */
enum { CREATE = 32, ALLOC = 33, REALLOC = 34, FREE = 36, EXTEND = 37 };

struct stack {
    uint64_t *items;
    size_t count, capacity;
};

struct size_class {
    struct stack free; /* addresses */
    uint64_t run, run_end;
};

struct heap {
    uint64_t handle;
    uint64_t top, committed_to; /* of its address space */
    struct size_class classes[CLASSES];
};

struct live {
    uint64_t address;
    uint32_t size;
    uint8_t heap;
};

struct program {
    struct trace_stream *stream;
    uint64_t random;
    uint64_t ticks, events;
    uint32_t cpus, cpu;
    struct heap heaps[HEAPS];
    struct live *live;
    size_t live_count, live_goal, live_capacity;
    size_t burst_at, burst_left; /* blocks that die together */
};

static void die(const char *why)
{
    fprintf(stderr, "bench_make_trace: %s\n", why);
    exit(1);
}

static void *grown(void *array, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : 64;
    array = realloc(array, *capacity * item_bytes);
    if (!array)
        die("out of memory");
    return array;
}

/* splitmix64 */
static uint64_t next_random(struct program *program)
{
    uint64_t z = program->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t below(struct program *program, uint64_t limit)
{
    return (next_random(program) >> 32) * limit >> 32;
}

static uint32_t pick_size(struct program *program)
{
    uint64_t dice = below(program, 10000);
    if (dice < 8500)
        return (uint32_t)(8 + below(program, 16) * below(program, 16) / 2);
    if (dice < 9700)
        return (uint32_t)(120 + below(program, 800));
    if (dice < 9970)
        return (uint32_t)(1000 + below(program, 6000));
    if (dice < 9998)
        return (uint32_t)(8000 + below(program, 50000));
    return (uint32_t)(65536 + below(program, 1 << 20));
}

static unsigned class_of(uint32_t size, uint32_t *room)
{
    uint32_t need = (size + HEADER_BYTES + 15) & ~UINT32_C(15);
    if (need <= SMALL_MAX) {
        *room = need;
        return need / 16 - 1;
    }
    unsigned octave = 10;
    while (need > UINT32_C(2) << octave)
        octave++;
    uint32_t step = UINT32_C(1) << (octave - 2);
    uint32_t quarter = (need - (UINT32_C(1) << octave) + step - 1) / step;
    *room = (UINT32_C(1) << octave) + quarter * step;
    return SMALL_MAX / 16 + (octave - 10) * 4 + quarter - 1;
}

/* ---- Events ---- */

static void put(struct program *program, uint8_t opcode, const uint64_t *fields, size_t count,
                uint32_t last)
{
    uint8_t payload[64];
    memcpy(payload, fields, count * sizeof *fields);
    memcpy(payload + count * sizeof *fields, &last, sizeof last);
    program->ticks += below(program, 4);
    program->events++;
    const struct stream_event event = { .ticks = program->ticks,
                                        .cpu = program->cpu,
                                        .pid = PID,
                                        .tid = 1000 + 4 * program->cpu,
                                        .opcode = opcode,
                                        .version = 2 };
    trace_stream_put(program->stream, &event, payload,
                     (uint32_t)(count * sizeof *fields + sizeof last));
}

static uint32_t source_of(uint32_t size)
{
    enum { LOW_FRAGMENTATION = 2, MAIN_PATH = 3, LFH_MAX = 16384 };
    return size < LFH_MAX ? LOW_FRAGMENTATION : MAIN_PATH;
}

static void put_alloc(struct program *program, const struct live *block)
{
    const uint64_t fields[] = { program->heaps[block->heap].handle, block->size, block->address };
    put(program, ALLOC, fields, 3, source_of(block->size));
}

static void put_free(struct program *program, const struct live *block)
{
    const uint64_t fields[] = { program->heaps[block->heap].handle, block->address };
    put(program, FREE, fields, 2, source_of(block->size));
}

static void put_realloc(struct program *program, const struct live *old, const struct live *new)
{
    const uint64_t fields[] = { program->heaps[old->heap].handle, new->address, old->address,
                                new->size, old->size };
    put(program, REALLOC, fields, 5, source_of(new->size));
}

static void put_create(struct program *program, const struct heap *heap)
{
    uint8_t payload[36] = { 0 };
    const uint64_t space[] = { UINT64_C(1) << 36, EXTENT_BYTES, 0 };
    memcpy(payload, &heap->handle, 8);
    memcpy(payload + 12, space, sizeof space);
    program->events++;
    const struct stream_event event = { .ticks = program->ticks,
                                        .cpu = program->cpu,
                                        .pid = PID,
                                        .tid = 1000,
                                        .opcode = CREATE,
                                        .version = 3 };
    trace_stream_put(program->stream, &event, payload, sizeof payload);
}

static void put_extend(struct program *program, const struct heap *heap, uint64_t bytes)
{
    uint64_t committed = heap->committed_to - heap->handle;
    uint64_t fields[] = { heap->handle, bytes, heap->committed_to - bytes, 0, committed,
                          committed,    1 };
    put(program, EXTEND, fields, 7, 0);
}

/* ---- The heap ---- */

static uint64_t take_space(struct program *program, struct heap *heap, uint64_t bytes)
{
    uint64_t address = heap->top;
    heap->top += bytes;
    if (heap->top > heap->committed_to) {
        uint64_t extents = (heap->top - heap->committed_to + EXTENT_BYTES - 1) / EXTENT_BYTES;
        uint64_t more = extents * EXTENT_BYTES;
        heap->committed_to += more;
        put_extend(program, heap, more);
    }
    return address;
}

static uint64_t allocate(struct program *program, struct heap *heap, uint32_t size)
{
    enum { SHUFFLED = 8 }; /* the low-fragmentation heap takes one of the next few at random */
    uint32_t room;
    struct size_class *of = &heap->classes[class_of(size, &room)];
    if (of->free.count > 0) {
        size_t reach = of->free.count < SHUFFLED ? of->free.count : SHUFFLED;
        size_t at = of->free.count - 1 - below(program, reach);
        uint64_t address = of->free.items[at];
        of->free.items[at] = of->free.items[--of->free.count];
        return address;
    }
    if (room > of->run_end - of->run) {
        uint64_t bytes = room > RUN_BYTES / 4 ? room : RUN_BYTES;
        of->run = take_space(program, heap, bytes) + HEADER_BYTES;
        of->run_end = of->run + bytes - HEADER_BYTES;
        if (room > of->run_end - of->run)
            of->run_end = of->run + room;
    }
    uint64_t address = of->run;
    of->run += room;
    return address;
}

static void give_back(struct heap *heap, const struct live *block)
{
    uint32_t room;
    struct stack *free = &heap->classes[class_of(block->size, &room)].free;
    free->items = grown(free->items, free->count, &free->capacity, sizeof *free->items);
    free->items[free->count++] = block->address;
}

/* ---- The program ---- */

static void allocate_one(struct program *program)
{
    uint64_t dice = below(program, 100);
    uint8_t heap = dice < 70 ? 0 : dice < 90 ? 1 : dice < 98 ? 2 : 3;
    struct live block = { .size = pick_size(program), .heap = heap };
    block.address = allocate(program, &program->heaps[heap], block.size);
    program->live =
        grown(program->live, program->live_count, &program->live_capacity, sizeof *program->live);
    program->live[program->live_count++] = block;
    put_alloc(program, &block);
}

static size_t pick_young(struct program *program)
{
    enum { YOUNG = 64 };
    size_t reach = program->live_count < YOUNG ? program->live_count : YOUNG;
    return program->live_count - 1 - below(program, reach);
}

static size_t pick_victim(struct program *program)
{
    if (program->burst_left > 0 && program->burst_at + 1 < program->live_count) {
        program->burst_left--;
        return program->burst_at++;
    }
    uint64_t dice = below(program, 100);
    if (dice < 80)
        return pick_young(program);
    size_t any = below(program, program->live_count);
    if (dice < 82) {
        program->burst_at = any;
        program->burst_left = below(program, 60);
    }
    return any;
}

static void free_one(struct program *program)
{
    size_t at = pick_victim(program);
    struct live block = program->live[at];
    program->live[at] = program->live[--program->live_count];
    give_back(&program->heaps[block.heap], &block);
    put_free(program, &block);
}

static void reallocate_one(struct program *program)
{
    enum { BYTES_MAX = 1 << 20 };
    struct live *block = &program->live[pick_young(program)];
    struct live old = *block;
    uint32_t old_room, new_room;
    block->size += 1 + block->size / (2 + (uint32_t)below(program, 8));
    if (block->size > BYTES_MAX)
        block->size = 100;
    if (class_of(old.size, &old_room) != class_of(block->size, &new_room)) {
        struct heap *heap = &program->heaps[old.heap];
        block->address = allocate(program, heap, block->size);
        put_alloc(program, block);
        give_back(heap, &old);
        put_free(program, &old);
    }
    put_realloc(program, &old, block);
}

/* The heap grows for three fifths of the run, keeps its size, and falls to half at the end. */
static void call(struct program *program, uint64_t events)
{
    double growth = (double)program->live_goal / (0.6 * (double)events);
    double share = 0.5 + growth / 2;
    if (program->events > events * 9 / 10)
        share = 0.3;
    else if (program->live_count >= program->live_goal)
        share = 0.45;
    if (below(program, CALLS_ON_A_CPU) == 0) {
        program->cpu = (uint32_t)below(program, program->cpus);
        program->ticks++; /* so that no tick has events of two CPUs: their order would be lost */
    }
    if (program->live_count > 64 && below(program, 30) == 0)
        reallocate_one(program);
    else if (program->live_count < 2 || (double)below(program, 1 << 20) < share * (1 << 20))
        allocate_one(program);
    else
        free_one(program);
}

static void run(struct program *program, uint64_t events)
{
    for (size_t i = 0; i < HEAPS; i++) {
        struct heap *heap = &program->heaps[i];
        heap->handle = UINT64_C(0x20000000000) + ((uint64_t)i << 38);
        heap->committed_to = heap->handle + EXTENT_BYTES;
        heap->top = heap->handle + RUN_BYTES;
        put_create(program, heap);
    }
    while (program->events < events)
        call(program, events);
}

static void release(struct program *program)
{
    for (size_t i = 0; i < HEAPS; i++)
        for (size_t c = 0; c < CLASSES; c++)
            free(program->heaps[i].classes[c].free.items);
    free(program->live);
    free(program);
}

static uint64_t number(const char *text, uint64_t max)
{
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    if (*end || value == 0 || value > max)
        die("a number is wrong");
    return value;
}

int main(int argc, char **argv)
{
    if (argc < 6)
        die("usage: bench_make_trace OUT SEED LIVE EVENTS CPUS [compressed]");
    struct program *program = calloc(1, sizeof *program);
    FILE *out = strcmp(argv[1], "-") == 0 ? stdout : fopen(argv[1], "wb");
    if (!out || !program)
        die("cannot create the file");
    program->random = number(argv[2], UINT64_MAX);
    program->live_goal = number(argv[3], UINT32_MAX);
    program->cpus = (uint32_t)number(argv[5], 1024);
    program->stream =
        trace_stream_new(out, program->cpus, argc > 6 && strcmp(argv[6], "compressed") == 0);
    run(program, number(argv[4], UINT64_C(1) << 40));
    bool is_written = trace_stream_finish(program->stream);
    if (fclose(out) != 0 || !is_written)
        die("cannot write the file");
    release(program);
    return 0;
}
