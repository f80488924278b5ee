/* What charts of two builds share: grey and dashed is the base, in colour and solid the new one. */
#ifndef REPORTS_CHART_TWO_H
#define REPORTS_CHART_TWO_H

#include "reports/chart.h"

enum { TWO_BUILDS = 2 };

/* The looks of the base; those of the new build are the chart's own. */
#define TWO_BASE_LINE "with lines linewidth 2 dashtype 2 linecolor rgb " PLOT_GREY
#define TWO_BASE_BOXES "with boxes linecolor rgb " PLOT_GREY " fillstyle pattern 4 border"
#define TWO_NEW_LINE "with lines linewidth 2 linecolor rgb " PLOT_BLUE
#define TWO_NEW_BOXES "with boxes fillstyle solid 1 noborder linecolor rgb " PLOT_BLUE

/* Data set 0 of such a chart is of the new build, 1 of the base. */
struct two_measures {
    const struct measures *of[TWO_BUILDS];
};

static inline struct two_measures two_measures(const struct chart_subject *subject)
{
    return (struct two_measures){ { subject->measures, subject->base->measures } };
}

/* Ends a data set; one that has no line gets a line of nothing, or it would not count as one. */
static inline void two_end_data(struct plot *plot, bool is_empty)
{
    if (is_empty)
        plot_data(plot, "NaN NaN NaN NaN NaN\n");
    plot_next_data(plot);
}

#endif
