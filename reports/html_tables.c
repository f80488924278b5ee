/* What a page says of the trace, and the tables about one heap. */
#include "reports/html_tables.h"
#include "reports/culprit.h"
#include "reports/html_cells.h"
#include "reports/html_stacks.h"
#include "reports/names.h"
#include "reports/time_text.h"

#include <inttypes.h>

static void put_machine(const struct trace_info *trace, FILE *out)
{
    char text[96];
    int length = snprintf(text, sizeof text, "%" PRIu32 " CPU%s, %" PRIu32 " bit", trace->cpu_count,
                          trace->cpu_count == 1 ? "" : "s", trace->pointer_bytes * 8);
    if (trace->os_build && length > 0)
        snprintf(text + length, sizeof text - (size_t)length, ", build %" PRIu32, trace->os_build);
    html_put_fact(out, "Machine", text);
}

void html_put_trace(const struct result *result, FILE *out)
{
    const struct trace_info *trace = &result->trace;
    char start[TIME_TEXT_SIZE], text[96] = "-";
    filetime_text(start, trace->start_filetime);
    if (trace->start_filetime)
        snprintf(text, sizeof text, "%.10s %.8s UTC", start, start + 11);
    fputs("<dl class=\"facts\">\n", out);
    html_put_fact(out, "File", result->path ? result->path : "-");
    html_put_fact(out, "Size", units_bytes(trace->file_bytes).text);
    html_put_fact(out, "Started", text);
    html_put_fact(out, "Duration", units_time(trace->duration_ns).text);
    snprintf(text, sizeof text, "%s of %s", units_count(trace->heap_events).text,
             units_count(trace->events).text);
    html_put_fact(out, "Heap events", text);
    put_machine(trace, out);
    snprintf(text, sizeof text, "%s to %s", units_time(result->from_ns).text,
             units_time(result->to_ns).text);
    html_put_fact(out, "Totals cover", text);
    bool is_whole = trace_is_complete(trace) && result->anomalies.count[ANOMALY_file_cut_off] == 0;
    html_put_fact(out, "Closed by its session and whole", is_whole ? "yes" : "no");
    fputs("</dl>\n", out);
}

void html_put_losses(const struct result *result, FILE *out)
{
    if (anomalies_worst(&result->anomalies) != SEVERITY_DATA_LOSS)
        return;
    if (result->loss_count == 0)
        fputs("<p>Events were lost, but the trace does not say when: no chart can mark the time."
              "</p>\n",
              out);
    else
        fprintf(out,
                "<p>Charts over time mark in grey the %zu time%s in which the trace shows that "
                "events were lost; losses that it only counts have no mark.</p>\n",
                result->loss_count, result->loss_count == 1 ? "" : "s");
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
    html_begin_table(out, "What is wrong with the trace", heads, -1);
    for (size_t i = 0; i < ANOMALY_COUNT; i++) {
        if (anomalies->count[i] == 0)
            continue;
        const struct anomaly_info *info = &anomaly_infos[i];
        fprintf(out, "<tr><th scope=\"row\">%s</th><td class=\"%s\">%s</td>", info->name,
                severity_name(info->severity), severity_name(info->severity));
        html_put_count(out, anomalies->count[i]);
        if (anomalies->first_offset[i] == ERROR_NO_OFFSET)
            fputs("<td class=\"n\">-</td>", out);
        else
            fprintf(out, "<td class=\"n\" data-v=\"%" PRIu64 "\">%" PRIu64 "</td>",
                    anomalies->first_offset[i], anomalies->first_offset[i]);
        fprintf(out, "<td>%s</td></tr>\n", info->meaning);
    }
    html_end_table(out, 0);
}

void html_put_own_source(const struct trace_info *trace, FILE *out)
{
    const char *note = trace_own_source_note(trace);
    if (note)
        fprintf(out, "<p>%s</p>\n", note);
}

