/* Two builds as a page for a browser: one file that needs nothing else. */
#include "reports/compare_report.h"
#include "reports/compare_stacks.h"

#include "reports/chart_folder.h"
#include "reports/escape.h"
#include "reports/forest.h"
#include "reports/growth_cdf.h"
#include "reports/html_charts.h"
#include "reports/page_assets.h"
#include "reports/reports.h"
#include "reports/svg_inline.h"
#include "reports/two_subjects.h"

#include <math.h>

/* What is drawn for the page. */
struct page {
    struct two_subjects subjects;
    struct charts charts;
    struct html_charts pictures;
};

/* After page.css: what only this page has. */
static const char style[] =
    ":root{--worse:#b42318;--better:#1a7f37;--band:#b4231818}\n"
    "@media(prefers-color-scheme:dark){:root{--worse:#ff8a7a;--better:#56d364;--band:#ff8a7a22}}\n"
    "table{font-variant-numeric:tabular-nums;margin:.5rem 0}\n"
    "th,td{text-align:right}th:first-child,td:first-child{text-align:left}"
    "td,td:last-child:not(.n){white-space:nowrap;min-width:0}\n"
    ".growth{max-width:100%;height:auto;font-size:12px}.growth text{fill:var(--ink)}"
    ".growth .tick{stroke:var(--faint)}.growth polyline{fill:none;stroke:var(--ink);"
    "stroke-width:2}.growth .base{stroke-dasharray:5 4;opacity:.6}\n"
    ".stacks td:first-child{white-space:normal;min-width:22em;max-width:44em;"
    "overflow-wrap:anywhere}"
    ".stacks details{margin:0;border:0;padding:0}.stacks ol{margin:.3rem 0;font-size:.8rem}\n"
    ".worse{color:var(--worse)}.better{color:var(--better)}.alarm{color:var(--worse);"
    "font-weight:600}\n"
    ".forest{max-width:100%;height:auto;font-size:12px}.forest text{fill:var(--ink)}\n"
    ".forest line,.forest circle{stroke:var(--ink);fill:var(--ink)}"
    ".forest .tick{stroke:var(--faint)}.forest .band{fill:var(--band)}\n"
    ".forest .worse{stroke:var(--worse);fill:var(--worse)}"
    ".forest .better{stroke:var(--better);fill:var(--better)}\n";

static void put_head(FILE *out)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"generator\" content=\"heapfrag " HEAPFRAG_VERSION "\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "style-src 'unsafe-inline'; img-src data:\">\n<title>heapfrag: two builds</title>\n"
          "<style>\n",
          out);
    fwrite(page_css, 1, page_css_size, out);
    fputs(style, out);
    fputs("</style>\n</head>\n<body>\n", out);
    fputs(svg_point_shapes, out);
    fputs("<h1>heapfrag: is the new build worse?</h1>\n", out);
}

static void put_paragraph(FILE *out, const char *class, const char *text)
{
    fprintf(out, "<p class=\"%s\">", class);
    escape_html(out, text);
    fputs("</p>\n", out);
}

static void put_verdict(const struct comparison *c, FILE *out)
{
    char sentence[COMPARE_SENTENCE_SIZE];
    compare_say_verdict(c, sentence);
    put_paragraph(out, c->fired || c->not_evaluated ? "alarm" : "verdict", sentence);
    if (c->options.gate_count > 0)
        fputs("<ul>\n", out);
    for (size_t i = 0; i < c->options.gate_count; i++) {
        const struct gate_outcome *outcome = &c->outcomes[i];
        compare_say_gate(c, i, sentence);
        fprintf(out, "<li class=\"%s\">", outcome->fired || outcome->reason ? "worse" : "");
        escape_html(out, sentence);
        fputs("</li>\n", out);
    }
    if (c->options.gate_count > 0)
        fputs("</ul>\n", out);
    if (c->has_loss)
        put_paragraph(out, "alarm", compare_loss_sentence);
    compare_say_work(c, sentence);
    put_paragraph(out, c->is_work_comparable ? "work" : "alarm", sentence);
    compare_say_significance(c, sentence);
    put_paragraph(out, "power", sentence);
}

static void put_cell(FILE *out, const char *class, const char *text)
{
    fprintf(out, "<td class=\"%s\">", class);
    escape_html(out, text);
    fputs("</td>", out);
}

static void put_interval(FILE *out, const struct change *change)
{
    char text[64] = "-";
    if (change->is_assessed && isfinite(change->shift_low) && isfinite(change->shift_high))
        snprintf(text, sizeof text, "%s … %s",
                 compare_value_text(change->metric, change->shift_low).text,
                 compare_value_text(change->metric, change->shift_high).text);
    put_cell(out, "", text);
}

static void put_row(FILE *out, const struct change *change)
{
    const char *class = change->verdict == VERDICT_REGRESSED  ? "worse"
                        : change->verdict == VERDICT_IMPROVED ? "better"
                                                              : "";
    fputs("<tr><td>", out);
    escape_html(out, change->metric->name);
    fputs(change->is_per_million ? " /M</td>" : "</td>", out);
    put_cell(out, "", compare_value_text(change->metric, change->base.median).text);
    put_cell(out, "", compare_value_text(change->metric, change->now.median).text);
    put_cell(out, class, compare_change_text(change).text);
    put_cell(out, "", compare_value_text(change->metric, change->shift).text);
    put_interval(out, change);
    put_cell(out, "", compare_p_text(change).text);
    put_cell(out, class, verdict_names[change->verdict]);
    fputs("</tr>\n", out);
}

