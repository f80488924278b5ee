/* What a page says of the trace, and the tables about one heap. */
#ifndef REPORTS_HTML_TABLES_H
#define REPORTS_HTML_TABLES_H

#include "analyzer/result.h"

#include <stdio.h>

/* Facts of the trace, what is wrong with it, and whether it says when events were lost. */
void html_put_trace(const struct result *result, FILE *out);
void html_put_anomalies(const struct anomalies *anomalies, FILE *out);
void html_put_own_source(const struct trace_info *trace, FILE *out);
void html_put_losses(const struct result *result, FILE *out);

/* The key figures of a heap or the trace, and its tables of Sources and chains. */
void html_put_key_figures(const struct measures *measures, FILE *out);
void html_put_sources(const struct measures *measures, FILE *out);
void html_put_chains(const struct measures *measures, const struct stacks_result *stacks,
                     FILE *out);

#endif
