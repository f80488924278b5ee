/* What each address of a process meant last: ranges that do not overlap, each of one image. */
#ifndef DECODER_IMAGE_RANGES_H
#define DECODER_IMAGE_RANGES_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-filled is empty. */
struct image_ranges {
    void *root; /* of tsearch: balanced, whatever addresses a trace chooses */
};

struct image_range {
    uint32_t space;     /* process, or what stands for the kernel */
    uint64_t base, end; /* base < end */
    uint32_t image;     /* index */
};

void image_ranges_release(struct image_ranges *ranges);

/* One of the ranges that have an address in common with `like`; NULL if there is none. */
const struct image_range *image_ranges_find(const struct image_ranges *ranges,
                                            const struct image_range *like);

/* `range` must not overlap any that is there. False when there is no memory. */
bool image_ranges_add(struct image_ranges *ranges, const struct image_range *range);

/* `range` came from image_ranges_find. */
void image_ranges_remove(struct image_ranges *ranges, const struct image_range *range);

#endif
