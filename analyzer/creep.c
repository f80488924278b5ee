/* How fast what a heap holds beyond its live bytes grows in the long run. */
#include "analyzer/creep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RADIX_BITS = 8, RADIX_COUNT = 1 << RADIX_BITS };

struct reading {
    uint64_t t_ns;
    double excess; /* bytes held beyond the live ones */
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

static void put_slopes(const struct reading *readings, size_t count, uint64_t *ordinals)
{
    for (const struct reading *to = readings + 1; to < readings + count; to++)
        for (const struct reading *from = readings; from < to; from++)
            *ordinals++ = ordinal_of((to->excess - from->excess) / (double)(to->t_ns - from->t_ns));
}

/* Bytes per ns. */
static bool median_slope(const struct reading *readings, size_t count, double *out,
                         struct error *err)
{
    size_t pairs = count * (count - 1) / 2;
    uint64_t *ordinals = malloc(pairs * sizeof *ordinals);
    if (!ordinals)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu slopes", pairs);
    put_slopes(readings, count, ordinals);
    place_rank(ordinals, pairs, pairs / 2);
    *out = value_of(ordinals[pairs / 2]);
    if (pairs % 2 == 0)
        *out = (*out + value_of(largest(ordinals, pairs / 2))) / 2;
    free(ordinals);
    return true;
}

static bool is_reading(const struct timeline_row *row, enum timeline_curve held)
{
    return row->curves[held].known && row->curves[TIMELINE_live_bytes].known;
}

/* Fills readings[0, CREEP_ROWS); returns how many there are. */
static size_t pick_readings(const struct timeline_result *timeline, uint64_t from_ns,
                            enum timeline_curve held, struct reading *readings)
{
    size_t all = 0;
    for (size_t i = 0; i < timeline->count; i++)
        all += timeline->rows[i].t_ns >= from_ns && is_reading(&timeline->rows[i], held);

    size_t count = all < CREEP_ROWS ? all : CREEP_ROWS;
    size_t seen = 0, picked = 0;
    for (size_t i = 0; i < timeline->count && picked < count; i++) {
        const struct timeline_row *row = &timeline->rows[i];
        if (row->t_ns < from_ns || !is_reading(row, held))
            continue;
        bool is_due = count < 2 || seen == picked * (all - 1) / (count - 1);
        if (is_due)
            readings[picked++] =
                (struct reading){ row->t_ns, bytes_between(row->curves[held].last,
                                                           row->curves[TIMELINE_live_bytes].last) };
        seen++;
    }
    return picked;
}

bool creep_slope(const struct timeline_result *timeline, uint64_t first_ns, uint64_t end_ns,
                 bool basis_is_committed, double *out, struct error *err)
{
    static const double ns_per_hour = 3600e9;
    struct reading readings[CREEP_ROWS];
    uint64_t half_ns = first_ns + (end_ns - first_ns) / 2;
    size_t count = pick_readings(
        timeline, half_ns, basis_is_committed ? TIMELINE_committed_bytes : TIMELINE_touched_bytes,
        readings);
    *out = NAN;
    if (count < 2)
        return true;
    if (!median_slope(readings, count, out, err))
        return false;
    *out = *out * ns_per_hour + 0; /* and never -0 */
    return true;
}
