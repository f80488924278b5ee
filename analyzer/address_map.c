/* Where a heap's live bytes lie, over time. */
#include "analyzer/address_map.h"

#include <stdlib.h>
#include <string.h>

enum {
    EVENTS_PER_STEP = 16,  /* what must have happened before one more granule may be looked at */
    FREE_STEPS = 32,       /* so small a heap is looked at whatever the budget */
    FIRST_STEPS = 1 << 20, /* what the budget begins with: some 0.05 s */
    SHARE = 8,             /* of the budget, which one look may not exceed: others come too */
    CELLS_MAX = 128 << 20, /* of all maps of an analysis */
};

/* A row while the map is made: the number of its cell in a sample. */
struct map_key {
    uint64_t key;
    uint16_t cell;
};

struct map_sample {
    uint64_t column;
    size_t cell_count; /* cells that came later are empty */
    float *cells;      /* owned; live bytes. Exact up to 2^24, and none of 256 shades needs more */
};

/* Live bytes of a key right now. */
struct map_bytes {
    uint64_t key;
    double bytes;
};

struct map_budget {
    uint64_t events;                /* that happened and have not been spent */
    size_t cells;                   /* to be given out */
    struct map_bytes now[MAP_KEYS]; /* scratch of whoever samples */
};

struct map_budget *map_budget_new(struct error *err)
{
    struct map_budget *budget = calloc(1, sizeof *budget);
    if (!budget) {
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for address maps");
        return NULL;
    }
    budget->events = (uint64_t)FIRST_STEPS * EVENTS_PER_STEP;
    budget->cells = CELLS_MAX;
    return budget;
}

void map_budget_free(struct map_budget *budget)
{
    free(budget);
}

void address_map_start(struct address_map *map, uint64_t t_ns)
{
    address_map_release(map);
    map->first_ns = t_ns;
    map->key_shift = GRANULE_SHIFT;
}

