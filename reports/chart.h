/* What a chart is: a picture of one heap, or of the whole trace, with words that say how to read
 * it. */
#ifndef REPORTS_CHART_H
#define REPORTS_CHART_H

#include "analyzer/result.h"
#include "reports/plot.h"

#include <stdbool.h>
#include <stddef.h>

/* What charts are about: one heap, or with `heap` NULL the whole trace. Borrows the result. */
struct chart_subject {
    const struct result *result;
    const struct measures *measures;
    const struct process_result *process;
    const struct heap_result *heap;
    char slug[48];                    /* "trace", "process1-heap2": in names of files and anchors */
    const struct chart_subject *base; /* the same of the build to compare with; NULL: none */
};

/*
 * A chart is one object that one of the chart_*.c defines; charts.c lists them in the order in
 * which a page shows them. No text from the trace goes into a script: names stand in the page only.
 */
struct chart {
    const char *name; /* in names of files and anchors */
    const char *title;
    const char *shows; /* a sentence: what is to be seen */
    const char *watch; /* a sentence: what would be bad */
    bool is_wide;
    bool heaps_only;

    /* Why there is nothing to draw, as a clause: "no realloc was traced"; NULL when there is. */
    const char *(*why_empty)(const struct chart_subject *subject);

    /* Writes script and data. Faults of the files stay with them and come out in plot_end. */
    void (*draw)(const struct chart_subject *subject, struct plot *plot);
};

extern const struct chart chart_footprint, chart_fragmentation, chart_copied, chart_source_mix,
    chart_events;                                                   /* chart_timeline.c */
extern const struct chart chart_address_map, chart_address_profile; /* chart_address.c */
extern const struct chart chart_page_occupancy, chart_gaps;         /* chart_pages.c */
extern const struct chart chart_outcomes, chart_move_rate;          /* chart_realloc.c */
extern const struct chart chart_growth, chart_size_pairs;           /* chart_growth.c */
extern const struct chart chart_chains, chart_chain_paths;          /* chart_chains.c */
extern const struct chart chart_lifetimes, chart_live_sizes;        /* chart_blocks.c */

/* Charts of two builds: of subjects that have a base. */
extern const struct chart chart_two_footprints, chart_two_fragmentations,
    chart_two_copied;                                                       /* chart_two_curves.c */
extern const struct chart chart_two_pages, chart_two_gaps, chart_two_sizes; /* chart_two_bars.c */
extern const struct chart chart_two_move_rates, chart_two_outcomes,
    chart_two_lifetimes;                                              /* chart_two_rates.c */
extern const struct chart chart_map_difference, chart_end_difference; /* chart_difference.c */

#endif
