/* Which sizes are live at one moment, by size class. */
#ifndef ANALYZER_LIVE_SIZES_H
#define ANALYZER_LIVE_SIZES_H

#include "analyzer/size_class.h"

/* Zero-filled: nothing is live. */
struct live_sizes {
    uint64_t blocks[SIZE_CLASSES], bytes[SIZE_CLASSES];
};

static inline void live_sizes_block(struct live_sizes *sizes, uint64_t size)
{
    size_t class = size_class_of(size);
    sizes->blocks[class]++;
    sizes->bytes[class] += size;
}

#endif
