/* Charts of what two builds keep live where: over time, and at the live peak and the end. */
#include "reports/chart.h"

#include <math.h>
#include <stdio.h>

/* Cells of the picture. */
enum { COLUMNS = 256, ROWS = 128 };

static bool has_map(const struct measures *measures)
{
    const struct address_map_result *map = &measures->address_map;
    return map->cells && map->rows && map->columns > 0 && map->row_count > 0 &&
           map->t1_ns > map->t0_ns;
}

static const char *no_maps(const struct chart_subject *subject)
{
    if (!has_map(subject->measures))
        return "no address map was made of this heap in the new build";
    return has_map(subject->base->measures) ? NULL
                                            : "no address map was made of this heap in the base";
}

/*
 * Addresses of two processes have nothing to do with each other. What can be matched is rank: place
 * `x` of a map is `x` bytes from the heap's lowest address, counting only ranges it ever touched.
 */
static double touched_bytes(const struct address_map_result *map)
{
    double sum = 0;
    for (size_t i = 0; i < map->row_count; i++)
        sum += (double)map->rows[i].bytes;
    return sum;
}

/* Adds to each of `count` cells of `bytes` each what is live in a column, as bytes of 255. */
static void spread(const struct address_map_result *map, size_t column, double bytes, size_t count,
                   double sign, double *cells)
{
    double from = 0;
    for (size_t row = 0; row < map->row_count; row++) {
        double to = from + (double)map->rows[row].bytes;
        double live = map->cells[column * map->row_count + row];
        for (size_t i = (size_t)fmin(from / bytes, (double)count); i < count; i++) {
            double low = fmax(from, (double)i * bytes), high = fmin(to, (double)(i + 1) * bytes);
            if ((double)i * bytes >= to)
                break;
            cells[i] += high > low ? sign * live * (high - low) : 0;
        }
        from = to;
    }
}

/* New minus base, in percent of each of `count` places; `bytes` is the size of a place. */
static void put_difference(const struct chart_subject *subject, size_t now_column,
                           size_t base_column, double bytes, size_t count, double *percent)
{
    for (size_t i = 0; i < count; i++)
        percent[i] = 0;
    spread(&subject->measures->address_map, now_column, bytes, count, 1, percent);
    spread(&subject->base->measures->address_map, base_column, bytes, count, -1, percent);
    for (size_t i = 0; i < count; i++)
        percent[i] = percent[i] / bytes / 2.55;
}

static double place_bytes(const struct chart_subject *subject, size_t count)
{
    double bytes = fmax(touched_bytes(&subject->measures->address_map),
                        touched_bytes(&subject->base->measures->address_map));
    return fmax(1, bytes / (double)count);
}

/* The column at `ns` after the map's begin. */
static size_t column_at(const struct address_map_result *map, double ns)
{
    double share = ns / (double)(map->t1_ns - map->t0_ns);
    double column = fmax(0, share * (double)map->columns);
    return column < (double)map->columns ? (size_t)column : map->columns - 1;
}

static size_t peak_column(const struct measures *measures)
{
    const struct address_map_result *map = &measures->address_map;
    const struct level_result *live = &measures->levels[LEVEL_live_bytes];
    if (!live->known || live->peak_ns <= map->t0_ns)
        return 0;
    return column_at(map, (double)(live->peak_ns - map->t0_ns));
}

static uint64_t span_ns(const struct measures *measures)
{
    return measures->address_map.t1_ns - measures->address_map.t0_ns;
}

