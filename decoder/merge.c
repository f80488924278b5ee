/* Which CPU's event is next. */
#include "decoder/merge.h"

#include <assert.h>
#include <stdlib.h>

bool merge_init(struct merge *merge, size_t stream_count, struct error *err)
{
    *merge = (struct merge){ .entries = calloc(stream_count + 1, sizeof *merge->entries) };
    if (!merge->entries)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to merge %zu CPUs",
                         stream_count);
    return true;
}

void merge_release(struct merge *merge)
{
    free(merge->entries);
    *merge = (struct merge){ 0 };
}

void merge_push(struct merge *merge, struct merge_entry entry)
{
    size_t i = merge->count++;
    for (; i > 0 && merge_is_before(entry, merge->entries[(i - 1) / 2]); i = (i - 1) / 2)
        merge->entries[i] = merge->entries[(i - 1) / 2];
    merge->entries[i] = entry;
}

struct merge_entry merge_pop(struct merge *merge)
{
    assert(merge->count > 0);
    struct merge_entry first = merge->entries[0];
    struct merge_entry last = merge->entries[--merge->count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= merge->count)
            break;
        if (child + 1 < merge->count &&
            merge_is_before(merge->entries[child + 1], merge->entries[child]))
            child++;
        if (!merge_is_before(merge->entries[child], last))
            break;
        merge->entries[i] = merge->entries[child];
        i = child;
    }
    merge->entries[i] = last;
    return first;
}
