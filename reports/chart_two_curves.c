/* Charts over time of two builds: footprint, fragmentation, copied bytes. */
#include "reports/chart_timeline.h"
#include "reports/chart_two.h"
#include "reports/timeline_points.h"

#include <math.h>

static const char *no_timeline(const struct chart_subject *subject)
{
    struct two_measures two = two_measures(subject);
    if (two.of[0]->timeline.count > 0 && two.of[1]->timeline.count > 0)
        return NULL;
    return two.of[0]->timeline.count > 0 ? "the base has no curves over time"
                                         : "the new build has no curves over time";
}

/* Both curves, each from its first event on. */
static void put_curves(const struct chart_subject *subject, struct plot *plot,
                       timeline_put_row *put)
{
    struct two_measures two = two_measures(subject);
    for (size_t i = 0; i < TWO_BUILDS; i++) {
        const struct timeline_result *timeline = &two.of[i]->timeline;
        timeline_put_curve(plot, timeline, timeline->rows[0].t_ns, put);
        plot_next_data(plot);
    }
}

static void put_time_axis(const struct chart_subject *subject, struct plot *plot)
{
    struct two_measures two = two_measures(subject);
    uint64_t longest_ns = 0;
    for (size_t i = 0; i < TWO_BUILDS; i++) {
        uint64_t from_ns = 0, to_ns = 0;
        timeline_span(&two.of[i]->timeline, &from_ns, &to_ns);
        longest_ns = to_ns - from_ns > longest_ns ? to_ns - from_ns : longest_ns;
    }
    plot_time_axis_since(plot, 0, longest_ns, "the first event");
    plot_script(plot, "data = '%s.dat'", plot->name);
}

/* Committed memory if both builds told of it, else the pages touched. */
static enum level held_level(const struct chart_subject *subject)
{
    struct two_measures two = two_measures(subject);
    bool is_committed = two.of[0]->levels[LEVEL_committed_bytes].known &&
                        two.of[1]->levels[LEVEL_committed_bytes].known;
    return is_committed ? LEVEL_committed_bytes : LEVEL_touched_bytes;
}

static double largest_level(const struct chart_subject *subject, enum level held)
{
    struct two_measures two = two_measures(subject);
    const enum level shown[] = { LEVEL_live_bytes, held };
    double largest = 0;
    for (size_t i = 0; i < TWO_BUILDS; i++)
        for (size_t k = 0; k < 2; k++)
            if (two.of[i]->levels[shown[k]].known)
                largest = fmax(largest, (double)two.of[i]->levels[shown[k]].peak);
    return largest;
}

static void draw_footprints(const struct chart_subject *subject, struct plot *plot)
{
    enum level held = held_level(subject);
    const char *name = held == LEVEL_committed_bytes ? "committed" : "touched";
    int column = held == LEVEL_committed_bytes ? 10 : 7;
    plot_data(plot, "# new, then base: time_ns, then min, max, last of live, touched, committed, "
                    "reserved bytes\n");
    put_curves(subject, plot, timeline_put_levels);
    put_time_axis(subject, plot);
    plot_bytes_axis(plot, "y", "memory", largest_level(subject, held));
    plot_script(plot,
                "plot data index 1 using ($1/time_unit):($%d/y_unit) with lines linewidth 1.4 "
                "dashtype 3 linecolor rgb " PLOT_GREY " title '%s, base', \\",
                column, name);
    plot_script(plot, " data index 1 using ($1/time_unit):($4/y_unit) " TWO_BASE_LINE
                      " title 'live, base', \\");
    plot_script(plot,
                " data index 0 using ($1/time_unit):($%d/y_unit) with lines linewidth 1.4 "
                "linecolor rgb " PLOT_ORANGE " title '%s, new', \\",
                column, name);
    plot_script(plot, " data index 0 using ($1/time_unit):($4/y_unit) " TWO_NEW_LINE
                      " title 'live, new'");
}

const struct chart chart_two_footprints = {
    .name = "footprint",
    .title = "Footprint over time",
    .shows = "What the program holds (live) and the memory that takes (committed where both builds "
             "tell it, else touched pages), each build from its own first event on: the base grey "
             "and broken, the new build solid.",
    .watch = "Bad: the solid lines lie above the broken ones of the same kind, or stay up where "
             "those come down. Lost events are not marked here.",
    .is_wide = true,
    .why_empty = no_timeline,
    .draw = draw_footprints,
};

