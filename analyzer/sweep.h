/* What a run of points amounts to: ranges and integrals, in one pass over all their values. */
#ifndef ANALYZER_SWEEP_H
#define ANALYZER_SWEEP_H

#include "analyzer/points.h"
#include "analyzer/wide.h"

#include <stdbool.h>

/* The lowest and highest of each value. */
struct sweep_ranges {
    uint64_t low[POINT_VALUES], high[POINT_VALUES];
};

struct sweep {
    struct sweep_ranges ranges;  /* of the points alone */
    u128 integral[POINT_VALUES]; /* from the point before them to the last; modulo 2^128 */
    uint64_t span_ns;            /* the same way */
    double waited;               /* from the point before them to the first, ns */
    double lasted[POINTS_MAX];   /* from each to the next; 0 from the last on, as far as
                                  sweep_points fills up */
};

/*
 * Of one point or more; `before` is what was before the first. Exact. Fills the room after the
 * points, up to a multiple of POINTS_ABREAST, with what the last one is.
 */
void sweep_points(struct points *points, const struct point *before, struct sweep *out);

/* The same, value by value: for runs whose values are far apart. */
void sweep_values(struct points *points, const struct point *before, struct sweep *out);

/* Of the points from number `from` on, of which there is one or more; not of pinned_waste_bytes. */
void sweep_ranges(const struct points *points, uint32_t from, struct sweep_ranges *out);

/* Fractions that change with every event; NAN without a value. */
struct fractions {
    double page_fragmentation, page_excess, frag;
};

/* What fractions come to over a run. */
struct fraction_sweep {
    const double *committed;   /* bytes that frag is measured by; NULL: by what is touched */
    struct fractions now;      /* before the run; then, after its last point */
    struct fractions integral; /* gets each, times ns, in order of time: rounded as if one by one */
    double most_fragmentation, most_excess; /* of the points alone; filled */
};

/* So large a value, or a span, has no place in a run that sweep_fractions takes. */
#define SWEEP_VALUE_MAX (UINT64_C(1) << 51)

/*
 * Takes a run that has been swept, that begins with fractions and of which live_bytes and
 * touched_pages are never 0; all of it is below SWEEP_VALUE_MAX.
 */
void sweep_fractions(const struct points *points, const struct sweep *sweep,
                     struct fraction_sweep *fractions);

/* The fractions of one of these points. */
struct fractions fractions_at(const struct points *points, uint32_t i, const double *committed);

#endif
