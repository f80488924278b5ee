/* A flame graph as a picture in a page. */
#ifndef REPORTS_FLAME_SVG_H
#define REPORTS_FLAME_SVG_H

#include "reports/flame.h"

#include <stdio.h>

/*
 * Writes an <svg> as wide as what it stands in: each box is one within it, which cuts its text off,
 * with a <title>. `id` is one of ours, unique in the page. The page's own script zooms into it.
 */
void flame_svg_put(const struct flame *flame, const struct result *result, enum stack_rank weight,
                   const char *id, FILE *out);

/* The weight of a box as text: "1.50 GiB". */
struct unit_text flame_weight_text(enum stack_rank weight, double amount);

#endif
