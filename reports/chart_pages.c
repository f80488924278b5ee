/* Charts of pages and gaps, at the live peak beside the end. */
#include "reports/chart.h"

#include <inttypes.h>
#include <math.h>

static uint64_t sum_of_bins(const uint64_t bins[OCCUPANCY_BINS])
{
    uint64_t sum = 0;
    for (size_t i = 0; i < OCCUPANCY_BINS; i++)
        sum += bins[i];
    return sum;
}

static const char *no_pages(const struct chart_subject *subject)
{
    const struct measures *m = subject->measures;
    bool is_empty = sum_of_bins(m->occupancy_at_live_peak) + sum_of_bins(m->occupancy_at_end) == 0;
    return is_empty ? "no page was touched at the live peak or at the end" : NULL;
}

static void draw_page_occupancy(const struct chart_subject *subject, struct plot *plot)
{
    const uint64_t *peak = subject->measures->occupancy_at_live_peak;
    const uint64_t *end = subject->measures->occupancy_at_end;
    double largest = 0;
    plot_data(plot,
              "# pages with from 10 i to 10 (i + 1) percent in use: i, at live peak, at end\n");
    for (size_t i = 0; i < OCCUPANCY_BINS; i++) {
        plot_data(plot, "%zu %" PRIu64 " %" PRIu64 "\n", i, peak[i], end[i]);
        largest = fmax(largest, (double)(peak[i] > end[i] ? peak[i] : end[i]));
    }
    plot_count_axis(plot, "y", "pages", largest);
    plot_script(plot, "set xrange [-0.5:9.5]");
    plot_script(plot, "set xtics ('0' -0.5, '20' 1.5, '40' 3.5, '60' 5.5, '80' 7.5, '100' 9.5)");
    plot_script(plot, "set xlabel 'share of the page in use (%%)' textcolor rgb " PLOT_INK);
    plot_script(plot, "set boxwidth 0.38");
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot data using ($1-0.2):($2/y_unit) with boxes fillstyle solid 1 noborder "
                      "linecolor rgb " PLOT_BLUE " title 'at the live peak', \\");
    plot_script(plot, " data using ($1+0.2):($3/y_unit) with boxes linecolor rgb " PLOT_VERMILION
                      " fillstyle pattern 4 border title 'at the end'");
}

const struct chart chart_page_occupancy = {
    .name = "page-occupancy",
    .title = "How full the touched pages are",
    .shows =
        "Pages by the share of their 4096 bytes that is live, at the live peak and at the end.",
    .watch = "Bad: at the end the left side grows: a few bytes keep each of those pages.",
    .why_empty = no_pages,
    .draw = draw_page_occupancy,
};

static const char *no_gaps(const struct chart_subject *subject)
{
    const struct gaps_result *peak = &subject->measures->gaps_at_live_peak;
    const struct gaps_result *end = &subject->measures->gaps_at_end;
    bool is_empty = (!peak->known || peak->count == 0) && (!end->known || end->count == 0);
    return is_empty ? "there was no gap between live blocks" : NULL;
}

/* The classes in use: from `low` to `high`, both included. */
static void gap_classes_in_use(const struct gaps_result *gaps, size_t *low, size_t *high)
{
    for (size_t i = 0; gaps->known && i < GAP_CLASSES; i++) {
        if (gaps->classes[i].count == 0)
            continue;
        *low = i < *low ? i : *low;
        *high = i > *high ? i : *high;
    }
}

static void draw_gaps(const struct chart_subject *subject, struct plot *plot)
{
    const struct gaps_result *peak = &subject->measures->gaps_at_live_peak;
    const struct gaps_result *end = &subject->measures->gaps_at_end;
    const struct gaps_result *counted = end->known && end->count > 0 ? end : peak;
    size_t low = GAP_CLASSES, high = 0;
    gap_classes_in_use(peak, &low, &high);
    gap_classes_in_use(end, &low, &high);
    double most_bytes = 0, most_gaps = 0;
    plot_data(plot, "# log2 of size, bytes in gaps at live peak, at end; number of gaps\n");
    for (size_t i = low; i <= high && i < GAP_CLASSES; i++) {
        uint64_t at_peak = peak->known ? peak->classes[i].bytes : 0;
        uint64_t at_end = end->known ? end->classes[i].bytes : 0;
        most_bytes = fmax(most_bytes, (double)(at_peak > at_end ? at_peak : at_end));
        most_gaps = fmax(most_gaps, (double)counted->classes[i].count);
        plot_data(plot, "%zu %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", i, at_peak, at_end,
                  counted->classes[i].count);
    }
    plot_bytes_axis(plot, "y", "bytes in gaps", most_bytes);
    plot_count_axis(plot, "y2", "gaps", most_gaps);
    plot_log2_bytes_axis(plot, "x", (double)low, (double)high + 1);
    plot_script(plot, "set xlabel 'size of the gap' textcolor rgb " PLOT_INK);
    plot_script(plot, "set border 11");
    plot_script(plot, "set boxwidth 0.4");
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot data using ($1+0.28):($2/y_unit) with boxes fillstyle solid 0.9 "
                      "noborder linecolor rgb " PLOT_BLUE " title 'bytes at the live peak', \\");
    plot_script(plot, " data using ($1+0.72):($3/y_unit) with boxes linecolor rgb " PLOT_VERMILION
                      " fillstyle pattern 4 border title 'bytes at the end', \\");
    plot_script(plot,
                " data using ($1+0.5):($4/y2_unit) axes x1y2 with linespoints linewidth 1.4 "
                "pointtype 7 pointsize 0.5 linecolor rgb " PLOT_INK
                " title 'gaps at the %s (right)'",
                counted == end ? "end" : "peak");
}

const struct chart chart_gaps = {
    .name = "gaps",
    .title = "Gaps between live blocks",
    .shows = "Free bytes between neighbouring live blocks by the size of the gap; the dotted line "
             "counts the gaps on the right axis.",
    .watch = "Bad: many bytes in gaps smaller than what the program asks for; they cannot be used.",
    .why_empty = no_gaps,
    .draw = draw_gaps,
};
