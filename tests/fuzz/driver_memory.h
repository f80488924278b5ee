/* Of the allocator that keeps large allocations between runs. */
#ifndef TESTS_FUZZ_DRIVER_MEMORY_H
#define TESTS_FUZZ_DRIVER_MEMORY_H

#include <stddef.h>

/*
 * More is refused, as if memory had run out; at the start nothing is. A few bytes of zstd ask for
 * a window of 128 MiB, and ASan takes milliseconds to mark that.
 */
extern size_t fuzz_allocation_max;

#endif
