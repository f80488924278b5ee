/* The whole result as one JSON object; result.schema.json says what it looks like. */
#include "reports/json_anomalies.h"
#include "reports/json_measures.h"
#include "reports/json_stacks.h"
#include "reports/json_writer.h"
#include "reports/names.h"
#include "reports/reports.h"
#include "reports/time_text.h"

enum { RESULT_VERSION = 1 }; /* grows when the meaning of a field changes */

static void put_events_by_kind(struct json_writer *json, const struct trace_info *trace)
{
    jsonw_key_begin(json, "events_by_kind", JSONW_OBJECT);
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        if (kind != EVENT_process_end) /* not an event of a heap */
            jsonw_key_u64(json, event_kind_names[kind], trace->by_kind[kind]);
    jsonw_end(json);
}

static void put_clock(struct json_writer *json, const struct trace_info *trace)
{
    char start[TIME_TEXT_SIZE];
    filetime_text(start, trace->start_filetime);
    jsonw_key_string(json, "clock", clock_name(trace->clock));
    jsonw_key_u64_or_null(json, "clock_hz", trace->clock_hz, 0);
    jsonw_key_string(json, "start_utc", trace->start_filetime ? start : NULL);
    jsonw_key_u64(json, "duration_ns", trace->duration_ns);
}

static void put_trace(struct json_writer *json, const struct result *result)
{
    const struct trace_info *trace = &result->trace;
    jsonw_key_begin(json, "trace", JSONW_OBJECT);
    jsonw_key_string(json, "path", result->path);
    jsonw_key_u64(json, "file_bytes", trace->file_bytes);
    jsonw_key_string(json, "format", "etl");
    jsonw_key_u64(json, "pointer_bytes", trace->pointer_bytes);
    jsonw_key_u64(json, "cpu_count", trace->cpu_count);
    put_clock(json, trace);
    jsonw_key_u64(json, "from_ns", result->from_ns);
    jsonw_key_u64(json, "to_ns", result->to_ns);
    jsonw_key_u64_or_null(json, "os_build", trace->os_build, 0);
    jsonw_key_bool(json, "compressed", trace->compressed);
    jsonw_key_bool(json, "complete", trace_is_complete(trace));
    jsonw_key_begin(json, "realloc_pairing", JSONW_RECORD);
    jsonw_key_u64(json, "paired", result->totals.realloc.paired);
    jsonw_key_u64(json, "standalone", result->totals.realloc.standalone);
    jsonw_end(json);
    jsonw_key_u64(json, "events", trace->events);
    jsonw_key_u64(json, "heap_events", trace->heap_events);
    jsonw_key_u64(json, "events_lost", trace->events_lost);
    jsonw_key_u64(json, "buffers", trace->buffers);
    jsonw_key_u64(json, "buffers_lost", trace->buffers_lost);
    put_events_by_kind(json, trace);
    json_put_anomalies(json, &result->anomalies);
    jsonw_key_begin(json, "losses", JSONW_ROW);
    for (size_t i = 0; i < result->loss_count; i++) {
        jsonw_begin(json, JSONW_ROW);
        jsonw_u64(json, result->losses[i].from_ns);
        jsonw_u64(json, result->losses[i].to_ns);
        jsonw_end(json);
    }
    jsonw_end(json);
    jsonw_end(json);
}

static void put_heap(struct json_writer *json, const struct heap_result *heap,
                     const struct stack_selection *stacks)
{
    jsonw_begin(json, JSONW_OBJECT);
    jsonw_key_address(json, "handle", heap->handle);
    jsonw_key_u64(json, "ordinal", heap->ordinal);
    jsonw_key_u64_or_null(json, "flags", heap->created_in_trace ? heap->flags : RESULT_UNKNOWN,
                          RESULT_UNKNOWN);
    jsonw_key_bool(json, "created_in_trace", heap->created_in_trace);
    jsonw_key_u64_or_null(json, "destroyed_ns", heap->destroyed_ns, RESULT_UNKNOWN);
    json_measures(json, &heap->measures, stacks);
    jsonw_end(json);
}

static void put_totals(struct json_writer *json, const struct measures *totals,
                       const struct stack_selection *stacks)
{
    jsonw_key_begin(json, "totals", JSONW_OBJECT);
    json_measures(json, totals, stacks);
    jsonw_end(json);
}

static void put_process(struct json_writer *json, const struct process_result *process,
                        const struct stack_selection *stacks)
{
    jsonw_begin(json, JSONW_OBJECT);
    jsonw_key_u64(json, "pid", process->pid);
    jsonw_key_string(json, "image", process->image);
    jsonw_key_u64_or_null(json, "start_ns", process->start_ns, RESULT_UNKNOWN);
    jsonw_key_u64_or_null(json, "end_ns", process->end_ns, RESULT_UNKNOWN);
    put_totals(json, &process->totals, stacks);
    jsonw_key_begin(json, "heaps", JSONW_ARRAY);
    for (size_t i = 0; i < process->heap_count; i++)
        put_heap(json, &process->heaps[i], stacks);
    jsonw_end(json);
    jsonw_end(json);
}

static void put_result(struct json_writer *json, const struct result *result,
                       const struct stack_selection *selection)
{
    const struct stack_selection *stacks = result->stacks.known ? selection : NULL;
    jsonw_begin(json, JSONW_OBJECT);
    jsonw_key_string(json, "schema", "heapfrag.result");
    jsonw_key_u64(json, "version", RESULT_VERSION);
    jsonw_key_begin(json, "tool", JSONW_RECORD);
    jsonw_key_string(json, "name", "heapfrag");
    jsonw_key_string(json, "version", HEAPFRAG_VERSION);
    jsonw_end(json);
    put_trace(json, result);
    put_totals(json, &result->totals, stacks);
    jsonw_key_begin(json, "processes", JSONW_ARRAY);
    for (size_t i = 0; i < result->process_count; i++)
        put_process(json, &result->processes[i], stacks);
    jsonw_end(json);
    json_stacks(json, &result->stacks, selection);
    jsonw_end(json);
}

bool report_json_write(const struct report *report, FILE *out, struct error *err)
{
    struct json_writer json = jsonw_over(out);
    struct stack_selection selection;
    bool is_fine = stack_selection_make(&selection, &report->build->stacks, err);
    if (is_fine)
        put_result(&json, report->build, &selection);
    stack_selection_release(&selection);
    return is_fine && report_end(out, err);
}

bool report_json_write_files(const struct report *report, struct output_dir *dir, struct error *err)
{
    return report_write_file(report, dir, "result.json", report_json_write, err);
}
