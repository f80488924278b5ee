/* The verdict of a page: findings, the worst first, each with the chart that shows it. */
#include "reports/html_verdict.h"
#include "reports/escape.h"
#include "reports/html_cells.h"
#include "reports/verdict.h"

/* The chart in which to see a finding. */
static const char *const finding_charts[FINDING_COUNT] = {
    [FINDING_failed_allocations] = "footprint",
    [FINDING_possible_leak] = "footprint",
    [FINDING_page_fragmentation] = "page-occupancy",
    [FINDING_pinned_waste] = "page-occupancy",
    [FINDING_scattered_gaps] = "gaps",
    [FINDING_commit_waste] = "fragmentation",
    [FINDING_external_free] = "fragmentation",
    [FINDING_peak_to_peak] = "footprint",
    [FINDING_creep] = "footprint",
    [FINDING_growing_moves] = "move-rate",
    [FINDING_small_growth] = "growth",
    [FINDING_arithmetic_growth] = "chain-paths",
    [FINDING_small_steps] = "chain-paths",
    [FINDING_avoidable_moves] = "realloc-outcomes",
    [FINDING_double_residency] = "chain-paths",
    [FINDING_destroyed_blocks] = "footprint",
};

static void put_finding(const struct finding *finding, const struct charts *charts, FILE *out)
{
    const struct chart_entry *entry =
        charts_find(charts, finding->heap, finding_charts[finding->kind]);
    fputs("<li><strong>", out);
    html_put_heap_name(finding->process, finding->heap, out);
    fputs("</strong>: ", out);
    escape_html(out, finding->sentence);
    if (finding->others > 0)
        fprintf(out, " (and %zu other heap%s, less so)", finding->others,
                finding->others > 1 ? "s" : "");
    putc('.', out);
    if (entry)
        fprintf(out, " <a href=\"#%s\">See %s</a>", entry->name, entry->chart->title);
    else
        fprintf(out, " Not drawn here: <code>--process %u --heap #%u</code> draws it.",
                (unsigned)finding->process->pid, (unsigned)finding->heap->ordinal);
    fputs("</li>\n", out);
}

void html_put_verdict(const struct result *result, const struct charts *charts, FILE *out)
{
    struct finding findings[FINDING_COUNT];
    size_t count = verdict_find(result, findings);
    fputs("<section id=\"verdict\" aria-labelledby=\"verdict-t\">\n"
          "<h2 id=\"verdict-t\">Verdict</h2>\n",
          out);
    if (anomalies_worst(&result->anomalies) == SEVERITY_DATA_LOSS)
        fputs("<p class=\"loss\" role=\"note\"><strong>Events of this trace were lost.</strong> "
              "Totals are lower bounds; <a href=\"#trace\">what is missing</a>.</p>\n",
              out);
    if (count == 0)
        fputs("<p>Nothing stands out.</p>\n", out);
    else
        fputs("<ol>\n", out);
    for (size_t i = 0; i < count; i++)
        put_finding(&findings[i], charts, out);
    fputs(count ? "</ol>\n</section>\n" : "</section>\n", out);
}
