/* Live bytes by granule, at the end of columns of time: an address map in the making. */
#ifndef ANALYZER_MAP_GRID_H
#define ANALYZER_MAP_GRID_H

#include "analyzer/block_table.h"
#include "decoder/error.h"

enum { MAP_KEYS = 4096 };

/* A granule that was touched at the end of some column: 64 KiB, or larger when there are many. */
struct map_key {
    uint64_t key;  /* address >> key_shift */
    uint16_t cell; /* its number in a sample, in order of first appearance */
};

struct map_sample {
    uint64_t column;
    size_t cell_count; /* cells that came later are empty */
    float *cells;      /* owned; live bytes. Exact up to 2^24, and none of 256 shades needs more */
};

struct map_grid {
    unsigned key_shift;         /* GRANULE_SHIFT to begin with */
    struct map_key *keys;       /* owned, in order */
    struct map_sample *samples; /* owned, in order of column */
    size_t key_count, key_capacity;
    size_t sample_count, sample_capacity;
};

/* Live bytes of a key right now. */
struct map_bytes {
    uint64_t key;
    double bytes;
};

void map_grid_release(struct map_grid *grid); /* safe on a zero-filled one */

/*
 * Takes `table` for the state at the end of `column`, never before the last. A look costs a step
 * for each run of granules and one for every 16 keys and cells, and may take `steps`; one that
 * needs more adds no sample. `*cost` tells how many it took; 2 * steps when they did not do.
 * `now[0, MAP_KEYS)` is scratch. False with ERROR_NO_MEMORY.
 */
bool map_grid_sample(struct map_grid *grid, uint64_t column, struct block_table *table,
                     uint64_t steps, struct map_bytes *now, uint64_t *cost, struct error *err);

/* Makes one column of each two: the later's end is its end. */
void map_grid_halve(struct map_grid *grid);

#endif
