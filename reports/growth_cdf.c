/* By what ratio reallocs change sizes, in two builds, drawn by hand. */
#include "reports/growth_cdf.h"

#include <math.h>

enum { WIDTH = 720, HEIGHT = 260, LEFT = 50, RIGHT = 20, TOP = 30, BOTTOM = 30 };

/* Octaves that are drawn: ratios from 1/2 to 16, where nearly all reallocs are. */
static const double octave_low = -1, octave_high = 4;

static double x_of(double log2_ratio)
{
    double share = (log2_ratio - octave_low) / (octave_high - octave_low);
    return LEFT + (WIDTH - LEFT - RIGHT) * fmax(0, fmin(share, 1));
}

static double y_of(double share)
{
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share;
}

/* A hostile file can make the sum of counts wrap, but not that of doubles. */
static double values_of(const struct growth_result *growth)
{
    double count = (double)growth->below + (double)growth->above;
    for (size_t i = 0; i < GROWTH_BINS; i++)
        count += (double)growth->histogram[i];
    return count;
}

static void put_curve(const struct growth_result *growth, const char *class, FILE *out)
{
    double seen = (double)growth->below, all = values_of(growth);
    fprintf(out, "<polyline class=\"%s\" points=\"%.1f,%.1f", class, x_of(octave_low), y_of(0));
    for (size_t i = 0; i < GROWTH_BINS; i++) {
        if (growth->histogram[i] == 0)
            continue;
        double x = x_of(growth_bin_low(i));
        fprintf(out, " %.1f,%.1f", x, y_of(seen / all));
        seen += (double)growth->histogram[i];
        fprintf(out, " %.1f,%.1f", x, y_of(seen / all));
    }
    fprintf(out, " %.1f,%.1f\"/>\n", x_of(octave_high), y_of(seen / all));
}

static void put_axes(FILE *out)
{
    static const double ratios[] = { 0.5, 1, 1.5, 2, 4, 8, 16 };
    for (size_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++) {
        double x = x_of(log2(ratios[i]));
        fprintf(out,
                "<line class=\"tick\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n"
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n",
                x, TOP, x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 16, ratios[i]);
    }
    for (int percent = 0; percent <= 100; percent += 50)
        fprintf(out,
                "<line class=\"tick\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>\n"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d %%</text>\n",
                LEFT, y_of(percent / 100.0), WIDTH - RIGHT, y_of(percent / 100.0), LEFT - 6,
                y_of(percent / 100.0) + 4, percent);
}

void growth_cdf_put(const struct compared_scope *scope, FILE *out)
{
    const struct growth_result *base = &scope->base->sum.realloc.growth;
    const struct growth_result *now = &scope->now->sum.realloc.growth;
    if (!(values_of(base) > 0) || !(values_of(now) > 0))
        return;
    fprintf(out,
            "<svg class=\"growth\" role=\"img\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n"
            "<title>Share of reallocs up to each ratio of new to old size, by build</title>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    put_axes(out);
    put_curve(base, "base", out);
    put_curve(now, "new", out);
    fprintf(out,
            "<text x=\"%d\" y=\"18\">Reallocs up to each ratio of new to old size: dashed base, "
            "solid new build</text>\n</svg>\n",
            LEFT);
}
