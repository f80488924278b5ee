/* All charts of a result: written for gnuplot, and drawn if it is there. */
#ifndef REPORTS_CHARTS_H
#define REPORTS_CHARTS_H

#include "reports/chart.h"

/* Every kind of chart, in the order in which a page shows them. */
extern const struct chart *const chart_list[];
extern const size_t chart_count;

/* Those of two builds: of subjects that have a base. */
extern const struct chart *const two_chart_list[];
extern const size_t two_chart_count;

/* Then the trace as a whole has no charts: they would be those of the heap. */
bool result_has_one_heap(const struct result *result);

/* One chart of one subject. */
struct chart_entry {
    const struct chart *chart;
    size_t subject;            /* index in charts.subjects */
    char name[PLOT_NAME_SIZE]; /* of its files, and its anchor in a page */
    const char *why_empty;     /* a clause; NULL: script and data are there */
    bool is_drawn;             /* and so is NAME.svg (or .png) */
};

struct charts {
    const struct chart *const *kinds; /* chart_list or two_chart_list */
    size_t kind_count;
    struct chart_subject *subjects; /* the trace, then the heaps that matter */
    size_t subject_count;
    struct chart_entry *entries; /* in order of subject, then as a page shows them */
    size_t count;
    size_t failures;      /* entries that have something to show and were not drawn */
    struct error gnuplot; /* why gnuplot was given up; no code when it was not */
};

/*
 * Chooses subjects (subjects_choose) and writes script and data of each of their charts into
 * `directory`, which must be there; then gnuplot draws them. With NULL for `directory` only
 * chooses. A missing gnuplot is no error. False fills `err`: no memory, or the files cannot be
 * written. The charts borrow `result`.
 */
bool charts_write(const struct result *result, size_t top, const char *directory,
                  enum picture picture, struct charts *out, struct error *err);

/*
 * The same for subjects that are chosen already, each with its base: the charts of two builds.
 * `subjects` and their bases are borrowed and outlive the charts.
 */
bool charts_write_two(const struct chart_subject *subjects, size_t count, const char *directory,
                      enum picture picture, struct charts *out, struct error *err);

void charts_release(struct charts *charts); /* fine on a zero-filled one */

/* The entry with this chart for this heap (NULL: the trace); NULL when it is not among them. */
const struct chart_entry *charts_find(const struct charts *charts, const struct heap_result *heap,
                                      const char *chart_name);

#endif
