/* Charts of blocks: how long they live, and their sizes at the live peak. */
#include "reports/chart.h"
#include "reports/live_sizes.h"
#include "reports/names.h"

#include <inttypes.h>
#include <math.h>

static uint64_t sum_of_lifetimes(const uint64_t classes[LIFETIME_CLASSES])
{
    uint64_t sum = 0;
    for (size_t i = 0; i < LIFETIME_CLASSES; i++)
        sum += classes[i];
    return sum;
}

static const char *no_lifetime(const struct chart_subject *subject)
{
    bool is_empty = sum_of_lifetimes(subject->measures->lifetimes) == 0;
    return is_empty ? "no block was both allocated and freed in the trace" : NULL;
}

struct class_span {
    int low, high;
};

static struct class_span lifetimes_in_use(const uint64_t classes[LIFETIME_CLASSES])
{
    struct class_span span = { LIFETIME_CLASSES, 0 };
    for (int i = 0; i < LIFETIME_CLASSES; i++) {
        if (classes[i] == 0)
            continue;
        span.low = i < span.low ? i : span.low;
        span.high = i > span.high ? i : span.high;
    }
    span.high = span.high > span.low ? span.high : span.low + 1;
    return span;
}

/* The share that lives at least as long as each class begins. */
static void put_survivors(struct plot *plot, const uint64_t classes[LIFETIME_CLASSES],
                          struct class_span span)
{
    double total = 0, left;
    for (int i = 0; i < LIFETIME_CLASSES; i++)
        total += (double)classes[i];
    left = total;
    for (int i = 0; i <= span.high && i < LIFETIME_CLASSES; i++) {
        if (i >= span.low)
            plot_data(plot, "%d %.8g\n", i - 1, 100 * left / total);
        left -= (double)classes[i];
    }
    plot_data(plot, "%d 0\n", span.high);
    plot_next_data(plot);
}

enum { LIFETIME_SOURCES = 4 };

/* The Sources that freed most, in their own order: at most LIFETIME_SOURCES. */
static size_t sources_to_show(const struct measures *measures, size_t shown[LIFETIME_SOURCES])
{
    uint64_t sums[LIFETIME_SOURCES];
    size_t count = 0;
    for (size_t i = 0; i < measures->source_count; i++) {
        uint64_t sum = sum_of_lifetimes(measures->sources[i].lifetimes);
        size_t at = count;
        while (at > 0 && sums[at - 1] < sum)
            at--;
        if (sum == 0 || at >= LIFETIME_SOURCES)
            continue;
        count += count < LIFETIME_SOURCES;
        for (size_t k = count - 1; k > at; k--) {
            sums[k] = sums[k - 1];
            shown[k] = shown[k - 1];
        }
        sums[at] = sum;
        shown[at] = i;
    }
    return count;
}

static void draw_lifetimes(const struct chart_subject *subject, struct plot *plot)
{
    static const char *const colours[LIFETIME_SOURCES] = { PLOT_BLUE, PLOT_VERMILION, PLOT_GREEN,
                                                           PLOT_PURPLE };
    const struct measures *measures = subject->measures;
    struct class_span span = lifetimes_in_use(measures->lifetimes);
    size_t shown[LIFETIME_SOURCES];
    size_t count = sources_to_show(measures, shown);
    count = count > 1 ? count : 0; /* a single one is all */
    plot_data(plot, "# a data set each: all blocks, then by Source. log2 of ns, percent alive\n");
    put_survivors(plot, measures->lifetimes, span);
    for (size_t i = 0; i < count; i++)
        put_survivors(plot, measures->sources[shown[i]].lifetimes, span);
    plot_log2_time_axis(plot, "x", span.low - 1, span.high);
    plot_script(plot, "set yrange [0:102]");
    plot_script(plot, "set format y '%%g %%%%'");
    plot_script(plot, "set xlabel 'lifetime (log scale)' textcolor rgb " PLOT_INK);
    plot_script(plot, "set ylabel 'blocks that lived longer' textcolor rgb " PLOT_INK);
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot data index 0 using 1:2 with lines linewidth 2.6 linecolor rgb " PLOT_INK
                      " title 'all', \\");
    for (size_t i = 0; i < count; i++) {
        char label[SOURCE_NAME_SIZE];
        source_name(label, &measures->sources[shown[i]]);
        plot_script(plot,
                    " data index %zu using 1:2 with lines linewidth 1.8 dashtype %zu "
                    "linecolor rgb %s title '%s' noenhanced, \\",
                    i + 1, i + 1, colours[i], label);
    }
    plot_script(plot, " NaN notitle");
}

const struct chart chart_lifetimes = {
    .name = "lifetimes",
    .title = "Lifetimes of blocks",
    .shows = "Of the blocks allocated and freed in the trace, the share that lived longer than a "
             "time, by the Source that served them last.",
    .watch = "Bad: short and long lives on the same path: the long ones scatter over pages that "
             "the short ones leave.",
    .why_empty = no_lifetime,
    .draw = draw_lifetimes,
};

static const char *nothing_live(const struct chart_subject *subject)
{
    return live_sizes_any(subject->measures) ? NULL : "nothing was live at the live peak";
}

static void draw_live_sizes(const struct chart_subject *subject, struct plot *plot)
{
    struct live_sizes sizes = live_sizes_none();
    plot_data(plot, "# log2 of the class's edges, bytes live at the peak, blocks\n");
    live_sizes_put(plot, subject->measures, &sizes);
    plot_bytes_axis(plot, "y", "live bytes", sizes.most_bytes);
    plot_count_axis(plot, "y2", "blocks", sizes.most_blocks);
    live_sizes_axis(plot, &sizes);
    plot_script(plot, "set border 11");
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot data using (($1+$2)/2):($3/y_unit):(($2-$1)*0.9) with boxes fillstyle "
                      "solid 1 noborder linecolor rgb " PLOT_BLUE " title 'bytes', \\");
    plot_script(plot,
                " data using (($1+$2)/2):($4/y2_unit) axes x1y2 with points pointtype 6 "
                "pointsize 0.9 linewidth 1.6 linecolor rgb " PLOT_INK " title 'blocks (right)'");
}

const struct chart chart_live_sizes = {
    .name = "live-sizes",
    .title = "Sizes live at the peak",
    .shows = "Where the memory was when most was live: bytes (bars) and blocks (circles, right "
             "axis) by size of block.",
    .watch = "Look first at the tallest bar; many circles with little bytes cost more in headers.",
    .why_empty = nothing_live,
    .draw = draw_live_sizes,
};
