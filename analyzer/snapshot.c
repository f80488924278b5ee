/* A heap at one moment, or the sum of heaps: its gaps, and which sizes are live. */
#include "analyzer/snapshot.h"

static void start_peak(struct snapshot *sum, uint64_t change)
{
    if (change != 0 && sum->change != change)
        *sum = (struct snapshot){ .change = change };
}

/* One walk for all peaks: it costs a cache miss a block, where counting costs nothing. */
void snapshot_add_peaks(struct snapshot *const sums[PAST_PEAKS], struct past *past,
                        struct block_table *table)
{
    struct gaps gaps[PAST_PEAKS] = { 0 };
    struct past_walk walk = { 0 };
    for (unsigned i = 0; i < PAST_PEAKS; i++)
        start_peak(sums[i], past->peaks[i] ? *past->peaks[i] : 0);
    while (past_walk(past, table, &walk))
        for (unsigned i = 0; i < PAST_PEAKS; i++) {
            if (!(walk.peaks >> i & 1))
                continue;
            gaps_block(&gaps[i], walk.address, walk.size);
            live_sizes_block(&sums[i]->sizes, walk.size);
        }
    for (unsigned i = 0; i < PAST_PEAKS; i++) {
        if (!past->peaks[i] || *past->peaks[i] == 0)
            continue;
        gaps_finish(&gaps[i]);
        gaps_add(&sums[i]->gaps, &gaps[i].result);
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
