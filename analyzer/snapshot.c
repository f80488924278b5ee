/* A heap at one moment, or the sum of heaps: its gaps, and which sizes are live. */
#include "analyzer/snapshot.h"

void snapshot_add_peak(struct snapshot *sum, struct past *past, enum past_peak which,
                       struct block_table *table)
{
    uint64_t change = past->peaks[which] ? *past->peaks[which] : 0;
    if (change == 0)
        return;
    if (sum->change != change)
        *sum = (struct snapshot){ .change = change };
    struct gaps gaps = { 0 };
    struct past_walk walk = { 0 };
    while (past_walk(past, which, table, &walk)) {
        gaps_block(&gaps, walk.address, walk.size);
        live_sizes_block(&sum->sizes, walk.size);
    }
    gaps_finish(&gaps);
    gaps_add(&sum->gaps, &gaps.result);
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
