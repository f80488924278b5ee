/* One picture on its way to gnuplot: a script and its data, kept beside each other for the user. */
#include "reports/plot.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

struct unit {
    double size;
    const char *name;
};

static const struct unit time_units[] = {
    { 1, "ns" }, { 1e3, "µs" }, { 1e6, "ms" }, { 1e9, "s" }, { 60e9, "min" }, { 3600e9, "h" },
};

static const struct unit byte_units[] = {
    { 1, "B" },        { 0x1p10, "KiB" }, { 0x1p20, "MiB" },
    { 0x1p30, "GiB" }, { 0x1p40, "TiB" }, { 0x1p50, "PiB" },
};

static const struct unit count_units[] = {
    { 1, "" }, { 1e3, "thousand" }, { 1e6, "million" }, { 1e9, "billion" }, { 1e12, "trillion" },
};

enum {
    TIME_UNITS = sizeof time_units / sizeof time_units[0],
    BYTE_UNITS = sizeof byte_units / sizeof byte_units[0],
    COUNT_UNITS = sizeof count_units / sizeof count_units[0],
};

/* The largest unit of which `largest` holds at least two. */
static const struct unit *suitable_unit(const struct unit *units, size_t count, double largest)
{
    size_t i = count - 1;
    while (i > 0 && largest < 2 * units[i].size)
        i--;
    return &units[i];
}

static FILE *open_beside(const char *directory, const char *name, const char *extension,
                         struct error *err)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s.%s", directory, name, extension);
    if (length < 0 || (size_t)length >= sizeof path) {
        error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET, "the path of the charts is too long");
        return NULL;
    }
    FILE *file = fopen(path, "wb");
    if (!file)
        error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write '%.120s': %s", path,
                  strerror(errno));
    return file;
}

/* What all pictures share: the canvas, quiet axes, a key above the plot. */
static void write_preamble(struct plot *plot, bool is_wide)
{
    int width = is_wide ? PLOT_WIDE_WIDTH : PLOT_WIDTH;
    plot_script(plot, "# To change this picture, edit this file and run: gnuplot %s.gp",
                plot->name);
    plot_script(plot, "reset session");
    plot_script(plot, "set encoding utf8");
    if (plot->picture == PICTURE_SVG)
        plot_script(plot,
                    "set terminal svg size %d,%d dynamic background '#ffffff' font "
                    "'sans-serif,13' name 'heapfrag'",
                    width, PLOT_HEIGHT);
    else
        plot_script(plot,
                    "set terminal pngcairo size %d,%d background '#ffffff' font "
                    "'sans-serif,20' linewidth 2 pointscale 2",
                    2 * width, 2 * PLOT_HEIGHT);
    plot_script(plot, "set output '%s.%s'", plot->name,
                plot->picture == PICTURE_SVG ? "svg" : "png");
    plot_script(plot, "set datafile missing 'NaN'");
    plot_script(plot, "set border 3 linecolor rgb " PLOT_GREY);
    plot_script(plot, "set tics nomirror scale 0.5 textcolor rgb " PLOT_INK);
    plot_script(plot, "set xtics autofreq nomirror");
    plot_script(plot, "set grid ytics linetype 1 linewidth 0.6 linecolor rgb " PLOT_FAINT);
    plot_script(plot, "set key above left horizontal Left reverse samplen 2.2 spacing 1.1 "
                      "textcolor rgb " PLOT_INK);
    plot_script(plot, "set style fill solid noborder");
}

bool plot_begin(struct plot *plot, const char *directory, const char *name, enum picture picture,
                bool is_wide, struct error *err)
{
    *plot = (struct plot){ .picture = picture };
    snprintf(plot->name, sizeof plot->name, "%s", name);
    plot->script = open_beside(directory, name, "gp", err);
    plot->data = plot->script ? open_beside(directory, name, "dat", err) : NULL;
    if (!plot->data) {
        if (plot->script)
            fclose(plot->script);
        *plot = (struct plot){ 0 };
        return false;
    }
    write_preamble(plot, is_wide);
    return true;
}

bool plot_end(struct plot *plot, struct error *err)
{
    bool is_whole = !ferror(plot->script) && !ferror(plot->data);
    is_whole = fclose(plot->script) == 0 && is_whole;
    is_whole = fclose(plot->data) == 0 && is_whole;
    if (!is_whole)
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write the chart '%s'", plot->name);
    return true;
}

void plot_script(struct plot *plot, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(plot->script, format, arguments);
    va_end(arguments);
    putc('\n', plot->script);
}

void plot_data(struct plot *plot, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(plot->data, format, arguments);
    va_end(arguments);
}

void plot_next_data(struct plot *plot)
{
    fputs("\n\n", plot->data);
}

