/* Charts of how reallocs ended: by Source, and by the size of the block. */
#include "reports/chart.h"
#include "reports/move_rates.h"
#include "reports/names.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *no_realloc(const struct chart_subject *subject)
{
    return subject->measures->realloc.count ? NULL : "no realloc was traced";
}

enum { SOURCES_SHOWN = 8 };

static int by_reallocs(const void *a, const void *b)
{
    const struct source_result *left = *(const struct source_result *const *)a;
    const struct source_result *right = *(const struct source_result *const *)b;
    if (left->reallocs != right->reallocs)
        return left->reallocs > right->reallocs ? -1 : 1;
    return left < right ? -1 : left > right;
}

/* The Sources with most reallocs, which the caller frees; NULL without memory or without any. */
static const struct source_result **busiest_sources(const struct measures *measures, size_t *count)
{
    const struct source_result **list = calloc(measures->source_count + 1, sizeof *list);
    *count = 0;
    for (size_t i = 0; list && i < measures->source_count; i++)
        if (measures->sources[i].reallocs > 0)
            list[(*count)++] = &measures->sources[i];
    if (list)
        qsort(list, *count, sizeof *list, by_reallocs);
    *count = *count < SOURCES_SHOWN ? *count : SOURCES_SHOWN;
    return list;
}

static void draw_outcomes(const struct chart_subject *subject, struct plot *plot)
{
    size_t count;
    const struct source_result **sources = busiest_sources(subject->measures, &count);
    double largest = 0;
    plot_data(plot, "# Source, in place, moved, failed\n");
    for (size_t i = 0; i < count; i++) {
        const struct source_result *s = sources[i];
        char label[SOURCE_NAME_SIZE];
        source_name(label, s);
        plot_data(plot, "%s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", label, s->in_place, s->moved,
                  s->failed);
        largest = fmax(largest, (double)s->reallocs);
    }
    free(sources);
    plot_count_axis(plot, "y", "reallocs", largest);
    plot_script(plot, "set xrange [-0.6:%g]", fmax((double)count, 3) - 0.4);
    plot_script(plot, "set xlabel 'allocator path (Source)' textcolor rgb " PLOT_INK);
    plot_script(plot, "set style data histograms");
    plot_script(plot, "set style histogram rowstacked");
    plot_script(plot, "set boxwidth 0.6");
    plot_script(plot, "set xtics noenhanced");
    if (count > 4)
        plot_script(plot, "set xtics rotate by -30");
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot data using ($2/y_unit):xtic(1) fillstyle solid 1 noborder linecolor "
                      "rgb " PLOT_BLUE " title 'in place', \\");
    plot_script(plot, " data using ($3/y_unit) linecolor rgb " PLOT_VERMILION
                      " fillstyle pattern 4 border title 'moved', \\");
    plot_script(plot, " data using ($4/y_unit) fillstyle solid 1 noborder linecolor rgb " PLOT_INK
                      " title 'failed'");
}

static const char *no_source_reallocs(const struct chart_subject *subject)
{
    for (size_t i = 0; i < subject->measures->source_count; i++)
        if (subject->measures->sources[i].reallocs > 0)
            return NULL;
    return "no realloc was traced";
}

const struct chart chart_outcomes = {
    .name = "realloc-outcomes",
    .title = "How reallocs ended, by Source",
    .shows = "Reallocs that stayed in place, moved (and copied), or failed, by allocator path.",
    .watch = "Bad: high striped bars: growing costs a copy; any failed realloc.",
    .why_empty = no_source_reallocs,
    .draw = draw_outcomes,
};

static void draw_move_rate(const struct chart_subject *subject, struct plot *plot)
{
    plot_data(plot, "# log2 of old size, percent moved, its 95 %% interval, reallocs\n");
    struct move_rates span = move_rates_put(plot, &subject->measures->realloc);
    move_rates_axes(plot, span.low, span.high);
    plot_script(plot, "plot data using ($1+0.5):2:3:4 with yerrorbars linewidth 1.4 pointtype 7 "
                      "pointsize 0.7 linecolor rgb " PLOT_BLUE
                      " title 'move rate with its 95 %% interval'");
}

static const char *no_outcome_by_size(const struct chart_subject *subject)
{
    const struct old_size_result *classes = subject->measures->realloc.by_old_size;
    for (size_t i = 0; i < OLD_SIZE_CLASSES; i++)
        if (classes[i].moved + classes[i].in_place > 0)
            return NULL;
    return no_realloc(subject) ? no_realloc(subject) : "every realloc failed";
}

const struct chart chart_move_rate = {
    .name = "move-rate",
    .title = "Move rate by old size",
    .shows = "The share of successful reallocs that moved the block; bars are 95 % intervals, long "
             "where there were few.",
    .watch = "Bad: high rates at large sizes: each of those moves copies much.",
    .why_empty = no_outcome_by_size,
    .draw = draw_move_rate,
};
