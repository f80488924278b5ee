/* A heap at one moment, or the sum of heaps: its gaps, and which sizes are live. */
#include "analyzer/snapshot.h"

static void start_peak(struct snapshot *sum, uint64_t change)
{
    if (change != 0 && sum->change != change)
        *sum = (struct snapshot){ .change = change };
}

static uint64_t change_of(const struct past *past, unsigned peak)
{
    return past->peaks[peak] ? *past->peaks[peak] : 0;
}

/* The first peak that the same change made: so the same blocks were live at both. */
static unsigned first_like(const struct past *past, unsigned peak)
{
    unsigned first = 0;
    while (first < peak && change_of(past, first) != change_of(past, peak))
        first++;
    return first;
}

void snapshot_begin(struct peak_snapshots *snapshots, struct snapshot *const sums[PAST_PEAKS],
                    const struct past *past)
{
    *snapshots = (struct peak_snapshots){ .past = past };
    for (unsigned i = 0; i < PAST_PEAKS; i++) {
        snapshots->sums[i] = sums[i];
        snapshots->like[i] = first_like(past, i);
        start_peak(sums[i], change_of(past, i));
    }
}

void snapshot_block(struct peak_snapshots *snapshots, const struct past_walk *walk)
{
    const size_t class = size_class_of(walk->size);
    for (unsigned i = 0; i < PAST_PEAKS; i++) {
        if (!(walk->peaks >> i & 1))
            continue;
        if (snapshots->like[i] == i)
            gaps_block(&snapshots->gaps[i], walk->address, walk->size);
        live_sizes_of_class(&snapshots->sums[i]->sizes, class, walk->size);
    }
}

void snapshot_finish(struct peak_snapshots *snapshots)
{
    for (unsigned i = 0; i < PAST_PEAKS; i++) {
        if (change_of(snapshots->past, i) == 0)
            continue;
        const unsigned like = snapshots->like[i];
        if (like == i)
            gaps_finish(&snapshots->gaps[i]);
        gaps_add(&snapshots->sums[i]->gaps, &snapshots->gaps[like].result);
    }
}

struct gaps_result snapshot_gaps_now(struct block_table *table)
{
    struct gaps gaps = { 0 };
    if (!table)
        return gaps.result;
    struct block_walk walk = { 0 };
    struct block_at at;
    while (block_table_walk(table, &walk, &at))
        gaps_block(&gaps, at.address, at.block->size);
    gaps_finish(&gaps);
    return gaps.result;
}
