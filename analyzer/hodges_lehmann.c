/* By how much one sample lies above another. */
#include "analyzer/hodges_lehmann.h"

#include "analyzer/mann_whitney.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Doubles as whole numbers in the same order, so that halving between two of them ends. */
static uint64_t key_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double value_of(uint64_t key)
{
    double value;
    uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Differences that are at most `limit`. Along ascending `b` ever fewer values of `a` give one. */
static double count_up_to(const double *a, size_t a_count, const double *b, size_t b_count,
                          double limit)
{
    double count = 0;
    size_t first = 0; /* of `a` that is large enough */
    for (size_t j = 0; j < b_count && first < a_count; j++) {
        while (first < a_count && b[j] - a[first] > limit)
            first++;
        count += (double)(a_count - first);
    }
    return count;
}

/* The difference of that rank, from 1, without writing them all down. */
static double difference_of_rank(const double *a, size_t a_count, const double *b, size_t b_count,
                                 double rank)
{
    uint64_t low = key_of(b[0] - a[a_count - 1]), high = key_of(b[b_count - 1] - a[0]);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (count_up_to(a, a_count, b, b_count, value_of(middle)) >= rank)
            high = middle;
        else
            low = middle + 1;
    }
    return value_of(low) + 0.0; /* no negative zero */
}

/*
 * Ways to have U at most each value, by the recursion of Mann and Whitney; then how many
 * differences can be left out at either end.
 */
static double exact_rank(size_t m, size_t n, double alpha)
{
    enum { SIDE = MANN_WHITNEY_EXACT_MAX + 1, PRODUCTS = 101 };
    double ways[SIDE][PRODUCTS]; /* for samples of i and of j values, j on its way to n */
    memset(ways, 0, sizeof ways);
    for (size_t i = 0; i <= m; i++)
        ways[i][0] = 1; /* against no values */
    for (size_t j = 1; j <= n; j++)
        for (size_t i = 1; i <= m; i++)
            for (size_t u = PRODUCTS; u-- > 0;)
                /* The largest of all is of the second sample, or is of the first and beats j. */
                ways[i][u] += u >= j ? ways[i - 1][u - j] : 0;
    double all = binomial(m + n, m), seen = 0;
    size_t rank = 0;
    while (rank < PRODUCTS && (seen + ways[m][rank]) / all <= alpha / 2)
        seen += ways[m][rank++];
    return (double)rank;
}

/* z with P(|Z| > z) = alpha. */
static double normal_quantile(double alpha)
{
    double low = 0, high = 40;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (erfc(middle / sqrt(2)) > alpha)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static double normal_rank(double m, double n, double alpha)
{
    double rank = floor(m * n / 2 - normal_quantile(alpha) * sqrt(m * n * (m + n + 1) / 12));
    return fmax(0, rank);
}

struct shift hodges_lehmann(const double *a, size_t a_count, const double *b, size_t b_count,
                            double alpha)
{
    double all = (double)a_count * (double)b_count;
    double below = difference_of_rank(a, a_count, b, b_count, floor((all + 1) / 2));
    double above = difference_of_rank(a, a_count, b, b_count, floor(all / 2) + 1);
    double rank = a_count + b_count <= MANN_WHITNEY_EXACT_MAX
                      ? exact_rank(a_count, b_count, alpha)
                      : normal_rank((double)a_count, (double)b_count, alpha);
    struct shift shift = { .middle = below + (above - below) / 2,
                           .low = -INFINITY,
                           .high = INFINITY };
    if (rank >= 1) {
        shift.low = difference_of_rank(a, a_count, b, b_count, rank);
        shift.high = difference_of_rank(a, a_count, b, b_count, all + 1 - rank);
    }
    return shift;
}
