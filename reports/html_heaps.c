/* The tables of a page about all processes and all heaps. */
#include "reports/html_heaps.h"
#include "reports/html_cells.h"

/* The columns that follow the name, for processes and heaps alike. */
#define MEASURE_HEADS                                                                              \
    "Live, peak", "Live, end", "Touched, peak", "Committed, peak", "Page frag. at live peak",      \
        "Page frag., end", "Peak to peak", "Allocs", "Reallocs", "Moved", "Copied"

static void put_measures(const struct measures *m, FILE *out)
{
    html_put_bytes(out, m->levels[LEVEL_live_bytes].peak);
    html_put_bytes(out, m->levels[LEVEL_live_bytes].end);
    html_put_bytes(out, m->levels[LEVEL_touched_bytes].peak);
    html_put_bytes(out, m->levels[LEVEL_committed_bytes].peak);
    html_put_percent(out, m->ratios[RATIO_page_fragmentation].at_live_peak);
    html_put_percent(out, m->ratios[RATIO_page_fragmentation].end);
    html_put_percent(out, m->frag_peak_to_peak);
    html_put_count(out, m->traffic.allocs);
    html_put_count(out, m->realloc.count);
    html_put_percent(out, m->realloc.move_rate.value);
    html_put_bytes(out, m->realloc.copied_bytes);
    fputs("</tr>\n", out);
}

static void put_filter(const char *id, const char *hint, FILE *out)
{
    fprintf(out,
            "<p><label>Filter: <input type=\"search\" data-filter=\"%s\" placeholder=\"%s\">"
            "</label> <span role=\"status\" data-count=\"%s\"></span></p>\n<div id=\"%s\">\n",
            id, hint, id, id);
}

static void put_process_row(const struct process_result *process, FILE *out)
{
    fputs("<tr><th scope=\"row\">", out);
    html_put_heap_name(process, NULL, out);
    fputs("</th>", out);
    html_put_count(out, process->heap_count);
    put_measures(&process->totals, out);
}

void html_put_processes(const struct result *result, FILE *out)
{
    static const char *const heads[] = { "Process", "Heaps", MEASURE_HEADS, NULL };
    if (result_has_one_heap(result) || result->process_count == 0)
        return;
    put_filter("processes", "name or id", out);
    html_begin_table(out, "All processes", heads, -1);
    size_t shown = result->process_count < HTML_ROWS_MAX ? result->process_count : HTML_ROWS_MAX;
    for (size_t i = 0; i < shown; i++)
        put_process_row(&result->processes[i], out);
    html_end_table(out, result->process_count - shown);
    fputs("</div>\n", out);
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

static void put_heap_row(const struct ranked_heap *ranked, const struct chart_subject *drawn,
                         FILE *out)
{
    fputs("<tr><th scope=\"row\">", out);
    if (drawn)
        fprintf(out, "<a href=\"#%s\">", drawn->slug);
    html_put_heap_name(ranked->process, ranked->heap, out);
    fprintf(out, "%s</th>", drawn ? "</a>" : "");
    put_measures(&ranked->heap->measures, out);
}

void html_put_heaps(const struct ranking *ranking, const struct charts *charts, FILE *out)
{
    static const char *const heads[] = { "Heap", MEASURE_HEADS, NULL };
    if (ranking->count == 0) {
        fputs("<p>The trace has no heap events: there is nothing to measure. <code>heapfrag info"
              "</code> says what is in it.</p>\n",
              out);
        return;
    }
    fputs("<p>Names that are links lead to charts. A head sorts the table.</p>\n", out);
    put_filter("heaps", "process or heap", out);
    html_begin_table(out, "All heaps", heads, 1);
    size_t rows = 0;
    for (size_t i = 0; i < ranking->count; i++) {
        const struct chart_subject *drawn = drawn_subject(charts, ranking->heaps[i].heap);
        if (rows >= HTML_ROWS_MAX && !drawn)
            continue;
        put_heap_row(&ranking->heaps[i], drawn, out);
        rows++;
    }
    html_end_table(out, ranking->count - rows);
    fputs("</div>\n", out);
}
