/* Two builds as a page for a browser: one file that needs nothing else. */
#include "reports/compare_report.h"

#include "reports/escape.h"
#include "reports/forest.h"
#include "reports/growth_cdf.h"
#include "reports/reports.h"

#include <math.h>

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--faint:#d8dee4;--worse:#b42318;"
    "--better:#1a7f37;--band:#b4231818}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--faint:#30363d;"
    "--worse:#ff8a7a;--better:#56d364;--band:#ff8a7a22}}\n"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:60rem;margin:2rem auto;padding:0 1rem}\n"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.5rem 0}\n"
    "th,td{padding:.2rem .7rem;border-bottom:1px solid var(--faint);text-align:right}\n"
    "th:first-child,td:first-child{text-align:left}td{white-space:nowrap}\n"
    ".growth{max-width:100%;height:auto;font-size:12px}.growth text{fill:var(--ink)}"
    ".growth .tick{stroke:var(--faint)}.growth polyline{fill:none;stroke:var(--ink);"
    "stroke-width:2}.growth .base{stroke-dasharray:5 4;opacity:.6}\n"
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
          "style-src 'unsafe-inline'\">\n<title>heapfrag: two builds</title>\n<style>\n",
          out);
    fputs(style, out);
    fputs("</style>\n</head>\n<body>\n<h1>heapfrag: is the new build worse?</h1>\n", out);
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

static bool put_scope(const struct comparison *c, size_t scope, FILE *out, struct error *err)
{
    struct compare_rows rows;
    if (!compare_rows_make(c, scope, &rows, err))
        return false;
    if (rows.count > 0) {
        put_scope_title(&c->scopes[scope], out);
        forest_put(c, &rows, out);
        growth_cdf_put(&c->scopes[scope], out);
        fputs("<table>\n<tr><th>metric</th><th>base</th><th>new</th><th>change</th><th>shift</th>"
              "<th>interval</th><th>p</th><th>verdict</th></tr>\n",
              out);
        for (size_t i = 0; i < rows.count; i++)
            put_row(out, rows.list[i]);
        fputs("</table>\n", out);
    }
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

bool compare_html_write(const struct compare_report *report, FILE *out, struct error *err)
{
    const struct comparison *c = report->comparison;
    put_head(out);
    put_verdict(c, out);
    for (size_t i = 0; i < c->scope_count; i++)
        if (compare_scope_is_shown(c, i) && !put_scope(c, i, out, err))
            return false;
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
