/* Traces for looking at: heaps that live like those of programs, and processes of hostile names. */
#include "tests/page_traces.h"
#include "tests/etl_builder.h"
#include "tests/trace_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 3000, /* of a heap's small blocks */
    SLOT_BYTES = 512,
    BUFFERS = 4, /* of a heap that grow by realloc */
    BUFFER_STRIDE = 1 << 22,
    STEP_BYTES = 64 << 10, /* of EXTEND and CONTRACT */
    FIRST_PID = 100,
    HEAPS_A_PROCESS = 10,
};

struct growing {
    uint64_t address, size;
};

struct lived_heap {
    uint64_t handle, base;
    uint32_t pid;
    uint64_t committed_bytes, live_bytes;
    uint16_t sizes[SLOTS]; /* 0: not live */
    struct growing buffers[BUFFERS];
};

static const char *const hostile_names[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>.exe",
    "'; system('touch pwned'); print '",
    "../../../tmp/pwned",
    "$(touch pwned)`touch pwned`",
    "&lt;b&gt; &amp; & ]]> --> </svg></style></title>",
    "=cmd|' /C calc'!A0",
    "set output 'pwned'\nplot x",
    "{/Symbol a}_b^c@d %s%n%p \\033[31m",
    "javascript:alert(1)//aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};
enum { NAMES = sizeof hostile_names / sizeof hostile_names[0] };

static struct etl_space space_of(const struct lived_heap *heap)
{
    uint64_t committed = heap->committed_bytes;
    uint64_t used = heap->live_bytes < committed ? heap->live_bytes : committed;
    return (struct etl_space){ committed - used, committed, committed + 16 * STEP_BYTES };
}

static void commit_as_needed(struct etl *etl, struct lived_heap *heap, uint64_t time_ns)
{
    if (heap->live_bytes + STEP_BYTES > heap->committed_bytes) {
        heap->committed_bytes += 4 * STEP_BYTES;
        etl_extend(etl, time_ns, heap->handle, heap->base, 4 * STEP_BYTES, space_of(heap));
    } else if (heap->live_bytes + 32 * STEP_BYTES < heap->committed_bytes) {
        heap->committed_bytes -= STEP_BYTES;
        etl_contract(etl, time_ns, heap->handle, heap->base, STEP_BYTES, space_of(heap));
    }
}

/* A block is allocated or freed; more are freed than allocated once the trace is half over. */
static void touch_slot(struct etl *etl, struct lived_heap *heap, struct random *random,
                       uint64_t time_ns, bool is_late)
{
    uint32_t slot = random_below(random, SLOTS);
    uint64_t address = heap->base + (uint64_t)slot * SLOT_BYTES;
    uint32_t source = ETL_LOOKASIDE + random_below(random, 3);
    if (heap->sizes[slot]) {
        heap->live_bytes -= heap->sizes[slot];
        heap->sizes[slot] = 0;
        etl_free(etl, time_ns, heap->handle, address, source);
    } else if (!is_late || random_below(random, 8) == 0) {
        heap->sizes[slot] = (uint16_t)(16 << random_below(random, 5));
        heap->live_bytes += heap->sizes[slot];
        etl_alloc(etl, time_ns, heap->handle, address, heap->sizes[slot], source);
    }
}

/* A buffer grows by half or by a fixed step, now and then where it is; one that is large starts
 * anew. */
static void grow_buffer(struct etl *etl, struct lived_heap *heap, struct random *random,
                        uint64_t time_ns)
{
    uint32_t number = random_below(random, BUFFERS);
    struct growing *buffer = &heap->buffers[number];
    uint32_t source = ETL_MAINPATH + random_below(random, 4);
    uint64_t place = heap->base + (2 * (uint64_t)number + 4) * BUFFER_STRIDE;
    if (buffer->address == place)
        place += BUFFER_STRIDE; /* each has two places to go to and fro */
    if (buffer->size > BUFFER_STRIDE / 4) {
        etl_free(etl, time_ns, heap->handle, buffer->address, source);
        heap->live_bytes -= buffer->size;
        buffer->size = 0;
    } else if (buffer->size == 0) {
        *buffer = (struct growing){ place, 100 };
        heap->live_bytes += buffer->size;
        etl_alloc(etl, time_ns, heap->handle, place, buffer->size, source);
    } else {
        struct growing old = *buffer;
        buffer->size += random_below(random, 3) ? buffer->size / 2 : 64;
        buffer->address = random_below(random, 3) ? place : old.address;
        heap->live_bytes += buffer->size - old.size;
        etl_realloc(etl, time_ns, heap->handle, buffer->address, old.address, buffer->size,
                    old.size, source);
    }
}

static void name_process(struct etl *etl, uint32_t pid)
{
    etl_under(etl, HEADER_SYSTEM64);
    etl_process(etl, 100 * US, ETL_PROCESS_DCSTART, pid, 4, hostile_names[pid % NAMES], "");
    etl_under(etl, HEADER_EVENT64);
}

static struct lived_heap *make_heaps(struct etl *etl, uint32_t count)
{
    struct lived_heap *heaps = calloc(count, sizeof *heaps);
    for (uint32_t i = 0; heaps && i < count; i++) {
        struct lived_heap *heap = &heaps[i];
        heap->pid = FIRST_PID + i / HEAPS_A_PROCESS;
        heap->handle = 0x10000 + (uint64_t)(i % HEAPS_A_PROCESS) * 0x10000;
        heap->base = UINT64_C(0x200000000) * (i % HEAPS_A_PROCESS + 1);
        heap->committed_bytes = STEP_BYTES;
        etl_as(etl, 0, heap->pid, 1);
        if (i % HEAPS_A_PROCESS == 0)
            name_process(etl, heap->pid);
        etl_create(etl, 100 * US, heap->handle, 2, 16 * STEP_BYTES, STEP_BYTES);
    }
    return heaps;
}

/* So many steps of so many heaps, the first ones the busiest. */
static void live(struct etl *etl, struct lived_heap *heaps, uint32_t count, uint32_t steps)
{
    struct random random = random_new(count);
    for (uint32_t step = 0; step < steps; step++) {
        uint64_t time_ns = 200 * US + (uint64_t)step * 50 * US;
        uint32_t busy = random_below(&random, count) + 1;
        struct lived_heap *heap = &heaps[random_below(&random, busy)];
        etl_as(etl, 0, heap->pid, 1);
        if (random_below(&random, 6) == 0)
            grow_buffer(etl, heap, &random, time_ns);
        else
            touch_slot(etl, heap, &random, time_ns, step > steps / 2);
        commit_as_needed(etl, heap, time_ns);
    }
}

static bool save(const char *folder, const char *name, const uint8_t *bytes, size_t size)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    bool is_written = file && fwrite(bytes, 1, size, file) == size;
    return file && fclose(file) == 0 && is_written;
}

