/* The pictures of a page: read, made small, and as many of them as the page has room for. */
#include "reports/html_charts.h"

#include "reports/escape.h"
#include "reports/svg_inline.h"

#include <stdlib.h>
#include <string.h>

enum { PICTURE_FILE_MAX = 4 << 20 };

/* The whole file, the caller's to free; NULL when it cannot be read or is too large. */
static char *read_picture(const char *directory, const char *name, size_t *size)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s.svg", directory, name);
    FILE *file = length > 0 && (size_t)length < sizeof path ? fopen(path, "rb") : NULL;
    if (!file)
        return NULL;
    char *text = NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long end = ftell(file);
        if (end > 0 && end <= PICTURE_FILE_MAX)
            text = malloc((size_t)end);
        rewind(file);
        *size = text ? fread(text, 1, (size_t)end, file) : 0;
    }
    fclose(file);
    return text;
}

/* Takes a picture in if the page still has room for it. */
static void load_picture(struct html_charts *charts, size_t entry, const char *directory,
                         size_t *room)
{
    const struct chart_entry *e = &charts->charts->entries[entry];
    if (!e->is_drawn || charts->pictures[entry])
        return;
    char prefix[PLOT_NAME_SIZE + 1];
    size_t size = 0;
    char *svg = read_picture(directory, e->name, &size);
    snprintf(prefix, sizeof prefix, "%s-", e->name);
    char *picture = svg ? svg_inline(svg, size, prefix) : NULL;
    free(svg);
    size_t length = picture ? strlen(picture) : 0;
    if (length > *room) {
        free(picture);
        return;
    }
    *room -= length;
    charts->pictures[entry] = picture;
}

bool html_charts_load(struct html_charts *out, const struct charts *charts, const char *directory,
                      bool has_files, struct error *err)
{
    *out = (struct html_charts){ .charts = charts, .has_files = has_files };
    out->pictures = calloc(charts->count + 1, sizeof *out->pictures);
    if (!out->pictures)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the page");
    size_t room = HTML_PICTURES_MAX;
    for (size_t i = 0; directory && i < charts->count; i++)
        if (charts->entries[i].subject == 0)
            load_picture(out, i, directory, &room);
    for (size_t kind = 0; directory && kind < charts->kind_count; kind++)
        for (size_t i = 0; i < charts->count; i++)
            if (charts->entries[i].chart == charts->kinds[kind])
                load_picture(out, i, directory, &room);
    return true;
}

void html_charts_release(struct html_charts *charts)
{
    for (size_t i = 0; charts->pictures && i < charts->charts->count; i++)
        free(charts->pictures[i]);
    free(charts->pictures);
    *charts = (struct html_charts){ 0 };
}

static void put_picture(const struct chart_entry *entry, const char *picture, FILE *out)
{
    int width = entry->chart->is_wide ? PLOT_WIDE_WIDTH : PLOT_WIDTH;
    fprintf(out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-labelledby=\"%s-t\">"
            "<svg role=\"img\" aria-labelledby=\"%s-t\" aria-describedby=\"%s-d\" "
            "viewBox=\"0 0 %d %d\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">",
            entry->name, entry->name, entry->name, width, PLOT_HEIGHT);
    fputs(picture, out);
    fputs("</svg></div>\n", out);
}

/* Why there is no picture, and where one is to be had. */
static void put_absence(const struct html_charts *charts, const struct chart_entry *entry,
                        FILE *out)
{
    const char *name = entry->name;
    if (entry->why_empty)
        fprintf(out, "<p class=\"none\">No data: %s.</p>\n", entry->why_empty);
    else if (entry->is_drawn && charts->has_files)
        fprintf(out,
                "<p class=\"none\">Kept out to keep this page small: <a href=\"charts/%s.svg\">"
                "charts/%s.svg</a></p>\n",
                name, name);
    else if (entry->is_drawn)
        fputs(
            "<p class=\"none\">Kept out to keep this page small; <code>-o DIR</code> writes it to "
            "a file.</p>\n",
            out);
    else
        fputs("<p class=\"none\">Not drawn: gnuplot could not do it (see the top of the page)."
              "</p>\n",
              out);
}

/* A chart without bands must not look like a trace without losses. */
static void put_unmarked_losses(const struct charts *charts, const struct chart_entry *entry,
                                FILE *out)
{
    const struct result *result = charts->subjects[entry->subject].result;
    if (entry->chart == &chart_events && result->loss_count == 0 &&
        anomalies_worst(&result->anomalies) == SEVERITY_DATA_LOSS)
        fputs(" <strong>Events were lost, but the trace does not say when: there is no band."
              "</strong>",
              out);
}

static void put_figure(const struct html_charts *charts, size_t index, FILE *out)
{
    const struct chart_entry *entry = &charts->charts->entries[index];
    const struct chart *chart = entry->chart;
    const char *picture = charts->pictures[index];
    fprintf(out, "<figure id=\"%s\"%s>\n<h4 id=\"%s-t\">%s</h4>\n", entry->name,
            chart->is_wide && !entry->why_empty ? " class=\"wide\"" : "", entry->name,
            chart->title);
    if (picture)
        put_picture(entry, picture, out);
    else
        put_absence(charts, entry, out);
    fprintf(out, "<figcaption id=\"%s-d\">%s <span class=\"watch\">%s</span>", entry->name,
            chart->shows, chart->watch);
    put_unmarked_losses(charts->charts, entry, out);
    if (charts->has_files && !entry->why_empty)
        fprintf(out,
                " <a class=\"files\" href=\"charts/%s.gp\">script</a> <a class=\"files\" "
                "href=\"charts/%s.dat\">data</a>",
                entry->name, entry->name);
    fputs("</figcaption>\n</figure>\n", out);
}

void html_put_charts(const struct html_charts *charts, size_t subject, FILE *out)
{
    fputs("<div class=\"charts\">\n", out);
    for (size_t i = 0; i < charts->charts->count; i++)
        if (charts->charts->entries[i].subject == subject)
            put_figure(charts, i, out);
    fputs("</div>\n", out);
}

void html_put_gnuplot_note(const struct charts *charts, bool has_files, FILE *out)
{
    if (charts->gnuplot.code == ERROR_NONE && charts->failures == 0)
        return;
    fputs("<p class=\"loss\" role=\"note\" id=\"no-gnuplot\">", out);
    if (charts->failures > 0)
        fprintf(out, "%zu of the charts could not be drawn: ", charts->failures);
    else
        fputs("The charts could not be drawn: ", out);
    escape_html(out, charts->gnuplot.code ? charts->gnuplot.message
                                          : "gnuplot failed, or is older than version 5.4");
    fputs(". All numbers are here nevertheless. Install gnuplot 5.4 or newer (Debian: gnuplot-nox) "
          "and make the report again",
          out);
    fputs(has_files ? ", or run <code>gnuplot *.gp</code> in the folder charts.</p>\n" : ".</p>\n",
          out);
}
