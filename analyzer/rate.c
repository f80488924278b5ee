/* A share of trials, with how far it can be trusted. */
#include "analyzer/rate.h"

#include <math.h>

static const double z95 = 1.959963984540054; /* 97.5 % of a normal distribution lie below */

struct rate rate_of(uint64_t hits, uint64_t trials)
{
    if (trials == 0)
        return (struct rate){ NAN, NAN, NAN };
    double n = (double)trials;
    double p = (double)hits / n;
    double scale = 1 + z95 * z95 / n;
    double middle = (p + z95 * z95 / (2 * n)) / scale;
    double reach = z95 * sqrt(p * (1 - p) / n + z95 * z95 / (4 * n * n)) / scale;
    /* At the ends the interval touches 0 and 1; rounding must not carry it past or short of them.
     */
    return (struct rate){
        .value = p,
        .low = hits == 0 ? 0 : fmax(0, middle - reach),
        .high = hits == trials ? 1 : fmin(1, middle + reach),
    };
}
