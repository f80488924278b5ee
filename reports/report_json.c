/* The whole result as one JSON object; result.schema.json says what it looks like. */
#include "reports/json_measures.h"
#include "reports/json_writer.h"
#include "reports/names.h"
#include "reports/reports.h"
#include "reports/time_text.h"

enum { RESULT_VERSION = 1 }; /* grows when the meaning of a field changes */

static void put_events_by_kind(struct json_writer *json, const struct trace_info *trace)
{
    json_key_begin(json, "events_by_kind", JSON_OBJECT);
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        if (kind != EVENT_process_end) /* not an event of a heap */
            json_key_u64(json, event_kind_names[kind], trace->by_kind[kind]);
    json_end(json);
}

static void put_anomalies(struct json_writer *json, const struct anomalies *anomalies)
{
    json_key_begin(json, "anomalies", JSON_ARRAY);
    for (int i = 0; i < ANOMALY_COUNT; i++) {
        if (anomalies->count[i] == 0)
            continue;
        json_begin(json, JSON_RECORD);
        json_key_string(json, "name", anomaly_infos[i].name);
        json_key_string(json, "severity", severity_name(anomaly_infos[i].severity));
        json_key_u64(json, "count", anomalies->count[i]);
        json_key_u64_or_null(json, "first_offset", anomalies->first_offset[i], ERROR_NO_OFFSET);
        json_key_string(json, "meaning", anomaly_infos[i].meaning);
        json_end(json);
    }
    json_end(json);
}

static void put_clock(struct json_writer *json, const struct trace_info *trace)
{
    char start[TIME_TEXT_SIZE];
    filetime_text(start, trace->start_filetime);
    json_key_string(json, "clock", clock_name(trace->clock));
    json_key_u64_or_null(json, "clock_hz", trace->clock_hz, 0);
    json_key_string(json, "start_utc", trace->start_filetime ? start : NULL);
    json_key_u64(json, "duration_ns", trace->duration_ns);
}

static void put_trace(struct json_writer *json, const struct result *result)
{
    const struct trace_info *trace = &result->trace;
    json_key_begin(json, "trace", JSON_OBJECT);
    json_key_string(json, "path", result->path);
    json_key_u64(json, "file_bytes", trace->file_bytes);
    json_key_string(json, "format", "etl");
    json_key_u64(json, "pointer_bytes", trace->pointer_bytes);
    json_key_u64(json, "cpu_count", trace->cpu_count);
    put_clock(json, trace);
    json_key_u64(json, "from_ns", result->from_ns);
    json_key_u64(json, "to_ns", result->to_ns);
    json_key_u64_or_null(json, "os_build", trace->os_build, 0);
    json_key_bool(json, "compressed", trace->compressed);
    json_key_bool(json, "complete", trace_is_complete(trace));
    json_key_begin(json, "realloc_pairing", JSON_RECORD);
    json_key_u64(json, "paired", result->totals.realloc.paired);
    json_key_u64(json, "standalone", result->totals.realloc.standalone);
    json_end(json);
    json_key_u64(json, "events", trace->events);
    json_key_u64(json, "heap_events", trace->heap_events);
    json_key_u64(json, "events_lost", trace->events_lost);
    json_key_u64(json, "buffers", trace->buffers);
    json_key_u64(json, "buffers_lost", trace->buffers_lost);
    put_events_by_kind(json, trace);
    put_anomalies(json, &result->anomalies);
    json_key_begin(json, "losses", JSON_ROW);
    for (size_t i = 0; i < result->loss_count; i++) {
        json_begin(json, JSON_ROW);
        json_u64(json, result->losses[i].from_ns);
        json_u64(json, result->losses[i].to_ns);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

static void put_heap(struct json_writer *json, const struct heap_result *heap)
{
    json_begin(json, JSON_OBJECT);
    json_key_address(json, "handle", heap->handle);
    json_key_u64(json, "ordinal", heap->ordinal);
    json_key_u64_or_null(json, "flags", heap->created_in_trace ? heap->flags : RESULT_UNKNOWN,
                         RESULT_UNKNOWN);
    json_key_bool(json, "created_in_trace", heap->created_in_trace);
    json_key_u64_or_null(json, "destroyed_ns", heap->destroyed_ns, RESULT_UNKNOWN);
    json_measures(json, &heap->measures);
    json_end(json);
}

static void put_totals(struct json_writer *json, const struct measures *totals)
{
    json_key_begin(json, "totals", JSON_OBJECT);
    json_measures(json, totals);
    json_end(json);
}

static void put_process(struct json_writer *json, const struct process_result *process)
{
    json_begin(json, JSON_OBJECT);
    json_key_u64(json, "pid", process->pid);
    json_key_string(json, "image", process->image);
    json_key_u64_or_null(json, "start_ns", process->start_ns, RESULT_UNKNOWN);
    json_key_u64_or_null(json, "end_ns", process->end_ns, RESULT_UNKNOWN);
    put_totals(json, &process->totals);
    json_key_begin(json, "heaps", JSON_ARRAY);
    for (size_t i = 0; i < process->heap_count; i++)
        put_heap(json, &process->heaps[i]);
    json_end(json);
    json_end(json);
}

bool report_json_write(const struct report *report, FILE *out, struct error *err)
{
    const struct result *result = report->build;
    struct json_writer json = json_over(out);
    json_begin(&json, JSON_OBJECT);
    json_key_string(&json, "schema", "heapfrag.result");
    json_key_u64(&json, "version", RESULT_VERSION);
    json_key_begin(&json, "tool", JSON_RECORD);
    json_key_string(&json, "name", "heapfrag");
    json_key_string(&json, "version", HEAPFRAG_VERSION);
    json_end(&json);
    put_trace(&json, result);
    put_totals(&json, &result->totals);
    json_key_begin(&json, "processes", JSON_ARRAY);
    for (size_t i = 0; i < result->process_count; i++)
        put_process(&json, &result->processes[i]);
    json_end(&json);
    json_key_null(&json, "stacks");
    json_end(&json);
    return report_end(out, err);
}

bool report_json_write_files(const struct report *report, struct output_dir *dir, struct error *err)
{
    return report_write_file(report, dir, "result.json", report_json_write, err);
}
