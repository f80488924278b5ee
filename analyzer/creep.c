/* How fast what a heap holds beyond its live bytes grows in the long run. */
#include "analyzer/creep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RADIX_BITS = 8, RADIX_COUNT = 1 << RADIX_BITS };

struct reading {
    uint64_t t_ns;
    double bytes; /* held beyond what is live */
};

static double bytes_between(uint64_t held, uint64_t live)
{
    return held >= live ? (double)(held - live) : -(double)(live - held);
}

/* A number that orders as `value` does. */
static uint64_t ordinal_of(double value)
{
    const uint64_t sign = UINT64_C(1) << 63;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits ^ ((0 - (bits >> 63)) | sign); /* no branch: signs are beyond prediction */
}

static double value_of(uint64_t ordinal)
{
    uint64_t bits = ordinal >> 63 ? ordinal & ~(UINT64_C(1) << 63) : ~ordinal;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void swap(uint64_t *a, uint64_t *b)
{
    uint64_t old = *a;
    *a = *b;
    *b = old;
}

/*
 * Puts those of ordinals[*from, *to) whose digit at `shift` is below `digit` first, those above it
 * last, and moves `*from` and `*to` to what is left between them.
 */
static void narrow(uint64_t *ordinals, size_t *from, size_t *to, unsigned shift, size_t digit)
{
    for (size_t i = *from; i < *to;) {
        size_t found = ordinals[i] >> shift & (RADIX_COUNT - 1);
        if (found < digit)
            swap(&ordinals[i++], &ordinals[(*from)++]);
        else if (found > digit)
            swap(&ordinals[i], &ordinals[--*to]);
        else
            i++;
    }
}

/*
 * Puts number `rank` (from 0) of `ordinals` in its place, and none above it before it. Digit by
 * digit: no order of them makes it slow, which a quickselect could not say of slopes that a trace
 * may choose.
 */
static void place_rank(uint64_t *ordinals, size_t count, size_t rank)
{
    size_t from = 0, to = count;
    for (unsigned shift = 64; shift > 0 && to - from > 1;) {
        shift -= RADIX_BITS;
        size_t counts[RADIX_COUNT] = { 0 };
        for (size_t i = from; i < to; i++)
            counts[ordinals[i] >> shift & (RADIX_COUNT - 1)]++;
        size_t digit = 0;
        for (size_t before = from; before + counts[digit] <= rank; digit++)
            before += counts[digit];
        narrow(ordinals, &from, &to, shift, digit);
    }
}

static uint64_t largest(const uint64_t *ordinals, size_t count)
{
    uint64_t most = ordinals[0];
    for (size_t i = 1; i < count; i++)
        most = ordinals[i] > most ? ordinals[i] : most;
    return most;
}

static uint64_t slope_between(const struct reading *from, const struct reading *to)
{
    return ordinal_of((to->bytes - from->bytes) / (double)(to->t_ns - from->t_ns));
}

/* What lies between two ordinals, both included. */
struct range {
    uint64_t low, high;
};

/* Puts the slopes in `range` into `ordinals` and returns their number; `*below`: of those before.
 */
static size_t put_slopes(const struct reading *points, size_t count, struct range range,
                         uint64_t *ordinals, size_t *below)
{
    size_t kept = 0, less = 0;
    for (size_t j = 1; j < count; j++) {
        for (size_t i = 0; i < j; i++) {
            uint64_t ordinal = slope_between(&points[i], &points[j]);
            ordinals[kept] = ordinal; /* over the last one if that is not in the range */
            kept += ordinal >= range.low && ordinal <= range.high;
            less += ordinal < range.low;
        }
    }
    *below = less;
    return kept;
}

/* Where the median probably is, by one pair in SAMPLE_STEP; an eighth of all pairs lie there. */
static struct range sample_range(const struct reading *points, size_t count, uint64_t *ordinals)
{
    enum { SAMPLE_STEP = 61, SAMPLE_SHIFT = 17, SAMPLES_MIN = 256 };
    size_t kept = 0;
    for (size_t j = 1; j < count; j++)
        for (size_t i = j * SAMPLE_SHIFT % SAMPLE_STEP; i < j; i += SAMPLE_STEP)
            ordinals[kept++] = slope_between(&points[i], &points[j]);
    if (kept < SAMPLES_MIN)
        return (struct range){ 0, UINT64_MAX };
    size_t low = kept / 2 - kept / 16, high = kept / 2 + kept / 16;
    place_rank(ordinals, kept, high);
    place_rank(ordinals, high, low);
    return (struct range){ ordinals[low], ordinals[high] };
}

/*
 * Bytes per ns. Most slopes are only counted: what is below a range around the middle of a sample,
 * and what is above it. Where the middle is not in that range after all, the range is everything.
 */
static bool median_slope(const struct reading *points, size_t count, double *out, struct error *err)
{
    size_t pairs = count * (count - 1) / 2, below;
    uint64_t *ordinals = malloc(pairs * sizeof *ordinals);
    if (!ordinals)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu slopes", pairs);
    size_t kept =
        put_slopes(points, count, sample_range(points, count, ordinals), ordinals, &below);
    bool is_inside = below < pairs / 2 && pairs / 2 < below + kept;
    if (!is_inside)
        kept = put_slopes(points, count, (struct range){ 0, UINT64_MAX }, ordinals, &below);
    size_t rank = pairs / 2 - below;
    place_rank(ordinals, kept, rank);
    *out = value_of(ordinals[rank]);
    if (pairs % 2 == 0)
        *out = (*out + value_of(largest(ordinals, rank))) / 2;
    free(ordinals);
    return true;
}

static bool is_point(const struct timeline_row *row, enum timeline_curve held)
{
    return row->curves[held].known && row->curves[TIMELINE_live_bytes].known;
}

/* Fills points[0, CREEP_ROWS); returns how many there are. */
static size_t pick_points(const struct timeline_result *timeline, uint64_t from_ns,
                          enum timeline_curve held, struct reading *points)
{
    size_t all = 0;
    for (size_t i = 0; i < timeline->count; i++)
        all += timeline->rows[i].t_ns >= from_ns && is_point(&timeline->rows[i], held);

    size_t count = all < CREEP_ROWS ? all : CREEP_ROWS;
    size_t seen = 0, picked = 0;
    for (size_t i = 0; i < timeline->count && picked < count; i++) {
        const struct timeline_row *row = &timeline->rows[i];
        if (row->t_ns < from_ns || !is_point(row, held))
            continue;
        bool is_due = count < 2 || seen == picked * (all - 1) / (count - 1);
        if (is_due)
            points[picked++] = (struct reading){
                row->t_ns,
                bytes_between(row->curves[held].last, row->curves[TIMELINE_live_bytes].last),
            };
        seen++;
    }
    return picked;
}

bool creep_slope(const struct timeline_result *timeline, uint64_t first_ns, uint64_t end_ns,
                 bool basis_is_committed, double *out, struct error *err)
{
    static const double ns_per_hour = 3600e9;
    struct reading points[CREEP_ROWS];
    uint64_t half_ns = first_ns + (end_ns - first_ns) / 2;
    size_t count =
        pick_points(timeline, half_ns,
                    basis_is_committed ? TIMELINE_committed_bytes : TIMELINE_touched_bytes, points);
    *out = NAN;
    if (count < 2)
        return true;
    if (!median_slope(points, count, out, err))
        return false;
    *out = *out * ns_per_hour + 0; /* and never -0 */
    return true;
}
