/* The tables of a page. Each sorts by its heads; numbers carry their exact value beside the text.
 */
#ifndef REPORTS_HTML_TABLES_H
#define REPORTS_HTML_TABLES_H

#include "analyzer/result.h"
#include "reports/charts.h"

#include <stdio.h>

/* A table has at most so many rows: result.json and the CSV tables have them all. */
enum { HTML_ROWS_MAX = 300, HTML_SOURCES_MAX = 16 };

/* "app.exe (100) #1 0x10000" as HTML; the whole trace when `process` is NULL. */
void html_put_heap_name(const struct process_result *process, const struct heap_result *heap,
                        FILE *out);

/* Facts of the trace, and what is wrong with it. */
void html_put_trace(const struct result *result, FILE *out);
void html_put_anomalies(const struct anomalies *anomalies, FILE *out);

/* All heaps; the names of those that `charts` draws lead to them. */
void html_put_heaps(const struct result *result, const struct charts *charts, FILE *out);

/* The key figures of a heap or the trace, and its tables of Sources and chains. */
void html_put_key_figures(const struct measures *measures, FILE *out);
void html_put_sources(const struct measures *measures, FILE *out);
void html_put_chains(const struct measures *measures, FILE *out);

#endif