/* A flag of every fifth buffer tells of lost events, and a fourteenth of the file is not there. */
static size_t lose(const struct etl *etl, uint8_t *bytes, size_t size)
{
    for (size_t buffer = 3; buffer < etl_buffer_count(etl); buffer += 5) {
        uint8_t *flags = bytes + etl_buffer_offset(etl, buffer) + ETL_AT_FLAGS;
        etl_poke(flags, etl_peek(flags, 2) | ETL_EVENTS_LOST, 2);
    }
    return size - size / 14;
}

static bool write_trace(const char *folder, const char *name, uint32_t heap_count, uint32_t steps,
                        bool has_losses)
{
    struct etl *etl = etl_builder_new(NULL);
    struct lived_heap *heaps = make_heaps(etl, heap_count);
    if (heaps)
        live(etl, heaps, heap_count, steps);
    size_t size;
    uint8_t *bytes = etl_finish(etl, &size);
    if (has_losses)
        size = lose(etl, bytes, size);
    bool is_written = heaps && save(folder, name, bytes, size);
    free(bytes);
    free(heaps);
    etl_builder_free(etl);
    return is_written;
}

bool page_traces_write(const char *folder)
{
    return write_trace(folder, "one.etl", 1, 20000, false) &&
           write_trace(folder, "many.etl", 200, 100000, false) &&
           write_trace(folder, "lost.etl", 3, 30000, true);
}