static void draw_map_difference(const struct chart_subject *subject, struct plot *plot)
{
    uint64_t now_ns = span_ns(subject->measures), base_ns = span_ns(subject->base->measures);
    uint64_t shorter = now_ns < base_ns ? now_ns : base_ns;
    double shorter_ns = (double)shorter; /* which may round up to 2^64 */
    double bytes = place_bytes(subject, ROWS), percent[ROWS];
    plot_data(plot, "# a line a column of time: new minus base, percent of each place\n");
    for (size_t column = 0; column < COLUMNS; column++) {
        double ns = ((double)column + 0.5) * shorter_ns / COLUMNS;
        put_difference(subject, column_at(&subject->measures->address_map, ns),
                       column_at(&subject->base->measures->address_map, ns), bytes, ROWS, percent);
        for (size_t row = 0; row < ROWS; row++)
            plot_data(plot, "%s%.3g", row ? " " : "", fabs(percent[row]) < 0.05 ? 0 : percent[row]);
        plot_data(plot, "\n");
    }
    double unit_ns = plot_time_axis_since(plot, 0, shorter, "the first event");
    plot_bytes_axis(plot, "y", "place among touched addresses", bytes * ROWS);
    plot_script(plot, "set yrange [0:%.10g/y_unit]", bytes * ROWS);
    plot_script(plot, "unset grid");
    plot_script(plot, "set tics front");
    plot_script(plot, "set palette maxcolors 15 defined (-1 '#053061', -0.5 '#4393c3', 0 "
                      "'#ffffff', 0.5 '#e08214', 1 '#7f3b08')");
    plot_script(plot, "set cbrange [-100:100]");
    plot_script(plot, "set cbtics ('less in new' -100, 'equal' 0, 'more in new' 100) scale 0");
    plot_script(plot,
                "plot '%s.dat' matrix using (($2+0.5)*%.17g):(($1+0.5)*%.17g/y_unit):3 with image "
                "notitle",
                plot->name, shorter_ns / COLUMNS / unit_ns, bytes);
}

const struct chart chart_map_difference = {
    .name = "address-difference",
    .title = "Address map: new minus base",
    .shows = "Where the new build holds more live bytes (orange) or fewer (blue) than the base at "
             "the same time after the heap's first event; white is equal. As addresses differ from "
             "run to run, ranges are matched by rank: the nth byte of touched addresses of one "
             "with the nth of the other, from the lowest address up. It ends with the shorter run.",
    .watch = "Bad: orange that stays to the end, above all in thin stripes: memory that the base "
             "had given back.",
    .is_wide = true,
    .heaps_only = true,
    .why_empty = no_maps,
    .draw = draw_map_difference,
};

static void draw_end_difference(const struct chart_subject *subject, struct plot *plot)
{
    const struct measures *now = subject->measures, *base = subject->base->measures;
    double bytes = place_bytes(subject, COLUMNS), at_peak[COLUMNS], at_end[COLUMNS];
    put_difference(subject, peak_column(now), peak_column(base), bytes, COLUMNS, at_peak);
    put_difference(subject, now->address_map.columns - 1, base->address_map.columns - 1, bytes,
                   COLUMNS, at_end);
    plot_data(plot, "# place in bytes, new minus base in percent: at the live peak, at the end\n");
    for (size_t i = 0; i < COLUMNS; i++)
        for (size_t edge = 0; edge < 2; edge++)
            plot_data(plot, "%.17g %.4g %.4g\n", (double)(i + edge) * bytes, at_peak[i], at_end[i]);
    plot_bytes_axis(plot, "x", "place among touched addresses", bytes * COLUMNS);
    plot_script(plot, "set xrange [0:%.10g/x_unit]", bytes * COLUMNS);
    plot_script(plot, "set yrange [-104:104]");
    plot_script(plot, "set ytics 50");
    plot_script(plot, "set format y '%%+g %%%%'");
    plot_script(plot, "set ylabel 'live: new minus base' textcolor rgb " PLOT_INK);
    plot_script(plot, "set xzeroaxis linetype 1 linewidth 1 linecolor rgb " PLOT_INK);
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot data using ($1/x_unit):2 with filledcurves y1=0 fillstyle solid 0.35 "
                      "noborder linecolor rgb " PLOT_BLUE " title 'at the live peak of each', \\");
    plot_script(plot,
                " data using ($1/x_unit):3 with lines linewidth 1.6 linecolor rgb " PLOT_VERMILION
                " title 'at the end of each'");
}

const struct chart chart_end_difference = {
    .name = "address-difference-end",
    .title = "Addresses at the live peak and at the end: new minus base",
    .shows = "How much more (above zero) or less (below) of each range of addresses is live in the "
             "new build, at the live peak of each (filled) and at the end of each (line); ranges "
             "are matched by rank from the lowest touched address up.",
    .watch = "Bad: a line above zero where the filled area is not: memory kept after the peak.",
    .is_wide = true,
    .heaps_only = true,
    .why_empty = no_maps,
    .draw = draw_end_difference,
};
