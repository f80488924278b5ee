/* Charts over time: footprint, fragmentation, copied bytes, Source mix, events and losses. */
#include "reports/chart_timeline.h"

#include "reports/chart.h"
#include "reports/timeline_points.h"

#include <inttypes.h>
#include <math.h>

static const char *const no_timeline = "the trace has no event of this heap";

/* The axis of time, and behind the curves a grey band wherever events were lost. */
static void draw_time(const struct chart_subject *subject, struct plot *plot)
{
    const struct result *result = subject->result;
    uint64_t from_ns = result->from_ns, to_ns = result->to_ns;
    timeline_span(&subject->measures->timeline, &from_ns, &to_ns);
    plot_time_axis(plot, from_ns, to_ns);
    bool is_marked = false;
    for (size_t i = 0; i < result->loss_count; i++) {
        const struct loss_span *loss = &result->losses[i];
        if (loss->to_ns < from_ns || loss->from_ns > to_ns)
            continue;
        double least_ns = (double)(to_ns - from_ns) / PLOT_WIDTH; /* one pixel */
        double end_ns = fmax((double)loss->to_ns, (double)loss->from_ns + least_ns);
        plot_script(
            plot,
            "set object rectangle from %.17g/time_unit, graph 0 to %.17g/time_unit, graph 1 "
            "behind fillstyle solid 0.45 noborder fillcolor rgb " PLOT_GREY,
            (double)loss->from_ns, end_ns);
        is_marked = true;
    }
    if (is_marked)
        plot_script(plot, "lost = 1");
    else
        plot_script(plot, "lost = 0");
}

/* Goes last in a plot command: the key's word for the grey bands, when there are any. */
#define LOSS_KEY                                                                                   \
    "keyentry with boxes fillstyle solid 0.45 noborder fillcolor rgb " PLOT_GREY                   \
    " title (lost ? 'events lost' : '')"

static const char *timeline_is_empty(const struct chart_subject *subject)
{
    return subject->measures->timeline.count ? NULL : no_timeline;
}

static void put_value(struct plot *plot, const struct timeline_value *value)
{
    if (value->known)
        plot_data(plot, " %" PRIu64 " %" PRIu64 " %" PRIu64, value->min, value->max, value->last);
    else
        plot_data(plot, " NaN NaN NaN");
}

void timeline_put_levels(struct plot *plot, double time_ns, const struct timeline_row *row)
{
    plot_data(plot, "%.17g", time_ns);
    put_value(plot, &row->curves[TIMELINE_live_bytes]);
    put_value(plot, &row->curves[TIMELINE_touched_bytes]);
    put_value(plot, &row->curves[TIMELINE_committed_bytes]);
    put_value(plot, &row->curves[TIMELINE_reserved_bytes]);
    plot_data(plot, "\n");
}

/* Between two points nothing happened: a curve holds its last value there, it does not slope. */
static struct timeline_row held(const struct timeline_row *row)
{
    struct timeline_row hold = { 0 };
    for (size_t c = 0; c < TIMELINE_CURVES; c++) {
        hold.curves[c] = row->curves[c];
        hold.curves[c].min = hold.curves[c].max = row->curves[c].last;
    }
    return hold;
}

void timeline_put_curve(struct plot *plot, const struct timeline_result *timeline,
                        uint64_t origin_ns, timeline_put_row *put)
{
    struct timeline_points points = timeline_points_over(timeline, TIMELINE_POINTS_WIDE);
    struct timeline_row row, before = { 0 };
    bool is_first = true;
    double width_ns = (double)points.width_ns;
    while (timeline_points_next(&points, &row)) {
        double gap_ns = (double)row.t_ns - (double)before.t_ns;
        if (!is_first && gap_ns > 1.5 * width_ns) {
            struct timeline_row hold = held(&before);
            put(plot, (double)(before.t_ns - origin_ns) + width_ns, &hold);
            put(plot, (double)(row.t_ns - origin_ns) - width_ns / 1024, &hold);
        }
        put(plot, (double)(row.t_ns - origin_ns), &row);
        before = row;
        is_first = false;
    }
}

static double largest_level(const struct measures *measures)
{
    static const enum level shown[] = { LEVEL_live_bytes, LEVEL_touched_bytes,
                                        LEVEL_committed_bytes, LEVEL_reserved_bytes };
    uint64_t largest = 0;
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        const struct level_result *level = &measures->levels[shown[i]];
        if (level->known && level->peak != RESULT_UNKNOWN && level->peak > largest)
            largest = level->peak;
    }
    return (double)largest;
}

