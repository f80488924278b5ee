/* Charts of how much reallocs grow blocks: the ratio, and old size against new size. */
#include "reports/chart.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { BINS_AN_OCTAVE = 16, LOWEST_OCTAVE = -8 };

static const char *no_growth(const struct chart_subject *subject)
{
    return subject->measures->realloc.growth.values
               ? NULL
               : "no realloc that succeeded had an old and a new size above 0";
}

/* The growth factors people choose, and names for them. */
static void mark_factors(struct plot *plot)
{
    static const struct {
        const char *label;
        double factor, height; /* of the label: three are too near to stand side by side */
    } marks[] = {
        { "1", 1, 1.05 }, { "1.5", 1.5, 1.12 }, { "φ", 1.618034, 1.19 }, { "2", 2, 1.05 }
    };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        double at = log2(marks[i].factor);
        plot_script(plot,
                    "set arrow from %.6f, graph 0 to %.6f, graph 1 nohead dashtype 2 linewidth 1 "
                    "linecolor rgb " PLOT_GREY " back",
                    at, at);
        plot_script(plot, "set label '%s' at %.6f, graph %g center textcolor rgb " PLOT_INK,
                    marks[i].label, at, marks[i].height);
    }
}

static void draw_growth(const struct chart_subject *subject, struct plot *plot)
{
    const struct growth_result *growth = &subject->measures->realloc.growth;
    double low = -0.25, high = 1.5, largest = 0;
    plot_data(plot, "# log2 of new size over old size, reallocs\n");
    for (int i = 0; i < GROWTH_BINS; i++) {
        if (growth->histogram[i] == 0)
            continue;
        double at = LOWEST_OCTAVE + (double)i / BINS_AN_OCTAVE;
        plot_data(plot, "%.6g %" PRIu64 "\n", at, growth->histogram[i]);
        low = fmin(low, at - 0.1);
        high = fmax(high, at + 0.2);
        largest = fmax(largest, (double)growth->histogram[i]);
    }
    plot_count_axis(plot, "y", "reallocs", largest);
    plot_script(plot, "set xrange [%.6g:%.6g]", low, high);
    plot_script(plot, "set xtics ('1/256' -8, '1/64' -6, '1/16' -4, '1/4' -2, '1/2' -1, '1' 0, '2' "
                      "1, '4' 2, '8' 3, '16' 4, '64' 6, '256' 8)");
    plot_script(plot, "set xlabel 'new size / old size (log scale)' textcolor rgb " PLOT_INK);
    plot_script(plot, "set tmargin 4.4");
    plot_script(plot, "unset key");
    mark_factors(plot);
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot data using ($1+1.0/32):($2/y_unit):(1.0/16) with boxes fillstyle solid "
                      "1 noborder linecolor rgb " PLOT_BLUE " notitle");
}

const struct chart chart_growth = {
    .name = "growth",
    .title = "Growth ratio of reallocs",
    .shows =
        "New size over old size of successful reallocs, on a log axis, with marks at 1, 1.5, φ "
        "(1.618) and 2.",
    .watch = "Bad: a hill just right of 1: buffers grow by little each time, and pay each time.",
    .why_empty = no_growth,
    .draw = draw_growth,
};

/* Over a heat map, which stays on white: page.css leaves these as they are on a dark page. */
#define MARK_GREY "'#8b949d'"
#define MARK_ORANGE "'#d65f00'"
#define MARK_PURPLE "'#b0529a'"

static const char *no_pairs(const struct chart_subject *subject)
{
    if (subject->measures->realloc.size_pair_count > 0)
        return NULL;
    return subject->measures->realloc.count ? "no realloc succeeded" : "no realloc was traced";
}

struct class_range {
    int low, high;
};

