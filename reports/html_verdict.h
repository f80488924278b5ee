/* The verdict of a page: findings, the worst first, each with the chart that shows it. */
#ifndef REPORTS_HTML_VERDICT_H
#define REPORTS_HTML_VERDICT_H

#include "analyzer/result.h"
#include "reports/charts.h"

#include <stdio.h>

/* With stacks it names whose fault it is. False with ERROR_NO_MEMORY. */
bool html_put_verdict(const struct result *result, const struct charts *charts, FILE *out,
                      struct error *err);

#endif
