/* Results of several traces, added up, as one JSON object. */
#include "reports/merged_json.h"

#include "reports/json_measures.h"
#include "reports/reports.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MERGED_VERSION = 1 };

static void put_value(struct json_writer *json, struct metric_value value)
{
    if (!value.known)
        jsonw_null(json);
    else if (value.is_whole)
        jsonw_u64(json, value.whole);
    else
        jsonw_double(json, value.fraction);
}

static void put_runs(struct json_writer *json, const struct merged_scope *scope)
{
    jsonw_key_begin(json, "runs", JSONW_OBJECT);
    jsonw_key_begin(json, "columns", JSONW_ROW);
    jsonw_string(json, "program_allocs");
    for (size_t i = 0; i < metric_count; i++)
        jsonw_string(json, metric_list[i].name);
    jsonw_end(json);
    jsonw_key_begin(json, "rows", JSONW_ARRAY);
    for (size_t run = 0; run < scope->run_count; run++) {
        jsonw_begin(json, JSONW_ROW);
        jsonw_u64(json, merged_run_allocs(scope, run));
        for (size_t i = 0; i < metric_count; i++)
            put_value(json, merged_run_value(scope, run, i));
        jsonw_end(json);
    }
    jsonw_end(json);
    jsonw_end(json);
}

static int by_value(const void *a, const void *b)
{
    const struct metric_value *x = a, *y = b;
    if (x->is_whole)
        return (x->whole > y->whole) - (x->whole < y->whole);
    return (x->fraction > y->fraction) - (x->fraction < y->fraction);
}

/* By nearest rank: the value of rank ⌈percent × count / 100⌉. */
static struct metric_value quantile(const struct metric_value *sorted, size_t count, size_t percent)
{
    size_t rank = count / 100 * percent + (count % 100 * percent + 99) / 100;
    return sorted[rank ? rank - 1 : 0];
}

static void put_quantile(struct json_writer *json, const char *key,
                         const struct metric_value *sorted, size_t count, size_t percent)
{
    jsonw_key(json, key);
    put_value(json, quantile(sorted, count, percent));
}

static void put_distribution(struct json_writer *json, size_t metric,
                             const struct metric_value *sorted, size_t count)
{
    const char *name = metric_list[metric].name;
    const char *end = strrchr(name, '.');
    jsonw_key_begin(json, name, JSONW_RECORD);
    jsonw_key_u64(json, "n", count);
    put_quantile(json, "min", sorted, count, 0);
    put_quantile(json, "median", sorted, count, 50);
    put_quantile(json, "p95", sorted, count, 95);
    put_quantile(json, "max", sorted, count, 100);
    if (end && strcmp(end, ".peak") == 0) {
        jsonw_key_begin(json, "values", JSONW_ROW);
        for (size_t i = 0; i < count; i++)
            put_value(json, sorted[i]);
        jsonw_end(json);
    }
    jsonw_end(json);
}

/* What does not add up is a distribution over the traces. */
static void put_distributions(struct json_writer *json, const struct merged_scope *scope,
                              struct metric_value *room)
{
    jsonw_key_begin(json, "distributions", JSONW_OBJECT);
    for (size_t i = 0; i < metric_count; i++) {
        size_t count = 0;
        if (metric_list[i].nature != METRIC_LEVEL && metric_list[i].nature != METRIC_RATE)
            continue;
        for (size_t run = 0; run < scope->run_count; run++) {
            room[count] = merged_run_value(scope, run, i);
            count += room[count].known;
        }
        if (count == 0)
            continue;
        qsort(room, count, sizeof *room, by_value);
        put_distribution(json, i, room, count);
    }
    jsonw_end(json);
}

static void put_scope(struct json_writer *json, const struct merged_scope *scope,
                      struct metric_value *room)
{
    jsonw_key_u64(json, "traces", scope->run_count);
    put_distributions(json, scope, room);
    jsonw_key_begin(json, "sum", JSONW_OBJECT);
    json_measures_sum(json, &scope->sum);
    jsonw_end(json);
    put_runs(json, scope);
}

