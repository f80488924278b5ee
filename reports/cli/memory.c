/* How much memory the program has in use. */
#include "reports/cli/memory.h"

#include "reports/units.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#endif

#ifdef IS_SANITIZED

#include <stddef.h>

/*
 * The sanitizer has an allocator of its own, of which the C library knows nothing. Declared as in
 * its allocator_interface.h, which gcc does not install.
 */
size_t __sanitizer_get_current_allocated_bytes(void);

uint64_t memory_in_use(void)
{
    return __sanitizer_get_current_allocated_bytes();
}

#elif defined(__GLIBC__)

#include <malloc.h>

uint64_t memory_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return (uint64_t)info.uordblks + info.hblkhd;
}

#else

#include <sys/resource.h>

uint64_t memory_in_use(void)
{
    struct rusage usage = { 0 };
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024;
}

#endif

bool check_memory(uint64_t bytes_max, const char *when_stopped, struct error *err)
{
    if (bytes_max == 0)
        return true;
    uint64_t bytes = memory_in_use();
    return bytes <= bytes_max ||
           error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                     "stopped early, with %s in use, above the %s of --max-memory; %s",
                     units_bytes(bytes).text, units_bytes(bytes_max).text, when_stopped);
}
