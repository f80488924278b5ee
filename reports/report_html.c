/* A page for a browser: one file that needs nothing else, with the charts in it. */
#include "reports/chart_folder.h"
#include "reports/charts.h"
#include "reports/escape.h"
#include "reports/html_cells.h"
#include "reports/html_charts.h"
#include "reports/html_heaps.h"
#include "reports/html_stacks.h"
#include "reports/html_tables.h"
#include "reports/html_verdict.h"
#include "reports/page_assets.h"
#include "reports/reports.h"
#include "reports/svg_inline.h"

enum { HEAPS_MAX = 12 }; /* drawn, whatever --top says: the words around more fill the page */

static size_t heaps_to_draw(const struct report *report)
{
    size_t top = report->top ? report->top : REPORT_TOP_DEFAULT;
    return top < HEAPS_MAX ? top : HEAPS_MAX;
}

static void put_head(const struct result *result, FILE *out)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"generator\" content=\"heapfrag " HEAPFRAG_VERSION "\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
          "<title>heapfrag: ",
          out);
    escape_html(out, result->path ? result->path : "a trace");
    fputs("</title>\n<style>\n", out);
    fwrite(page_css, 1, page_css_size, out);
    fputs("</style>\n</head>\n<body>\n", out);
    fputs(svg_point_shapes, out);
    fputs("<header><h1>heapfrag: ", out);
    escape_html(out, result->path ? result->path : "a trace");
    fputs("</h1><button id=\"theme\" type=\"button\" hidden>Dark</button></header>\n", out);
}

/* Where there is but one heap, it is the whole; where there is none, there is nothing to sum up. */
static bool has_whole_trace(const struct charts *charts)
{
    return charts->subject_count > 1 && !result_has_one_heap(charts->subjects[0].result);
}

static void put_contents(const struct result *result, const struct charts *charts, FILE *out)
{
    fputs("<nav aria-label=\"Contents\"><ul>\n"
          "<li><a href=\"#verdict\">Verdict</a></li><li><a href=\"#trace\">Trace</a></li>"
          "<li><a href=\"#all-heaps\">All heaps</a></li>",
          out);
    if (result->stacks.known)
        fputs("<li><a href=\"#stacks\">Call stacks</a></li>", out);
    for (size_t i = 0; i < charts->subject_count; i++) {
        const struct chart_subject *subject = &charts->subjects[i];
        if (!subject->heap && !has_whole_trace(charts))
            continue;
        fprintf(out, "<li><a href=\"#%s\">", subject->heap ? subject->slug : "whole-trace");
        if (subject->heap)
            html_put_heap_name(subject->process, subject->heap, out);
        else
            fputs("Whole trace", out);
        fputs("</a></li>\n", out);
    }
    fputs("<li><a href=\"#method\">Method</a></li></ul></nav>\n", out);
}

static void put_subject_head(const struct chart_subject *subject, bool is_open, FILE *out)
{
    if (!subject->heap) {
        fputs("<section id=\"whole-trace\" aria-labelledby=\"whole-trace-t\">\n"
              "<h2 id=\"whole-trace-t\">Whole trace</h2>\n"
              "<p>The sum of all heaps of all processes at each moment.</p>\n",
              out);
        return;
    }
    fprintf(out, "<section id=\"%s\">\n<details%s>\n<summary><h3>", subject->slug,
            is_open ? " open" : "");
    html_put_heap_name(subject->process, subject->heap, out);
    fputs("</h3></summary>\n", out);
}

static void put_subject(const struct html_charts *pictures, size_t index, FILE *out)
{
    const struct chart_subject *subject = &pictures->charts->subjects[index];
    put_subject_head(subject, index == 1, out);
    html_put_key_figures(subject->measures, out);
    html_put_charts(pictures, index, out);
    html_put_sources(subject->measures, out);
    html_put_chains(subject->measures, &subject->result->stacks, out);
    fputs(subject->heap ? "</details>\n</section>\n" : "</section>\n", out);
}

/* The heaps that are drawn, and where the others are to be found. */
static void put_subjects(const struct html_charts *pictures, size_t heap_count, FILE *out)
{
    const struct charts *charts = pictures->charts;
    size_t drawn = charts->subject_count - 1;
    if (drawn == 0)
        return;
    fputs("<h2>Heaps that matter</h2>\n", out);
    if (drawn < heap_count)
        fprintf(out,
                "<p>%zu of %zu heaps: those of the verdict, those with the highest live peak, "
                "those that copied most, "
                "and those that hold most beyond their live bytes. <code>--heap</code> and "
                "<code>--process</code> draw others, <code>--top</code> up to %d; the numbers of "
                "all are <a href=\"#all-heaps\">above</a>, in result.json and the CSV tables."
                "</p>\n",
                drawn, heap_count, HEAPS_MAX);
    for (size_t i = 1; i < charts->subject_count; i++)
        put_subject(pictures, i, out);
}

