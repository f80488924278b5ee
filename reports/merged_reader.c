/* Reads what merged_json.h writes. */
#include "reports/merged_reader.h"

#include "reports/measures_reader.h"

#include <stdlib.h>
#include <string.h>

/* Which metric each column of the runs is; metric_count for those that are not known here. */
struct columns {
    size_t *metrics;
    size_t count;
};

static bool read_columns(const json_t *object, struct columns *out, struct error *err)
{
    static const char path[] = "runs.columns";
    const json_t *list;
    if (!json_get_list(object, path, &list, err))
        return false;
    out->count = json_array_size(list);
    out->metrics = calloc(out->count + 1, sizeof *out->metrics);
    if (!out->metrics)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to read a result");
    for (size_t i = 0; i < out->count; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (!name || (i == 0) != (strcmp(name, "program_allocs") == 0))
            return json_wrong(path, err);
        const struct metric *metric = metric_find(name);
        out->metrics[i] = metric ? (size_t)(metric - metric_list) : metric_count;
    }
    return out->count > 0 || json_wrong(path, err);
}

static bool read_run(const json_t *row, const struct columns *columns, struct metric_value *values,
                     struct merged_scope *out, struct error *err)
{
    static const char path[] = "runs.rows";
    uint64_t allocs;
    if (json_array_size(row) != columns->count || !json_is_u64(json_array_get(row, 0), &allocs))
        return json_wrong(path, err);
    for (size_t i = 0; i < metric_count; i++)
        values[i] = (struct metric_value){ .is_whole = metric_is_whole(&metric_list[i]) };
    for (size_t i = 1; i < columns->count; i++) {
        const json_t *number = json_array_get(row, i);
        if (columns->metrics[i] == metric_count || json_is_null(number))
            continue;
        struct metric_value *value = &values[columns->metrics[i]];
        value->known = value->is_whole ? json_is_u64(number, &value->whole)
                                       : json_is_double(number, &value->fraction);
        if (!value->known)
            return json_wrong(path, err);
    }
    return merged_run_add(out, allocs, values, err);
}

static bool read_runs(const json_t *object, struct merged_scope *out, struct error *err)
{
    struct columns columns = { 0 };
    const json_t *rows;
    struct metric_value *values = calloc(metric_count, sizeof *values);
    bool is_fine = values || error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for runs");
    is_fine = is_fine && read_columns(object, &columns, err) &&
              json_get_list(object, "runs.rows", &rows, err);
    for (size_t i = 0; is_fine && i < json_array_size(rows); i++)
        is_fine = read_run(json_array_get(rows, i), &columns, values, out, err);
    free(columns.metrics);
    free(values);
    return is_fine;
}

static bool read_scope(const json_t *object, struct merged_scope *out, struct error *err)
{
    return measures_read(json_at(object, "sum"), &out->sum, err) && read_runs(object, out, err);
}

static bool read_heap(const json_t *object, struct merged *merged, struct merged_process *process,
                      struct error *err)
{
    struct heap_key key = { 0 };
    uint32_t ordinal;
    if (!json_get_u32(object, "ordinal", &ordinal, err) ||
        !json_get_bool(object, "first", &key.is_first, err) ||
        !json_get_bool(object, "created_in_trace", &key.created_in_trace, err) ||
        (key.created_in_trace && !json_get_u32(object, "flags", &key.flags, err)) ||
        !json_get_u32(object, "order", &key.order, err))
        return false;
    size_t before = process->heap_count;
    struct merged_heap *heap = merged_heap_at(merged, process, &key, err);
    if (!heap)
        return false;
    if (process->heap_count == before)
        return json_wrong("heaps", err); /* twice the same */
    heap->ordinal = ordinal;
    return read_scope(object, &heap->scope, err);
}

static bool read_process(const json_t *object, struct merged *merged, struct error *err)
{
    const json_t *image = json_at(object, "image"), *heaps;
    uint32_t order;
    if (!json_get_u32(object, "order", &order, err) || !json_get_list(object, "heaps", &heaps, err))
        return false;
    if (!json_is_null(image) && !json_is_string(image))
        return json_wrong("image", err);
    size_t before = merged->process_count;
    struct merged_process *process =
        merged_process_at(merged, json_string_value(image), order, err);
    if (!process)
        return false;
    if (merged->process_count == before)
        return json_wrong("processes", err); /* twice the same */
    bool is_fine = read_scope(json_at(object, "totals"), &process->totals, err);
    for (size_t i = 0; is_fine && i < json_array_size(heaps); i++)
        is_fine = read_heap(json_array_get(heaps, i), merged, process, err);
    return is_fine;
}

static bool read_anomalies(const json_t *root, struct merged *out, struct error *err)
{
    const json_t *list;
    if (!json_get_list(root, "anomalies", &list, err))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *record = json_array_get(list, i);
        const char *name;
        uint64_t count;
        if (!json_get_string(record, "name", &name, err) ||
            !json_get_u64(record, "count", &count, err))
            return false;
        for (int j = 0; j < ANOMALY_COUNT; j++)
            if (strcmp(anomaly_infos[j].name, name) == 0)
                out->anomalies[j] = count;
    }
    return true;
}

bool merged_read(const json_t *root, struct merged *out, struct error *err)
{
    const json_t *processes;
    bool is_fine = json_get_u64(root, "traces", &out->traces, err) &&
                   json_get_u64(root, "traces_with_loss", &out->traces_with_loss, err) &&
                   (!json_at(root, "traces_with_stacks") || /* told since stacks are known */
                    json_get_u64(root, "traces_with_stacks", &out->traces_with_stacks, err)) &&
                   json_get_u64(root, "events", &out->events, err) &&
                   json_get_u64(root, "heap_events", &out->heap_events, err) &&
                   read_anomalies(root, out, err) &&
                   read_scope(json_at(root, "totals"), &out->totals, err) &&
                   json_get_list(root, "processes", &processes, err);
    for (size_t i = 0; is_fine && i < json_array_size(processes); i++)
        is_fine = read_process(json_array_get(processes, i), out, err);
    return is_fine;
}
