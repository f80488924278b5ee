/*
 * Of what analyses: keeps the slabs of blocks between runs. One has 2 MiB, and to get it and to
 * give it back would be a third of a run under ASan. Linked with --wrap=aligned_alloc,--wrap=free.
 */
#include <stdbool.h>
#include <stddef.h>

void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *memory);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *memory);

/* One slab is all that a small trace needs; further ones come and go as ever. */
static struct {
    void *memory;
    size_t size;
    bool is_taken;
} kept;

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    if (kept.is_taken || (kept.memory && kept.size != size))
        return __real_aligned_alloc(alignment, size);
    if (!kept.memory)
        kept.memory = __real_aligned_alloc(alignment, size);
    kept.size = size;
    kept.is_taken = kept.memory;
    return kept.memory;
}

void __wrap_free(void *memory)
{
    if (memory && memory == kept.memory)
        kept.is_taken = false;
    else
        __real_free(memory);
}
