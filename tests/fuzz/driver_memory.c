/*
 * Keeps large allocations between runs, in front of ASan's allocator.
 *
 * ASan maps each of them, and unmaps it when it is freed: a few of them take longer than a run on
 * a small input, and most of all in a virtual machine. Here one that is freed is poisoned, so that
 * a use of it is still found, and is given out again when as much is wanted. What lies behind
 * and before a block is poisoned too.
 */
#include "tests/fuzz/driver_memory.h"

#include <malloc.h>
#include <sanitizer/asan_interface.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ASan's own, whose names are weak. */
void *__interceptor_malloc(size_t size);
void *__interceptor_calloc(size_t count, size_t size);
void *__interceptor_realloc(void *memory, size_t size);
void *__interceptor_aligned_alloc(size_t alignment, size_t size);
void __interceptor_free(void *memory);

enum {
    LARGE = 1 << 16, /* from where ASan needs pages of its own, about */
    IDLE_MAX = 64,
    IDLE_BYTES_MAX = 1 << 26,
    TAKEN_MAX = 1 << 10,
};

struct block {
    uintptr_t hidden; /* the address, inverted: or LeakSanitizer would take it for a use */
    size_t size;      /* wanted; what the block has behind that is poisoned */
    size_t capacity, alignment;
};

size_t fuzz_allocation_max = SIZE_MAX;

/* The oldest first: what was freed last shall stay poisoned for as long as possible. */
static void *idle[IDLE_MAX];
static struct block idle_blocks[IDLE_MAX];
static size_t idle_count, idle_bytes;
/* By hash; of two that have one place the second is left to ASan alone. */
static struct block taken[TAKEN_MAX];
static atomic_flag is_busy = ATOMIC_FLAG_INIT;

static void lock(void)
{
    while (atomic_flag_test_and_set(&is_busy))
        continue;
}

static void unlock(void)
{
    atomic_flag_clear(&is_busy);
}

static struct block *taken_at(const void *memory)
{
    return &taken[((uintptr_t)memory >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 54];
}

static void *remove_idle(size_t index)
{
    void *memory = idle[index];
    idle_count--;
    idle_bytes -= idle_blocks[index].capacity;
    memmove(&idle[index], &idle[index + 1], (idle_count - index) * sizeof idle[0]);
    memmove(&idle_blocks[index], &idle_blocks[index + 1],
            (idle_count - index) * sizeof idle_blocks[0]);
    return memory;
}

/* Blocks of a few sizes, or hardly one would ever be given out again. */
static size_t capacity_for(size_t size, size_t alignment)
{
    size_t unit = alignment > 0 ? alignment : size < 16 * LARGE ? LARGE : 16 * LARGE;
    return size > SIZE_MAX - unit ? size : (size + unit - 1) / unit * unit;
}

static void *take_idle(size_t capacity, size_t alignment)
{
    for (size_t i = 0; i < idle_count; i++)
        if (idle_blocks[i].capacity == capacity && idle_blocks[i].alignment == alignment)
            return remove_idle(i);
    return NULL;
}

static void *allocate(size_t size, size_t alignment)
{
    size_t capacity = capacity_for(size, alignment);
    if (size > fuzz_allocation_max)
        return NULL;
    lock();
    void *memory = take_idle(capacity, alignment);
    unlock();
    bool is_new = !memory;
    if (is_new && alignment > 0)
        memory = __interceptor_aligned_alloc(alignment, capacity);
    else if (is_new)
        memory = __interceptor_malloc(capacity);
    if (!memory)
        return NULL;
    if (!is_new)
        __asan_unpoison_memory_region(memory, size);
    else
        __asan_poison_memory_region((char *)memory + size, capacity - size);
    lock();
    struct block *block = taken_at(memory);
    bool is_free = block->size == 0;
    if (is_free)
        *block = (struct block){ ~(uintptr_t)memory, size, capacity, alignment };
    unlock();
    if (!is_free) /* nothing here will know its size */
        __asan_unpoison_memory_region(memory, capacity);
    return memory;
}

/* False: it was not taken from here, or is too large to be kept. */
static bool keep(void *memory)
{
    struct block *block = taken_at(memory);
    if (block->hidden != ~(uintptr_t)memory) /* the one that frees a block owns its place */
        return false;
    lock();
    struct block kept = *block;
    *block = (struct block){ 0 };
    void *surplus = NULL;
    bool is_kept = kept.capacity < IDLE_BYTES_MAX / 4;
    if (is_kept) {
        if (idle_count == IDLE_MAX || idle_bytes + kept.capacity > IDLE_BYTES_MAX)
            surplus = remove_idle(0);
        idle[idle_count] = memory;
        idle_blocks[idle_count++] = kept;
        idle_bytes += kept.capacity;
    }
    unlock();
    if (is_kept)
        __asan_poison_memory_region(memory, kept.size);
    if (surplus)
        __interceptor_free(surplus);
    return is_kept;
}

/* A block is freed a second time: what is idle is poisoned, what is in use is not. */
static bool is_idle(const void *memory)
{
    if (idle_count == 0 || !__asan_address_is_poisoned(memory))
        return false;
    lock();
    size_t i = 0;
    while (i < idle_count && idle[i] != memory)
        i++;
    bool is_found = i < idle_count;
    unlock();
    return is_found;
}

void *malloc(size_t size)
{
    return size < LARGE ? __interceptor_malloc(size) : allocate(size, 0);
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes < LARGE)
        return __interceptor_calloc(count, size);
    void *memory = allocate(bytes, 0);
    return memory ? memset(memory, 0, bytes) : NULL;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return size < LARGE ? __interceptor_aligned_alloc(alignment, size) : allocate(size, alignment);
}

void free(void *memory)
{
    if (!memory || keep(memory))
        return;
    if (is_idle(memory)) {
        fputs("driver_memory: freed twice\n", stderr);
        abort();
    }
    __interceptor_free(memory);
}

void *realloc(void *memory, size_t size)
{
    const struct block *block = taken_at(memory);
    bool is_ours = memory && block->hidden == ~(uintptr_t)memory;
    if (!memory)
        return malloc(size);
    if (size == 0 || (size < LARGE && !is_ours))
        return __interceptor_realloc(memory, size);
    void *moved = malloc(size);
    if (!moved)
        return NULL;
    /* ASan's is what was asked for. */
    size_t before = is_ours ? block->size : malloc_usable_size(memory);
    memcpy(moved, memory, before < size ? before : size);
    free(memory);
    return moved;
}
