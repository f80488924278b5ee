/* Curves of a timeline as lines of a data file. */
#ifndef REPORTS_CHART_TIMELINE_H
#define REPORTS_CHART_TIMELINE_H

#include "analyzer/result.h"
#include "reports/plot.h"

typedef void timeline_put_row(struct plot *plot, double time_ns, const struct timeline_row *row);

/*
 * Writes a line a point with `put`, whose time counts from `origin_ns`, no later than the first
 * row. Between points far apart the last values are held.
 */
void timeline_put_curve(struct plot *plot, const struct timeline_result *timeline,
                        uint64_t origin_ns, timeline_put_row *put);

/* time, then min, max, last of live (2-4), touched (5-7), committed (8-10), reserved (11-13). */
timeline_put_row timeline_put_levels;

/* time, then percent: page fragmentation, external free, commit waste. */
timeline_put_row timeline_put_ratios;

#endif
