/* The tables of a page about all processes and all heaps. */
#ifndef REPORTS_HTML_HEAPS_H
#define REPORTS_HTML_HEAPS_H

#include "reports/charts.h"
#include "reports/ranking.h"

#include <stdio.h>

/* Every process as a whole. Nothing when there is but one heap: the table of heaps says it all. */
void html_put_processes(const struct result *result, FILE *out);

/* All heaps in the order of `ranking`; the names of those that `charts` draws lead to them. */
void html_put_heaps(const struct ranking *ranking, const struct charts *charts, FILE *out);

#endif