static void put_scope_title(const struct compared_scope *scope, FILE *out)
{
    fputs("<h2>", out);
    if (!scope->match) {
        fputs("All heaps</h2>\n", out);
        return;
    }
    escape_html(out, scope->match->base_label);
    fprintf(out, "</h2>\n<p>Matched by %s%s to ", match_rule_names[scope->match->rule],
            scope->match->rule == MATCH_SIZES ? " (weak)" : "");
    escape_html(out, scope->match->now_label);
    fputs(".</p>\n", out);
}

/* The table, if it has rows, and the charts, if there are any. */
static bool put_scope(const struct comparison *c, size_t scope, const struct page *page, FILE *out,
                      struct error *err)
{
    struct compare_rows rows;
    size_t subject = two_subjects_find(&page->subjects, scope);
    bool has_charts = subject < page->subjects.count;
    if (!compare_rows_make(c, scope, &rows, err))
        return false;
    if (rows.count > 0 || has_charts)
        put_scope_title(&c->scopes[scope], out);
    if (rows.count > 0) {
        forest_put(c, &rows, out);
        growth_cdf_put(&c->scopes[scope], out);
        fputs("<div class=\"scroll\"><table>\n<tr><th>metric</th><th>base</th><th>new</th>"
              "<th>change</th><th>shift</th><th>interval</th><th>p</th><th>verdict</th></tr>\n",
              out);
        for (size_t i = 0; i < rows.count; i++)
            put_row(out, rows.list[i]);
        fputs("</table></div>\n", out);
        if (rows.is_over)
            put_paragraph(out, "", compare_over_sentence);
    }
    if (has_charts)
        html_put_charts(&page->pictures, subject, out);
    compare_rows_release(&rows);
    return true;
}

static void put_unmatched(const struct comparison *c, FILE *out)
{
    bool is_open = false;
    for (size_t i = 0; i < c->matching.count; i++) {
        const struct match *match = &c->matching.list[i];
        if (match->base_label && match->now_label)
            continue;
        if (!is_open)
            fputs("<h2>Only in one build</h2>\n<ul>\n", out);
        is_open = true;
        fprintf(out, "<li>%s build: ", match->base_label ? "base" : "new");
        escape_html(out, match->base_label ? match->base_label : match->now_label);
        fputs("</li>\n", out);
    }
    if (is_open)
        fputs("</ul>\n", out);
}

/* Which runs the charts are of, or why there are none. */
static void put_runs(const struct compare_report *report, FILE *out)
{
    const struct compare_run *runs[] = { &report->base_run, &report->now_run };
    static const char *const names[] = { "base", "new build" };
    fputs("<p class=\"runs\">", out);
    if (!runs[0]->result || !runs[1]->result) {
        fprintf(
            out,
            "No charts over both builds, no data: merged results of the %s keep no curves; give "
            "a trace of it that can be read again, or the saved result of one.</p>\n",
            names[runs[0]->result != NULL]);
        return;
    }
    fputs("Charts show one run of each build, that whose live peak is the median of its side: ",
          out);
    for (size_t i = 0; i < 2; i++) {
        fprintf(out, "%s%s ", i ? "; " : "", names[i]);
        escape_html(out, runs[i]->result->path ? runs[i]->result->path : "a trace");
        fprintf(out, " (of %zu)", runs[i]->among);
    }
    fputs(".</p>\n", out);
}

static bool put_page(const struct compare_report *report, const struct page *page, FILE *out,
                     struct error *err)
{
    const struct comparison *c = report->comparison;
    put_head(out);
    put_verdict(c, out);
    put_runs(report, out);
    html_put_gnuplot_note(&page->charts, page->pictures.has_files, out);
    for (size_t i = 0; i < c->scope_count; i++) {
        bool has_charts = two_subjects_find(&page->subjects, i) < page->subjects.count;
        if ((has_charts || compare_scope_is_shown(c, i)) && !put_scope(c, i, page, out, err))
            return false;
    }
    compare_stacks_html(report->stacks, out);
    put_unmatched(c, out);
    fputs("<h2>Method</h2>\n", out);
    put_paragraph(out, "", compare_matching_sentence);
    put_paragraph(out, "", compare_volume_sentence);
    put_paragraph(
        out, "",
        "Shift and interval: the Hodges-Lehmann estimate; dots in the plot are shifts as a "
        "share of the base, shaded is what a gate does not allow.");
    fputs("</body>\n</html>\n", out);
    return report_end(out, err);
}

static bool write_page(const struct compare_report *report, struct output_dir *dir, FILE *out,
                       struct error *err)
{
    struct chart_folder folder;
    struct page page = { 0 };
    if (!chart_folder_begin(&folder, dir, err))
        return false;
    bool is_good = two_subjects_choose(report, &page.subjects, err) &&
                   charts_write_two(page.subjects.list, page.subjects.count, folder.path,
                                    PICTURE_SVG, &page.charts, err) &&
                   html_charts_load(&page.pictures, &page.charts, folder.path, dir != NULL, err) &&
                   put_page(report, &page, out, err);
    html_charts_release(&page.pictures);
    charts_release(&page.charts);
    two_subjects_release(&page.subjects);
    return chart_folder_end(&folder, is_good, err);
}

bool compare_html_write(const struct compare_report *report, FILE *out, struct error *err)
{
    return write_page(report, NULL, out, err);
}

bool compare_html_write_files(const struct compare_report *report, struct output_dir *dir,
                              struct error *err)
{
    struct output_file file;
    return output_begin(&file, dir, "compare.html", err) &&
           output_end(&file, write_page(report, dir, file.out, err), err);
}