void plot_data_number(struct plot *plot, double number)
{
    if (isfinite(number))
        fprintf(plot->data, " %.10g", number);
    else
        fputs(" NaN", plot->data);
}

double plot_time_axis_since(struct plot *plot, uint64_t from_ns, uint64_t to_ns, const char *origin)
{
    double from = (double)from_ns, to = (double)to_ns;
    if (!(to - from >= 1))
        to = from + fmax(1, from * 1e-9);
    const struct unit *unit = suitable_unit(time_units, TIME_UNITS, to);
    plot_script(plot, "time_unit = %.1f", unit->size);
    plot_script(plot, "set xrange [%.17g:%.17g]", from / unit->size, to / unit->size);
    plot_script(plot, "set xlabel 'time since %s (%s)' textcolor rgb " PLOT_INK, origin,
                unit->name);
    return unit->size;
}

double plot_time_axis(struct plot *plot, uint64_t from_ns, uint64_t to_ns)
{
    return plot_time_axis_since(plot, from_ns, to_ns, "the trace began");
}

static void set_linear_axis(struct plot *plot, const char *axis, const char *label,
                            const struct unit *unit, double largest)
{
    enum { HEADROOM_PERCENT = 106 };
    double top =
        largest > 0 && isfinite(largest) ? largest / unit->size * HEADROOM_PERCENT / 100 : 1;
    plot_script(plot, "%s_unit = %.1f", axis, unit->size);
    plot_script(plot, "set %srange [0:%.10g]", axis, top);
    plot_script(plot, "set %slabel '%s%s%s%s' textcolor rgb " PLOT_INK, axis, label,
                *unit->name ? " (" : "", unit->name, *unit->name ? ")" : "");
    plot_script(plot, "set %stics autofreq nomirror", axis);
}

void plot_bytes_axis(struct plot *plot, const char *axis, const char *label, double largest)
{
    set_linear_axis(plot, axis, label, suitable_unit(byte_units, BYTE_UNITS, largest), largest);
}

void plot_count_axis(struct plot *plot, const char *axis, const char *label, double largest)
{
    const struct unit *unit = suitable_unit(count_units, COUNT_UNITS, largest);
    set_linear_axis(plot, axis, label, unit, largest);
    if (!(largest > 2))
        plot_script(plot, "set %stics 1", axis);
}

/* Whole steps, so that the labels have room: they are wider than high. */
static int tic_step(const char *axis, double low, double high)
{
    int tics_max = *axis == 'x' ? 6 : 8, step = 1;
    while ((high - low) / step > tics_max)
        step++;
    return step;
}

void plot_log2_bytes_axis(struct plot *plot, const char *axis, double low, double high)
{
    plot_script(plot, "set %srange [%.10g:%.10g]", axis, low, high);
    fprintf(plot->script, "set %stics (", axis);
    int step = tic_step(axis, low, high);
    const char *comma = "";
    for (int exponent = (int)ceil(low); exponent <= high; exponent += step) {
        if (exponent < 0)
            fprintf(plot->script, "%s'0' %d", comma, exponent);
        else
            fprintf(plot->script, "%s'%d %s' %d", comma, 1 << exponent % 10,
                    exponent < 60 ? byte_units[exponent / 10].name : "EiB", exponent);
        comma = ", ";
    }
    plot_script(plot, ")");
}

void plot_log2_time_axis(struct plot *plot, const char *axis, double low, double high)
{
    static const struct unit tics[] = {
        { 1, "1 ns" },
        { 10, "10 ns" },
        { 100, "100 ns" },
        { 1e3, "1 µs" },
        { 1e4, "10 µs" },
        { 1e5, "100 µs" },
        { 1e6, "1 ms" },
        { 1e7, "10 ms" },
        { 1e8, "100 ms" },
        { 1e9, "1 s" },
        { 1e10, "10 s" },
        { 60e9, "1 min" },
        { 600e9, "10 min" },
        { 3600e9, "1 h" },
        { 36000e9, "10 h" },
        { 86400e9 * 4, "4 d" },
        { 86400e9 * 40, "40 d" },
        { 86400e9 * 365, "1 y" },
        { 86400e9 * 3650, "10 y" },
    };
    plot_script(plot, "set %srange [%.10g:%.10g]", axis, low, high);
    fprintf(plot->script, "set %stics (", axis);
    const char *comma = "";
    int skip = high - low > 25 ? 2 : 1;
    for (size_t i = 0; i < sizeof tics / sizeof tics[0]; i++) {
        double at = log2(tics[i].size);
        if (at < low || at > high || i % (size_t)skip != 0)
            continue;
        fprintf(plot->script, "%s'%s' %.6f", comma, tics[i].name, at);
        comma = ", ";
    }
    plot_script(plot, ")");
}
