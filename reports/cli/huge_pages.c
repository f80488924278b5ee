/* Where the allocator takes memory from: huge pages. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* madvise, sbrk */
#endif
#include "reports/cli/huge_pages.h"

#include <stdint.h>
#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

#if defined MADV_HUGEPAGE && defined M_ARENA_MAX

enum {
    HUGE_PAGE = 2 << 20,
    ROOM = 64 << 20, /* of addresses: what is not used is no memory */
};

static void advise(uintptr_t from, uintptr_t to)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    from = (from + page - 1) / page * page;
    if (to > from)
        madvise((void *)from, to - from, MADV_HUGEPAGE); /* refused: just slower */
}

void use_huge_pages(void)
{
    const uintptr_t from = (uintptr_t)sbrk(0);
    mallopt(M_ARENA_MAX, 1);              /* threads take from it too */
    mallopt(M_MMAP_THRESHOLD, HUGE_PAGE); /* who takes more has ways of its own */
    mallopt(M_TRIM_THRESHOLD, 2 * ROOM);
    mallopt(M_TOP_PAD, ROOM);
    void *volatile some = malloc(HUGE_PAGE / 2); /* has it get the room */
    free(some);
    mallopt(M_TOP_PAD, HUGE_PAGE);
    advise(from, (uintptr_t)sbrk(0));
}

#else

void use_huge_pages(void)
{
}

#endif
