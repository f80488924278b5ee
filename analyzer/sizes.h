/* Which sizes the program allocates. */
#ifndef ANALYZER_SIZES_H
#define ANALYZER_SIZES_H

#include "analyzer/live_sizes.h"
#include "analyzer/result.h"
#include "decoder/error.h"

/* By size class. Zero-filled is empty. */
struct sizes {
    struct {
        uint64_t allocs, bytes;
    } of[SIZE_CLASSES];
};

/* Counts an allocation `times` times; (uint64_t)-1 takes it back. */
static inline void sizes_count(struct sizes *sizes, uint64_t bytes, uint64_t times)
{
    size_t i = size_class_of(bytes);
    sizes->of[i].allocs += times;
    sizes->of[i].bytes += bytes * times;
}

void sizes_add(struct sizes *sum, const struct sizes *more);

/*
 * Fills sizes of `out` with the classes that are not empty; `live` is what is live at the peak
 * (NULL: nothing). False with ERROR_NO_MEMORY.
 */
bool sizes_report(const struct sizes *sizes, const struct live_sizes *live, struct measures *out,
                  struct error *err);

#endif
