/*
 * The levels of one heap, one process or the trace over time: peaks, means, values at the live peak
 * and at the end (metrics.md, section 4).
 *
 *     levels_start(levels, first_ns);
 *     for each event:
 *         levels_before(levels);
 *         … the event changes occupancy and space …
 *         levels_rise(levels, change, occupancy);
 *         if space may have changed:
 *             levels_take(levels, points, ranges);
 *             levels_take_space(levels, t_ns, space, occupancy->live_bytes);
 *         points_add(points, t_ns, occupancy);
 *         from time to time:
 *             levels_take(levels, points, ranges);
 *     levels_take(levels, points, ranges);
 *     levels_report(levels, end_ns, occupancy, &measures);
 *
 * What must be known at once is noted at once: the live peak. All else is taken in by the run.
 * Times never fall, and change numbers rise. Integrals of whole numbers are exact.
 */
#ifndef ANALYZER_LEVELS_H
#define ANALYZER_LEVELS_H

#include "analyzer/level_values.h"
#include "analyzer/result.h"
#include "analyzer/space.h"
#include "analyzer/sweep.h"
#include "analyzer/wide.h"

#include <string.h>

/* A curve of fractions so far, over the times at which it has a value. */
struct ratio_sum {
    double integral; /* of the value, times ns */
    uint64_t span_ns;
};

static inline void ratio_add(struct ratio_sum *sum, double value, uint64_t span_ns)
{
    if (isnan(value))
        return;
    sum->integral += value * (double)span_ns;
    sum->span_ns += span_ns;
}

/* Integrals over time up to at_ns. */
struct level_sums {
    u128 integral[LEVEL_COUNT];    /* bytes or blocks, times ns */
    uint64_t span_ns[LEVEL_COUNT]; /* of committed, reserved and free bytes only */
    struct ratio_sum ratios[RATIO_COUNT];
    struct ratio_sum frag; /* A/L - 1 for the basis that holds */
    uint64_t at_ns;        /* everything has come to here, … */
    uint64_t space_at_ns;  /* … but what only space changes: that stands still since here, … */
    u128 live_at_space;    /* … when the integral of live bytes was this */
};

struct level_peak {
    uint64_t value, at_ns;
};

struct ratio_peak {
    double value; /* -INFINITY: it never had one */
    uint64_t at_ns;
};

static inline void ratio_raise(struct ratio_peak *peak, double value, uint64_t t_ns)
{
    if (value > peak->value) /* not, if it is NAN */
        *peak = (struct ratio_peak){ .value = value, .at_ns = t_ns };
}

/* Private to levels.c and levels_take.c, but peak_change, now and basis_is_committed, which anybody
 * may read. */
struct levels {
    uint64_t
        peak_change;    /* the change that first brought live_bytes to its peak; 0: no value yet */
    uint64_t next_peak; /* live bytes that would be a peak: 0 at first, then the peak and 1 */
    bool is_ended;      /* by levels_mark_end, and no event since */

    bool basis_is_committed; /* C was known once: A of Johnstone & Wilson's four is C */
    bool has_live_peak;      /* at_live_peak is filled */
    uint32_t ever_known;     /* bit `level` */
    struct level_values now; /* after the last point taken, as is all below */
    struct fractions ratios;
    uint64_t first_ns;
    struct level_sums sums;
    struct level_peak peaks[LEVEL_COUNT];
    struct ratio_peak ratio_peaks[RATIO_COUNT];
    struct level_peak
        least_live; /* since space last changed: the most waste of what is committed */
    uint64_t live_at_touched_peak, live_at_committed_peak;
    struct level_values at_live_peak;
    uint64_t histogram_at_live_peak[OCCUPANCY_BINS];
    struct {
        struct level_values now;
        struct level_sums sums;
        uint64_t histogram[OCCUPANCY_BINS];
    } end; /* if is_ended */
};

/*
 * Begins at `t_ns`, the time of the first event, forgetting all that was. At --from it is called
 * again, and what is there already is taken in as an event: so peaks and means begin anew.
 */
void levels_start(struct levels *levels, uint64_t t_ns);

/* Before an event changes `occupancy`. It may be left out where no end is marked. */
static inline void levels_before(struct levels *levels)
{
    levels->is_ended = false;
}

/* Whether `live_bytes`, which are fewer than 2^64 - 1, are a peak. */
static inline bool levels_is_peak(const struct levels *levels, uint64_t live_bytes)
{
    return live_bytes >= levels->next_peak;
}

/* After change number `change` left `occupancy`. */
static inline void levels_rise(struct levels *levels, uint64_t change,
                               const struct occupancy *occupancy)
{
    if (!levels_is_peak(levels, occupancy->live_bytes))
        return;
    levels->next_peak = occupancy->live_bytes + 1;
    levels->peak_change = change;
    memcpy(levels->histogram_at_live_peak, occupancy->histogram, sizeof occupancy->histogram);
}

/* For zero-filled ones, which nothing is fed: no value is a peak of theirs. */
static inline void levels_have_no_peak(struct levels *levels)
{
    levels->next_peak = UINT64_MAX;
}

/* Whether any event has been seen. */
static inline bool levels_has_values(const struct levels *levels)
{
    return levels->next_peak > 0;
}

/*
 * Takes what space is from `t_ns` on, where an event leaves `live_bytes`; the points before it have
 * been taken, and its own comes next. Call it for the first event at least.
 */
void levels_take_space(struct levels *levels, uint64_t t_ns, const struct space *space,
                       uint64_t live_bytes);

/* Takes one point or more, and writes to the room after them. `ranges`: of these points alone. */
void levels_take(struct levels *levels, struct points *points, struct sweep_ranges *ranges);

/*
 * After levels_before and before what ends a heap or a process is applied: what is now is how it
 * ends, unless another event comes (levels_before) and proves that it goes on. A process ends
 * with its last heap, so mark it only when no other heap of it lives. All points have been taken.
 */
void levels_mark_end(struct levels *levels, uint64_t t_ns, const struct occupancy *occupancy);

/*
 * Fills first_ns, last_ns, levels, ratios, both occupancy histograms, basis_is_committed, the
 * four frag_… and the sums that means are made of. The end is what was marked, or else now, which
 * lasts until `end_ns`. All points have been taken.
 */
void levels_report(const struct levels *levels, uint64_t end_ns, const struct occupancy *occupancy,
                   struct measures *out);

#endif
