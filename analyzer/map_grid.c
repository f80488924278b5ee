/* Live bytes by granule, at the end of columns of time. */
#include "analyzer/map_grid.h"

#include <stdlib.h>

enum { KEYS_PER_STEP = 16 }; /* a cell to write costs less than 16 pages to look at */

void map_grid_release(struct map_grid *grid)
{
    for (size_t i = 0; i < grid->sample_count; i++)
        free(grid->samples[i].cells);
    free(grid->samples);
    free(grid->keys);
    *grid = (struct map_grid){ 0 };
}

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for an address map");
}

/* Adds the run's bytes to now[0, *count) key by key. False: there are too many keys. */
static bool add_run(const struct granule_run *run, unsigned key_shift, struct map_bytes *now,
                    size_t *count)
{
    unsigned shift = key_shift - GRANULE_SHIFT;
    uint64_t first = run->address >> GRANULE_SHIFT;
    uint64_t last = first + run->granules - 1;
    if ((last >> shift) - (first >> shift) >= MAP_KEYS)
        return false;
    for (uint64_t key = first >> shift; key <= last >> shift; key++) {
        uint64_t key_first = key << shift, key_last = ((key + 1) << shift) - 1;
        uint64_t from = key_first > first ? key_first : first;
        uint64_t to = key_last < last ? key_last : last;
        if (*count == 0 || now[*count - 1].key != key) {
            if (*count == MAP_KEYS)
                return false;
            now[(*count)++] = (struct map_bytes){ .key = key };
        }
        now[*count - 1].bytes += (double)(to - from + 1) * run->bytes;
    }
    return true;
}

enum look { LOOK_DONE, LOOK_TOO_MANY_KEYS, LOOK_TOO_DEAR };

/* Fills `now` in order of key. `*steps` is how many may be taken, and then how many are left. */
static enum look look(const struct map_grid *grid, struct block_table *table, struct map_bytes *now,
                      size_t *count, uint64_t *steps)
{
    struct granule_walk walk = { 0 };
    struct granule_run run;
    *count = 0;
    while (block_table_walk_granules(table, &walk, &run)) {
        size_t before = *count;
        if (!add_run(&run, grid->key_shift, now, count))
            return LOOK_TOO_MANY_KEYS;
        uint64_t cost = 1 + (*count - before) / KEYS_PER_STEP;
        if (cost > *steps)
            return LOOK_TOO_DEAR;
        *steps -= cost;
    }
    return LOOK_DONE;
}

/*
 * Makes keys twice as large, which brings their number below any limit in the end. Cells keep the
 * order in which they first appeared, so no sample gets more of them, and none needs memory.
 */
static void coarsen(struct map_grid *grid)
{
    enum { NONE = UINT16_MAX };
    uint16_t key_of[MAP_KEYS], cell_of[MAP_KEYS], new_cell[MAP_KEYS];
    size_t count = 0, cells = 0;
    for (size_t i = 0; i < grid->key_count; i++) {
        uint64_t key = grid->keys[i].key >> 1;
        uint16_t cell = grid->keys[i].cell;
        if (count == 0 || grid->keys[count - 1].key != key) {
            cell_of[count] = NONE;
            grid->keys[count++].key = key;
        }
        key_of[cell] = (uint16_t)(count - 1);
    }
    for (size_t c = 0; c < grid->key_count; c++) {
        if (cell_of[key_of[c]] == NONE)
            cell_of[key_of[c]] = (uint16_t)cells++;
        new_cell[c] = cell_of[key_of[c]];
    }
    for (size_t i = 0; i < grid->sample_count; i++) {
        struct map_sample *sample = &grid->samples[i];
        size_t used = 0;
        for (size_t c = 0; c < sample->cell_count; c++) {
            float bytes = sample->cells[c];
            sample->cells[c] = 0;
            sample->cells[new_cell[c]] += bytes;
            used = new_cell[c] >= used ? new_cell[c] + 1u : used;
        }
        sample->cell_count = used;
    }
    for (size_t i = 0; i < count; i++)
        grid->keys[i].cell = cell_of[i];
    grid->key_count = count;
    grid->key_shift++;
}