static void draw_footprint(const struct chart_subject *subject, struct plot *plot)
{
    const struct measures *measures = subject->measures;
    bool has_space = measures->levels[LEVEL_committed_bytes].known;
    bool has_reserved = measures->levels[LEVEL_reserved_bytes].known;
    plot_data(plot, "# time_ns, then min, max, last of live, touched, committed, reserved bytes\n");
    timeline_put_curve(plot, &measures->timeline, 0, timeline_put_levels);
    draw_time(subject, plot);
    plot_bytes_axis(plot, "y", "memory of the heap", largest_level(measures));
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot \\");
    if (has_reserved)
        plot_script(plot, " data using ($1/time_unit):($12/y_unit) with lines linewidth 1.4 "
                          "dashtype 3 linecolor rgb " PLOT_GREY " title 'reserved', \\");
    if (has_space)
        plot_script(plot, " data using ($1/time_unit):($9/y_unit) with lines linewidth 1.6 "
                          "dashtype 2 linecolor rgb " PLOT_VERMILION " title 'committed', \\");
    plot_script(plot, " data using ($1/time_unit):($6/y_unit) with lines linewidth 1.4 linecolor "
                      "rgb " PLOT_ORANGE " title 'touched pages', \\");
    plot_script(plot, " data using ($1/time_unit):($2/y_unit):($3/y_unit) with filledcurves "
                      "fillstyle solid 0.35 noborder linecolor rgb " PLOT_BLUE " notitle, \\");
    plot_script(plot, " data using ($1/time_unit):($4/y_unit) with lines linewidth 2 linecolor "
                      "rgb " PLOT_BLUE " title 'live', \\");
    plot_script(plot, " " LOSS_KEY);
}

const struct chart chart_footprint = {
    .name = "footprint",
    .title = "Footprint over time",
    .shows = "What the program holds (live; the pale band is its range within a point), the pages "
             "that takes (touched), and what the heap has from the system (committed, reserved), "
             "each at its highest within a point.",
    .watch = "Bad: committed or touched stay high while live falls, or live climbs and never comes "
             "back.",
    .is_wide = true,
    .why_empty = timeline_is_empty,
    .draw = draw_footprint,
};

static double percent(const struct timeline_value *part, const struct timeline_value *whole,
                      bool is_complement)
{
    if (!part->known || !whole->known || whole->last == 0)
        return NAN;
    double share = (double)part->last / (double)whole->last;
    return 100 * (is_complement ? 1 - share : share);
}

void timeline_put_ratios(struct plot *plot, double time_ns, const struct timeline_row *row)
{
    const struct timeline_value *curves = row->curves;
    const struct timeline_value *live = &curves[TIMELINE_live_bytes];
    plot_data(plot, "%.17g", time_ns);
    plot_data_number(plot, percent(live, &curves[TIMELINE_touched_bytes], true));
    plot_data_number(
        plot, percent(&curves[TIMELINE_free_bytes], &curves[TIMELINE_committed_bytes], false));
    plot_data_number(plot, percent(live, &curves[TIMELINE_committed_bytes], true));
    plot_data(plot, "\n");
}

static void draw_fragmentation(const struct chart_subject *subject, struct plot *plot)
{
    const struct measures *measures = subject->measures;
    plot_data(plot, "# time_ns, percent: page fragmentation, external free, commit waste\n");
    timeline_put_curve(plot, &measures->timeline, 0, timeline_put_ratios);
    draw_time(subject, plot);
    plot_script(plot, "set yrange [0:100]");
    plot_script(plot, "set format y '%%g %%%%'");
    plot_script(plot, "set ylabel 'share that is not in use' textcolor rgb " PLOT_INK);
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot \\");
    if (measures->levels[LEVEL_committed_bytes].known) {
        plot_script(plot, " data using ($1/time_unit):4 with lines linewidth 1.6 dashtype 2 "
                          "linecolor rgb " PLOT_VERMILION " title 'commit waste', \\");
        plot_script(plot, " data using ($1/time_unit):3 with lines linewidth 1.6 dashtype 4 "
                          "linecolor rgb " PLOT_GREEN " title 'external free', \\");
    }
    plot_script(plot, " data using ($1/time_unit):2 with lines linewidth 2 linecolor rgb " PLOT_BLUE
                      " title 'page fragmentation', \\");
    plot_script(plot, " " LOSS_KEY);
}

