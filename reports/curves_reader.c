/* Reads what is drawn of a saved result: timelines and address maps. */
#include "reports/curves_reader.h"

#include "reports/map_reader.h"

#include <stdlib.h>
#include <string.h>

/* What is read of a row, and where: columns are found by their name. */
enum { COLUMN_T, COLUMN_EVENTS, COLUMN_REALLOCS, COLUMN_MOVED, COLUMN_COPIED, NUMBER_COLUMNS };
static const char *const numbers[NUMBER_COLUMNS] = { "t_ns", "events", "reallocs", "moved",
                                                     "copied_bytes" };
static const char *const curves[TIMELINE_CURVES] = {
    [TIMELINE_live_bytes] = "live_bytes",         [TIMELINE_live_blocks] = "live_blocks",
    [TIMELINE_touched_bytes] = "touched_bytes",   [TIMELINE_committed_bytes] = "committed_bytes",
    [TIMELINE_reserved_bytes] = "reserved_bytes", [TIMELINE_free_bytes] = "free_bytes",
    [TIMELINE_pinned_pages] = "pinned_pages",
};

struct columns {
    size_t numbers[NUMBER_COLUMNS], curves[TIMELINE_CURVES];
};

static bool find_column(const json_t *list, const char *name, size_t *out, struct error *err)
{
    for (*out = 0; *out < json_array_size(list); ++*out) {
        const char *text = json_string_value(json_array_get(list, *out));
        if (text && strcmp(text, name) == 0)
            return true;
    }
    return json_wrong("timeline.columns", err);
}

static bool find_columns(const json_t *list, struct columns *out, struct error *err)
{
    for (size_t i = 0; i < NUMBER_COLUMNS; i++)
        if (!find_column(list, numbers[i], &out->numbers[i], err))
            return false;
    for (size_t i = 0; i < TIMELINE_CURVES; i++)
        if (!find_column(list, curves[i], &out->curves[i], err))
            return false;
    return true;
}

/* [min, max, last], or null for unknown. */
static bool read_curve(const json_t *value, struct timeline_value *out)
{
    *out = (struct timeline_value){ 0 };
    if (json_is_null(value))
        return true;
    out->known = true;
    return json_array_size(value) == 3 && json_is_u64(json_array_get(value, 0), &out->min) &&
           json_is_u64(json_array_get(value, 1), &out->max) &&
           json_is_u64(json_array_get(value, 2), &out->last);
}

static bool read_row(const json_t *row, const struct columns *columns, struct timeline_row *out)
{
    uint64_t *const targets[NUMBER_COLUMNS] = { &out->t_ns, &out->events, &out->reallocs,
                                                &out->moved, &out->copied_bytes };
    for (size_t i = 0; i < NUMBER_COLUMNS; i++)
        if (!json_is_u64(json_array_get(row, columns->numbers[i]), targets[i]))
            return false;
    for (size_t i = 0; i < TIMELINE_CURVES; i++)
        if (!read_curve(json_array_get(row, columns->curves[i]), &out->curves[i]))
            return false;
    return true;
}

/* Times rise, and rows have a length. */
static bool check_rows(const struct timeline_result *timeline)
{
    bool is_fine = timeline->count == 0 || timeline->interval_ns > 0;
    for (size_t i = 1; is_fine && i < timeline->count; i++)
        is_fine = timeline->rows[i].t_ns > timeline->rows[i - 1].t_ns;
    return is_fine;
}

static bool read_timeline(const json_t *measures, struct timeline_result *out, struct error *err)
{
    const json_t *names, *rows;
    struct columns columns;
    if (!json_get_u64(measures, "timeline.interval_ns", &out->interval_ns, err) ||
        !json_get_list(measures, "timeline.columns", &names, err) ||
        !json_get_list(measures, "timeline.rows", &rows, err) ||
        !find_columns(names, &columns, err))
        return false;
    size_t count = json_array_size(rows);
    out->rows = calloc(count + 1, sizeof *out->rows);
    if (!out->rows)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to read a timeline");
    for (; out->count < count; out->count++)
        if (!read_row(json_array_get(rows, out->count), &columns, &out->rows[out->count]))
            return json_wrong("timeline.rows", err);
    return check_rows(out) || json_wrong("timeline.rows", err);
}

/* What is drawn of a heap, a process or all: its timeline, when it was largest, and its map. */
static bool read_curves(const json_t *object, struct measures *out, struct error *err)
{
    struct level_result *live = &out->levels[LEVEL_live_bytes];
    return read_timeline(object, &out->timeline, err) &&
           (!live->known || json_get_u64(object, "live_bytes.peak_ns", &live->peak_ns, err)) &&
           map_read(object, &out->address_map, err);
}

static bool read_process(const json_t *object, struct process_result *process, struct error *err)
{
    const json_t *heaps;
    bool is_fine = read_curves(json_at(object, "totals"), &process->totals, err) &&
                   json_get_list(object, "heaps", &heaps, err);
    for (size_t i = 0; is_fine && i < process->heap_count; i++)
        is_fine = read_curves(json_array_get(heaps, i), &process->heaps[i].measures, err);
    return is_fine;
}

bool curves_read(const json_t *root, struct result *result, struct error *err)
{
    const json_t *processes;
    bool is_fine = read_curves(json_at(root, "totals"), &result->totals, err) &&
                   json_get_list(root, "processes", &processes, err);
    for (size_t i = 0; is_fine && i < result->process_count; i++)
        is_fine = read_process(json_array_get(processes, i), &result->processes[i], err);
    return is_fine;
}
