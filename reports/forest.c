/* A forest plot, drawn by hand: shares of the base from left to right, a metric a line. */
#include "reports/forest.h"

#include "reports/escape.h"

#include <math.h>

enum {
    WIDTH = 720,
    NAMES_WIDTH = 250,
    LINE_HEIGHT = 22,
    TOP_HEIGHT = 30,
    MARGIN = 14,
};

/* Beyond it a mark stands at the edge: one metric must not squeeze all others to nothing. */
static const double reach_max = 1;
static const double reach_min = 0.05;

static bool has_place(const struct change *change)
{
    return change->base.median > 0 && isfinite(change->shift) && !change->reason;
}

static double share(const struct change *change, double amount)
{
    return amount / change->base.median;
}

static double larger_reach(double reach, double value)
{
    return isfinite(value) && fabs(value) > reach ? fabs(value) : reach;
}

/* How far the scale goes to either side: all that is to be seen, within limits. */
static double reach_of(const struct compare_rows *rows)
{
    double reach = reach_min;
    for (size_t i = 0; i < rows->count; i++) {
        const struct change *change = rows->list[i];
        if (!has_place(change))
            continue;
        reach = larger_reach(reach, share(change, change->shift));
        reach = larger_reach(reach, share(change, change->shift_low));
        reach = larger_reach(reach, share(change, change->shift_high));
    }
    return fmin(reach * 1.05, reach_max);
}

static double place(double reach, double value)
{
    double half = (WIDTH - NAMES_WIDTH - MARGIN) / 2.0;
    return NAMES_WIDTH + half + half * fmax(-1, fmin(value / reach, 1));
}

/* What a gate allows, as a share of the base; NAN: it has no limit on this scale. */
static double allowance(const struct gate *gate, const struct change *change)
{
    double relative = isnan(gate->relative) ? 0 : gate->relative;
    double absolute = isnan(gate->absolute) ? 0 : share(change, gate->absolute);
    return fmax(relative, absolute);
}

static void put_bands(const struct comparison *c, const struct change *change, double reach,
                      double y, FILE *out)
{
    for (size_t i = 0; i < c->test_count; i++) {
        if (&c->changes[c->tests[i].change] != change)
            continue;
        const struct gate *gate = &c->options.gates[c->tests[i].gate];
        double limit = allowance(gate, change) * (gate->is_falling ? -1 : 1);
        double edge = place(reach, limit), end = place(reach, gate->is_falling ? -reach : reach);
        fprintf(out, "<rect class=\"band\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>\n",
                fmin(edge, end), y - LINE_HEIGHT / 2.0, fabs(end - edge), LINE_HEIGHT);
    }
}

static double finite_or(double value, double otherwise)
{
    return isfinite(value) ? value : otherwise;
}

static void put_line(const struct comparison *c, const struct change *change, double reach,
                     double y, FILE *out)
{
    static const char *const classes[VERDICT_COUNT] = {
        [VERDICT_REGRESSED] = "worse",
        [VERDICT_IMPROVED] = "better",
    };
    const char *class = classes[change->verdict] ? classes[change->verdict] : "plain";
    double at = place(reach, share(change, change->shift));
    double low = place(reach, finite_or(share(change, change->shift_low), -reach));
    double high = place(reach, finite_or(share(change, change->shift_high), reach));
    put_bands(c, change, reach, y, out);
    fprintf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", NAMES_WIDTH - MARGIN, y + 4);
    escape_html(out, change->metric->name);
    fputs("</text>\n", out);
    if (change->is_assessed)
        fprintf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                class, low, y, high, y);
    fprintf(out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", class, at, y);
}

static void put_axis(double reach, double height, FILE *out)
{
    static const double ticks[] = { -1, -0.5, 0, 0.5, 1 };
    for (size_t i = 0; i < sizeof ticks / sizeof ticks[0]; i++) {
        double x = place(reach, ticks[i] * reach);
        fprintf(out,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\"/>\n"
                "<text x=\"%.1f\" y=\"14\" text-anchor=\"%s\">%+.0f %%</text>\n",
                ticks[i] == 0 ? "zero" : "tick", x, TOP_HEIGHT - 10, x, height, x,
                ticks[i] == 1 ? "end" : "middle", 100 * ticks[i] * reach);
    }
}

void forest_put(const struct comparison *comparison, const struct compare_rows *rows, FILE *out)
{
    size_t lines = 0;
    for (size_t i = 0; i < rows->count; i++)
        lines += has_place(rows->list[i]);
    if (lines == 0)
        return;
    double reach = reach_of(rows), height = TOP_HEIGHT + (double)lines * LINE_HEIGHT;
    fprintf(
        out,
        "<svg class=\"forest\" role=\"img\" viewBox=\"0 0 %d %.0f\" width=\"%d\" height=\"%.0f\">"
        "\n<title>Shift of each metric in percent of the base</title>\n",
        WIDTH, height, WIDTH, height);
    put_axis(reach, height, out);
    double y = TOP_HEIGHT + LINE_HEIGHT / 2.0;
    for (size_t i = 0; i < rows->count; i++) {
        if (!has_place(rows->list[i]))
            continue;
        put_line(comparison, rows->list[i], reach, y, out);
        y += LINE_HEIGHT;
    }
    fputs("</svg>\n", out);
}
