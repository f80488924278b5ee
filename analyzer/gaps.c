/* The free runs between neighbouring live blocks of a heap. */
#include "analyzer/gaps.h"

#include "analyzer/block_table.h"

#include <math.h>

enum { GRANULE_MASK = (1 << GRANULE_SHIFT) - 1 };

static void add_gap(struct gaps_result *result, uint64_t bytes)
{
    if (bytes == 0)
        return;
    struct gap_class *class = &result->classes[63 - __builtin_clzll(bytes)];
    class->count++;
    class->bytes += bytes;
    result->count++;
    result->bytes += bytes;
    if (bytes > result->largest)
        result->largest = bytes;
}

/* The run [from, to) holds no live byte. */
static void add_run(struct gaps_result *result, uint64_t from, uint64_t to)
{
    uint64_t last_granule_end = to & ~(uint64_t)GRANULE_MASK;
    uint64_t first_granule = (from + GRANULE_MASK) & ~(uint64_t)GRANULE_MASK; /* may wrap to 0 */
    if (first_granule >= from && first_granule < last_granule_end) {
        add_gap(result, first_granule - from);
        add_gap(result, to - last_granule_end);
    } else {
        add_gap(result, to - from);
    }
}

void gaps_block(struct gaps *gaps, uint64_t address, uint64_t size)
{
    if (gaps->has_begun && address > gaps->end)
        add_run(&gaps->result, gaps->end, address);
    uint64_t end = size <= UINT64_MAX - address ? address + size : UINT64_MAX;
    if (!gaps->has_begun || end > gaps->end)
        gaps->end = end;
    gaps->has_begun = true;
}

static double fragmentation(const struct gaps_result *result)
{
    return result->bytes ? 1 - (double)result->largest / (double)result->bytes : NAN;
}

void gaps_finish(struct gaps *gaps)
{
    gaps->result.known = true;
    gaps->result.fragmentation = fragmentation(&gaps->result);
}

void gaps_add(struct gaps_result *sum, const struct gaps_result *more)
{
    for (size_t i = 0; i < GAP_CLASSES; i++) {
        sum->classes[i].count += more->classes[i].count;
        sum->classes[i].bytes += more->classes[i].bytes;
    }
    sum->known |= more->known;
    sum->count += more->count;
    sum->bytes += more->bytes;
    if (more->largest > sum->largest)
        sum->largest = more->largest;
    sum->fragmentation = fragmentation(sum);
}
