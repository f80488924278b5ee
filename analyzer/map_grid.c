/* Live bytes by granule, at the end of columns of time. */
#include "analyzer/map_grid.h"

#include <stdlib.h>
#include <string.h>

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

/* Live bytes by key, in order. */
struct keyed {
    struct map_bytes *now; /* of MAP_KEYS */
    size_t count;
    unsigned shift; /* from granules to keys */
};

/* Adds bytes to a key at or behind the last. False: there are too many keys. */
static inline bool add_bytes(struct keyed *keyed, uint64_t key, double bytes)
{
    const size_t count = keyed->count;
    if (count > 0 && keyed->now[count - 1].key == key) {
        keyed->now[count - 1].bytes += bytes;
        return true;
    }
    if (count == MAP_KEYS)
        return false;
    keyed->now[keyed->count++] = (struct map_bytes){ key, bytes };
    return true;
}

/* Adds the bytes of a run of several granules key by key. */
static bool add_long_run(struct keyed *keyed, const struct granule_run *run)
{
    const unsigned shift = keyed->shift;
    uint64_t first = run->address >> GRANULE_SHIFT;
    uint64_t last = first + run->granules - 1;
    if ((last >> shift) - (first >> shift) >= MAP_KEYS)
        return false;
    for (uint64_t key = first >> shift; key <= last >> shift; key++) {
        uint64_t key_first = key << shift, key_last = ((key + 1) << shift) - 1;
        uint64_t from = key_first > first ? key_first : first;
        uint64_t to = key_last < last ? key_last : last;
        if (!add_bytes(keyed, key, (double)(to - from + 1) * run->bytes))
            return false;
    }
    return true;
}

/* Nearly every run is one granule. */
static inline bool add_run(struct keyed *keyed, const struct granule_run *run)
{
    if (run->granules == 1)
        return add_bytes(keyed, run->address >> GRANULE_SHIFT >> keyed->shift, run->bytes);
    return add_long_run(keyed, run);
}

enum look { LOOK_DONE, LOOK_TOO_MANY_KEYS, LOOK_TOO_DEAR };

/* Fills `now` in order of key. `*steps` is how many may be taken, and then how many are left. */
static enum look look(const struct map_grid *grid, struct block_table *table, struct map_bytes *now,
                      size_t *count, uint64_t *steps)
{
    enum { RUNS = 64 };
    struct granule_run runs[RUNS];
    struct granule_walk walk = { 0 };
    struct keyed keyed = { .now = now, .shift = grid->key_shift - GRANULE_SHIFT };
    size_t run_count;
    *count = 0;
    while ((run_count = block_table_walk_granules(table, &walk, runs, RUNS)) > 0)
        for (size_t i = 0; i < run_count; i++) {
            size_t before = keyed.count;
            if (!add_run(&keyed, &runs[i]))
                return LOOK_TOO_MANY_KEYS;
            uint64_t cost = 1 + (keyed.count - before) / KEYS_PER_STEP;
            if (cost > *steps)
                return LOOK_TOO_DEAR;
            *steps -= cost;
        }
    *count = keyed.count;
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

/*
 * Fills `cells`, of which there is one for each key, with the bytes of `now`. Returns how many of
 * `now` have no key yet: their bytes are left out.
 */
static size_t put_cells(const struct map_grid *grid, const struct map_bytes *now, size_t count,
                        float *cells)
{
    size_t key = 0, fresh = 0;
    memset(cells, 0, grid->key_count * sizeof *cells);
    for (size_t i = 0; i < count; i++) {
        while (key < grid->key_count && grid->keys[key].key < now[i].key)
            key++;
        if (key < grid->key_count && grid->keys[key].key == now[i].key)
            cells[grid->keys[key++].cell] = (float)now[i].bytes;
        else
            fresh++;
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

static bool put_sample(struct map_grid *grid, uint64_t column, const float *cells,
                       struct error *err)
{
    struct map_sample *sample = sample_of(grid, column, err);
    const size_t bytes = grid->key_count * sizeof *cells;
    float *copy = malloc(bytes ? bytes : 1);
    if (!sample || !copy) {
        free(copy);
        return no_memory(err);
    }
    memcpy(copy, cells, bytes);
    free(sample->cells);
    sample->cells = copy;
    sample->cell_count = grid->key_count;
    return true;
}

bool map_grid_sample(struct map_grid *grid, uint64_t column, struct block_table *table,
                     uint64_t steps, struct map_bytes *now, uint64_t *cost, struct error *err)
{
    float cells[MAP_KEYS];
    for (;; coarsen(grid)) {
        size_t count;
        uint64_t left = steps;
        enum look seen = look(grid, table, now, &count, &left);
        if (seen == LOOK_TOO_MANY_KEYS)
            continue;
        size_t fresh = put_cells(grid, now, count, cells); /* mostly none: then it is done */
        uint64_t cells_cost = (grid->key_count + fresh) / KEYS_PER_STEP;
        if (seen == LOOK_TOO_DEAR || cells_cost > left) {
            *cost = 2 * steps;
            return true;
        }
        if (grid->key_count + fresh > MAP_KEYS)
            continue;
        *cost = steps - left + cells_cost;
        if (fresh > 0 && !add_keys(grid, now, count, fresh, err))
            return false;
        if (fresh > 0)
            put_cells(grid, now, count, cells);
        return put_sample(grid, column, cells, err);
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
