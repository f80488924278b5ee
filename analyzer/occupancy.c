/* Sums of page occupancy, kept all the way up. */
#include "analyzer/occupancy.h"

void occupancy_change(struct occupancy *occupancy, const struct occupancy *change)
{
    for (struct occupancy *o = occupancy; o; o = o->parent) {
        o->live_bytes += change->live_bytes;
        o->live_blocks += change->live_blocks;
        o->touched_pages += change->touched_pages;
        o->pinned_pages += change->pinned_pages;
        o->pinned_waste_bytes += change->pinned_waste_bytes;
        for (size_t bin = 0; bin < OCCUPANCY_BINS; bin++)
            o->histogram[bin] += change->histogram[bin];
    }
}

void occupancy_subtract(struct occupancy *sums, const struct occupancy *less)
{
    sums->live_bytes -= less->live_bytes;
    sums->live_blocks -= less->live_blocks;
    sums->touched_pages -= less->touched_pages;
    sums->pinned_pages -= less->pinned_pages;
    sums->pinned_waste_bytes -= less->pinned_waste_bytes;
    for (size_t bin = 0; bin < OCCUPANCY_BINS; bin++)
        sums->histogram[bin] -= less->histogram[bin];
}
