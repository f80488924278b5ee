/* How many threads can run at once. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "reports/cli/cores.h"

#include "reports/cli/options.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

size_t cores_usable(void)
{
#ifdef CPU_COUNT
    cpu_set_t usable;
    if (sched_getaffinity(0, sizeof usable, &usable) == 0)
        return (size_t)CPU_COUNT(&usable);
#endif
    /* There are more than a cpu_set_t has room for, or nothing tells. */
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (size_t)count : 1;
}

bool parse_threads(const char *argument, void *target, struct error *err)
{
    size_t count = 0;
    struct error why = { 0 };
    if (strcmp(argument, "auto") != 0 && !parse_count(argument, &count, &why))
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "--threads is auto or a count above 0, not '%.40s'", argument);
    *(size_t *)target = count;
    return true;
}
