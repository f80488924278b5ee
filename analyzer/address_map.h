/*
 * Where a heap's live bytes lie, over time: at most 512 x 512 cells, whatever the trace.
 *
 * Columns are equal intervals, a power of two ns each, from the heap's first event on; when there
 * would be more than 512, the interval doubles. When an event first passes the end of a column, the
 * heap as it stands (which is how that column ended) is sampled. A heap that did not change is not
 * sampled: its last column goes on. Rows are the 64 KiB granules touched at the end of some column;
 * when they are more than a few thousand, larger ones: 128 KiB, 256 KiB, …
 *
 * Looking at a large heap costs time. All maps of an analysis share a budget, which every event
 * feeds: a sample that exceeds it is left out, and then its column shows an earlier one.
 */
#ifndef ANALYZER_ADDRESS_MAP_H
#define ANALYZER_ADDRESS_MAP_H

#include "analyzer/block_table.h"
#include "analyzer/map_grid.h"
#include "analyzer/result.h"
#include "decoder/error.h"

enum { MAP_COLUMNS = 512, MAP_ROWS = 512 };

/* Shared by the maps of one analysis: what they may spend. */
struct map_budget;
struct map_budget *map_budget_new(struct error *err);
void map_budget_free(struct map_budget *budget); /* after all its maps. NULL is fine */

/* Private to address_map.c. */
struct address_map {
    uint64_t first_ns;
    uint64_t open; /* the column of the last event */
    unsigned interval_shift;
    uint64_t events; /* since the last turn */
    uint64_t cost;   /* of the last look; twice what it was given, if that was too little */
    struct map_grid grid;
};

/* Begins at `t_ns`, the heap's first event or --from, whatever `map` (released or zero-filled) was.
 */
void address_map_start(struct address_map *map, uint64_t t_ns);
void address_map_release(struct address_map *map); /* safe on a zero-filled one */

/* The rest of address_map_before, when an event is the first beyond the open column: seldom. */
bool address_map_turn(struct address_map *map, struct map_budget *budget, uint64_t t_ns,
                      struct block_table *table, struct error *err);

/*
 * Before an event at `t_ns`, never before the last, changes `table`. False with ERROR_NO_MEMORY:
 * then there will be no map.
 */
static inline bool address_map_before(struct address_map *map, struct map_budget *budget,
                                      uint64_t t_ns, struct block_table *table, struct error *err)
{
    map->events++;
    if ((t_ns - map->first_ns) >> map->interval_shift == map->open)
        return true;
    return address_map_turn(map, budget, t_ns, table, err);
}

/*
 * The end of the open column: before an event that is earlier, address_map_before need not be
 * called, if address_map_note tells of it afterwards.
 */
uint64_t address_map_column_end(const struct address_map *map);
static inline void address_map_note(struct address_map *map, uint64_t events)
{
    map->events += events;
}

/*
 * Fills `out`, which owns it; the heap ends at `end_ns` as `table` is. Its last column ends there
 * or, because columns are equal, later. Without room for another map out->cells is NULL. Releases
 * `map`. False with ERROR_NO_MEMORY.
 */
bool address_map_report(struct address_map *map, struct map_budget *budget, uint64_t end_ns,
                        struct block_table *table, struct address_map_result *out,
                        struct error *err);

#endif
