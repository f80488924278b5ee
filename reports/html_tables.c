/* The tables of a page. Each sorts by its heads; numbers carry their exact value beside the text.
 */
#include "reports/html_tables.h"
#include "reports/escape.h"
#include "reports/names.h"
#include "reports/time_text.h"
#include "reports/units.h"

#include <inttypes.h>
#include <math.h>

/* A cell whose text is rounded and whose value is not; what is unknown sorts below everything. */
static void put_number(FILE *out, struct unit_text text, double value)
{
    if (isfinite(value))
        fprintf(out, "<td class=\"n\" data-v=\"%.17g\">%s</td>", value, text.text);
    else
        fprintf(out, "<td class=\"n\">%s</td>", text.text);
}

static double number_of(uint64_t value)
{
    return value == RESULT_UNKNOWN ? NAN : (double)value;
}

static void put_bytes(FILE *out, uint64_t bytes)
{
    put_number(out, units_bytes(bytes), number_of(bytes));
}

static void put_count(FILE *out, uint64_t count)
{
    put_number(out, units_count(count), number_of(count));
}

static void put_time(FILE *out, uint64_t ns)
{
    put_number(out, units_time(ns), number_of(ns));
}

static void put_percent(FILE *out, double fraction)
{
    put_number(out, units_percent(fraction), fraction);
}

