/* Which CPU's event is next. */
#include "decoder/merge.h"

#include <assert.h>
#include <stdlib.h>

/* Of a stream that is not in it. */
static const struct merge_entry nobody = { UINT64_MAX, UINT32_MAX };

bool merge_init(struct merge *merge, size_t stream_count, struct error *err)
{
    size_t width = 1;
    while (width < stream_count)
        width *= 2;
    *merge = (struct merge){ .front = nobody,
                             .nodes = calloc(2 * width, sizeof *merge->nodes),
                             .width = 1 };
    if (!merge->nodes)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to merge %zu CPUs",
                         stream_count);
    merge->nodes[1] = nobody;
    return true;
}

void merge_release(struct merge *merge)
{
    free(merge->nodes);
    *merge = (struct merge){ 0 };
}

/* `entry` becomes that of the stream, and plays its way up. */
static void play(struct merge *merge, uint32_t stream, struct merge_entry entry)
{
    size_t i = merge->width + stream;
    merge->nodes[i] = entry;
    for (; i > 1; i /= 2) {
        entry = merge_older(entry, merge->nodes[i ^ 1]);
        merge->nodes[i / 2] = entry;
    }
}

/* Twice as many leaves. Only as many as there are CPUs in use, as each level costs. */
static void widen(struct merge *merge)
{
    size_t width = merge->width;
    merge->width = 2 * width;
    for (size_t i = 0; i < width; i++) {
        merge->nodes[2 * width + i] = merge->nodes[width + i];
        merge->nodes[3 * width + i] = nobody;
    }
    for (size_t i = 2 * width - 1; i > 0; i--)
        merge->nodes[i] = merge_older(merge->nodes[2 * i], merge->nodes[2 * i + 1]);
}

/* Into the tournament. */
static void enter(struct merge *merge, struct merge_entry entry)
{
    while (entry.stream >= merge->width)
        widen(merge);
    play(merge, entry.stream, entry);
}

/* Beside the tournament, if it is older than all in there, and nobody is in front. */
static void come_back(struct merge *merge, struct merge_entry entry)
{
    if (merge_is_before(entry, merge->nodes[1]))
        merge->front = entry;
    else
        enter(merge, entry);
}

void merge_push(struct merge *merge, struct merge_entry entry)
{
    if (merge->front.stream != nobody.stream) {
        enter(merge, merge->front);
        merge->front = nobody;
    }
    enter(merge, entry);
    merge->count++;
}

struct merge_entry merge_pop(struct merge *merge)
{
    struct merge_entry first = merge_first(merge);
    assert(merge->count > 0);
    if (merge->front.stream == nobody.stream)
        play(merge, first.stream, nobody);
    merge->front = nobody;
    merge->count--;
    return first;
}

struct merge_entry merge_exchange(struct merge *merge, struct merge_entry entry)
{
    if (merge->count == 0 || merge_is_before(entry, merge_first(merge)))
        return entry;
    struct merge_entry first = merge_pop(merge);
    come_back(merge, entry);
    merge->count++;
    return first;
}
