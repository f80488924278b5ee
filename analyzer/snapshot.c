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

/* One walk for all peaks: it costs a cache miss a block, where counting costs little. */
void snapshot_add_peaks(struct snapshot *const sums[PAST_PEAKS], struct past *past,
                        struct block_table *table)
{
    struct gaps gaps[PAST_PEAKS] = { 0 };
    struct past_walk walk = { 0 };
    unsigned like[PAST_PEAKS];
    for (unsigned i = 0; i < PAST_PEAKS; i++) {
        start_peak(sums[i], change_of(past, i));
        like[i] = first_like(past, i);
    }
    while (past_walk(past, table, &walk)) {
        const size_t class = size_class_of(walk.size);
        for (unsigned i = 0; i < PAST_PEAKS; i++) {
            if (!(walk.peaks >> i & 1))
                continue;
            if (like[i] == i)
                gaps_block(&gaps[i], walk.address, walk.size);
            live_sizes_of_class(&sums[i]->sizes, class, walk.size);
        }
    }
    for (unsigned i = 0; i < PAST_PEAKS; i++) {
        if (change_of(past, i) == 0)
            continue;
        if (like[i] == i)
            gaps_finish(&gaps[i]);
        gaps_add(&sums[i]->gaps, &gaps[like[i]].result);
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
