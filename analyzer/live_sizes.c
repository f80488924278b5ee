/* Which sizes are live at one moment, by size class. */
#include "analyzer/live_sizes.h"

void live_sizes_add(struct live_sizes *sum, const struct live_sizes *more)
{
    for (size_t i = 0; i < SIZE_CLASSES; i++) {
        sum->blocks[i] += more->blocks[i];
        sum->bytes[i] += more->bytes[i];
    }
}
