/* The live blocks of one heap that leave the page they start in: they are laid over its pages. */
#include "analyzer/block_index.h"
#include "analyzer/stretch.h"

/* Where a block lies. */
struct extent {
    uint64_t address;
    uint64_t last; /* address of its last byte; of an empty block, its address */
    bool is_empty;
    struct granule *from; /* of address */
    struct granule *to;   /* of last */
};

static struct extent extent_of(const struct block_place *place, uint64_t size)
{
    struct extent extent = { place->address, place->address, size == 0, place->granule, NULL };
    uint64_t room = UINT64_MAX - extent.address; /* bytes of address space behind the first one */
    if (size > 0)
        extent.last += size - 1 < room ? size - 1 : room;
    return extent;
}

static uint64_t last_granule(const struct extent *extent)
{
    return extent->last >> GRANULE_BYTE_SHIFT;
}

/*
 * Adds a block to the pages it lies in (`sign` 1) or takes it away (-1), its start apart, and adds
 * to `change` what that does to the page sums. True: it lies over granules that were touched.
 */
static bool lay(const struct extent *extent, int sign, struct occupancy *change)
{
    if (extent->is_empty)
        return false;
    struct stretch stretch = stretch_in(extent->from, extent->address, extent->last);
    stretch_lay(&stretch, sign, change);
    if (extent->to == extent->from)
        return false;
    stretch = stretch_in(extent->to, extent->address, extent->last);
    stretch_lay(&stretch, sign, change);
    extent->to->lasts += (uint32_t)sign;
    return span_tree_cover(extent->from, extent->to, sign, change);
}

static bool reserve_tails(const struct extent *extent)
{
    if (extent->is_empty)
        return true;
    struct stretch first = stretch_in(extent->from, extent->address, extent->last);
    struct stretch last = stretch_in(extent->to, extent->address, extent->last);
    return stretch_reserve(&first) && (extent->to == extent->from || stretch_reserve(&last));
}

/* Makes all room that laying the extent takes, and finds its last granule. False: no memory. */
static bool reserve(struct block_table *table, struct extent *extent)
{
    extent->to = block_table_granule(table, last_granule(extent));
    if (!extent->to)
        extent->to = block_table_granule_new(table, last_granule(extent));
    if (!extent->to)
        return false;
    if (reserve_tails(extent))
        return true;
    if (extent->to != extent->from)
        block_table_drop_if_unused(table, extent->to);
    return false;
}

static bool is_used(const struct extent *extent)
{
    struct stretch first = stretch_in(extent->from, extent->address, extent->last);
    struct stretch last = stretch_in(extent->to, extent->address, extent->last);
    return stretch_is_used(&first) || (extent->to != extent->from && stretch_is_used(&last));
}

bool block_table_lay_long(struct block_table *table, const struct block_place *place, uint64_t size,
                          bool *overlaps)
{
    struct extent extent = extent_of(place, size);
    if (!reserve(table, &extent))
        return false;
    *overlaps = is_used(&extent);
    place->page->is_crossed |= *overlaps;
    struct occupancy change = { .live_bytes = size, .live_blocks = 1 };
    *overlaps |= lay(&extent, 1, &change);
    occupancy_change(table->occupancy, &change);
    return true;
}

void block_table_lift_long(struct block_table *table, const struct block_place *place,
                           uint64_t size)
{
    struct extent extent = extent_of(place, size);
    extent.to = block_table_granule(table, last_granule(&extent));
    struct occupancy change = { .live_bytes = -size, .live_blocks = UINT64_MAX };
    lay(&extent, -1, &change);
    occupancy_change(table->occupancy, &change);
    if (extent.to != extent.from)
        block_table_drop_if_unused(table, extent.to);
}

bool block_table_lay_again(struct block_table *table, const struct block_place *place,
                           uint64_t old_size, uint64_t new_size)
{
    struct extent old = extent_of(place, old_size), new = extent_of(place, new_size);
    if (!reserve(table, &new))
        return false;
    old.to = block_table_granule(table, last_granule(&old));
    struct occupancy change = { .live_bytes = new_size - old_size };
    lay(&old, -1, &change);
    lay(&new, 1, &change);
    occupancy_change(table->occupancy, &change);
    if (old.to != new.to && old.to != old.from)
        block_table_drop_if_unused(table, old.to);
    return true;
}
