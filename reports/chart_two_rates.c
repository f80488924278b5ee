/* Charts of two builds: move rates, outcomes of reallocs by Source, lifetimes. */
#include "reports/chart_two.h"
#include "reports/move_rates.h"
#include "reports/names.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static bool has_outcome(const struct measures *m)
{
    for (size_t i = 0; i < OLD_SIZE_CLASSES; i++)
        if (m->realloc.by_old_size[i].moved > 0 || m->realloc.by_old_size[i].in_place > 0)
            return true;
    return false;
}

static const char *no_outcome(const struct chart_subject *subject)
{
    struct two_measures two = two_measures(subject);
    return has_outcome(two.of[0]) || has_outcome(two.of[1])
               ? NULL
               : "no realloc succeeded in either build";
}

static void draw_move_rates(const struct chart_subject *subject, struct plot *plot)
{
    struct two_measures two = two_measures(subject);
    double least = OLD_SIZE_CLASSES, most = -1;
    plot_data(plot,
              "# new, then base: log2 of old size, percent moved, its 95 %% interval, reallocs\n");
    for (size_t build = 0; build < TWO_BUILDS; build++) {
        struct move_rates span = move_rates_put(plot, &two.of[build]->realloc);
        least = fmin(least, span.low);
        most = fmax(most, span.high);
        two_end_data(plot, !has_outcome(two.of[build]));
    }
    move_rates_axes(plot, fmin(least, most - 1), most);
    plot_script(plot, "plot data index 1 using ($1+0.38):2:3:4 with yerrorbars linewidth 1.4 "
                      "pointtype 6 pointsize 0.8 linecolor rgb " PLOT_GREY " title 'base', \\");
    plot_script(plot, " data index 0 using ($1+0.62):2:3:4 with yerrorbars linewidth 1.4 pointtype "
                      "7 pointsize 0.7 linecolor rgb " PLOT_BLUE " title 'new'");
}

const struct chart chart_two_move_rates = {
    .name = "move-rate",
    .title = "Move rate by old size",
    .shows = "The share of successful reallocs that moved the block, with 95 % intervals: the base "
             "in grey circles on the left, the new build in full dots on the right.",
    .watch = "Bad: dots above their circles whose bars do not overlap.",
    .why_empty = no_outcome,
    .draw = draw_move_rates,
};

enum { SOURCES_SHOWN = 6 };

/* Sources by name, as Sources of two builds are the same if they are called so. */
struct two_sources {
    char names[SOURCES_SHOWN][SOURCE_NAME_SIZE];
    const struct source_result *of[SOURCES_SHOWN][TWO_BUILDS]; /* NULL: not in that build */
    size_t count;
};

static const struct source_result *source_named(const struct measures *m, const char *name)
{
    for (size_t i = 0; i < m->source_count; i++) {
        char other[SOURCE_NAME_SIZE];
        source_name(other, &m->sources[i]);
        if (strcmp(other, name) == 0)
            return &m->sources[i];
    }
    return NULL;
}

static bool is_listed(const struct two_sources *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0)
            return true;
    return false;
}

/* Those with most reallocs in either build; there are few Sources, so looking again is cheap. */
static struct two_sources busiest_sources(const struct chart_subject *subject)
{
    struct two_measures two = two_measures(subject);
    struct two_sources list = { 0 };
    while (list.count < SOURCES_SHOWN) {
        uint64_t most = 0;
        char name[SOURCE_NAME_SIZE], best[SOURCE_NAME_SIZE] = "";
        for (size_t build = 0; build < TWO_BUILDS; build++) {
            for (size_t i = 0; i < two.of[build]->source_count; i++) {
                const struct source_result *source = &two.of[build]->sources[i];
                source_name(name, source);
                if (source->reallocs <= most || is_listed(&list, name))
                    continue;
                most = source->reallocs;
                memcpy(best, name, sizeof best);
            }
        }
        if (most == 0)
            break;
        memcpy(list.names[list.count], best, sizeof best);
        for (size_t build = 0; build < TWO_BUILDS; build++)
            list.of[list.count][build] = source_named(two.of[build], best);
        list.count++;
    }
    return list;
}

static const char *no_source(const struct chart_subject *subject)
{
    return busiest_sources(subject).count ? NULL : "no realloc was traced in either build";
}

/* Lines: place, then the tops of failed, moved, in place, and the bottom of that. */
static double put_outcomes(struct plot *plot, const struct two_sources *list, size_t build)
{
    double largest = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct source_result *s = list->of[i][build];
        double in_place = s ? (double)s->in_place : 0, moved = s ? (double)s->moved : 0;
        double failed = s ? (double)s->failed : 0;
        plot_data(plot, "%zu %.17g %.17g %.17g 0\n", i, in_place + moved + failed, in_place + moved,
                  in_place);
        largest = fmax(largest, in_place + moved + failed);
    }
    plot_next_data(plot);
    return largest;
}

