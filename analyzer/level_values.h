/* What all levels are at one moment, and the fractions that follow from them. */
#ifndef ANALYZER_LEVEL_VALUES_H
#define ANALYZER_LEVEL_VALUES_H

#include "analyzer/occupancy.h"
#include "analyzer/result.h"

#include <math.h>

/* Bits of level_values.known. Space may not be known; occupancy is, from the first event on. */
enum {
    KNOWN_committed = 1 << LEVEL_committed_bytes,
    KNOWN_reserved = 1 << LEVEL_reserved_bytes,
    KNOWN_free = 1 << LEVEL_free_bytes,
    KNOWN_space = KNOWN_committed | KNOWN_reserved | KNOWN_free,
    KNOWN_occupancy = ((1 << LEVEL_COUNT) - 1) & ~KNOWN_space,
};

/* What all levels are at one moment. */
struct level_values {
    uint64_t of[LEVEL_COUNT]; /* by enum level; 0 where not known */
    uint64_t large_uncommitted_bytes;
    uint32_t known; /* KNOWN_…, bit `level` */
};

static inline double quotient(uint64_t above, uint64_t below)
{
    return (double)above / (double)below;
}

/* metrics.md, section 4. NAN: it has no value there. */
static inline double page_fragmentation_of(const struct level_values *v)
{
    uint64_t touched = v->of[LEVEL_touched_bytes];
    return touched ? 1 - quotient(v->of[LEVEL_live_bytes], touched) : NAN;
}

static inline double page_excess_of(const struct level_values *v)
{
    uint64_t live = v->of[LEVEL_live_bytes];
    uint64_t pages = (live >> PAGE_SHIFT) + ((live & (PAGE_BYTES - 1)) != 0);
    return pages ? quotient(v->of[LEVEL_touched_bytes] >> PAGE_SHIFT, pages) - 1 : NAN;
}

static inline double commit_waste_of(const struct level_values *v, uint64_t live_bytes)
{
    uint64_t committed = v->of[LEVEL_committed_bytes];
    return v->known & KNOWN_committed && committed ? 1 - quotient(live_bytes, committed) : NAN;
}

static inline double external_free_of(const struct level_values *v)
{
    uint64_t committed = v->of[LEVEL_committed_bytes];
    bool has_both = (v->known & KNOWN_committed) && (v->known & KNOWN_free);
    return has_both && committed ? quotient(v->of[LEVEL_free_bytes], committed) : NAN;
}

static inline double virtual_fragmentation_of(const struct level_values *v)
{
    uint64_t reserved = v->of[LEVEL_reserved_bytes];
    bool has_both = (v->known & KNOWN_committed) && (v->known & KNOWN_reserved);
    if (!has_both || reserved <= v->large_uncommitted_bytes)
        return NAN;
    return 1 - quotient(v->of[LEVEL_committed_bytes], reserved - v->large_uncommitted_bytes);
}

static inline double ratio_of(enum ratio ratio, const struct level_values *v)
{
    switch (ratio) {
    case RATIO_page_fragmentation:
        return page_fragmentation_of(v);
    case RATIO_page_excess:
        return page_excess_of(v);
    case RATIO_commit_waste:
        return commit_waste_of(v, v->of[LEVEL_live_bytes]);
    case RATIO_external_free:
        return external_free_of(v);
    case RATIO_virtual_fragmentation:
        return virtual_fragmentation_of(v);
    default:
        return NAN;
    }
}

/* A/L - 1 with A = committed or touched bytes. NAN: it has no value there. */
static inline double frag_of(const struct level_values *v, bool basis_is_committed)
{
    uint64_t live = v->of[LEVEL_live_bytes];
    if (live == 0 || (basis_is_committed && !(v->known & KNOWN_committed)))
        return NAN;
    return quotient(v->of[basis_is_committed ? LEVEL_committed_bytes : LEVEL_touched_bytes], live) -
           1;
}

#endif
