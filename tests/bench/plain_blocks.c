/* Live blocks kept the plain way, with uthash as it comes. */
#include "tests/bench/plain_blocks.h"

#include <stdbool.h>
#include <stdlib.h>

#include <uthash.h>

enum { CLASSES = 64, SOURCES = 16 };

struct block {
    uint64_t address;
    uint64_t size, born_ns;
    UT_hash_handle hh;
};

struct key {
    uint64_t handle, process; /* both 64 bits wide, so that the key has no padding */
};

/* Counts are of powers of two, and of allocator paths. */
struct heap {
    struct key key;
    struct block *blocks;
    uint64_t live_bytes, live_bytes_peak;
    uint64_t sizes[CLASSES], lifetimes[CLASSES];
    struct {
        uint64_t allocs, bytes;
    } sources[SOURCES];
    UT_hash_handle hh;
};

struct plain_blocks {
    struct heap *heaps;
    struct heap *last; /* that was found; NULL: none */
    uint64_t live, peak;
};

struct plain_blocks *plain_blocks_new(void)
{
    struct plain_blocks *blocks = calloc(1, sizeof *blocks);
    if (!blocks)
        abort();
    return blocks;
}

static void end_heap(struct plain_blocks *blocks, struct heap *heap)
{
    struct block *block = heap->blocks;
    HASH_CLEAR(hh, heap->blocks); /* drops the table only; the nodes stay linked */
    while (block) {
        struct block *next = block->hh.next;
        free(block);
        blocks->live--;
        block = next;
    }
    HASH_DEL(blocks->heaps, heap);
    free(heap);
    blocks->last = NULL;
}

/* All heaps of a process, or those of one handle. */
static void end_heaps(struct plain_blocks *blocks, uint32_t process, const uint64_t *handle)
{
    struct heap *heap, *next;
    HASH_ITER (hh, blocks->heaps, heap, next)
        if (heap->key.process == process && (!handle || heap->key.handle == *handle))
            end_heap(blocks, heap);
}

void plain_blocks_free(struct plain_blocks *blocks)
{
    while (blocks->heaps)
        end_heap(blocks, blocks->heaps);
    free(blocks);
}

static struct heap *heap_of(struct plain_blocks *blocks, const struct event *event)
{
    const struct key key = { event->heap, event->process };
    struct heap *heap = blocks->last;
    if (heap && heap->key.handle == key.handle && heap->key.process == key.process)
        return heap;
    HASH_FIND(hh, blocks->heaps, &key, sizeof key, heap);
    if (!heap) {
        heap = calloc(1, sizeof *heap);
        if (!heap)
            abort();
        heap->key = key;
        HASH_ADD(hh, blocks->heaps, key, sizeof heap->key, heap);
    }
    return blocks->last = heap;
}

static unsigned class_of(uint64_t value)
{
    return value ? 63 - (unsigned)__builtin_clzll(value) : 0;
}

static void count_bytes(struct heap *heap, uint64_t more, uint64_t less)
{
    heap->live_bytes += more - less;
    if (heap->live_bytes > heap->live_bytes_peak)
        heap->live_bytes_peak = heap->live_bytes;
}

static void add(struct plain_blocks *blocks, struct heap *heap, const struct event *event)
{
    struct block *block = malloc(sizeof *block);
    if (!block)
        abort();
    block->address = event->address;
    block->size = event->size;
    block->born_ns = event->time_ns;
    HASH_ADD(hh, heap->blocks, address, sizeof block->address, block);
    if (++blocks->live > blocks->peak)
        blocks->peak = blocks->live;
    heap->sizes[class_of(block->size)]++;
    heap->sources[event->source % SOURCES].allocs++;
    heap->sources[event->source % SOURCES].bytes += block->size;
    count_bytes(heap, block->size, 0);
}

static void drop(struct plain_blocks *blocks, struct heap *heap, struct block *block,
                 uint64_t time_ns)
{
    heap->lifetimes[class_of(time_ns - block->born_ns)]++;
    count_bytes(heap, 0, block->size);
    HASH_DEL(heap->blocks, block);
    free(block);
    blocks->live--;
}

static void apply(struct plain_blocks *blocks, struct heap *heap, const struct event *event)
{
    struct block *block;
    HASH_FIND(hh, heap->blocks, &event->address, sizeof event->address, block);
    if (event->kind == EVENT_free) {
        if (block)
            drop(blocks, heap, block, event->time_ns);
    } else if (block) {
        count_bytes(heap, event->size, block->size);
        block->size = event->size;
    } else {
        add(blocks, heap, event);
    }
}

void plain_blocks_apply(struct plain_blocks *blocks, const struct event *event)
{
    switch (event->kind) {
    case EVENT_alloc:
    case EVENT_free:
    case EVENT_realloc:
        if (event->address)
            apply(blocks, heap_of(blocks, event), event);
        return;
    case EVENT_create:
    case EVENT_destroy:
        end_heaps(blocks, event->process, &event->heap);
        return;
    case EVENT_process_end:
        end_heaps(blocks, event->process, NULL);
        return;
    default:
        return;
    }
}

uint64_t plain_blocks_peak(const struct plain_blocks *blocks)
{
    return blocks->peak;
}