void html_put_key_figures(const struct measures *m, FILE *out)
{
    fputs("<dl class=\"facts\">\n", out);
    html_put_fact(out, "Live, peak", units_bytes(m->levels[LEVEL_live_bytes].peak).text);
    html_put_fact(out, "Live, end", units_bytes(m->levels[LEVEL_live_bytes].end).text);
    html_put_fact(out, "Touched, peak", units_bytes(m->levels[LEVEL_touched_bytes].peak).text);
    html_put_fact(out, "Committed, peak", units_bytes(m->levels[LEVEL_committed_bytes].peak).text);
    html_put_fact(out, "Page fragmentation, end",
                  units_percent(m->ratios[RATIO_page_fragmentation].end).text);
    html_put_fact(out,
                  m->basis_is_committed ? "Fragmentation, mean (committed)"
                                        : "Fragmentation, mean (touched)",
                  units_percent(m->frag_mean).text);
    html_put_fact(out, "Allocs", units_count(m->traffic.allocs).text);
    html_put_fact(out, "Reallocs", units_count(m->realloc.count).text);
    html_put_fact(out, "Moved", units_percent(m->realloc.move_rate.value).text);
    html_put_fact(out, "Copied by moves", units_bytes(m->realloc.copied_bytes).text);
    html_put_fact(out, "Growth ratio, geometric mean", units_ratio(m->realloc.growth.geomean).text);
    html_put_fact(out, "Avoidable moves", units_count(m->realloc.avoidable_moves).text);
    fputs("</dl>\n", out);
}

void html_put_sources(const struct measures *m, FILE *out)
{
    static const char *const heads[] = { "Source", "Allocs", "Bytes",       "Frees",  "Reallocs",
                                         "Moved",  "Failed", "Growth, p50", "Copied", NULL };
    if (m->source_count == 0)
        return;
    html_begin_table(out, "Allocator paths", heads, -1);
    size_t shown = m->source_count < HTML_SOURCES_MAX ? m->source_count : HTML_SOURCES_MAX;
    for (size_t i = 0; i < shown; i++) {
        const struct source_result *source = &m->sources[i];
        char name[SOURCE_NAME_SIZE];
        source_name(name, source);
        fprintf(out, "<tr><th scope=\"row\">%s</th>", name);
        html_put_count(out, source->allocs);
        html_put_bytes(out, source->alloc_bytes);
        html_put_count(out, source->frees);
        html_put_count(out, source->reallocs);
        html_put_percent(out, source->move_rate.value);
        html_put_count(out, source->failed);
        html_put_number(out, units_ratio(source->growth_p50), source->growth_p50);
        html_put_bytes(out, source->copied_bytes);
        fputs("</tr>\n", out);
    }
    html_end_table(out, m->source_count - shown);
}

/* Who began a chain, or moved it at the highest cost. */
static void put_culprit(const struct stacks_result *stacks, uint32_t stack, FILE *out)
{
    struct place place;
    fputs("<td>", out);
    if (stack < stacks->row_count && culprit_of(stacks, &stacks->rows[stack], &place, NULL))
        html_put_place(stacks, place, out);
    fputs("</td>", out);
}

/* The last two heads are of traces with stacks. */
void html_put_chains(const struct measures *m, const struct stacks_result *stacks, FILE *out)
{
    enum { HEADS = 9 };
    const char *heads[] = { "Rank",      "Address",           "First size",
                            "Last size", "Reallocs",          "Moves",
                            "Copied",    "Begun at",          "Freed at",
                            "Begun by",  "Costliest move by", NULL };
    if (!stacks->known)
        heads[HEADS] = NULL;
    const struct chains_result *chains = &m->realloc.chains;
    if (chains->top_count == 0)
        return;
    html_begin_table(out, "Chains that copied most", heads, -1);
    for (size_t i = 0; i < chains->top_count && i < TOP_CHAINS; i++) {
        const struct chain_result *chain = &chains->top[i];
        fprintf(out,
                "<tr><th scope=\"row\">%zu</th><td class=\"n\" data-v=\"%" PRIu64 "\">0x%" PRIx64
                "</td>",
                i + 1, chain->address, chain->address);
        html_put_bytes(out, chain->first_bytes);
        html_put_bytes(out, chain->last_bytes);
        html_put_count(out, chain->reallocs);
        html_put_count(out, chain->moves);
        html_put_bytes(out, chain->copied_bytes);
        html_put_time(out, chain->first_ns);
        html_put_time(out, chain->last_ns);
        if (stacks->known) {
            put_culprit(stacks, chain->first_stack, out);
            put_culprit(stacks, chain->costliest_stack, out);
        }
        fputs("</tr>\n", out);
    }
    html_end_table(out, 0);
}
