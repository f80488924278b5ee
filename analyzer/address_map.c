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
    map->grid.key_shift = GRANULE_SHIFT;
}

void address_map_release(struct address_map *map)
{
    map_grid_release(&map->grid);
    *map = (struct address_map){ 0 };
}

/* Else memory ran out, and there is no map. */
static bool is_started(const struct address_map *map)
{
    return map->grid.key_shift != 0;
}

uint64_t address_map_column_end(const struct address_map *map)
{
    uint64_t next = map->open + 1;
    if (!is_started(map) || next > (UINT64_MAX - map->first_ns) >> map->interval_shift)
        return UINT64_MAX;
    return map->first_ns + (next << map->interval_shift);
}

/* The column of `t_ns`, for which it makes room. */
static uint64_t column_of(struct address_map *map, uint64_t t_ns)
{
    while ((t_ns - map->first_ns) >> map->interval_shift >= MAP_COLUMNS) {
        map->interval_shift++;
        map->open >>= 1;
        map_grid_halve(&map->grid);
    }
    return (t_ns - map->first_ns) >> map->interval_shift;
}

/* How the heap stands is how the open column ends. */
static bool sample(struct address_map *map, struct map_budget *budget, uint64_t steps,
                   struct block_table *table, struct error *err)
{
    if (map_grid_sample(&map->grid, map->open, table, steps, budget->now, &map->cost, err))
        return true;
    address_map_release(map);
    return false;
}

bool address_map_turn(struct address_map *map, struct map_budget *budget, uint64_t t_ns,
                      struct block_table *table, struct error *err)
{
    if (!is_started(map))
        return true;
    budget->events += map->events;
    map->events = 0;
    uint64_t column = column_of(map, t_ns);
    if (column == map->open)
        return true;
    uint64_t steps = budget->events / EVENTS_PER_STEP / SHARE;
    bool is_free = steps < FREE_STEPS;
    steps = is_free ? FREE_STEPS : steps;
    if (map->cost <= steps) {
        if (!sample(map, budget, steps, table, err))
            return false;
        uint64_t spent = map->cost < steps ? map->cost : steps;
        budget->events -= is_free ? 0 : spent * EVENTS_PER_STEP;
    }
    map->open = column;
    return true;
}

/* Fills out->rows: neighbouring keys, `per_row` to a row. */
static void report_rows(const struct map_grid *grid, size_t per_row, struct address_map_result *out)
{
    for (size_t i = 0; i < grid->key_count; i++) {
        struct address_map_row *row = &out->rows[i / per_row];
        if (i % per_row == 0)
            row->address = grid->keys[i].key << grid->key_shift;
        row->bytes += UINT64_C(1) << grid->key_shift;
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

static void report_column(const struct map_grid *grid, const struct map_sample *sample,
                          size_t per_row, const struct address_map_result *out, uint8_t *cells)
{
    size_t key = 0;
    for (size_t row = 0; row < out->row_count; row++) {
        const size_t row_end = grid->key_count - key > per_row ? key + per_row : grid->key_count;
        double bytes = 0;
        for (; key < row_end; key++)
            if (grid->keys[key].cell < sample->cell_count)
                bytes += (double)sample->cells[grid->keys[key].cell];
        cells[row] = shade(bytes, out->rows[row].bytes);
    }
}

/* Columns without a sample are like the one before. */
static void report_cells(const struct map_grid *grid, size_t per_row,
                         struct address_map_result *out)
{
    size_t next = 0;
    for (size_t column = 0; column < out->columns; column++) {
        uint8_t *cells = out->cells + column * out->row_count;
        if (next < grid->sample_count && grid->samples[next].column == column)
            report_column(grid, &grid->samples[next++], per_row, out, cells);
        else if (column > 0)
            memcpy(cells, cells - out->row_count, out->row_count);
    }
}

static bool report(const struct address_map *map, struct map_budget *budget, uint64_t end_column,
                   struct address_map_result *out, struct error *err)
{
    const struct map_grid *grid = &map->grid;
    size_t per_row = (grid->key_count + MAP_ROWS - 1) / MAP_ROWS;
    uint64_t columns = end_column + 1;
    uint64_t room = (UINT64_MAX - map->first_ns) >> map->interval_shift;
    out->t0_ns = map->first_ns;
    out->t1_ns = columns <= room ? map->first_ns + (columns << map->interval_shift) : UINT64_MAX;
    out->columns = (size_t)columns;
    out->row_count = per_row ? (grid->key_count + per_row - 1) / per_row : 0;
    size_t cells = out->columns * out->row_count;
    if (cells == 0 || cells > budget->cells)
        return true;
    out->rows = calloc(out->row_count, sizeof *out->rows);
    out->cells = calloc(cells, 1);
    if (!out->rows || !out->cells)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu map cells",
                         cells);
    budget->cells -= cells;
    report_rows(grid, per_row, out);
    report_cells(grid, per_row, out);
    return true;
}

bool address_map_report(struct address_map *map, struct map_budget *budget, uint64_t end_ns,
                        struct block_table *table, struct address_map_result *out,
                        struct error *err)
{
    *out = (struct address_map_result){ 0 };
    if (!is_started(map))
        return true;
    uint64_t end_column = column_of(map, end_ns > map->first_ns ? end_ns : map->first_ns);
    bool is_done =
        sample(map, budget, UINT64_MAX, table, err) && report(map, budget, end_column, out, err);
    address_map_release(map);
    if (!out->cells || !out->rows) {
        free(out->cells);
        free(out->rows);
        *out = (struct address_map_result){ 0 };
    }
    return is_done;
}