const struct chart chart_fragmentation = {
    .name = "fragmentation",
    .title = "Fragmentation over time",
    .shows = "The share of touched pages (page fragmentation) and of committed memory (commit "
             "waste) that holds no live byte, and what the heap itself calls free (external free).",
    .watch = "Bad: curves that rise over the run, or step up after the live peak and stay.",
    .is_wide = true,
    .why_empty = timeline_is_empty,
    .draw = draw_fragmentation,
};

static const char *nothing_was_copied(const struct chart_subject *subject)
{
    if (subject->measures->timeline.count == 0)
        return no_timeline;
    return subject->measures->realloc.copied_bytes ? NULL : "no realloc moved a block";
}

/* Rates: what happened in a point, over its width in seconds. */
static double per_second(uint64_t sum, uint64_t width_ns)
{
    return (double)sum * 1e9 / (double)width_ns;
}

/* Both edges of a step, so that an area over steps is one polygon. */
static void put_step(struct plot *plot, uint64_t t_ns, uint64_t width_ns, const double *values,
                     size_t count)
{
    for (int edge = 0; edge < 2; edge++) {
        plot_data(plot, "%.17g", (double)t_ns + edge * (double)width_ns);
        for (size_t i = 0; i < count; i++)
            plot_data_number(plot, values[i]);
        plot_data(plot, "\n");
    }
}

/* Writes what was copied so far and its rate, both as they are at each edge of a point. */
static double put_copied(struct plot *plot, const struct timeline_result *timeline,
                         double *largest_rate)
{
    struct timeline_points points = timeline_points_over(timeline, TIMELINE_POINTS);
    struct timeline_row row;
    double total = 0, width_ns = (double)points.width_ns;
    plot_data(plot, "# time_ns, bytes copied so far, bytes copied a second\n");
    while (timeline_points_next(&points, &row)) {
        double t_ns = (double)row.t_ns, rate = per_second(row.copied_bytes, points.width_ns);
        if (!(rate > 0))
            continue;
        plot_data(plot, "%.17g %.17g 0\n%.17g %.17g %.10g\n", t_ns, total, t_ns, total, rate);
        total += (double)row.copied_bytes;
        *largest_rate = fmax(*largest_rate, rate);
        plot_data(plot, "%.17g %.17g %.10g\n%.17g %.17g 0\n", t_ns + width_ns, total, rate,
                  t_ns + width_ns, total);
    }
    return total;
}

static void draw_copied(const struct chart_subject *subject, struct plot *plot)
{
    double largest_rate = 0;
    double total = put_copied(plot, &subject->measures->timeline, &largest_rate);
    draw_time(subject, plot);
    plot_bytes_axis(plot, "y", "copied so far", total);
    plot_bytes_axis(plot, "y2", "copied a second", largest_rate);
    plot_script(plot, "set border 11");
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot data using ($1/time_unit):($3/y2_unit) axes x1y2 with filledcurves x1 "
                      "fillstyle solid 0.45 noborder linecolor rgb " PLOT_ORANGE
                      " title 'a second (right)', \\");
    plot_script(plot, " data using ($1/time_unit):($2/y_unit) with lines linewidth 2 linecolor "
                      "rgb " PLOT_BLUE " title 'so far (left)', \\");
    plot_script(plot, " " LOSS_KEY);
}

const struct chart chart_copied = {
    .name = "copied",
    .title = "Bytes copied by moved reallocs",
    .shows = "The line adds up what moved reallocs copied (an upper bound); the filled area is its "
             "rate.",
    .watch = "Bad: a line that climbs steeply, or faster than live memory grows: buffers grow in "
             "steps that are too small.",
    .why_empty = nothing_was_copied,
    .draw = draw_copied,
};

static uint64_t source_events(const struct timeline_row *row)
{
    uint64_t sum = 0;
    for (size_t s = 0; s < SOURCE_SLOTS; s++)
        sum += row->source_events[s];
    return sum;
}

static const char *no_source_mix(const struct chart_subject *subject)
{
    const struct timeline_result *timeline = &subject->measures->timeline;
    for (size_t i = 0; i < timeline->count; i++)
        if (source_events(&timeline->rows[i]) > 0)
            return NULL;
    return "no allocation or realloc was traced";
}

