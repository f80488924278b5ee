/* The allocator's functions, put in front of the real ones by LD_PRELOAD. */
#include "data/record/recorder.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

/*
 * The next allocator in the order of loading: the C library's, or one that the program brings along
 * or that was preloaded behind us, whose behaviour is then what is recorded.
 */
static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    void *(*memalign)(size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
    size_t (*usable_size)(void *);
    bool is_known;
} real;

/* ---- blocks from before the real allocator is known: dlsym itself may allocate ---- */

enum { EARLY_ALIGNMENT = 16 };

static struct {
    _Alignas(EARLY_ALIGNMENT) char bytes[8192];
    size_t used;
} early;

static bool is_early(const void *block)
{
    return (uintptr_t)block - (uintptr_t)early.bytes < sizeof early.bytes;
}

/* Zero-filled, never given back. Its size is kept in front of it. */
static void *early_allocate(size_t size)
{
    size_t room = sizeof early.bytes - early.used;
    if (size > room || room - size < 2 * EARLY_ALIGNMENT)
        return NULL;
    char *at = early.bytes + early.used;
    memcpy(at, &size, sizeof size);
    early.used +=
        EARLY_ALIGNMENT + (size + EARLY_ALIGNMENT - 1) / EARLY_ALIGNMENT * EARLY_ALIGNMENT;
    return at + EARLY_ALIGNMENT;
}

static size_t early_size(const void *block)
{
    size_t size;
    memcpy(&size, (const char *)block - EARLY_ALIGNMENT, sizeof size);
    return size;
}

/* `function` is a pointer to a pointer to a function: C does not convert one from void *. */
static void find(void *function, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found);
}

static bool find_real(void)
{
    static bool is_searching; /* then dlsym allocates, and gets early blocks */
    if (is_searching)
        return false;
    is_searching = true;
    find(&real.malloc, "malloc");
    find(&real.calloc, "calloc");
    find(&real.realloc, "realloc");
    find(&real.free, "free");
    find(&real.memalign, "memalign");
    find(&real.aligned_alloc, "aligned_alloc");
    find(&real.posix_memalign, "posix_memalign");
    find(&real.valloc, "valloc");
    find(&real.pvalloc, "pvalloc");
    find(&real.usable_size, "malloc_usable_size");
    real.is_known = real.malloc && real.calloc && real.realloc && real.free;
    is_searching = false;
    return real.is_known;
}

static bool know_real(void)
{
    return real.is_known || find_real();
}

static void *out_of_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

static void *logged(void *block, size_t size)
{
    recorder_log_alloc(block, size);
    recorder_leave();
    return block;
}

/* ---- the functions ---- */

EXPORTED void *malloc(size_t size)
{
    if (!know_real())
        return early_allocate(size);
    if (!recorder_enter())
        return real.malloc(size);
    return logged(real.malloc(size), size);
}

EXPORTED void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        bytes = SIZE_MAX;
    if (!know_real())
        return early_allocate(bytes);
    if (!recorder_enter())
        return real.calloc(count, size);
    return logged(real.calloc(count, size), bytes);
}

EXPORTED void free(void *block)
{
    if (!block || is_early(block) || !know_real())
        return;
    if (!recorder_enter()) {
        real.free(block);
        return;
    }
    real.free(block);
    recorder_log_free(block, __builtin_return_address(0));
    recorder_leave();
}

static void *realloc_early(void *old, size_t size)
{
    void *block = malloc(size);
    size_t old_size = early_size(old);
    if (block)
        memcpy(block, old, old_size < size ? old_size : size);
    return block;
}

static void *realloc_logged(void *old, size_t size)
{
    size_t old_size = recorder_take_size(old, real.usable_size ? real.usable_size(old) : 0);
    void *block = real.realloc(old, size);
    if (!block && size == 0)
        recorder_log_free(old, NULL); /* the C library's way to free */
    else
        recorder_log_realloc(block, size, old, old_size);
    recorder_leave();
    return block;
}

EXPORTED void *realloc(void *old, size_t size)
{
    if (!old)
        return malloc(size);
    if (is_early(old))
        return realloc_early(old, size);
    if (!know_real() || !recorder_enter())
        return real.realloc(old, size);
    return realloc_logged(old, size);
}

/* By way of realloc as in the C library; what does not fit size_t fails there, and is logged so. */
EXPORTED void *reallocarray(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        bytes = SIZE_MAX;
    return realloc(old, bytes);
}

static void *aligned(void *(*allocate)(size_t, size_t), size_t alignment, size_t size)
{
    if (!recorder_enter())
        return allocate(alignment, size);
    return logged(allocate(alignment, size), size);
}

EXPORTED void *memalign(size_t alignment, size_t size)
{
    if (!know_real() || !real.memalign)
        return out_of_memory();
    return aligned(real.memalign, alignment, size);
}

EXPORTED void *aligned_alloc(size_t alignment, size_t size)
{
    if (!know_real() || !real.aligned_alloc)
        return out_of_memory();
    return aligned(real.aligned_alloc, alignment, size);
}

EXPORTED int posix_memalign(void **out, size_t alignment, size_t size)
{
    if (!know_real() || !real.posix_memalign)
        return ENOMEM;
    if (!recorder_enter())
        return real.posix_memalign(out, alignment, size);
    int status = real.posix_memalign(out, alignment, size);
    logged(status == 0 ? *out : NULL, size);
    return status;
}

static void *page_aligned(void *(*allocate)(size_t), size_t size)
{
    if (!recorder_enter())
        return allocate(size);
    return logged(allocate(size), size);
}

EXPORTED void *valloc(size_t size)
{
    return know_real() && real.valloc ? page_aligned(real.valloc, size) : out_of_memory();
}

EXPORTED void *pvalloc(size_t size)
{
    return know_real() && real.pvalloc ? page_aligned(real.pvalloc, size) : out_of_memory();
}

/* ---- the ends of a process ---- */

/* A process that never allocates is recorded too, and a forked child from its start. */
static void begin(void)
{
    if (recorder_enter())
        recorder_leave();
}

__attribute__((constructor)) static void loaded(void)
{
    know_real();
    pthread_atfork(NULL, NULL, begin);
    begin();
}

__attribute__((destructor)) static void unloaded(void)
{
    if (!recorder_enter())
        return;
    recorder_note_exit();
    recorder_leave();
}
