/* What is in a trace, as one JSON object. */
#include "reports/cli/info.h"

#include "reports/json_anomalies.h"
#include "reports/json_writer.h"
#include "reports/names.h"
#include "reports/time_text.h"

#include <inttypes.h>
#include <string.h>

static void put_time(struct json_writer *json, const char *key, uint64_t filetime)
{
    char text[TIME_TEXT_SIZE];
    filetime_text(text, filetime);
    jsonw_key_string(json, key, filetime ? text : NULL);
}

static void put_header(struct json_writer *json, const struct info *info)
{
    const struct trace_info *trace = info->trace;
    jsonw_key_string(json, "path", info->path);
    jsonw_key_u64(json, "file_bytes", trace->file_bytes);
    jsonw_key_u64(json, "pointer_bytes", trace->pointer_bytes);
    jsonw_key_u64(json, "cpu_count", trace->cpu_count);
    jsonw_key_string(json, "clock", clock_name(trace->clock));
    jsonw_key_u64(json, "clock_hz", trace->clock_hz);
    put_time(json, "start_utc", trace->start_filetime);
    put_time(json, "end_utc", trace->end_filetime);
    put_time(json, "boot_utc", trace->boot_filetime);
    jsonw_key_u64(json, "duration_ns", trace->duration_ns);
    jsonw_key_u64(json, "os_major", trace->os_major);
    jsonw_key_u64(json, "os_minor", trace->os_minor);
    jsonw_key_u64(json, "os_build", trace->os_build);
    jsonw_key_u64(json, "log_file_mode", trace->log_file_mode);
    jsonw_key_string(json, "logger_name", trace->logger_name);
    jsonw_key_string(json, "log_file_name", trace->log_file_name);
    jsonw_key_bool(json, "compressed", trace->compressed);
    jsonw_key_bool(json, "complete", trace_is_complete(trace));
    jsonw_key_u64(json, "buffer_bytes", trace->buffer_bytes);
    jsonw_key_u64(json, "buffers", trace->buffers);
    jsonw_key_u64(json, "buffers_written", trace->buffers_written);
    jsonw_key_u64(json, "buffers_lost", trace->buffers_lost);
    jsonw_key_u64(json, "events", trace->events);
    jsonw_key_u64(json, "heap_events", trace->heap_events);
    jsonw_key_u64(json, "events_lost", trace->events_lost);
}

static void put_stacks(struct json_writer *json, const struct info *info)
{
    const struct stack_tally *tally = &info->trace->stacks;
    jsonw_key_begin(json, "stacks", JSONW_OBJECT);
    jsonw_key_u64(json, "walks", tally->walks);
    jsonw_key_u64(json, "kernel_keys", tally->kernel_keys);
    jsonw_key_u64(json, "user_keys", tally->user_keys);
    jsonw_key_u64(json, "keys_resolved", tally->keys_resolved);
    jsonw_key_u64(json, "definitions", tally->definitions);
    jsonw_key_u64(json, "late", tally->late);
    jsonw_key_u64(json, "heap_matched", tally->heap_matched);
    jsonw_key_u64(json, "heap_events", tally->heap_events);
    jsonw_key_u64(json, "heap_early", tally->heap_early);
    jsonw_key_u64(json, "distinct", stacks_count(info->stacks));
    jsonw_end(json);
}

static void put_counts(struct json_writer *json, const struct trace_info *trace)
{
    jsonw_key_begin(json, "by_header", JSONW_OBJECT);
    for (int i = 0; i < HEADER_KIND_MAX; i++)
        if (header_kind_names[i] && trace->by_header[i] > 0)
            jsonw_key_u64(json, header_kind_names[i], trace->by_header[i]);
    jsonw_end(json);
    jsonw_key_begin(json, "by_kind", JSONW_OBJECT);
    for (int i = 0; i < EVENT_KIND_COUNT; i++)
        if (i != EVENT_process_end && trace->by_kind[i] > 0)
            jsonw_key_u64(json, event_kind_names[i], trace->by_kind[i]);
    jsonw_end(json);
}

/* Rows come in order of provider, opcode, header: neighbours of one opcode are added up. */
static void put_census(struct json_writer *json, const struct census *census)
{
    const struct census_row *rows = NULL;
    size_t count = census ? census_rows(census, &rows) : 0;
    jsonw_key_begin(json, "by_provider", JSONW_OBJECT);
    for (size_t i = 0; i < count;) {
        const char *provider = rows[i].provider;
        jsonw_key_text_begin(json, provider, JSONW_RECORD);
        while (i < count && strcmp(rows[i].provider, provider) == 0) {
            char opcode[8];
            uint64_t events = 0;
            uint8_t own = rows[i].opcode;
            for (; i < count && rows[i].opcode == own && strcmp(rows[i].provider, provider) == 0;
                 i++)
                events += rows[i].count;
            snprintf(opcode, sizeof opcode, "%" PRIu8, own);
            jsonw_key_u64(json, opcode, events);
        }
        jsonw_end(json);
    }
    jsonw_end(json);
}

static void put_processes(struct json_writer *json, const struct processes *processes)
{
    jsonw_key_begin(json, "processes", JSONW_ARRAY);
    for (size_t i = 0; i < processes->count; i++) {
        const struct process *process = &processes->list[i];
        jsonw_begin(json, JSONW_RECORD);
        jsonw_key_u64(json, "pid", process->pid);
        jsonw_key_u64_or_null(json, "parent_pid", process->parent_pid, 0);
        jsonw_key_string(json, "image", process->image);
        jsonw_key_string(json, "command_line", process->command_line);
        jsonw_key_u64_or_null(json, "start_ns", process->start_ns, PROCESS_TIME_UNKNOWN);
        jsonw_key_u64_or_null(json, "end_ns", process->end_ns, PROCESS_TIME_UNKNOWN);
        jsonw_end(json);
    }
    jsonw_end(json);
}

void info_write_json(const struct info *info, FILE *out)
{
    struct json_writer json = jsonw_over(out);
    jsonw_begin(&json, JSONW_OBJECT);
    put_header(&json, info);
    put_counts(&json, info->trace);
    put_census(&json, info->census);
    put_stacks(&json, info);
    jsonw_key_u64(&json, "modules", images_count(info->images));
    json_put_anomalies(&json, info->anomalies);
    put_processes(&json, info->processes);
    jsonw_end(&json);
}
