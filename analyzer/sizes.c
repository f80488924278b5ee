/* Which sizes the program allocates. */
#include "analyzer/sizes.h"

#include <stdlib.h>

void sizes_add(struct sizes *sum, const struct sizes *more)
{
    for (size_t i = 0; i < SIZE_CLASSES; i++) {
        sum->of[i].allocs += more->of[i].allocs;
        sum->of[i].bytes += more->of[i].bytes;
    }
}

bool sizes_report(const struct sizes *sizes, const struct live_sizes *live, struct measures *out,
                  struct error *err)
{
    struct size_result rows[SIZE_CLASSES];
    size_t count = 0;
    for (size_t i = 0; i < SIZE_CLASSES; i++) {
        uint64_t live_blocks = live ? live->blocks[i] : 0;
        if (sizes->of[i].allocs == 0 && live_blocks == 0)
            continue;
        rows[count++] = (struct size_result){
            .low = size_class_low(i),
            .high = size_class_high(i),
            .allocs = sizes->of[i].allocs,
            .bytes = sizes->of[i].bytes,
            .live_at_peak = live_blocks,
            .live_bytes_at_peak = live ? live->bytes[i] : 0,
        };
    }
    out->size_count = 0;
    if (count == 0)
        return true;
    out->sizes = calloc(count, sizeof rows[0]);
    if (!out->sizes)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to report sizes");
    for (size_t i = 0; i < count; i++)
        out->sizes[i] = rows[i];
    out->size_count = count;
    return true;
}
