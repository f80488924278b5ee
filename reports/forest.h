/* A forest plot: how far numbers moved, a line each, with intervals and what gates allow. */
#ifndef REPORTS_FOREST_H
#define REPORTS_FOREST_H

#include "reports/compare_report.h"

/*
 * Writes an SVG element for those changes that have a place on a relative scale (the base above 0).
 * Writes nothing where there is none.
 */
void forest_put(const struct comparison *comparison, const struct compare_rows *rows, FILE *out);

#endif