static void draw_source_mix(const struct chart_subject *subject, struct plot *plot)
{
    static const char *const looks[SOURCE_SLOTS] = {
        "fillstyle pattern 2 linecolor rgb " PLOT_GREY " title 'other'",
        "fillstyle solid 0.8 noborder linecolor rgb " PLOT_PURPLE " title 'lookaside'",
        "fillstyle solid 0.8 noborder linecolor rgb " PLOT_BLUE " title 'lowfrag'",
        "fillstyle solid 0.8 noborder linecolor rgb " PLOT_ORANGE " title 'mainpath'",
        "fillstyle pattern 4 border linecolor rgb " PLOT_VERMILION " title 'slowpath'",
        "fillstyle pattern 5 linecolor rgb " PLOT_INK " title 'invalid'",
        "fillstyle pattern 1 linecolor rgb " PLOT_GREEN " title 'segment heap'",
    };
    struct timeline_points points =
        timeline_points_over(&subject->measures->timeline, TIMELINE_POINTS / 2);
    struct timeline_row row;
    uint64_t totals[SOURCE_SLOTS] = { 0 };
    plot_data(plot, "# time_ns, percent at or below: other, lookaside, lowfrag, mainpath, "
                    "slowpath, invalid, segment heap\n");
    while (timeline_points_next(&points, &row)) {
        double all = (double)source_events(&row), below = 0, shares[SOURCE_SLOTS];
        if (!(all > 0))
            continue;
        for (size_t slot = 0; slot < SOURCE_SLOTS; slot++) {
            below += (double)row.source_events[slot];
            totals[slot] += row.source_events[slot];
            shares[slot] = 100 * below / all;
        }
        put_step(plot, row.t_ns, points.width_ns, shares, SOURCE_SLOTS);
    }
    draw_time(subject, plot);
    plot_script(plot, "set yrange [0:100]");
    plot_script(plot, "set format y '%%g %%%%'");
    plot_script(plot, "set ylabel 'share of allocs and reallocs' textcolor rgb " PLOT_INK);
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot \\");
    for (size_t s = SOURCE_SLOTS; s-- > 0;)
        if (totals[s] > 0)
            plot_script(plot, " data using ($1/time_unit):%zu with filledcurves x1 %s, \\", s + 2,
                        looks[s]);
    plot_script(plot, " " LOSS_KEY);
}

const struct chart chart_source_mix = {
    .name = "source-mix",
    .title = "Allocator paths over time",
    .shows = "Which path of the heap manager served allocations and reallocs, as shares.",
    .watch = "Bad: slowpath or mainpath take over from lowfrag, or invalid appears.",
    .why_empty = no_source_mix,
    .draw = draw_source_mix,
};

static void draw_events(const struct chart_subject *subject, struct plot *plot)
{
    struct timeline_points points =
        timeline_points_over(&subject->measures->timeline, TIMELINE_POINTS);
    struct timeline_row row;
    const double none[] = { 0, 0 };
    double largest = 0;
    uint64_t next_ns = UINT64_MAX; /* the end of the point before */
    plot_data(plot, "# time_ns, events a second, reallocs a second\n");
    while (timeline_points_next(&points, &row)) {
        const double rates[] = { per_second(row.events, points.width_ns),
                                 per_second(row.reallocs, points.width_ns) };
        if (row.t_ns > next_ns)
            put_step(plot, next_ns, row.t_ns - next_ns, none, 2);
        put_step(plot, row.t_ns, points.width_ns, rates, 2);
        next_ns = row.t_ns + points.width_ns;
        largest = fmax(largest, rates[0]);
    }
    draw_time(subject, plot);
    plot_count_axis(plot, "y", "events a second", largest);
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot,
                "plot data using ($1/time_unit):($2/y_unit) with filledcurves x1 fillstyle "
                "solid 0.35 noborder linecolor rgb " PLOT_BLUE " title 'all heap events', \\");
    plot_script(plot, " data using ($1/time_unit):($3/y_unit) with lines linewidth 1.5 linecolor "
                      "rgb " PLOT_VERMILION " title 'reallocs', \\");
    plot_script(plot, " " LOSS_KEY);
}

const struct chart chart_events = {
    .name = "events",
    .title = "Events a second, and losses",
    .shows = "How busy the heap was; grey bands mark times in which events of the trace were lost.",
    .watch = "Bad: bands. Every number is a lower bound then, and most of all just after them.",
    .is_wide = true,
    .why_empty = timeline_is_empty,
    .draw = draw_events,
};
