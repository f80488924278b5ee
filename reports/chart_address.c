/* Charts of the address space: occupancy over time, and at the live peak beside the end. */
#include "reports/chart.h"

#include <inttypes.h>
#include <stdio.h>

enum { MAP_COLUMNS = 384, MAP_ROWS = 192 }; /* of the picture */

static const char *no_map(const struct chart_subject *subject)
{
    const struct address_map_result *map = &subject->measures->address_map;
    bool is_empty = !map->cells || !map->rows || map->columns == 0 || map->row_count == 0;
    return is_empty ? "no address map was made of this heap" : NULL;
}

/* Up to six addresses beside the axis, whose unit is rows of the picture. */
static void label_addresses(const struct address_map_result *map, const char *axis, size_t rows,
                            struct plot *plot)
{
    enum { LABELS = 6 };
    fprintf(plot->script, "set %stics (", axis);
    size_t labels = rows < LABELS ? rows : LABELS;
    for (size_t i = 0; i < labels; i++) {
        size_t row = i * map->row_count / labels;
        fprintf(plot->script, "%s'0x%" PRIx64 "' %g", i ? ", " : "", map->rows[row].address,
                (double)row * (double)rows / (double)map->row_count);
    }
    plot_script(plot, ")");
}

/* The fullest cell of those that share a pixel: a lone block stays to be seen. */
static uint8_t fullest(const struct address_map_result *map, size_t column, size_t columns,
                       size_t row, size_t rows)
{
    size_t column_end = (column + 1) * map->columns / columns;
    size_t row_end = (row + 1) * map->row_count / rows;
    uint8_t most = 0;
    for (size_t c = column * map->columns / columns; c < column_end; c++)
        for (size_t r = row * map->row_count / rows; r < row_end; r++)
            if (map->cells[c * map->row_count + r] > most)
                most = map->cells[c * map->row_count + r];
    return most;
}

/* Sixteen shades are as many as an eye tells apart, and an image of them is small. */
static int shade(uint8_t cell)
{
    enum { STEP = 16 };
    return cell == 0 ? 0 : (cell - 1) / STEP * STEP + STEP / 2;
}

/* White where nothing is, then from pale to dark: readable without colour as well. */
static void set_palette(struct plot *plot)
{
    plot_script(plot, "set palette maxcolors 0 defined (0 '#ffffff', 0.004 '#ffffff', 0.005 "
                      "'#c7e9b4', 0.35 '#41b6c4', 0.7 '#225ea8', 1 '#081d58')");
    plot_script(plot, "set cbrange [0:248]");
    plot_script(plot, "set cbtics ('0 %%%%' 0, '50 %%%%' 124, '100 %%%%' 248) scale 0");
    plot_script(plot, "set cblabel 'share of the bytes that is live' textcolor rgb " PLOT_INK);
}

/* One byte a cell, the row of the lowest address first. Returns the number of rows. */
static size_t put_cells(const struct address_map_result *map, size_t columns, struct plot *plot)
{
    size_t rows = map->row_count < MAP_ROWS ? map->row_count : MAP_ROWS;
    for (size_t row = 0; row < rows; row++)
        for (size_t column = 0; column < columns; column++)
            putc(shade(fullest(map, column, columns, row, rows)), plot->data);
    return rows;
}

static void draw_address_map(const struct chart_subject *subject, struct plot *plot)
{
    const struct address_map_result *map = &subject->measures->address_map;
    size_t columns = map->columns < MAP_COLUMNS ? map->columns : MAP_COLUMNS;
    size_t rows = put_cells(map, columns, plot);
    double unit_ns = plot_time_axis(plot, map->t0_ns, map->t1_ns);
    double span_ns = map->t1_ns > map->t0_ns ? (double)(map->t1_ns - map->t0_ns) : 1;
    double width = span_ns / (double)columns / unit_ns;
    plot_script(plot, "set yrange [0:%zu]", rows);
    label_addresses(map, "y", rows, plot);
    plot_script(plot, "set ylabel 'address (touched ranges only)' textcolor rgb " PLOT_INK);
    plot_script(plot, "unset grid");
    plot_script(plot, "set tics front");
    set_palette(plot);
    plot_script(plot, "# %s.dat: one byte a cell, %zu columns of time, %zu rows of addresses",
                plot->name, columns, rows);
    plot_script(plot,
                "plot '%s.dat' binary array=(%zu,%zu) format='%%uchar' dx=%.17g dy=1 "
                "origin=(%.17g,0.5) using 1 with image notitle",
                plot->name, columns, rows, width, (double)map->t0_ns / unit_ns + width / 2);
}

const struct chart chart_address_map = {
    .name = "address-map",
    .title = "Address map over time",
    .shows =
        "Each row is a range of addresses, each column a moment: the darker, the more of it is "
        "live; white holds nothing.",
    .watch = "Bad: pale stripes that stay to the end: ranges kept by a few blocks.",
    .is_wide = true,
    .heaps_only = true,
    .why_empty = no_map,
    .draw = draw_address_map,
};

/* The column in which the live peak fell. */
static size_t peak_column(const struct chart_subject *subject)
{
    const struct address_map_result *map = &subject->measures->address_map;
    const struct level_result *live = &subject->measures->levels[LEVEL_live_bytes];
    if (!live->known || live->peak_ns <= map->t0_ns || map->t1_ns <= map->t0_ns)
        return 0;
    double share = (double)(live->peak_ns - map->t0_ns) / (double)(map->t1_ns - map->t0_ns);
    size_t last = map->columns - 1;
    return share >= 1 ? last : (size_t)(share * (double)last);
}

static void draw_address_profile(const struct chart_subject *subject, struct plot *plot)
{
    const struct address_map_result *map = &subject->measures->address_map;
    const uint8_t *peak = map->cells + peak_column(subject) * map->row_count;
    const uint8_t *end = map->cells + (map->columns - 1) * map->row_count;
    plot_data(plot, "# row, its address, percent live at live peak, at end\n");
    for (size_t row = 0; row < map->row_count; row++)
        for (size_t edge = 0; edge < 2; edge++)
            plot_data(plot, "%zu 0x%" PRIx64 " %.4g %.4g\n", row + edge, map->rows[row].address,
                      peak[row] / 2.55, end[row] / 2.55);
    plot_script(plot, "set xrange [0:%zu]", map->row_count);
    label_addresses(map, "x", map->row_count, plot);
    plot_script(plot, "set yrange [0:104]");
    plot_script(plot, "set ytics 25");
    plot_script(plot, "set format y '%%g %%%%'");
    plot_script(plot, "set xlabel 'address (touched ranges only)' textcolor rgb " PLOT_INK);
    plot_script(plot, "set ylabel 'share that is live' textcolor rgb " PLOT_INK);
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot,
                "plot data using 1:3 with filledcurves x1 fillstyle solid 0.35 noborder linecolor "
                "rgb " PLOT_BLUE " title 'at the live peak', \\");
    plot_script(plot, " data using 1:4 with lines linewidth 1.6 linecolor rgb " PLOT_VERMILION
                      " title 'at the end'");
}

const struct chart chart_address_profile = {
    .name = "address-profile",
    .title = "Addresses at the live peak and at the end",
    .shows = "The share of each range of addresses that was live at the peak (filled) and at the "
             "end (line).",
    .watch = "Bad: the line is low but hardly ever zero: the heap cannot give those ranges back.",
    .is_wide = true,
    .heaps_only = true,
    .why_empty = no_map,
    .draw = draw_address_profile,
};
