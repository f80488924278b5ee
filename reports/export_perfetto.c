/*
 * JSON of Chromium's tracing: the timelines as counters. Source: "Trace Event Format", phases C and
 * M; times are microseconds.
 *
 * A counter holds until its next value. In an interval with events it is the greatest value there,
 * so peaks stay; behind the last of such intervals it is what was there at its end. Sums over an
 * interval go back to 0.
 */
#include "reports/export.h"

#include "reports/export_names.h"
#include "reports/json_writer.h"
#include "reports/reports.h"

#include <inttypes.h>

enum { TRACK_SIZE = 96 };

/* One curve of a timeline. */
struct curve {
    const char *name;
    bool is_sum;
    enum timeline_curve level; /* if it is none */
    uint64_t (*sum)(const struct timeline_row *row);
};

static uint64_t events_of(const struct timeline_row *row)
{
    return row->events;
}

static uint64_t reallocs_of(const struct timeline_row *row)
{
    return row->reallocs;
}

static uint64_t moved_of(const struct timeline_row *row)
{
    return row->moved;
}

static uint64_t copied_of(const struct timeline_row *row)
{
    return row->copied_bytes;
}

static const struct curve curves[] = {
    { "live_bytes", false, TIMELINE_live_bytes, NULL },
    { "live_blocks", false, TIMELINE_live_blocks, NULL },
    { "touched_bytes", false, TIMELINE_touched_bytes, NULL },
    { "committed_bytes", false, TIMELINE_committed_bytes, NULL },
    { "reserved_bytes", false, TIMELINE_reserved_bytes, NULL },
    { "free_bytes", false, TIMELINE_free_bytes, NULL },
    { "pinned_pages", false, TIMELINE_pinned_pages, NULL },
    { "events", true, TIMELINE_CURVES, events_of },
    { "reallocs", true, TIMELINE_CURVES, reallocs_of },
    { "moved", true, TIMELINE_CURVES, moved_of },
    { "copied_bytes", true, TIMELINE_CURVES, copied_of },
};

/* Where counters go: a track of a process, as viewers number them. */
struct track {
    struct json_writer *json;
    uint64_t pid;
    const char *prefix; /* "#1 " */
};

static void put_time(struct json_writer *json, uint64_t ns)
{
    char text[48];
    snprintf(text, sizeof text, "%" PRIu64 ".%03u", ns / 1000, (unsigned)(ns % 1000));
    jsonw_key(json, "ts");
    jsonw_number_text(json, text);
}

static void put_counter(const struct track *track, const char *name, uint64_t ns, uint64_t value)
{
    char whole[TRACK_SIZE];
    snprintf(whole, sizeof whole, "%s%s", track->prefix, name);
    jsonw_begin(track->json, JSONW_RECORD);
    jsonw_key_string(track->json, "ph", "C");
    jsonw_key_string(track->json, "name", whole);
    jsonw_key_u64(track->json, "pid", track->pid);
    put_time(track->json, ns);
    jsonw_key_begin(track->json, "args", JSONW_RECORD);
    jsonw_key_u64(track->json, "value", value);
    jsonw_end(track->json);
    jsonw_end(track->json);
}

static uint64_t row_end(const struct timeline_result *timeline, size_t row)
{
    uint64_t start = timeline->rows[row].t_ns;
    return start > UINT64_MAX - timeline->interval_ns ? UINT64_MAX : start + timeline->interval_ns;
}

static bool is_known(const struct timeline_row *row, const struct curve *curve)
{
    return curve->is_sum || row->curves[curve->level].known;
}

/* Says a value unless it is what the counter has. */
static void put_change(const struct track *track, const char *name, uint64_t ns, uint64_t value,
                       struct timeline_value *said)
{
    if (said->known && said->last == value)
        return;
    put_counter(track, name, ns, value);
    *said = (struct timeline_value){ .known = true, .last = value };
}

static void put_curve(const struct track *track, const struct timeline_result *timeline,
                      const struct curve *curve)
{
    struct timeline_value said = { 0 };
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_row *row = &timeline->rows[i];
        if (!is_known(row, curve))
            continue;
        uint64_t end = row_end(timeline, i);
        bool is_followed = i + 1 < timeline->count && timeline->rows[i + 1].t_ns <= end &&
                           is_known(&timeline->rows[i + 1], curve);
        uint64_t value = curve->is_sum ? curve->sum(row) : row->curves[curve->level].max;
        put_change(track, curve->name, row->t_ns, value, &said);
        if (!is_followed)
            put_change(track, curve->name, end, curve->is_sum ? 0 : row->curves[curve->level].last,
                       &said);
    }
}

static void put_timeline(const struct track *track, const struct timeline_result *timeline)
{
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
        put_curve(track, timeline, &curves[i]);
}

static void put_process_name(struct json_writer *json, uint64_t pid, const char *name)
{
    jsonw_begin(json, JSONW_RECORD);
    jsonw_key_string(json, "ph", "M");
    jsonw_key_string(json, "name", "process_name");
    jsonw_key_u64(json, "pid", pid);
    jsonw_key_begin(json, "args", JSONW_RECORD);
    jsonw_key_string(json, "name", name);
    jsonw_end(json);
    jsonw_end(json);
}

/* The whole process, then each heap. */
static void put_process(struct json_writer *json, const struct process_result *process,
                        uint64_t pid)
{
    char name[EXPORT_NAME_SIZE];
    export_process(name, process);
    put_process_name(json, pid, name);
    put_timeline(&(struct track){ json, pid, "" }, &process->totals.timeline);
    for (size_t i = 0; i < process->heap_count; i++) {
        const struct heap_result *heap = &process->heaps[i];
        char prefix[TRACK_SIZE];
        snprintf(prefix, sizeof prefix, "#%" PRIu32 " ", heap->ordinal);
        put_timeline(&(struct track){ json, pid, prefix }, &heap->measures.timeline);
    }
}

/*
 * Processes are numbered from 1, for one id may be that of several in a trace; the name says the
 * true one.
 */
bool export_perfetto_write(const struct export_request *request, FILE *out, struct error *err)
{
    const struct result *result = request->result;
    struct json_writer json = jsonw_over(out);
    jsonw_begin(&json, JSONW_OBJECT);
    jsonw_key_string(&json, "displayTimeUnit", "ns");
    jsonw_key_begin(&json, "traceEvents", JSONW_ARRAY);
    for (size_t i = 0; i < result->process_count; i++)
        put_process(&json, &result->processes[i], i + 1);
    jsonw_end(&json);
    jsonw_end(&json);
    return report_end(out, err);
}