static void put_method(FILE *out)
{
    static const struct {
        const char *term, *meaning;
    } terms[] = {
        { "Live", "bytes the program has allocated and not freed; sizes as it asked for them" },
        { "Touched", "4096 bytes for each page that holds a live byte" },
        { "Committed, reserved, free", "as the heap manager last reported them" },
        { "Page fragmentation", "1 − live / touched" },
        { "Commit waste", "1 − live / committed" },
        { "External free", "free / committed" },
        { "Peak to peak", "peak footprint / peak live − 1 (Johnstone and Wilson, 1998); the "
                          "footprint is committed memory where it was reported, else touched" },
        { "Moved", "moved reallocs / reallocs that succeeded, with a 95 % Wilson interval" },
        { "Copied", "the smaller of old and new size, summed over moved reallocs: an upper bound" },
        { "Chain", "the blocks that a pointer went through by realloc" },
        { "Avoidable move", "a growing move of a block with room behind it: an upper bound" },
    };
    fputs("<section id=\"method\" class=\"method\"><h2>Method</h2>\n<dl>\n", out);
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++)
        fprintf(out, "<dt>%s</dt><dd>%s</dd>\n", terms[i].term, terms[i].meaning);
    fputs("</dl></section>\n", out);
}

static bool put_page(const struct result *result, const struct html_charts *pictures,
                     const struct ranking *heaps, FILE *out, struct error *err)
{
    const struct charts *charts = pictures->charts;
    put_head(result, out);
    put_contents(result, charts, out);
    fputs("<main>\n", out);
    html_put_gnuplot_note(charts, pictures->has_files, out);
    if (!html_put_verdict(result, charts, out, err))
        return false;
    fputs("<section id=\"trace\" aria-labelledby=\"trace-t\">\n<h2 id=\"trace-t\">Trace</h2>\n",
          out);
    html_put_trace(result, out);
    html_put_anomalies(&result->anomalies, out);
    html_put_own_source(&result->trace, out);
    html_put_losses(result, out);
    fputs("</section>\n<section id=\"all-heaps\" aria-labelledby=\"all-heaps-t\">\n"
          "<h2 id=\"all-heaps-t\">All heaps</h2>\n",
          out);
    html_put_heaps(heaps, charts, out);
    html_put_processes(result, out);
    fputs("</section>\n", out);
    if (!html_put_stacks(result, out, err))
        return false;
    if (has_whole_trace(charts))
        put_subject(pictures, 0, out);
    put_subjects(pictures, heaps->count, out);
    put_method(out);
    fputs("</main>\n<script>\n", out);
    fwrite(page_js, 1, page_js_size, out);
    fputs("</script>\n</body>\n</html>\n", out);
    return true;
}

/* Draws into `directory`, which is there, and writes the page. */
static bool write_page(const struct report *report, const char *directory, bool has_files,
                       FILE *out, struct error *err)
{
    size_t top = heaps_to_draw(report);
    struct charts charts = { 0 };
    struct html_charts pictures = { 0 };
    struct ranking heaps = { 0 };
    bool is_good = charts_write(report->build, top, directory, PICTURE_SVG, &charts, err) &&
                   html_charts_load(&pictures, &charts, directory, has_files, err) &&
                   ranking_make(&heaps, report->build, weight_live_peak, SIZE_MAX, err);
    is_good = is_good && put_page(report->build, &pictures, &heaps, out, err);
    is_good = is_good && report_end(out, err);
    ranking_release(&heaps);
    html_charts_release(&pictures);
    charts_release(&charts);
    return is_good;
}

bool report_html_write(const struct report *report, FILE *out, struct error *err)
{
    struct chart_folder folder;
    if (!chart_folder_begin(&folder, NULL, err))
        return false;
    return chart_folder_end(&folder, write_page(report, folder.path, false, out, err), err);
}

static bool write_pngs(const struct report *report, const char *directory, struct error *err)
{
    size_t top = heaps_to_draw(report);
    struct charts charts = { 0 };
    bool is_good = charts_write(report->build, top, directory, PICTURE_PNG, &charts, err);
    charts_release(&charts);
    return is_good;
}

/* The charts are in place before the page that leads to them. */
static bool write_into(const struct report *report, struct output_dir *dir, FILE *out,
                       struct error *err)
{
    struct chart_folder folder;
    if (!chart_folder_begin(&folder, dir, err))
        return false;
    /* PNG first, because the scripts that stay are those of the SVG pictures. */
    bool is_good = !report->wants_png || write_pngs(report, folder.path, err);
    is_good = is_good && write_page(report, folder.path, true, out, err);
    return chart_folder_end(&folder, is_good, err);
}

bool report_html_write_files(const struct report *report, struct output_dir *dir, struct error *err)
{
    struct output_file file;
    if (!output_begin(&file, dir, "report.html", err))
        return false;
    return output_end(&file, write_into(report, dir, file.out, err), err);
}
