/* A page for a browser: one file that needs nothing else, with the charts in it. */
#include "reports/charts.h"
#include "reports/escape.h"
#include "reports/html_charts.h"
#include "reports/html_tables.h"
#include "reports/html_verdict.h"
#include "reports/page_assets.h"
#include "reports/reports.h"
#include "reports/svg_inline.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_SIZE = 4096,
    HEAPS_MAX = 12, /* drawn, whatever --top says: the words around more would fill the page */
};

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

static void put_contents(const struct charts *charts, FILE *out)
{
    fputs("<nav aria-label=\"Contents\"><ul>\n"
          "<li><a href=\"#verdict\">Verdict</a></li><li><a href=\"#trace\">Trace</a></li>"
          "<li><a href=\"#all-heaps\">All heaps</a></li>",
          out);
    for (size_t i = 0; i < charts->subject_count; i++) {
        const struct chart_subject *subject = &charts->subjects[i];
        fprintf(out, "<li><a href=\"#%s\">", subject->heap ? subject->slug : "whole-trace");
        if (subject->heap)
            html_put_heap_name(subject->process, subject->heap, out);
        else
            fputs("Whole trace", out);
        fputs("</a></li>\n", out);
    }
    fputs("<li><a href=\"#method\">Method</a></li></ul></nav>\n", out);
}

/* A page without pictures says how to get them. */
static void put_gnuplot_note(const struct charts *charts, bool has_files, FILE *out)
{
    if (charts->gnuplot.code == ERROR_NONE)
        return;
    fputs("<p class=\"loss\" role=\"note\" id=\"no-gnuplot\">The charts are not drawn: ", out);
    escape_html(out, charts->gnuplot.message);
    fputs(". Install gnuplot (Debian: gnuplot-nox) and make the report again", out);
    fputs(has_files ? ", or run <code>gnuplot *.gp</code> in the folder charts.</p>\n" : ".</p>\n",
          out);
}

static void put_subject(const struct html_charts *pictures, size_t index, FILE *out)
{
    const struct chart_subject *subject = &pictures->charts->subjects[index];
    if (!subject->heap) {
        fputs("<section id=\"whole-trace\" aria-labelledby=\"whole-trace-t\">\n"
              "<h2 id=\"whole-trace-t\">Whole trace</h2>\n",
              out);
    } else {
        fprintf(out, "<section id=\"%s\">\n<details%s>\n<summary><h3>", subject->slug,
                index == 1 ? " open" : "");
        html_put_heap_name(subject->process, subject->heap, out);
        fputs("</h3></summary>\n", out);
    }
    if (subject->heap || !result_has_one_heap(subject->result)) {
        html_put_key_figures(subject->measures, out);
        html_put_charts(pictures, index, out);
        html_put_sources(subject->measures, out);
        html_put_chains(subject->measures, out);
    } else {
        fputs("<p>The trace has one heap, so what is said of that is true of all.</p>\n", out);
        html_put_charts(pictures, index, out);
    }
    fputs(subject->heap ? "</details>\n</section>\n" : "</section>\n", out);
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

static void put_page(const struct result *result, const struct html_charts *pictures, FILE *out)
{
    const struct charts *charts = pictures->charts;
    put_head(result, out);
    put_contents(charts, out);
    fputs("<main>\n", out);
    put_gnuplot_note(charts, pictures->has_files, out);
    html_put_verdict(result, charts, out);
    fputs("<section id=\"trace\" aria-labelledby=\"trace-t\">\n<h2 id=\"trace-t\">Trace</h2>\n",
          out);
    html_put_trace(result, out);
    html_put_anomalies(&result->anomalies, out);
    fputs("</section>\n<section id=\"all-heaps\" aria-labelledby=\"all-heaps-t\">\n"
          "<h2 id=\"all-heaps-t\">All heaps</h2>\n",
          out);
    html_put_heaps(result, charts, out);
    fputs("</section>\n", out);
    put_subject(pictures, 0, out);
    if (charts->subject_count > 1)
        fputs("<h2>Heaps that matter</h2>\n<p>Those with the highest live peak, those that copied "
              "most, and those that hold most beyond their live bytes.</p>\n",
              out);
    for (size_t i = 1; i < charts->subject_count; i++)
        put_subject(pictures, i, out);
    put_method(out);
    fputs("</main>\n<script>\n", out);
    fwrite(page_js, 1, page_js_size, out);
    fputs("</script>\n</body>\n</html>\n", out);
}

/* Draws into `directory`, which is there, and writes the page. */
static bool write_page(const struct report *report, const char *directory, bool has_files,
                       FILE *out, struct error *err)
{
    size_t top = heaps_to_draw(report);
    struct charts charts = { 0 };
    struct html_charts pictures = { 0 };
    bool is_good = charts_write(report->build, top, directory, PICTURE_SVG, &charts, err) &&
                   html_charts_load(&pictures, &charts, directory, has_files, err);
    if (is_good)
        put_page(report->build, &pictures, out);
    is_good = is_good && report_end(out, err);
    html_charts_release(&pictures);
    charts_release(&charts);
    return is_good;
}

/* Removes a folder of ours and the files in it; it has no folders. */
static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    rmdir(path);
}

bool report_html_write(const struct report *report, FILE *out, struct error *err)
{
    char path[PATH_SIZE];
    const char *parent = getenv("TMPDIR");
    int length = snprintf(path, sizeof path, "%s/heapfrag-XXXXXX", parent ? parent : "/tmp");
    if (length < 0 || (size_t)length >= sizeof path || !mkdtemp(path))
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET,
                         "cannot make a temporary folder for the charts: %s", strerror(errno));
    bool is_good = write_page(report, path, false, out, err);
    remove_folder(path);
    return is_good;
}

static bool write_pngs(const struct report *report, const char *directory, struct error *err)
{
    size_t top = heaps_to_draw(report);
    struct charts charts = { 0 };
    bool is_good = charts_write(report->build, top, directory, PICTURE_PNG, &charts, err);
    charts_release(&charts);
    return is_good;
}

bool report_html_write_files(const struct report *report, struct output_dir *dir, struct error *err)
{
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof path, "%s/charts", dir->path);
    if (length < 0 || (size_t)length >= sizeof path)
        return error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET, "the path of the charts is too long");
    if (mkdirat(dir->fd, "charts", 0777) != 0 && errno != EEXIST)
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot make the folder '%.200s': %s",
                         path, strerror(errno));
    /* First, because the scripts that stay are those of the SVG pictures. */
    if (report->wants_png && !write_pngs(report, path, err))
        return false;
    struct output_file file;
    if (!output_begin(&file, dir, "report.html", err))
        return false;
    return output_end(&file, write_page(report, path, true, file.out, err), err);
}
