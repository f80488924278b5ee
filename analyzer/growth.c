/* By what ratio reallocs change sizes. */
#include "analyzer/growth.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS_PER_OCTAVE = 16, LOWEST_OCTAVE = -8, HIGHEST_OCTAVE = 8 };
static_assert((HIGHEST_OCTAVE - LOWEST_OCTAVE) * BINS_PER_OCTAVE == GROWTH_BINS,
              "the bins cover the octaves");

static const double fixed_one = 4294967296.0; /* 2^32 */

/* Whether to / from is within 1 % of `hundredths` / 100, exactly. */
static bool is_about(const struct resize *resize, uint64_t hundredths)
{
    u128 middle = (u128)hundredths * resize->from;
    u128 scaled = (u128)100 * resize->to;
    return 100 * scaled >= 99 * middle && 100 * scaled <= 101 * middle;
}

int growth_bin(double ratio)
{
    double bin = floor(BINS_PER_OCTAVE * (log2(ratio) - LOWEST_OCTAVE));
    return bin < 0 ? -1 : bin < GROWTH_BINS ? (int)bin : GROWTH_BINS;
}

static void count_in_histogram(struct growth *growth, double ratio)
{
    int bin = growth_bin(ratio);
    if (bin < 0)
        growth->below++;
    else if (bin >= GROWTH_BINS)
        growth->above++;
    else
        growth->histogram[bin]++;
}

void growth_count(struct growth *growth, const struct resize *resize)
{
    if (resize->from == 0 || resize->to == 0)
        return;
    double ratio = (double)resize->to / (double)resize->from;
    if (growth->count < GROWTH_KEPT)
        growth->values[growth->count] = ratio;
    growth->count++;
    growth->log_sum += llround(log(ratio) * fixed_one);
    growth->exact_1 += resize->from == resize->to;
    growth->exact_1_5 += is_about(resize, 150);
    growth->exact_2 += is_about(resize, 200);
    count_in_histogram(growth, ratio);
}

void growth_add(struct growth *sum, const struct growth *more)
{
    if (sum->count + more->count <= GROWTH_KEPT)
        memcpy(sum->values + sum->count, more->values, more->count * sizeof more->values[0]);
    sum->count += more->count;
    sum->log_sum += more->log_sum;
    sum->exact_1 += more->exact_1;
    sum->exact_1_5 += more->exact_1_5;
    sum->exact_2 += more->exact_2;
    sum->below += more->below;
    sum->above += more->above;
    for (size_t i = 0; i < GROWTH_BINS; i++)
        sum->histogram[i] += more->histogram[i];
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The bin of the value of that rank, from 1, as the geometric middle of the bin. */
static double binned_value(const struct growth *growth, uint64_t rank)
{
    if (rank <= growth->below)
        return exp2(LOWEST_OCTAVE);
    uint64_t seen = growth->below;
    for (size_t i = 0; i < GROWTH_BINS; i++) {
        seen += growth->histogram[i];
        if (rank <= seen)
            return exp2(LOWEST_OCTAVE + ((double)i + 0.5) / BINS_PER_OCTAVE);
    }
    return exp2(HIGHEST_OCTAVE);
}

/* Ratios ready to be asked for quantiles. */
struct ranking {
    const struct growth *growth;
    double sorted[GROWTH_KEPT];
};

static void ranking_init(struct ranking *ranking, const struct growth *growth)
{
    ranking->growth = growth;
    if (growth->count > GROWTH_KEPT)
        return;
    memcpy(ranking->sorted, growth->values, growth->count * sizeof growth->values[0]);
    qsort(ranking->sorted, growth->count, sizeof ranking->sorted[0], by_value);
}

/* By nearest rank: the value of rank ⌈percent × count / 100⌉. */
static double quantile(const struct ranking *ranking, unsigned percent)
{
    uint64_t count = ranking->growth->count;
    if (count == 0)
        return NAN;
    uint64_t rank = (uint64_t)(((u128)count * percent + 99) / 100);
    return count <= GROWTH_KEPT ? ranking->sorted[rank - 1] : binned_value(ranking->growth, rank);
}

double growth_median(const struct growth *growth)
{
    struct ranking ranking;
    ranking_init(&ranking, growth);
    return quantile(&ranking, 50);
}

void growth_report(const struct growth *growth, struct growth_result *out)
{
    struct ranking ranking;
    ranking_init(&ranking, growth);
    *out = (struct growth_result){
        .values = growth->count,
        .geomean = NAN,
        .p5 = quantile(&ranking, 5),
        .p25 = quantile(&ranking, 25),
        .p50 = quantile(&ranking, 50),
        .p75 = quantile(&ranking, 75),
        .p95 = quantile(&ranking, 95),
        .exact_1 = growth->exact_1,
        .exact_1_5 = growth->exact_1_5,
        .exact_2 = growth->exact_2,
        .below = growth->below,
        .above = growth->above,
    };
    if (growth->count > 0)
        out->geomean = exp((double)growth->log_sum / fixed_one / (double)growth->count);
    memcpy(out->histogram, growth->histogram, sizeof out->histogram);
}
