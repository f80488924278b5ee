/* Charts of two builds at the live peak: pages, gaps, sizes of blocks. */
#include "reports/chart_two.h"
#include "reports/live_sizes.h"

#include <inttypes.h>
#include <math.h>

/* A histogram in which both builds are bars side by side: the base on the left. */
static void plot_bars(struct plot *plot, const char *base, const char *now)
{
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot data index 1 using %s " TWO_BASE_BOXES " title 'base', \\", base);
    plot_script(plot, " data index 0 using %s " TWO_NEW_BOXES " title 'new'", now);
}

static bool has_pages(const struct measures *m)
{
    for (size_t i = 0; i < OCCUPANCY_BINS; i++)
        if (m->occupancy_at_live_peak[i] > 0)
            return true;
    return false;
}

static const char *no_pages(const struct chart_subject *subject)
{
    struct two_measures two = two_measures(subject);
    return has_pages(two.of[0]) || has_pages(two.of[1])
               ? NULL
               : "no page was touched at the live peak of either build";
}

static void draw_pages(const struct chart_subject *subject, struct plot *plot)
{
    struct two_measures two = two_measures(subject);
    double largest = 0;
    plot_data(plot, "# new, then base: i, pages with from 10 i to 10 (i + 1) percent in use\n");
    for (size_t build = 0; build < TWO_BUILDS; build++) {
        for (size_t i = 0; i < OCCUPANCY_BINS; i++) {
            uint64_t pages = two.of[build]->occupancy_at_live_peak[i];
            plot_data(plot, "%zu %" PRIu64 "\n", i, pages);
            largest = fmax(largest, (double)pages);
        }
        plot_next_data(plot);
    }
    plot_count_axis(plot, "y", "pages at the live peak", largest);
    plot_script(plot, "set xrange [-0.5:9.5]");
    plot_script(plot, "set xtics ('0' -0.5, '20' 1.5, '40' 3.5, '60' 5.5, '80' 7.5, '100' 9.5)");
    plot_script(plot, "set xlabel 'share of the page in use (%%)' textcolor rgb " PLOT_INK);
    plot_script(plot, "set boxwidth 0.38");
    plot_bars(plot, "($1-0.2):($2/y_unit)", "($1+0.2):($2/y_unit)");
}

const struct chart chart_two_pages = {
    .name = "page-occupancy",
    .title = "How full the touched pages are",
    .shows = "Pages by the share of their 4096 bytes that is live, at the live peak of each build: "
             "the base striped, the new build solid.",
    .watch = "Bad: solid bars grow on the left: a few bytes keep each of those pages.",
    .why_empty = no_pages,
    .draw = draw_pages,
};

static bool has_gaps(const struct measures *m)
{
    return m->gaps_at_live_peak.known && m->gaps_at_live_peak.count > 0;
}

static const char *no_gaps(const struct chart_subject *subject)
{
    struct two_measures two = two_measures(subject);
    return has_gaps(two.of[0]) || has_gaps(two.of[1])
               ? NULL
               : "there was no gap between live blocks at the live peak of either build";
}

static void draw_gaps(const struct chart_subject *subject, struct plot *plot)
{
    struct two_measures two = two_measures(subject);
    double largest = 0, low = GAP_CLASSES, high = 0;
    plot_data(plot, "# new, then base: log2 of size, bytes in gaps, number of gaps\n");
    for (size_t build = 0; build < TWO_BUILDS; build++) {
        const struct gaps_result *gaps = &two.of[build]->gaps_at_live_peak;
        for (size_t i = 0; has_gaps(two.of[build]) && i < GAP_CLASSES; i++) {
            if (gaps->classes[i].count == 0)
                continue;
            plot_data(plot, "%zu %" PRIu64 " %" PRIu64 "\n", i, gaps->classes[i].bytes,
                      gaps->classes[i].count);
            largest = fmax(largest, (double)gaps->classes[i].bytes);
            low = fmin(low, (double)i);
            high = fmax(high, (double)i);
        }
        two_end_data(plot, !has_gaps(two.of[build]));
    }
    plot_bytes_axis(plot, "y", "bytes in gaps", largest);
    plot_log2_bytes_axis(plot, "x", fmin(low, high), high + 1);
    plot_script(plot, "set xlabel 'size of the gap' textcolor rgb " PLOT_INK);
    plot_script(plot, "set boxwidth 0.4");
    plot_bars(plot, "($1+0.28):($2/y_unit)", "($1+0.72):($2/y_unit)");
}

const struct chart chart_two_gaps = {
    .name = "gaps",
    .title = "Gaps between live blocks",
    .shows = "Free bytes between neighbouring live blocks by the size of the gap, at the live peak "
             "of each build: the base striped, the new build solid.",
    .watch = "Bad: more bytes in small gaps: they fit little of what the program asks for.",
    .why_empty = no_gaps,
    .draw = draw_gaps,
};

static const char *no_sizes(const struct chart_subject *subject)
{
    struct two_measures two = two_measures(subject);
    return live_sizes_any(two.of[0]) || live_sizes_any(two.of[1])
               ? NULL
               : "nothing was live at the live peak of either build";
}

static void draw_sizes(const struct chart_subject *subject, struct plot *plot)
{
    struct two_measures two = two_measures(subject);
    struct live_sizes sizes = live_sizes_none();
    plot_data(plot,
              "# new, then base: log2 of the class's edges, bytes live at the peak, blocks\n");
    for (size_t build = 0; build < TWO_BUILDS; build++) {
        live_sizes_put(plot, two.of[build], &sizes);
        two_end_data(plot, !live_sizes_any(two.of[build]));
    }
    plot_bytes_axis(plot, "y", "live bytes", sizes.most_bytes);
    live_sizes_axis(plot, &sizes);
    plot_bars(plot, "($1*0.73+$2*0.27):($3/y_unit):(($2-$1)*0.44)",
              "($1*0.27+$2*0.73):($3/y_unit):(($2-$1)*0.44)");
}

const struct chart chart_two_sizes = {
    .name = "live-sizes",
    .title = "Sizes live at the peak",
    .shows = "Where the memory was when most was live: bytes by size of block, at the live peak of "
             "each build: the base striped, the new build solid.",
    .watch = "Look first where a solid bar overtops its striped neighbour.",
    .why_empty = no_sizes,
    .draw = draw_sizes,
};
