/* Two builds, number by number, with verdicts (metrics.md, section 7). Plain data. */
#ifndef ANALYZER_COMPARISON_H
#define ANALYZER_COMPARISON_H

#include "analyzer/gate.h"
#include "analyzer/match.h"
#include "analyzer/merged.h"

struct comparison_options {
    double alpha;             /* of significance, between 0 and 1 */
    bool is_forced;           /* gates hold even if the builds did not do comparable work */
    const struct gate *gates; /* all four are the caller's and outlive the comparison */
    size_t gate_count;
    const struct match_pair *map;
    size_t map_count;
};

/* From worst to best. */
enum verdict {
    VERDICT_REGRESSED,
    VERDICT_NOT_COMPARABLE,
    VERDICT_INCONCLUSIVE,
    VERDICT_IMPROVED,
    VERDICT_SAME,
    VERDICT_COUNT,
};
extern const char *const verdict_names[VERDICT_COUNT];

/* The runs of one build, in one metric. */
struct sample {
    size_t count; /* 0: it has no value in any run, and all below is NAN */
    double median;
    double low, high; /* the quartiles by nearest rank: its spread */
    double raw;       /* the median as it is in the results, not per million allocations */
};

struct change {
    size_t scope; /* in comparison.scopes */
    const struct metric *metric;
    bool is_per_million; /* allocations of the program */
    struct sample base, now;
    double difference; /* of the medians; NAN if one is missing, as are the next six */
    double ratio;      /* NAN for a base of 0 */
    double shift, shift_low, shift_high; /* Hodges-Lehmann; bounds may be infinite */
    double p;                            /* Mann-Whitney, as it is */
    double p_adjusted;                   /* after Holm, the least of its gates; NAN: not gated */
    bool is_assessed;                    /* there are runs enough for p to mean something */
    bool is_gated;
    enum verdict verdict;
    const char *reason; /* why it is not comparable; else NULL */
};

/* What is compared: all, a process, or a heap that both builds have. The label is the base's. */
struct compared_scope {
    const struct match *match; /* NULL: all */
    const struct merged_scope *base, *now;
    size_t first_change, change_count;
};

/* One gate on one heap, process or on all. */
struct gate_test {
    size_t gate;   /* in comparison.gates */
    size_t change; /* in comparison.changes */
    double p_adjusted;
    bool has_fired;
};

struct gate_outcome {
    size_t tests, fired;
    const char *reason; /* why it could not be evaluated; NULL: it could */
};

struct comparison {
    const struct merged *base, *now; /* the caller's */
    struct comparison_options options;
    struct matching matching;
    struct compared_scope *scopes; /* the first is all; a process before its heaps */
    size_t scope_count;
    struct change *changes; /* in order of scope and metric */
    size_t change_count;
    struct gate_test *tests;
    size_t test_count;
    struct gate_outcome *outcomes; /* by the gates */
    double base_work, now_work;    /* median allocations of a run; NAN: no run */
    bool is_work_comparable;       /* within a factor of two */
    bool has_loss;                 /* in any trace: only rates are gated */
    bool is_assessed;              /* complete separation of the runs could reach alpha */
    size_t runs_enough;            /* runs a side with which it could */
    size_t fired;                  /* gates that have */
    size_t not_evaluated;          /* gates that could not be */
};

/*
 * Compares. `base` and `now` are finished and outlive `out`. False with ERROR_NO_MEMORY or, for the
 * map, ERROR_USAGE; then `out` is zero-filled.
 */
bool compare_builds(const struct merged *base, const struct merged *now,
                    const struct comparison_options *options, struct comparison *out,
                    struct error *err);
void comparison_release(struct comparison *comparison); /* safe on a zero-filled one */

/* "all", or the base's label of a scope. Hostile. */
const char *compared_label(const struct compared_scope *scope);

/*
 * The geometric mean of now / base over the metrics of a scope of which more is worse and both are
 * above 0; NAN without any.
 */
double comparison_geomean(const struct comparison *comparison, size_t scope);

#endif
