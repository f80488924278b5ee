/* The verdict of a page: findings, the worst first, each with the chart that shows it. */
#include "reports/html_verdict.h"
#include "reports/blame.h"
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

/* Who is to blame, if call stacks tell. */
static bool put_blame(const struct result *result, const struct finding *finding, FILE *out,
                      struct error *err)
{
    enum { COLUMNS = 300 };
    char blame[BLAME_TEXT_SIZE], safe[4 * COLUMNS + 1];
    if (!blame_finding(result, finding, blame, err))
        return false;
    escape_terminal(safe, sizeof safe, blame, COLUMNS);
    if (safe[0] == '\0')
        return true;
    fputs(" <strong>", out);
    escape_html(out, safe);
    fputs("</strong>. <a href=\"#stacks\">See call stacks</a>", out);
    return true;
}

static bool put_finding(const struct result *result, const struct finding *finding,
                        const struct charts *charts, FILE *out, struct error *err)
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
    if (!put_blame(result, finding, out, err))
        return false;
    if (entry)
        fprintf(out, " <a href=\"#%s\">See %s</a>", entry->name, entry->chart->title);
    else
        fprintf(out, " Not drawn here: <code>--process %u --heap #%u</code> draws it.",
                (unsigned)finding->process->pid, (unsigned)finding->heap->ordinal);
    fputs("</li>\n", out);
    return true;
}

bool html_put_verdict(const struct result *result, const struct charts *charts, FILE *out,
                      struct error *err)
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
        if (!put_finding(result, &findings[i], charts, out, err))
            return false;
    fputs(count ? "</ol>\n</section>\n" : "</section>\n", out);
    return true;
}
