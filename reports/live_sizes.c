/* Sizes of the blocks that were live at the peak, as lines of a data file. */
#include "reports/live_sizes.h"

#include <inttypes.h>
#include <math.h>

struct live_sizes live_sizes_none(void)
{
    return (struct live_sizes){ .low = 64 };
}

bool live_sizes_any(const struct measures *measures)
{
    for (size_t i = 0; i < measures->size_count; i++)
        if (measures->sizes[i].live_bytes_at_peak > 0)
            return true;
    return false;
}

static double log2_of_size(uint64_t bytes)
{
    return bytes > 0 ? log2((double)bytes) : -1;
}

void live_sizes_put(struct plot *plot, const struct measures *measures, struct live_sizes *sizes)
{
    for (size_t i = 0; i < measures->size_count; i++) {
        const struct size_result *size = &measures->sizes[i];
        double low = log2_of_size(size->low), high = log2_of_size(size->high);
        if (size->live_at_peak == 0)
            continue;
        plot_data(plot, "%.6f %.6f %" PRIu64 " %" PRIu64 "\n", low, high, size->live_bytes_at_peak,
                  size->live_at_peak);
        sizes->low = fmin(sizes->low, floor(low));
        sizes->high = fmax(sizes->high, ceil(high));
        sizes->most_bytes = fmax(sizes->most_bytes, (double)size->live_bytes_at_peak);
        sizes->most_blocks = fmax(sizes->most_blocks, (double)size->live_at_peak);
    }
}

void live_sizes_axis(struct plot *plot, const struct live_sizes *sizes)
{
    plot_log2_bytes_axis(plot, "x", sizes->low, fmax(sizes->high, sizes->low + 2));
    plot_script(plot, "set xlabel 'size of the block' textcolor rgb " PLOT_INK);
}