/* Begins a table with its heads, which are a list that ends with NULL; the first is of the rows. */
static void begin_table(FILE *out, const char *caption, const char *const heads[])
{
    fprintf(out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">"
            "<table class=\"sortable\"><caption>%s</caption>\n<thead><tr>",
            caption, caption);
    for (size_t i = 0; heads[i]; i++)
        fprintf(out, "<th scope=\"col\">%s</th>", heads[i]);
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void end_table(FILE *out, size_t left_out)
{
    fputs("</tbody></table></div>\n", out);
    if (left_out > 0)
        fprintf(out, "<p class=\"none\">%zu more rows are in the CSV tables and result.json.</p>\n",
                left_out);
}

void html_put_heap_name(const struct process_result *process, const struct heap_result *heap,
                        FILE *out)
{
    char label[LABEL_SIZE];
    heap_label(label, (struct heap_name){ process, heap, true }, LABEL_COLUMNS);
    escape_html(out, label);
}

static void put_fact(FILE *out, const char *name, const char *text)
{
    fprintf(out, "<div><dt>%s</dt><dd>", name);
    escape_html(out, text);
    fputs("</dd></div>\n", out);
}

void html_put_trace(const struct result *result, FILE *out)
{
    const struct trace_info *trace = &result->trace;
    char start[TIME_TEXT_SIZE], text[96];
    filetime_text(start, trace->start_filetime);
    fputs("<dl class=\"facts\">\n", out);
    put_fact(out, "File", result->path ? result->path : "-");
    put_fact(out, "Size", units_bytes(trace->file_bytes).text);
    put_fact(out, "Started (UTC)", trace->start_filetime ? start : "-");
    put_fact(out, "Duration", units_time(trace->duration_ns).text);
    snprintf(text, sizeof text, "%s of %s", units_count(trace->heap_events).text,
             units_count(trace->events).text);
    put_fact(out, "Heap events", text);
    snprintf(text, sizeof text, "build %" PRIu32 ", %" PRIu32 " CPUs, %" PRIu32 " bit",
             trace->os_build, trace->cpu_count, trace->pointer_bytes * 8);
    put_fact(out, "Machine", text);
    snprintf(text, sizeof text, "%s to %s", units_time(result->from_ns).text,
             units_time(result->to_ns).text);
    put_fact(out, "Totals cover", text);
    put_fact(out, "Complete", trace_is_complete(trace) ? "yes" : "no");
    fputs("</dl>\n", out);
}

void html_put_anomalies(const struct anomalies *anomalies, FILE *out)
{
    static const char *const heads[] = { "Anomaly",       "Severity", "Count",
                                         "First at byte", "Meaning",  NULL };
    bool is_empty = true;
    for (size_t i = 0; i < ANOMALY_COUNT; i++)
        is_empty = is_empty && anomalies->count[i] == 0;
    if (is_empty) {
        fputs("<p>Nothing is wrong with the trace.</p>\n", out);
        return;
    }
    begin_table(out, "What is wrong with the trace", heads);
    for (size_t i = 0; i < ANOMALY_COUNT; i++) {
        if (anomalies->count[i] == 0)
            continue;
        const struct anomaly_info *info = &anomaly_infos[i];
        fprintf(out, "<tr><th scope=\"row\">%s</th><td class=\"%s\">%s</td>", info->name,
                severity_name(info->severity), severity_name(info->severity));
        put_count(out, anomalies->count[i]);
        if (anomalies->first_offset[i] == ERROR_NO_OFFSET)
            fputs("<td class=\"n\">-</td>", out);
        else
            fprintf(out, "<td class=\"n\" data-v=\"%" PRIu64 "\">%" PRIu64 "</td>",
                    anomalies->first_offset[i], anomalies->first_offset[i]);
        fprintf(out, "<td>%s</td></tr>\n", info->meaning);
    }
    end_table(out, 0);
}

/* The heading of a heap that is drawn, or NULL. */
static const struct chart_subject *drawn_subject(const struct charts *charts,
                                                 const struct heap_result *heap)
{
    for (size_t i = 0; i < charts->subject_count; i++)
        if (charts->subjects[i].heap == heap)
            return &charts->subjects[i];
    return NULL;
}

static void put_heap_row(const struct process_result *process, const struct heap_result *heap,
                         const struct charts *charts, FILE *out)
{
    const struct measures *m = &heap->measures;
    const struct chart_subject *subject = drawn_subject(charts, heap);
    fputs("<tr><th scope=\"row\">", out);
    if (subject)
        fprintf(out, "<a href=\"#%s\">", subject->slug);
    html_put_heap_name(process, heap, out);
    fprintf(out, "%s</th>", subject ? "</a>" : "");
    put_bytes(out, m->levels[LEVEL_live_bytes].peak);
    put_bytes(out, m->levels[LEVEL_live_bytes].end);
    put_bytes(out, m->levels[LEVEL_touched_bytes].peak);
    put_bytes(out, m->levels[LEVEL_committed_bytes].peak);
    put_percent(out, m->ratios[RATIO_page_fragmentation].at_live_peak);
    put_percent(out, m->ratios[RATIO_page_fragmentation].end);
    put_percent(out, m->frag_peak_to_peak);
    put_count(out, m->traffic.allocs);
    put_count(out, m->realloc.count);
    put_percent(out, m->realloc.move_rate.value);
    put_bytes(out, m->realloc.copied_bytes);
    fputs("</tr>\n", out);
}

void html_put_heaps(const struct result *result, const struct charts *charts, FILE *out)
{
    static const char *const heads[] = {
        "Heap",
        "Live, peak",
        "Live, end",
        "Touched, peak",
        "Committed, peak",
        "Page frag., peak",
        "Page frag., end",
        "Peak to peak",
        "Allocs",
        "Reallocs",
        "Moved",
        "Copied",
        NULL,
    };
    fputs("<p><label>Filter: <input type=\"search\" data-filter=\"heaps\" "
          "placeholder=\"process or heap\"></label></p>\n<div id=\"heaps\">\n",
          out);
    begin_table(out, "All heaps", heads);
    size_t rows = 0, left_out = 0;
    for (size_t p = 0; p < result->process_count; p++) {
        const struct process_result *process = &result->processes[p];
        for (size_t h = 0; h < process->heap_count; h++) {
            const struct heap_result *heap = &process->heaps[h];
            if (rows >= HTML_ROWS_MAX && !drawn_subject(charts, heap)) {
                left_out++;
                continue;
            }
            put_heap_row(process, heap, charts, out);
            rows++;
        }
    }
    end_table(out, left_out);
    fputs("</div>\n", out);
}

void html_put_key_figures(const struct measures *m, FILE *out)
{
    fputs("<dl class=\"facts\">\n", out);
    put_fact(out, "Live, peak", units_bytes(m->levels[LEVEL_live_bytes].peak).text);
    put_fact(out, "Live, end", units_bytes(m->levels[LEVEL_live_bytes].end).text);
    put_fact(out, "Touched, peak", units_bytes(m->levels[LEVEL_touched_bytes].peak).text);
    put_fact(out, "Committed, peak", units_bytes(m->levels[LEVEL_committed_bytes].peak).text);
    put_fact(out, "Page fragmentation, end",
             units_percent(m->ratios[RATIO_page_fragmentation].end).text);
    put_fact(out,
             m->basis_is_committed ? "Fragmentation, mean (committed)"
                                   : "Fragmentation, mean (touched)",
             units_percent(m->frag_mean).text);
    put_fact(out, "Allocs", units_count(m->traffic.allocs).text);
    put_fact(out, "Reallocs", units_count(m->realloc.count).text);
    put_fact(out, "Moved", units_percent(m->realloc.move_rate.value).text);
    put_fact(out, "Copied by moves", units_bytes(m->realloc.copied_bytes).text);
    put_fact(out, "Growth ratio, geometric mean", units_ratio(m->realloc.growth.geomean).text);
    put_fact(out, "Avoidable moves", units_count(m->realloc.avoidable_moves).text);
    fputs("</dl>\n", out);
}

void html_put_sources(const struct measures *m, FILE *out)
{
    static const char *const heads[] = { "Source", "Allocs", "Bytes",       "Frees",  "Reallocs",
                                         "Moved",  "Failed", "Growth, p50", "Copied", NULL };
    if (m->source_count == 0)
        return;
    begin_table(out, "Allocator paths", heads);
    size_t shown = m->source_count < HTML_SOURCES_MAX ? m->source_count : HTML_SOURCES_MAX;
    for (size_t i = 0; i < shown; i++) {
        const struct source_result *source = &m->sources[i];
        char name[SOURCE_NAME_SIZE];
        source_name(name, source);
        fprintf(out, "<tr><th scope=\"row\">%s</th>", name);
        put_count(out, source->allocs);
        put_bytes(out, source->alloc_bytes);
        put_count(out, source->frees);
        put_count(out, source->reallocs);
        put_percent(out, source->move_rate.value);
        put_count(out, source->failed);
        put_number(out, units_ratio(source->growth_p50), source->growth_p50);
        put_bytes(out, source->copied_bytes);
        fputs("</tr>\n", out);
    }
    end_table(out, m->source_count - shown);
}

void html_put_chains(const struct measures *m, FILE *out)
{
    static const char *const heads[] = { "Rank",  "Address", "First size", "Last size", "Reallocs",
                                         "Moves", "Copied",  "Begun at",   "Freed at",  NULL };
    const struct chains_result *chains = &m->realloc.chains;
    if (chains->top_count == 0)
        return;
    begin_table(out, "Chains that copied most", heads);
    for (size_t i = 0; i < chains->top_count && i < TOP_CHAINS; i++) {
        const struct chain_result *chain = &chains->top[i];
        fprintf(out,
                "<tr><th scope=\"row\">%zu</th><td class=\"n\" data-v=\"%" PRIu64 "\">0x%" PRIx64
                "</td>",
                i + 1, chain->address, chain->address);
        put_bytes(out, chain->first_bytes);
        put_bytes(out, chain->last_bytes);
        put_count(out, chain->reallocs);
        put_count(out, chain->moves);
        put_bytes(out, chain->copied_bytes);
        put_time(out, chain->first_ns);
        put_time(out, chain->last_ns);
        fputs("</tr>\n", out);
    }
    end_table(out, 0);
}