static void put_heap(struct json_writer *json, const struct merged_heap *heap,
                     struct metric_value *room)
{
    jsonw_begin(json, JSONW_OBJECT);
    jsonw_key_u64(json, "ordinal", heap->ordinal);
    jsonw_key_bool(json, "first", heap->key.is_first);
    jsonw_key_bool(json, "created_in_trace", heap->key.created_in_trace);
    jsonw_key_u64_or_null(json, "flags",
                          heap->key.created_in_trace ? heap->key.flags : RESULT_UNKNOWN,
                          RESULT_UNKNOWN);
    jsonw_key_u64(json, "order", heap->key.order);
    put_scope(json, &heap->scope, room);
    jsonw_end(json);
}

static void put_totals(struct json_writer *json, const struct merged_scope *scope,
                       struct metric_value *room)
{
    jsonw_key_begin(json, "totals", JSONW_OBJECT);
    put_scope(json, scope, room);
    jsonw_end(json);
}

static void put_processes(struct json_writer *json, const struct merged *merged,
                          struct metric_value *room)
{
    jsonw_key_begin(json, "processes", JSONW_ARRAY);
    for (size_t i = 0; i < merged->process_count; i++) {
        const struct merged_process *process = merged->processes[i];
        jsonw_begin(json, JSONW_OBJECT);
        jsonw_key_string(json, "image", process->image);
        jsonw_key_u64(json, "order", process->order);
        put_totals(json, &process->totals, room);
        jsonw_key_begin(json, "heaps", JSONW_ARRAY);
        for (size_t j = 0; j < process->heap_count; j++)
            put_heap(json, process->heaps[j], room);
        jsonw_end(json);
        jsonw_end(json);
    }
    jsonw_end(json);
}

static void put_head(struct json_writer *json, const struct merged *merged)
{
    jsonw_key_string(json, "schema", "heapfrag.merged");
    jsonw_key_u64(json, "version", MERGED_VERSION);
    jsonw_key_begin(json, "tool", JSONW_RECORD);
    jsonw_key_string(json, "name", "heapfrag");
    jsonw_key_string(json, "version", HEAPFRAG_VERSION);
    jsonw_end(json);
    jsonw_key_u64(json, "traces", merged->traces);
    jsonw_key_u64(json, "traces_with_loss", merged->traces_with_loss);
    jsonw_key_u64(json, "traces_with_stacks", merged->traces_with_stacks);
    jsonw_key_u64(json, "events", merged->events);
    jsonw_key_u64(json, "heap_events", merged->heap_events);
    jsonw_key_begin(json, "anomalies", JSONW_ARRAY);
    for (int i = 0; i < ANOMALY_COUNT; i++) {
        if (merged->anomalies[i] == 0)
            continue;
        jsonw_begin(json, JSONW_RECORD);
        jsonw_key_string(json, "name", anomaly_infos[i].name);
        jsonw_key_string(json, "severity", severity_name(anomaly_infos[i].severity));
        jsonw_key_u64(json, "count", merged->anomalies[i]);
        jsonw_end(json);
    }
    jsonw_end(json);
}

/* The runs of a scope are those of some of the traces, or, in a hostile file, any number. */
static size_t most_runs(const struct merged *merged)
{
    size_t most = merged->totals.run_count;
    for (size_t i = 0; i < merged->process_count; i++) {
        const struct merged_process *process = merged->processes[i];
        if (process->totals.run_count > most)
            most = process->totals.run_count;
        for (size_t j = 0; j < process->heap_count; j++)
            if (process->heaps[j]->scope.run_count > most)
                most = process->heaps[j]->scope.run_count;
    }
    return most;
}

bool merged_json_write(const struct merged *merged, FILE *out, struct error *err)
{
    struct metric_value *room = calloc(most_runs(merged) + 1, sizeof *room);
    if (!room)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to write a result");
    struct json_writer json = jsonw_over(out);
    jsonw_begin(&json, JSONW_OBJECT);
    put_head(&json, merged);
    put_totals(&json, &merged->totals, room);
    put_processes(&json, merged, room);
    jsonw_end(&json);
    free(room);
    return report_end(out, err);
}
