/*
 * The pages of one granule that a block lies in, and where in them: for blocks of several pages.
 * Their starts are kept by others; here are the users and bytes of each page, and the tails.
 */
#ifndef ANALYZER_STRETCH_H
#define ANALYZER_STRETCH_H

#include "analyzer/span.h"

struct stretch {
    struct granule *granule;
    size_t first_page, last_page;
    uint32_t begin; /* in the first page: offset of its first byte */
    uint32_t end;   /* in the last page: offset of its last byte */
    bool has_start; /* it starts in the first page */
};

/* Of a block from `address` to its last byte at `last`, one of which is in the granule. */
struct stretch stretch_in(struct granule *granule, uint64_t address, uint64_t last);

/* Makes the room that laying it takes. False: no memory, and nothing changed that counts. */
bool stretch_reserve(const struct stretch *stretch);

/* Whether a live block has a byte in it. */
bool stretch_is_used(const struct stretch *stretch);

/*
 * Adds the block to its pages (`sign` 1, after stretch_reserve) or takes it away (-1), and adds to
 * `change` what that does to the page sums.
 */
void stretch_lay(const struct stretch *stretch, int sign, struct occupancy *change);

#endif
