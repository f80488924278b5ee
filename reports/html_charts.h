/* The pictures of a page: read, made small, and as many of them as the page has room for. */
#ifndef REPORTS_HTML_CHARTS_H
#define REPORTS_HTML_CHARTS_H

#include "reports/charts.h"

#include <stdio.h>

/* What pictures may take of a page, in bytes: 2.375 MiB of the 3 that a page may have. */
enum { HTML_PICTURES_MAX = 19 << 17 };

struct html_charts {
    const struct charts *charts; /* borrowed */
    char **pictures;             /* by entry: what goes into its <svg>; NULL: not in the page */
    bool has_files;              /* the reader has the folder "charts" beside the page */
};

/*
 * Reads what gnuplot drew into `directory` (NULL: nothing is). The trace's charts come first, then
 * each kind of chart of all heaps, until the page is full. False fills `err`: no memory.
 */
bool html_charts_load(struct html_charts *out, const struct charts *charts, const char *directory,
                      bool has_files, struct error *err);
void html_charts_release(struct html_charts *charts);

/* A page without pictures says how to get them; writes nothing when all were drawn. */
void html_put_gnuplot_note(const struct charts *charts, bool has_files, FILE *out);

/* Writes the figures of a subject. */
void html_put_charts(const struct html_charts *charts, size_t subject, FILE *out);

#endif