void address_map_release(struct address_map *map)
{
    for (size_t i = 0; i < map->sample_count; i++)
        free(map->samples[i].cells);
    free(map->samples);
    free(map->keys);
    *map = (struct address_map){ 0 };
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
static enum look look(const struct address_map *map, struct block_table *table,
                      struct map_bytes *now, size_t *count, uint64_t *steps)
{
    struct granule_walk walk = { 0 };
    struct granule_run run;
    *count = 0;
    while (block_table_walk_granules(table, &walk, &run)) {
        size_t before = *count;
        if (!add_run(&run, map->key_shift, now, count))
            return LOOK_TOO_MANY_KEYS;
        uint64_t cost = 1 + (*count - before);
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
static void coarsen(struct address_map *map)
{
    enum { NONE = UINT16_MAX };
    uint16_t key_of[MAP_KEYS], cell_of[MAP_KEYS], new_cell[MAP_KEYS];
    size_t count = 0, cells = 0;
    for (size_t i = 0; i < map->key_count; i++) {
        uint64_t key = map->keys[i].key >> 1;
        uint16_t cell = map->keys[i].cell;
        if (count == 0 || map->keys[count - 1].key != key) {
            cell_of[count] = NONE;
            map->keys[count++].key = key;
        }
        key_of[cell] = (uint16_t)(count - 1);
    }
    for (size_t c = 0; c < map->key_count; c++) {
        if (cell_of[key_of[c]] == NONE)
            cell_of[key_of[c]] = (uint16_t)cells++;
        new_cell[c] = cell_of[key_of[c]];
    }
    for (size_t i = 0; i < map->sample_count; i++) {
        struct map_sample *sample = &map->samples[i];
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
        map->keys[i].cell = cell_of[i];
    map->key_count = count;
    map->key_shift++;
}

static size_t count_new_keys(const struct address_map *map, const struct map_bytes *now,
                             size_t count)
{
    size_t at = 0, fresh = 0;
    for (size_t i = 0; i < count; i++) {
        while (at < map->key_count && map->keys[at].key < now[i].key)
            at++;
        fresh += at == map->key_count || map->keys[at].key != now[i].key;
    }
    return fresh;
}

static bool reserve_keys(struct address_map *map, size_t count, struct error *err)
{
    if (count <= map->key_capacity)
        return true;
    size_t capacity = map->key_capacity ? map->key_capacity : 8;
    while (capacity < count)
        capacity *= 2;
    struct map_key *keys = realloc(map->keys, capacity * sizeof *keys);
    if (!keys)
        return no_memory(err);
    map->keys = keys;
    map->key_capacity = capacity;
    return true;
}

/* Merges `fresh` keys of `now` into the map's, from the end, so that none is moved twice. */
static bool add_keys(struct address_map *map, const struct map_bytes *now, size_t count,
                     size_t fresh, struct error *err)
{
    if (!reserve_keys(map, map->key_count + fresh, err))
        return false;
    size_t old = map->key_count, to = map->key_count + fresh;
    size_t cell = to;
    map->key_count = to;
    while (to > old) {
        if (old > 0 && map->keys[old - 1].key > now[count - 1].key) {
            map->keys[--to] = map->keys[--old];
            continue;
        }
        count--;
        if (old == 0 || map->keys[old - 1].key != now[count].key)
            map->keys[--to] = (struct map_key){ now[count].key, (uint16_t)--cell };
    }
    return true;
}

/* The sample of `column`, which is the last: a new one, or the one it replaces. */
static struct map_sample *sample_of(struct address_map *map, uint64_t column, struct error *err)
{
    if (map->sample_count && map->samples[map->sample_count - 1].column == column)
        return &map->samples[map->sample_count - 1];
    if (map->sample_count == map->sample_capacity) {
        size_t capacity = map->sample_capacity ? map->sample_capacity * 2 : 4;
        struct map_sample *samples = realloc(map->samples, capacity * sizeof *samples);
        if (!samples) {
            no_memory(err);
            return NULL;
        }
        map->samples = samples;
        map->sample_capacity = capacity;
    }
    map->samples[map->sample_count] = (struct map_sample){ .column = column };
    return &map->samples[map->sample_count++];
}

static bool put_sample(struct address_map *map, const struct map_bytes *now, size_t count,
                       struct error *err)
{
    struct map_sample *sample = sample_of(map, map->open, err);
    float *cells = calloc(map->key_count ? map->key_count : 1, sizeof *cells);
    if (!sample || !cells) {
        free(cells);
        return no_memory(err);
    }
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        while (map->keys[at].key != now[i].key)
            at++;
        cells[map->keys[at].cell] = (float)now[i].bytes;
    }
    free(sample->cells);
    sample->cells = cells;
    sample->cell_count = map->key_count;
    return true;
}

/*
 * How the heap stands is how the open column ends. Takes at most `steps`, and tells in map->cost
 * how many; a heap that needs more is left out.
 */
static bool sample(struct address_map *map, struct map_budget *budget, uint64_t steps,
                   struct block_table *table, struct error *err)
{
    for (;; coarsen(map)) {
        size_t count;
        uint64_t left = steps;
        enum look seen = look(map, table, budget->now, &count, &left);
        if (seen == LOOK_TOO_MANY_KEYS)
            continue;
        size_t fresh = count_new_keys(map, budget->now, count);
        if (seen == LOOK_TOO_DEAR || map->key_count + fresh > left) {
            map->cost = 2 * steps;
            return true;
        }
        if (map->key_count + fresh > MAP_KEYS)
            continue;
        map->cost = steps - left + map->key_count + fresh;
        return add_keys(map, budget->now, count, fresh, err) &&
               put_sample(map, budget->now, count, err);
    }
}

/* Makes room for the column of `t_ns`; of two columns that become one, the later's end is its end.
 */
static uint64_t column_of(struct address_map *map, uint64_t t_ns)
{
    while ((t_ns - map->first_ns) >> map->interval_shift >= MAP_COLUMNS) {
        map->interval_shift++;
        map->open >>= 1;
        size_t kept = 0;
        for (size_t i = 0; i < map->sample_count; i++) {
            struct map_sample next = map->samples[i];
            next.column >>= 1;
            if (kept && map->samples[kept - 1].column == next.column)
                free(map->samples[--kept].cells);
            map->samples[kept++] = next;
        }
        map->sample_count = kept;
    }
    return (t_ns - map->first_ns) >> map->interval_shift;
}

bool address_map_turn(struct address_map *map, struct map_budget *budget, uint64_t t_ns,
                      struct block_table *table, struct error *err)
{
    budget->events += map->events;
    map->events = 0;
    uint64_t column = column_of(map, t_ns);
    if (column == map->open)
        return true;
    uint64_t steps = budget->events / EVENTS_PER_STEP / SHARE;
    bool is_free = steps < FREE_STEPS;
    steps = is_free ? FREE_STEPS : steps;
    if (map->cost <= steps) {
        if (!sample(map, budget, steps, table, err)) {
            address_map_release(map);
            return false;
        }
        uint64_t spent = map->cost < steps ? map->cost : steps;
        budget->events -= is_free ? 0 : spent * EVENTS_PER_STEP;
    }
    map->open = column;
    return true;
}

/* Fills out->rows: neighbouring keys, `per_row` to a row. */
static void report_rows(const struct address_map *map, size_t per_row,
                        struct address_map_result *out)
{
    for (size_t i = 0; i < map->key_count; i++) {
        struct address_map_row *row = &out->rows[i / per_row];
        if (i % per_row == 0)
            row->address = map->keys[i].key << map->key_shift;
        row->bytes += UINT64_C(1) << map->key_shift;
    }
}

static uint8_t shade(double bytes, uint64_t of_bytes)
{
    enum { FULL = 255 };
    double share = bytes / (double)of_bytes * FULL + 0.5;
    if (share >= FULL)
        return FULL;
    return bytes > 0 && share < 1 ? 1 : (uint8_t)share;
}

static void report_column(const struct address_map *map, const struct map_sample *sample,
                          size_t per_row, const struct address_map_result *out, uint8_t *cells)
{
    double bytes[MAP_ROWS] = { 0 };
    for (size_t i = 0; i < map->key_count; i++)
        if (map->keys[i].cell < sample->cell_count)
            bytes[i / per_row] += (double)sample->cells[map->keys[i].cell];
    for (size_t row = 0; row < out->row_count; row++)
        cells[row] = shade(bytes[row], out->rows[row].bytes);
}

/* Columns without a sample are like the one before. */
static void report_cells(const struct address_map *map, size_t per_row,
                         struct address_map_result *out)
{
    size_t next = 0;
    for (size_t column = 0; column < out->columns; column++) {
        uint8_t *cells = out->cells + column * out->row_count;
        if (next < map->sample_count && map->samples[next].column == column)
            report_column(map, &map->samples[next++], per_row, out, cells);
        else if (column > 0)
            memcpy(cells, cells - out->row_count, out->row_count);
    }
}

static bool report(const struct address_map *map, struct map_budget *budget, uint64_t end_column,
                   struct address_map_result *out, struct error *err)
{
    size_t per_row = (map->key_count + MAP_ROWS - 1) / MAP_ROWS;
    uint64_t columns = end_column + 1;
    uint64_t room = (UINT64_MAX - map->first_ns) >> map->interval_shift;
    out->t0_ns = map->first_ns;
    out->t1_ns = columns <= room ? map->first_ns + (columns << map->interval_shift) : UINT64_MAX;
    out->columns = (size_t)columns;
    out->row_count = per_row ? (map->key_count + per_row - 1) / per_row : 0;
    size_t cells = out->columns * out->row_count;
    if (cells == 0 || cells > budget->cells)
        return true;
    out->rows = calloc(out->row_count, sizeof *out->rows);
    out->cells = calloc(cells, 1);
    if (!out->rows || !out->cells)
        return no_memory(err);
    budget->cells -= cells;
    report_rows(map, per_row, out);
    report_cells(map, per_row, out);
    return true;
}

bool address_map_report(struct address_map *map, struct map_budget *budget, uint64_t end_ns,
                        struct block_table *table, struct address_map_result *out,
                        struct error *err)
{
    *out = (struct address_map_result){ 0 };
    uint64_t end_column = column_of(map, end_ns > map->first_ns ? end_ns : map->first_ns);
    bool is_done =
        sample(map, budget, UINT64_MAX, table, err) && report(map, budget, end_column, out, err);
    address_map_release(map);
    if (!out->cells) {
        free(out->rows);
        *out = (struct address_map_result){ 0 };
    }
    return is_done;
}
