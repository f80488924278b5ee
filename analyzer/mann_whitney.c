/* Whether two samples differ in where they lie. */
#include "analyzer/mann_whitney.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double binomial(size_t n, size_t k)
{
    double product = 1;
    if (k > n)
        return 0;
    if (k > n - k)
        k = n - k;
    for (size_t i = 1; i <= k && isfinite(product); i++)
        product = product * (double)(n - k + i) / (double)i;
    return round(product);
}

double mann_whitney_least_p(size_t a_count, size_t b_count)
{
    if (a_count == 0 || b_count == 0)
        return 1;
    return fmin(1, 2 / binomial(a_count + b_count, a_count));
}

struct ranked {
    double value;
    bool is_a;
};

static int by_value(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* What the test needs of the samples. Ranks are doubled, so that those of ties are whole. */
struct ranking {
    size_t a_count, count;
    unsigned ranks[MANN_WHITNEY_EXACT_MAX]; /* of the first so many only */
    double rank_sum;                        /* of sample a */
    double ties;                            /* sum of t^3 - t over groups of t equals */
};

static void rank(const struct ranked *sorted, size_t count, struct ranking *out)
{
    *out = (struct ranking){ .count = count };
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && sorted[to].value == sorted[from].value; to++)
            out->a_count += sorted[to].is_a;
        double equals = (double)(to - from);
        out->ties += equals * equals * equals - equals;
        for (size_t i = from; i < to; i++) {
            size_t doubled = from + 1 + to;
            if (i < MANN_WHITNEY_EXACT_MAX)
                out->ranks[i] = (unsigned)doubled;
            if (sorted[i].is_a)
                out->rank_sum += (double)doubled;
        }
    }
}

/*
 * Counts, for every size and sum, the subsets of the ranks that have it: C(20, 10) and below, so
 * whole in a double.
 */
static double exact_p(const struct ranking *ranking)
{
    enum { SUMS = MANN_WHITNEY_EXACT_MAX * (MANN_WHITNEY_EXACT_MAX + 1) + 1 };
    static const double slack = 0.5; /* between whole sums: compares them as such */
    double ways[MANN_WHITNEY_EXACT_MAX + 1][SUMS];
    size_t n = ranking->count, a_count = ranking->a_count, top = 0;
    memset(ways, 0, sizeof ways);
    ways[0][0] = 1;
    for (size_t i = 0; i < n; i++) {
        size_t r = ranking->ranks[i];
        top += r;
        for (size_t size = i < a_count ? i + 1 : a_count; size > 0; size--)
            for (size_t sum = r; sum <= top; sum++)
                ways[size][sum] += ways[size - 1][sum - r];
    }
    double mean = (double)(a_count * (n + 1));
    double reach = fabs(ranking->rank_sum - mean) - slack;
    double far = 0, all = 0;
    for (size_t sum = 0; sum < SUMS; sum++) {
        all += ways[a_count][sum];
        if (fabs((double)sum - mean) >= reach)
            far += ways[a_count][sum];
    }
    return far / all;
}

static double normal_p(const struct ranking *ranking)
{
    static const double continuity = 0.5;
    double n = (double)ranking->count;
    double a = (double)ranking->a_count;
    double b = n - a;
    double variance = a * b / 12 * (n + 1 - ranking->ties / (n * (n - 1)));
    double distance = fabs(ranking->rank_sum - a * (n + 1)) / 2; /* of U from its mean */
    if (!(variance > 0))
        return 1;
    double z = fmax(0, distance - continuity) / sqrt(variance);
    return fmin(1, erfc(z / sqrt(2)));
}

static void take(struct ranked *to, const double *values, size_t count, bool is_a)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (struct ranked){ values[i], is_a };
}

bool mann_whitney_p(const double *a, size_t a_count, const double *b, size_t b_count, double *p,
                    struct error *err)
{
    struct ranking ranking;
    size_t count = a_count + b_count;
    assert(a_count > 0 && b_count > 0);
    struct ranked *values = malloc(count * sizeof *values);
    if (!values)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to rank %zu values",
                         count);
    take(values, a, a_count, true);
    take(values + a_count, b, b_count, false);
    qsort(values, count, sizeof *values, by_value);
    rank(values, count, &ranking);
    free(values);
    *p = count <= MANN_WHITNEY_EXACT_MAX ? exact_p(&ranking) : normal_p(&ranking);
    return true;
}