/* The part of a build's bars between two columns; `look` is its colour and fill style. */
static void put_boxes(struct plot *plot, int build, int low, int high, const char *look,
                      const char *title)
{
    double left = build ? -0.38 : 0.02;
    plot_script(
        plot,
        " data index %d using 1:($%d/y_unit):($1%+g):($1%+g):($%d/y_unit):($%d/y_unit) with "
        "boxxyerror linecolor rgb %s title '%s', \\",
        build, high, left, left + 0.36, low, high, look, title);
}

static void draw_outcomes(const struct chart_subject *subject, struct plot *plot)
{
    struct two_sources list = busiest_sources(subject);
    plot_data(plot, "# new, then base: Source (see the script), reallocs; of these not failed; of "
                    "these in place\n");
    double largest = put_outcomes(plot, &list, 0);
    largest = fmax(largest, put_outcomes(plot, &list, 1));
    plot_count_axis(plot, "y", "reallocs", largest);
    plot_script(plot, "set xrange [-0.6:%g]", fmax((double)list.count, 3) - 0.4);
    plot_script(plot, "set xlabel 'allocator path (Source)' textcolor rgb " PLOT_INK);
    fputs("set xtics noenhanced (", plot->script);
    for (size_t i = 0; i < list.count; i++)
        fprintf(plot->script, "%s'%s' %zu", i ? ", " : "", list.names[i], i);
    plot_script(plot, ")");
    plot_script(plot, "set key maxrows 3");
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot \\");
    put_boxes(plot, 1, 3, 2, PLOT_INK " fillstyle solid 1 noborder", "failed, base");
    put_boxes(plot, 1, 4, 3, PLOT_GREY " fillstyle pattern 4 border", "moved, base");
    put_boxes(plot, 1, 5, 4, PLOT_GREY " fillstyle solid 0.5 noborder", "in place, base");
    put_boxes(plot, 0, 3, 2, PLOT_INK " fillstyle solid 1 noborder", "failed, new");
    put_boxes(plot, 0, 4, 3, PLOT_VERMILION " fillstyle pattern 4 border", "moved, new");
    put_boxes(plot, 0, 5, 4, PLOT_BLUE " fillstyle solid 1 noborder", "in place, new");
    plot_script(plot, " NaN notitle");
}

const struct chart chart_two_outcomes = {
    .name = "realloc-outcomes",
    .title = "How reallocs ended, by Source",
    .shows = "Reallocs that stayed in place, moved (and copied), or failed, by allocator path: the "
             "left bar of a pair, in grey, is the base, the right one the new build.",
    .watch = "Bad: the right bar has the larger striped part; any failed realloc.",
    .why_empty = no_source,
    .draw = draw_outcomes,
};

static double ended_blocks(const struct measures *m)
{
    double sum = 0;
    for (size_t i = 0; i < LIFETIME_CLASSES; i++)
        sum += (double)m->lifetimes[i];
    return sum;
}

static const char *no_lifetime(const struct chart_subject *subject)
{
    struct two_measures two = two_measures(subject);
    return ended_blocks(two.of[0]) > 0 || ended_blocks(two.of[1]) > 0
               ? NULL
               : "no block was both allocated and freed in either trace";
}

static void draw_lifetimes(const struct chart_subject *subject, struct plot *plot)
{
    struct two_measures two = two_measures(subject);
    int low = LIFETIME_CLASSES, high = 0;
    for (int i = 0; i < LIFETIME_CLASSES; i++) {
        if (two.of[0]->lifetimes[i] == 0 && two.of[1]->lifetimes[i] == 0)
            continue;
        low = i < low ? i : low;
        high = i > high ? i : high;
    }
    high = high > low ? high : low + 1;
    plot_data(plot, "# new, then base: log2 of ns, percent of the blocks that lived longer\n");
    for (size_t build = 0; build < TWO_BUILDS; build++) {
        double total = ended_blocks(two.of[build]), left = total;
        for (int i = low; total > 0 && i <= high && i < LIFETIME_CLASSES; i++) {
            plot_data(plot, "%d %.8g\n", i - 1, 100 * left / total);
            left -= (double)two.of[build]->lifetimes[i];
        }
        if (total > 0)
            plot_data(plot, "%d 0\n", high);
        two_end_data(plot, !(total > 0));
    }
    plot_log2_time_axis(plot, "x", low - 1, high);
    plot_script(plot, "set yrange [0:102]");
    plot_script(plot, "set format y '%%g %%%%'");
    plot_script(plot, "set xlabel 'lifetime (log scale)' textcolor rgb " PLOT_INK);
    plot_script(plot, "set ylabel 'blocks that lived longer' textcolor rgb " PLOT_INK);
    plot_script(plot, "data = '%s.dat'", plot->name);
    plot_script(plot, "plot data index 1 using 1:2 " TWO_BASE_LINE " title 'base', \\");
    plot_script(plot, " data index 0 using 1:2 " TWO_NEW_LINE " title 'new'");
}

const struct chart chart_two_lifetimes = {
    .name = "lifetimes",
    .title = "Lifetimes of blocks",
    .shows = "Of the blocks allocated and freed in the trace, the share that lived longer than a "
             "time: the base grey and broken, the new build solid.",
    .watch = "Look where the curves part: blocks that now live longer keep pages for longer.",
    .why_empty = no_lifetime,
    .draw = draw_lifetimes,
};