static struct class_range classes_in_use(const struct realloc_result *realloc)
{
    struct class_range range = { OLD_SIZE_CLASSES, 0 };
    for (size_t i = 0; i < realloc->size_pair_count; i++) {
        int old = realloc->size_pairs[i].old_class, new = realloc->size_pairs[i].new_class;
        range.low = old < range.low ? old : range.low;
        range.low = new < range.low ? new : range.low;
        range.high = old > range.high ? old : range.high;
        range.high = new > range.high ? new : range.high;
    }
    range.high = range.high < OLD_SIZE_CLASSES ? range.high : OLD_SIZE_CLASSES - 1;
    range.low = range.low < range.high - 3 ? range.low : range.high - 3; /* at least four */
    range.low = range.low > 0 ? range.low : 0;
    return range;
}

/* A full grid, as gnuplot's images need; pairs come in its order. */
static double put_grid(struct plot *plot, const struct realloc_result *realloc,
                       struct class_range range)
{
    double largest = 1;
    size_t next = 0;
    plot_data(plot, "# log2 of old size, log2 of new size, reallocs\n");
    for (int old = range.low; old <= range.high; old++) {
        for (int new = range.low; new <= range.high; new ++) {
            const struct size_pair *pair =
                next < realloc->size_pair_count ? &realloc->size_pairs[next] : NULL;
            double count = 0;
            if (pair && pair->old_class == old && pair->new_class == new) {
                count = (double)pair->in_place + (double)pair->moved;
                next++;
            }
            plot_data(plot, "%d %d %.17g\n", old - 1, new - 1, count);
            largest = fmax(largest, count);
        }
    }
    return largest;
}

static void draw_size_pairs(const struct chart_subject *subject, struct plot *plot)
{
    const struct realloc_result *realloc = &subject->measures->realloc;
    struct class_range range = classes_in_use(realloc);
    double largest = put_grid(plot, realloc, range);
    plot_log2_bytes_axis(plot, "x", range.low - 1, range.high);
    plot_log2_bytes_axis(plot, "y", range.low - 1, range.high);
    plot_script(plot, "set xlabel 'old size' textcolor rgb " PLOT_INK);
    plot_script(plot, "set ylabel 'new size' textcolor rgb " PLOT_INK);
    plot_script(plot, "set cblabel 'reallocs (log scale)' textcolor rgb " PLOT_INK);
    plot_script(plot, "set palette defined (0 '#c7e9b4', 0.35 '#41b6c4', 0.7 '#225ea8', 1 "
                      "'#081d58')");
    plot_script(plot, "set logscale cb");
    plot_script(plot, "set cbrange [1:%.10g]", fmax(largest, 10));
    plot_script(plot, "set format cb '10^{%%T}'");
    plot_script(plot, "unset grid");
    plot_script(plot, "set object 1 rectangle from graph 0, graph 0 to graph 1, graph 1 behind "
                      "fillcolor rgb '#ffffff' fillstyle solid 1 noborder");
    plot_script(plot, "set key samplen 1.6");
    plot_script(plot, "data = '%s.dat'", plot->name);
    /* A point left out as missing would shift the whole grid: an empty one has to be undefined. */
    plot_script(plot, "set datafile missing");
    plot_script(plot, "plot data using ($1+0.5):($2+0.5):($3 > 0 ? $3 : NaN) with image notitle, "
                      "\\");
    plot_script(plot,
                " x with lines linewidth 1.6 linecolor rgb " MARK_GREY " title 'same size', \\");
    plot_script(plot,
                " x+log(1.5)/log(2) with lines linewidth 1.6 dashtype 2 linecolor rgb " MARK_ORANGE
                " title '× 1.5', \\");
    plot_script(plot, " x+1 with lines linewidth 1.6 dashtype 4 linecolor rgb " MARK_PURPLE
                      " title '× 2'");
}

const struct chart chart_size_pairs = {
    .name = "size-pairs",
    .title = "Old size to new size",
    .shows = "Successful reallocs by size before and after, both on log axes: above the grey line "
             "blocks grow, below they shrink.",
    .watch = "Bad: dark cells on the grey line at large sizes: big blocks grow by small steps.",
    .why_empty = no_pairs,
    .draw = draw_size_pairs,
};