static void draw_fragmentations(const struct chart_subject *subject, struct plot *plot)
{
    plot_data(plot, "# new, then base: time_ns, percent: page fragmentation, external free, commit "
                    "waste\n");
    put_curves(subject, plot, timeline_put_ratios);
    put_time_axis(subject, plot);
    plot_script(plot, "set yrange [0:100]");
    plot_script(plot, "set format y '%%g %%%%'");
    plot_script(plot, "set ylabel 'share that is not in use' textcolor rgb " PLOT_INK);
    plot_script(plot, "plot \\");
    if (held_level(subject) == LEVEL_committed_bytes) {
        plot_script(plot,
                    " data index 1 using ($1/time_unit):4 with lines linewidth 1.4 dashtype 3 "
                    "linecolor rgb " PLOT_GREY " title 'commit waste, base', \\");
        plot_script(plot, " data index 0 using ($1/time_unit):4 with lines linewidth 1.4 linecolor "
                          "rgb " PLOT_ORANGE " title 'commit waste, new', \\");
    }
    plot_script(plot, " data index 1 using ($1/time_unit):2 " TWO_BASE_LINE
                      " title 'page fragmentation, base', \\");
    plot_script(plot, " data index 0 using ($1/time_unit):2 " TWO_NEW_LINE
                      " title 'page fragmentation, new'");
}

const struct chart chart_two_fragmentations = {
    .name = "fragmentation",
    .title = "Fragmentation over time",
    .shows = "The share of touched pages (page fragmentation) and of committed memory (commit "
             "waste) that holds no live byte, each build from its own first event on: the base "
             "grey and broken, the new build solid.",
    .watch = "Bad: the solid line climbs away from the broken one of the same kind.",
    .is_wide = true,
    .why_empty = no_timeline,
    .draw = draw_fragmentations,
};

static const char *nothing_was_copied(const struct chart_subject *subject)
{
    struct two_measures two = two_measures(subject);
    if (no_timeline(subject))
        return no_timeline(subject);
    bool has_copied = two.of[0]->realloc.copied_bytes || two.of[1]->realloc.copied_bytes;
    return has_copied ? NULL : "no realloc moved a block in either build";
}

/* Steps of what was copied so far, up to the end of the build's curve. Returns the total. */
static double put_copied(struct plot *plot, const struct timeline_result *timeline)
{
    struct timeline_points points = timeline_points_over(timeline, TIMELINE_POINTS);
    struct timeline_row row;
    double total = 0, end_ns = 0, origin_ns = (double)timeline->rows[0].t_ns;
    plot_data(plot, "0 0\n");
    while (timeline_points_next(&points, &row)) {
        double from_ns = (double)row.t_ns - origin_ns;
        end_ns = from_ns + (double)points.width_ns;
        if (row.copied_bytes == 0)
            continue;
        plot_data(plot, "%.17g %.17g\n", from_ns, total);
        total += (double)row.copied_bytes;
        plot_data(plot, "%.17g %.17g\n", end_ns, total);
    }
    plot_data(plot, "%.17g %.17g\n", end_ns, total);
    plot_next_data(plot);
    return total;
}

static void draw_copied(const struct chart_subject *subject, struct plot *plot)
{
    struct two_measures two = two_measures(subject);
    double largest = 0;
    plot_data(plot, "# new, then base: time_ns, bytes copied so far\n");
    for (size_t i = 0; i < TWO_BUILDS; i++)
        largest = fmax(largest, put_copied(plot, &two.of[i]->timeline));
    put_time_axis(subject, plot);
    plot_bytes_axis(plot, "y", "copied so far", largest);
    plot_script(plot, "plot data index 1 using ($1/time_unit):($2/y_unit) " TWO_BASE_LINE
                      " title 'base', \\");
    plot_script(plot,
                " data index 0 using ($1/time_unit):($2/y_unit) " TWO_NEW_LINE " title 'new'");
}

const struct chart chart_two_copied = {
    .name = "copied",
    .title = "Bytes copied by moved reallocs",
    .shows = "What moved reallocs copied so far (an upper bound), each build from its own first "
             "event on: the base grey and broken, the new build solid.",
    .watch = "Bad: the solid line climbs more steeply.",
    .why_empty = nothing_was_copied,
    .draw = draw_copied,
};
