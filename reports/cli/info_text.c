/* What is in a trace, in words. */
#include "reports/cli/info.h"

#include "reports/escape.h"
#include "reports/names.h"
#include "reports/text_page.h"
#include "reports/time_text.h"

#include <inttypes.h>
#include <string.h>

enum { TEXT_SIZE = 640 };

/* Source: evntrace.h EVENT_TRACE_…; those that say something about the file. */
static const struct {
    uint32_t bit;
    const char *name;
} modes[] = {
    { 0x00000001, "sequential" },     { 0x00000002, "circular" },
    { 0x00000004, "append" },         { 0x00000008, "new files" },
    { 0x00000020, "preallocated" },   { 0x00000100, "real time" },
    { 0x00000400, "buffering" },      { 0x00000800, "private logger" },
    { 0x00002000, "kilobyte sizes" }, { 0x00020000, "private in process" },
    { 0x02000000, "system logger" },  { 0x04000000, "compressed" },
    { 0x08000000, "independent" },    { 0x10000000, "one CPU index" },
};

static void put_modes(const struct text_page *page, uint32_t log_file_mode)
{
    char text[TEXT_SIZE];
    size_t length = (size_t)snprintf(text, sizeof text, "0x%" PRIx32, log_file_mode);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (log_file_mode & modes[i].bit)
            length += (size_t)snprintf(text + length, sizeof text - length, ", %s", modes[i].name);
    text_paragraph(page, "mode      ", text);
}

static void put_name(const struct text_page *page, const char *lead, const char *text)
{
    char safe[TEXT_SIZE];
    escape_terminal(safe, sizeof safe, text, TEXT_SIZE);
    if (text[0] != '\0')
        text_paragraph(page, lead, safe);
}

static void put_times(const struct text_page *page, const struct trace_info *trace)
{
    char start[TIME_TEXT_SIZE], end[TIME_TEXT_SIZE];
    filetime_text(start, trace->start_filetime);
    filetime_text(end, trace->end_filetime);
    text_say(page, "time      ", "%s to %s, %s", start,
             trace->end_filetime ? end : "(never closed)", units_time(trace->duration_ns).text);
    const char *clock = clock_name(trace->clock);
    text_say(page, "clock     ", "%s, %" PRIu64 " ticks a second", clock ? clock : "unknown",
             trace->clock_hz);
}

static void put_header(const struct text_page *page, const struct info *info)
{
    const struct trace_info *trace = info->trace;
    put_name(page, "file      ", info->path);
    text_say(page, "          ", "%s%s, %s", units_bytes(trace->file_bytes).text,
             trace->compressed ? ", compressed" : "",
             trace_is_complete(trace) ? "closed by its logger and read to its end"
             : trace->read_to_end     ? "never closed by its logger"
                                      : "not read to its end");
    put_name(page, "logger    ", trace->logger_name);
    put_name(page, "logged to ", trace->log_file_name);
    put_modes(page, trace->log_file_mode);
    text_say(page, "system    ",
             "Windows %" PRIu32 ".%" PRIu32 " build %" PRIu32 ", %" PRIu32 " %s, %" PRIu32 "-bit",
             trace->os_major, trace->os_minor, trace->os_build, trace->cpu_count,
             trace->cpu_count == 1 ? "CPU" : "CPUs", 8 * trace->pointer_bytes);
    put_times(page, trace);
    text_say(page, "buffers   ",
             "%" PRIu64 " of %s (the header says %" PRIu64 "), %" PRIu64 " lost", trace->buffers,
             units_bytes(trace->buffer_bytes).text, trace->buffers_written, trace->buffers_lost);
    text_say(page, "events    ", "%" PRIu64 ", %" PRIu64 " of heaps, %" PRIu64 " lost",
             trace->events, trace->heap_events, trace->events_lost);
}

