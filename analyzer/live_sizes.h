/* Which sizes are live at one moment, by size class. */
#ifndef ANALYZER_LIVE_SIZES_H
#define ANALYZER_LIVE_SIZES_H

#include "analyzer/size_class.h"

/* Zero-filled: nothing is live. */
struct live_sizes {
    uint64_t blocks[SIZE_CLASSES], bytes[SIZE_CLASSES];
};

/* The same as live_sizes_block, where the class of the size is known. */
static inline void live_sizes_of_class(struct live_sizes *sizes, size_t class, uint64_t size)
{
    sizes->blocks[class]++;
    sizes->bytes[class] += size;
}

static inline void live_sizes_block(struct live_sizes *sizes, uint64_t size)
{
    live_sizes_of_class(sizes, size_class_of(size), size);
}

#endif
