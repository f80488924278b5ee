/* The sweeps for machines with AVX2: CMakeLists.txt has this compiled for them. */
#include "analyzer/sweep_near.h"

bool sweep_near_avx2(const struct points *points, const struct point *before, struct sweep *sweep)
{
    return sweep_near(points, before, sweep);
}

bool sweep_near_ranges_avx2(const struct points *points, uint32_t from, struct sweep_ranges *out)
{
    return sweep_near_ranges(points, from, out);
}

void sweep_fractions_avx2(const struct points *points, const struct sweep *sweep,
                          struct fraction_sweep *out)
{
    sweep_near_fractions(points, sweep, out);
}
