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

/*
 * The heap begins anywhere. Up to where the first huge page may lie it would be small ones, 256 on
 * average: so that is passed over, and so is as much more as has the allocator ask for room at
 * once. What it notes at the beginning of the room is on the last page before, for a huge page is
 * given only where nothing has been touched.
 */
static uintptr_t skip_to_huge_page(void)
{
    static void *volatile passed_over; /* of it only the first bytes are ever touched */
    const uintptr_t skip = HUGE_PAGE / 2 + (uintptr_t)sysconf(_SC_PAGESIZE);
    sbrk((intptr_t)(-((uintptr_t)sbrk(0) + skip) % HUGE_PAGE)); /* refused: just slower */
    const uintptr_t huge = (uintptr_t)sbrk(0) + skip;
    passed_over = malloc(HUGE_PAGE / 2);
    (void)passed_over;
    return huge;
}

void use_huge_pages(void)
{
    mallopt(M_ARENA_MAX, 1);              /* threads take from it too */
    mallopt(M_MMAP_THRESHOLD, HUGE_PAGE); /* who takes more has ways of its own */
    mallopt(M_TRIM_THRESHOLD, 2 * ROOM);
    mallopt(M_TOP_PAD, ROOM);
    const uintptr_t from = skip_to_huge_page(), to = (uintptr_t)sbrk(0);
    mallopt(M_TOP_PAD, HUGE_PAGE);
    if (to > from)
        madvise((void *)from, to - from, MADV_HUGEPAGE); /* refused: just slower */
}

#else

void use_huge_pages(void)
{
}

#endif