/* Only what the trace has: most have no stacks. */
static void put_stacks(const struct text_page *page, const struct info *info)
{
    const struct stack_tally *tally = &info->trace->stacks;
    uint64_t keys = tally->kernel_keys + tally->user_keys;
    if (tally->walks + keys + tally->definitions > 0)
        text_say(page, "stacks    ",
                 "%" PRIu64 " as frames, %" PRIu64 " by key (%" PRIu64
                 " of them defined by %" PRIu64 " definitions); %" PRIu64
                 " heap events have one, %zu distinct",
                 tally->walks, keys, tally->keys_resolved, tally->definitions, tally->heap_events,
                 stacks_count(info->stacks));
    if (images_count(info->images) > 0)
        text_say(page, "modules   ", "%zu", images_count(info->images));
}

static void put_anomalies(const struct text_page *page, const struct anomalies *anomalies)
{
    text_heading(page, "What is wrong with it");
    bool is_clean = true;
    for (int i = 0; i < ANOMALY_COUNT; i++) {
        if (anomalies->count[i] == 0)
            continue;
        text_say(page, "  ", "%s (%s): %" PRIu64 "; %s", anomaly_infos[i].name,
                 severity_name(anomaly_infos[i].severity), anomalies->count[i],
                 anomaly_infos[i].meaning);
        is_clean = false;
    }
    if (is_clean)
        text_paragraph(page, "", "Nothing.");
}

static void put_heap_events(const struct text_page *page, const struct trace_info *trace)
{
    static const char *const titles[] = { "heap event", "count" };
    struct text_table table = text_table_of(titles, 2);
    text_heading(page, "Heap events");
    for (int i = 0; i < EVENT_KIND_COUNT; i++) {
        if (trace->by_kind[i] == 0 || i == EVENT_process_end)
            continue;
        text_table_add(&table, event_kind_names[i]);
        text_table_add_unit(&table, units_count(trace->by_kind[i]));
    }
    text_table_end(&table, page);
}

static const char *header_name(uint8_t header)
{
    const char *name = header < HEADER_KIND_MAX ? header_kind_names[header] : NULL;
    return name ? name : "?";
}

static void put_census(const struct text_page *page, const struct census *census)
{
    static const char *const titles[] = { "provider", "opcode", "header", "events" };
    const struct census_row *rows = NULL;
    size_t count = census ? census_rows(census, &rows) : 0;
    struct text_table table = text_table_of(titles, 4);
    text_heading(page, "Events by provider");
    for (size_t i = 0; i < count; i++) {
        char text[32];
        text_table_add(&table, rows[i].provider);
        snprintf(text, sizeof text, "%" PRIu8, rows[i].opcode);
        text_table_add(&table, text);
        text_table_add(&table, header_name(rows[i].header));
        snprintf(text, sizeof text, "%" PRIu64, rows[i].count);
        text_table_add(&table, text);
    }
    text_table_end(&table, page);
}

static void put_processes(const struct text_page *page, const struct processes *processes)
{
    static const char *const titles[] = { "process", "pid", "parent", "start", "end" };
    struct text_table table = text_table_of(titles, 5);
    text_heading(page, "Processes");
    for (size_t i = 0; i < processes->count; i++) {
        const struct process *process = &processes->list[i];
        char text[32];
        text_table_add(&table, process->image ? process->image : "-");
        snprintf(text, sizeof text, "%" PRIu32, process->pid);
        text_table_add(&table, text);
        snprintf(text, sizeof text, "%" PRIu32, process->parent_pid);
        text_table_add(&table, process->parent_pid ? text : "-");
        text_table_add_unit(&table, units_time(process->start_ns));
        text_table_add_unit(&table, units_time(process->end_ns));
    }
    text_table_end(&table, page);
}

void info_write_text(const struct info *info, FILE *out)
{
    const struct text_page page = { .out = out };
    put_header(&page, info);
    put_stacks(&page, info);
    put_anomalies(&page, info->anomalies);
    if (info->trace->heap_events > 0)
        put_heap_events(&page, info->trace);
    put_census(&page, info->census);
    if (info->processes->count > 0)
        put_processes(&page, info->processes);
}