static size_t count_new_keys(const struct map_grid *grid, const struct map_bytes *now, size_t count)
{
    size_t at = 0, fresh = 0;
    for (size_t i = 0; i < count; i++) {
        while (at < grid->key_count && grid->keys[at].key < now[i].key)
            at++;
        fresh += at == grid->key_count || grid->keys[at].key != now[i].key;
    }
    return fresh;
}

static bool reserve_keys(struct map_grid *grid, size_t count, struct error *err)
{
    if (count <= grid->key_capacity)
        return true;
    size_t capacity = grid->key_capacity ? grid->key_capacity : 8;
    while (capacity < count)
        capacity *= 2;
    struct map_key *keys = realloc(grid->keys, capacity * sizeof *keys);
    if (!keys)
        return no_memory(err);
    grid->keys = keys;
    grid->key_capacity = capacity;
    return true;
}

/* Merges `fresh` keys of `now` into the grid's, from the end, so that none is moved twice. */
static bool add_keys(struct map_grid *grid, const struct map_bytes *now, size_t count, size_t fresh,
                     struct error *err)
{
    if (!reserve_keys(grid, grid->key_count + fresh, err))
        return false;
    size_t old = grid->key_count, to = grid->key_count + fresh;
    size_t cell = to;
    grid->key_count = to;
    while (to > old) {
        if (old > 0 && grid->keys[old - 1].key > now[count - 1].key) {
            grid->keys[--to] = grid->keys[--old];
            continue;
        }
        count--;
        if (old == 0 || grid->keys[old - 1].key != now[count].key)
            grid->keys[--to] = (struct map_key){ now[count].key, (uint16_t)--cell };
    }
    return true;
}

/* The sample of `column`, which is the last: a new one, or the one it replaces. */
static struct map_sample *sample_of(struct map_grid *grid, uint64_t column, struct error *err)
{
    if (grid->sample_count && grid->samples[grid->sample_count - 1].column == column)
        return &grid->samples[grid->sample_count - 1];
    if (grid->sample_count == grid->sample_capacity) {
        size_t capacity = grid->sample_capacity ? grid->sample_capacity * 2 : 4;
        struct map_sample *samples = realloc(grid->samples, capacity * sizeof *samples);
        if (!samples) {
            no_memory(err);
            return NULL;
        }
        grid->samples = samples;
        grid->sample_capacity = capacity;
    }
    grid->samples[grid->sample_count] = (struct map_sample){ .column = column };
    return &grid->samples[grid->sample_count++];
}

static bool put_sample(struct map_grid *grid, uint64_t column, const struct map_bytes *now,
                       size_t count, struct error *err)
{
    struct map_sample *sample = sample_of(grid, column, err);
    float *cells = calloc(grid->key_count ? grid->key_count : 1, sizeof *cells);
    if (!sample || !cells) {
        free(cells);
        return no_memory(err);
    }
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        while (grid->keys[at].key != now[i].key)
            at++;
        cells[grid->keys[at].cell] = (float)now[i].bytes;
    }
    free(sample->cells);
    sample->cells = cells;
    sample->cell_count = grid->key_count;
    return true;
}

bool map_grid_sample(struct map_grid *grid, uint64_t column, struct block_table *table,
                     uint64_t steps, struct map_bytes *now, uint64_t *cost, struct error *err)
{
    for (;; coarsen(grid)) {
        size_t count;
        uint64_t left = steps;
        enum look seen = look(grid, table, now, &count, &left);
        if (seen == LOOK_TOO_MANY_KEYS)
            continue;
        size_t fresh = count_new_keys(grid, now, count);
        uint64_t cells_cost = (grid->key_count + fresh) / KEYS_PER_STEP;
        if (seen == LOOK_TOO_DEAR || cells_cost > left) {
            *cost = 2 * steps;
            return true;
        }
        if (grid->key_count + fresh > MAP_KEYS)
            continue;
        *cost = steps - left + cells_cost;
        return add_keys(grid, now, count, fresh, err) && put_sample(grid, column, now, count, err);
    }
}

void map_grid_halve(struct map_grid *grid)
{
    size_t kept = 0;
    for (size_t i = 0; i < grid->sample_count; i++) {
        struct map_sample next = grid->samples[i];
        next.column >>= 1;
        if (kept && grid->samples[kept - 1].column == next.column)
            free(grid->samples[--kept].cells);
        grid->samples[kept++] = next;
    }
    grid->sample_count = kept;
}
