/* By what ratio reallocs change sizes, in two builds: how many up to each ratio. */
#ifndef REPORTS_GROWTH_CDF_H
#define REPORTS_GROWTH_CDF_H

#include "analyzer/comparison.h"

#include <stdio.h>

/* Writes an SVG element; nothing where a build has no reallocs there. */
void growth_cdf_put(const struct compared_scope *scope, FILE *out);

#endif
