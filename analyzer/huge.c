/* Memory for one array that grows, in huge pages. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* mremap */
#endif
#include "analyzer/huge.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 1 << 21 };

static bool grow_piece(struct huge *huge, size_t bytes)
{
    void *memory = realloc(huge->memory, bytes);
    if (!memory)
        return false;
    *huge = (struct huge){ memory, bytes };
    return true;
}

#if defined MREMAP_MAYMOVE && defined MADV_HUGEPAGE

static bool is_mapped(const struct huge *huge)
{
    return huge->bytes >= HUGE_PAGE;
}

/* From a piece of the allocator's to a mapping of so many bytes. */
static void *map(const struct huge *huge, size_t bytes)
{
    void *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED)
        return mapping;
    /* Before the copy, which would fill it with small pages. Refused: just slower. */
    madvise(mapping, bytes, MADV_HUGEPAGE);
    if (huge->memory) {
        memcpy(mapping, huge->memory, huge->bytes);
        free(huge->memory);
    }
    return mapping;
}

bool huge_grow(struct huge *huge, size_t bytes)
{
    if (bytes <= huge->bytes)
        return true;
    if (bytes < HUGE_PAGE)
        return grow_piece(huge, bytes);
    /* Of whole huge pages: so the system has it begin with one. */
    const size_t more = (HUGE_PAGE - bytes % HUGE_PAGE) % HUGE_PAGE;
    if (more > SIZE_MAX - bytes)
        return false;
    void *mapping = is_mapped(huge)
                        ? mremap(huge->memory, huge->bytes, bytes + more, MREMAP_MAYMOVE)
                        : map(huge, bytes + more);
    if (mapping == MAP_FAILED)
        return false;
    *huge = (struct huge){ mapping, bytes + more };
    return true;
}

void huge_release(struct huge *huge)
{
    if (is_mapped(huge))
        munmap(huge->memory, huge->bytes);
    else
        free(huge->memory);
    *huge = (struct huge){ 0 };
}

#else

bool huge_grow(struct huge *huge, size_t bytes)
{
    return bytes <= huge->bytes || grow_piece(huge, bytes);
}

void huge_release(struct huge *huge)
{
    free(huge->memory);
    *huge = (struct huge){ 0 };
}

#endif
