/* Charts of chains: how often one block is reallocated, and the paths of those that cost most. */
#include "reports/chart.h"

#include <inttypes.h>
#include <math.h>

static const char *no_chain(const struct chart_subject *subject)
{
    const struct chains_result *chains = &subject->measures->realloc.chains;
    for (size_t i = 0; i < CHAIN_CLASSES; i++)
        if (chains->reallocs_histogram[i] > 0)
            return NULL;
    return "no block was reallocated";
}

static void draw_chains(const struct chart_subject *subject, struct plot *plot)
{
    const uint64_t *classes = subject->measures->realloc.chains.reallocs_histogram;
    double total = 0, beyond = 0;
    int highest = 0;
    for (int i = 0; i < CHAIN_CLASSES; i++) {
        total += (double)classes[i];
        highest = classes[i] > 0 ? i : highest;
    }
    plot_data(plot, "# reallocs, percent of chains with as many or more\n");
    beyond = total;
    for (int i = 1; i <= highest; i++) {
        plot_data(plot, "%.17g %.10g\n", exp2(i - 1), 100 * beyond / total);
        beyond -= (double)classes[i];
    }
    plot_data(plot, "%.17g %.10g\n", exp2(highest), 100 * beyond / total);
    bool is_long = highest > 16; /* then powers of ten, or else tics at the powers of two */
    plot_script(plot, "set logscale y 10");
    plot_script(plot, "set logscale x %d", is_long ? 10 : 2);
    plot_script(plot, is_long ? "set format x '10^{%%T}'" : "set format x '%%.0f'");
    if (!is_long)
        plot_script(plot, "set xtics 1,%d", highest > 8 ? 4 : 2);
    plot_script(plot, "set xrange [1:%.17g]", exp2(highest > 2 ? highest : 2));
    plot_script(plot, "set yrange [%.10g:120]", fmin(10, 50 / total));
    plot_script(plot, "set format y '%%g %%%%'");
    plot_script(plot, "set xlabel 'reallocs of one block (log scale)' textcolor rgb " PLOT_INK);
    plot_script(plot, "set ylabel 'blocks with that many or more' textcolor rgb " PLOT_INK);
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot,
                "plot data using 1:($2 > 0 ? $2 : NaN) with linespoints linewidth 2 pointtype "
                "7 pointsize 0.6 linecolor rgb " PLOT_BLUE " title 'reallocated blocks'");
}

const struct chart chart_chains = {
    .name = "chains",
    .title = "Reallocs of one block",
    .shows =
        "Of the blocks that were reallocated at all, the share that was so at least this often "
        "(both axes log).",
    .watch = "Bad: a tail far to the right: some buffers are grown hundreds of times.",
    .why_empty = no_chain,
    .draw = draw_chains,
};

enum { PATHS_SHOWN = 6 };

static bool has_path(const struct chain_result *chain)
{
    return chain->step_count > 1 && chain->step_count <= CHAIN_STEPS;
}

static const char *no_path(const struct chart_subject *subject)
{
    const struct chains_result *chains = &subject->measures->realloc.chains;
    for (size_t i = 0; i < chains->top_count && i < PATHS_SHOWN; i++)
        if (has_path(&chains->top[i]))
            return NULL;
    return chains->top_count ? "the paths of the costliest chains were not kept"
                             : "no block was reallocated";
}

struct path_bounds {
    uint64_t from_ns, to_ns;
    double low, high; /* log2 of bytes */
};

static void put_path(struct plot *plot, const struct chain_result *chain,
                     struct path_bounds *bounds)
{
    for (size_t s = 0; s < chain->step_count; s++) {
        const struct chain_step *step = &chain->steps[s];
        double size = step->bytes > 0 ? log2((double)step->bytes) : 0;
        plot_data(plot, "%" PRIu64 " %.6f %.6f\n", step->time_ns, size, step->moved ? size : NAN);
        bounds->from_ns = step->time_ns < bounds->from_ns ? step->time_ns : bounds->from_ns;
        bounds->to_ns = step->time_ns > bounds->to_ns ? step->time_ns : bounds->to_ns;
        bounds->low = fmin(bounds->low, floor(size));
        bounds->high = fmax(bounds->high, ceil(size + 0.01));
    }
    plot_next_data(plot);
}

static void draw_chain_paths(const struct chart_subject *subject, struct plot *plot)
{
    static const char *const colours[PATHS_SHOWN] = { PLOT_BLUE,   PLOT_VERMILION, PLOT_GREEN,
                                                      PLOT_PURPLE, PLOT_ORANGE,    PLOT_SKY };
    const struct chains_result *chains = &subject->measures->realloc.chains;
    struct path_bounds bounds = { UINT64_MAX, 0, 64, 0 };
    size_t ranks[PATHS_SHOWN], count = 0;
    plot_data(plot, "# a data set a chain: time_ns, log2 of size, the same where it moved\n");
    for (size_t i = 0; i < chains->top_count && i < PATHS_SHOWN; i++) {
        if (!has_path(&chains->top[i]))
            continue;
        put_path(plot, &chains->top[i], &bounds);
        ranks[count++] = i + 1;
    }
    plot_time_axis(plot, bounds.from_ns, bounds.to_ns);
    plot_log2_bytes_axis(plot, "y", bounds.low, bounds.high);
    plot_script(plot, "set ylabel 'size of the block (log scale)' textcolor rgb " PLOT_INK);
    plot_script(plot, "set key title 'chain, costliest first; dots: it moved' left");
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot \\");
    for (size_t i = 0; i < count; i++) {
        const char *more = i + 1 < count ? ", \\" : "";
        plot_script(plot,
                    " data index %zu using ($1/time_unit):2 with steps linewidth 1.8 dashtype "
                    "%zu linecolor rgb %s title '%zu', \\",
                    i, i % 4 + 1, colours[i], ranks[i]);
        plot_script(plot,
                    " data index %zu using ($1/time_unit):3 with points pointtype 7 pointsize "
                    "0.5 linecolor rgb %s notitle%s",
                    i, colours[i], more);
    }
}

const struct chart chart_chain_paths = {
    .name = "chain-paths",
    .title = "Paths of the costliest chains",
    .shows = "How the size of the blocks that copied most went over time; numbers are ranks in the "
             "table of chains, dots are moves.",
    .watch = "Bad: long staircases of small steps with a dot on each.",
    .why_empty = no_path,
    .draw = draw_chain_paths,
};
