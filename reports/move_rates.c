/* Move rates by the size before the realloc, as lines of a data file. */
#include "reports/move_rates.h"

#include <inttypes.h>
#include <math.h>

/* The Wilson interval of metrics.md, in percent. */
static void wilson(double moved, double trials, double *low, double *high)
{
    const double z = 1.959963984540054;
    double share = moved / trials, z2n = z * z / trials;
    double middle = (share + z2n / 2) / (1 + z2n);
    double half = z / (1 + z2n) * sqrt(share * (1 - share) / trials + z2n / (4 * trials));
    *low = 100 * fmax(0, middle - half);
    *high = 100 * fmin(1, middle + half);
}

struct move_rates move_rates_put(struct plot *plot, const struct realloc_result *realloc)
{
    struct move_rates span = { OLD_SIZE_CLASSES, -1 };
    for (int i = 0; i < OLD_SIZE_CLASSES; i++) {
        const struct old_size_result *class = &realloc->by_old_size[i];
        double moved = (double)class->moved, trials = moved + (double)class->in_place;
        if (!(trials > 0))
            continue;
        double low, high;
        wilson(moved, trials, &low, &high);
        plot_data(plot, "%d %.6g %.6g %.6g %.17g\n", i - 1, 100 * moved / trials, low, high,
                  trials);
        span.low = fmin(span.low, i - 1);
        span.high = fmax(span.high, i);
    }
    return span;
}

void move_rates_axes(struct plot *plot, double low, double high)
{
    plot_log2_bytes_axis(plot, "x", low, high);
    plot_script(plot, "set yrange [0:104]");
    plot_script(plot, "set ytics 25");
    plot_script(plot, "set format y '%%g %%%%'");
    plot_script(plot, "set xlabel 'size before the realloc' textcolor rgb " PLOT_INK);
    plot_script(plot, "set ylabel 'reallocs that moved' textcolor rgb " PLOT_INK);
    plot_script(plot, "data = '%s.dat'", plot->name);
}
