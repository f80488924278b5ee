/*
 * Finds the image at an address and a time: a segment tree over the addresses of all processes,
 * with the images that cover a node's addresses by time of load. No two images of one space hold an
 * address at the same time, so each list can be searched by halves.
 */
#ifndef DECODER_IMAGE_INDEX_H
#define DECODER_IMAGE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An image as the index sees it. */
struct image_span {
    uint32_t space;
    uint64_t base, end; /* base < end */
    uint64_t load_ns, unload_ns;
};

struct image_index;

/*
 * Over `count` spans, which must outlive it and be less than 2^31; NULL when there is no memory.
 * O(n log n).
 */
struct image_index *image_index_new(const struct image_span *spans, size_t count);
void image_index_free(struct image_index *index); /* NULL is fine */

/*
 * The span that holds the address at `time_ns`; if none does, the one that does next, and the one
 * that did last at last; of equal ones the first. SIZE_MAX: none ever does.
 */
size_t image_index_find(const struct image_index *index, uint32_t space, uint64_t address,
                        uint64_t time_ns);

#endif
