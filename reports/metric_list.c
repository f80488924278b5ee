/* Every single number of a heap, a process or the trace, by its name. */
#include "reports/metric_list.h"

#include <math.h>
#include <string.h>

/* How a number is kept: …_IF_KNOWN ones belong to a group that has a `known`. */
enum { WHOLE, WHOLE_OR_UNKNOWN, FRACTION, WHOLE_IF_KNOWN, FRACTION_IF_KNOWN };

#define AT(kind, member)                                                                           \
    {                                                                                              \
        kind, offsetof(struct measures, member), 0                                                 \
    }
#define AT_IF(kind, group, member)                                                                 \
    {                                                                                              \
        kind, offsetof(struct measures, group.member), offsetof(struct measures, group.known)      \
    }

#define LEVEL(name, unit)                                                                          \
    { #name ".peak", unit, AT_IF(WHOLE_IF_KNOWN, levels[LEVEL_##name], peak) },                    \
        { #name ".peak_ns", "ns", AT_IF(WHOLE_IF_KNOWN, levels[LEVEL_##name], peak_ns) },          \
        { #name ".mean", unit, AT_IF(FRACTION_IF_KNOWN, levels[LEVEL_##name], mean) },             \
        { #name ".at_live_peak", unit,                                                             \
          AT_IF(WHOLE_IF_KNOWN, levels[LEVEL_##name], at_live_peak) },                             \
    {                                                                                              \
#name ".end", unit, AT_IF(WHOLE_IF_KNOWN, levels[LEVEL_##name], end)                       \
    }

#define RATIO(name)                                                                                \
    { #name ".peak", "fraction", AT_IF(FRACTION_IF_KNOWN, ratios[RATIO_##name], peak) },           \
        { #name ".peak_ns", "ns", AT_IF(WHOLE_IF_KNOWN, ratios[RATIO_##name], peak_ns) },          \
        { #name ".mean", "fraction", AT_IF(FRACTION_IF_KNOWN, ratios[RATIO_##name], mean) },       \
        { #name ".at_live_peak", "fraction",                                                       \
          AT_IF(FRACTION_IF_KNOWN, ratios[RATIO_##name], at_live_peak) },                          \
    {                                                                                              \
#name ".end", "fraction", AT_IF(FRACTION_IF_KNOWN, ratios[RATIO_##name], end)              \
    }

#define GAPS(path, moment)                                                                         \
    { "gaps." path ".count", "gaps", AT_IF(WHOLE_IF_KNOWN, gaps_##moment, count) },                \
        { "gaps." path ".bytes", "bytes", AT_IF(WHOLE_IF_KNOWN, gaps_##moment, bytes) },           \
        { "gaps." path ".largest", "bytes", AT_IF(WHOLE_IF_KNOWN, gaps_##moment, largest) },       \
    {                                                                                              \
        "gaps." path ".fragmentation", "fraction",                                                 \
            AT_IF(FRACTION_IF_KNOWN, gaps_##moment, fragmentation)                                 \
    }

#define RATE(name)                                                                                 \
    { #name, "fraction", AT(FRACTION, realloc.name.value) },                                       \
        { #name ".low", "fraction", AT(FRACTION, realloc.name.low) },                              \
    {                                                                                              \
#name ".high", "fraction", AT(FRACTION, realloc.name.high)                                 \
    }

#define TRAFFIC(name, unit)                                                                        \
    {                                                                                              \
#name, unit, AT(WHOLE, traffic.name)                                                       \
    }
#define REALLOC(name, unit)                                                                        \
    {                                                                                              \
#name, unit, AT(WHOLE, realloc.name)                                                       \
    }
#define GROWTH(name)                                                                               \
    {                                                                                              \
        "growth." #name, "ratio", AT(FRACTION, realloc.growth.name)                                \
    }
#define GROWTH_COUNT(name)                                                                         \
    {                                                                                              \
        "growth." #name, "events", AT(WHOLE, realloc.growth.name)                                  \
    }
#define CHAINS(name, unit, kind)                                                                   \
    {                                                                                              \
        "chains." #name, unit, AT(kind, realloc.chains.name)                                       \
    }

const struct metric metric_list[] = {
    { "first_ns", "ns", AT(WHOLE_OR_UNKNOWN, first_ns) },
    { "last_ns", "ns", AT(WHOLE_OR_UNKNOWN, last_ns) },
    LEVEL(live_bytes, "bytes"),
    LEVEL(live_blocks, "blocks"),
    LEVEL(touched_bytes, "bytes"),
    LEVEL(committed_bytes, "bytes"),
    LEVEL(reserved_bytes, "bytes"),
    LEVEL(free_bytes, "bytes"),
    RATIO(page_fragmentation),
    RATIO(page_excess),
    LEVEL(pinned_pages, "pages"),
    LEVEL(pinned_waste_bytes, "bytes"),
    RATIO(commit_waste),
    RATIO(external_free),
    RATIO(virtual_fragmentation),
    { "frag_mean", "ratio", AT(FRACTION, frag_mean) },
    { "frag_at_live_peak", "ratio", AT(FRACTION, frag_at_live_peak) },
    { "frag_at_footprint_peak", "ratio", AT(FRACTION, frag_at_footprint_peak) },
    { "frag_peak_to_peak", "ratio", AT(FRACTION, frag_peak_to_peak) },
    { "creep_bytes_per_hour", "bytes/hour", AT(FRACTION, creep_bytes_per_hour) },
    GAPS("at_live_peak", at_live_peak),
    GAPS("end", at_end),
    TRAFFIC(allocs, "events"),
    TRAFFIC(alloc_bytes, "bytes"),
    TRAFFIC(frees, "events"),
    TRAFFIC(free_bytes, "bytes"),
    TRAFFIC(failed_allocs, "events"),
    TRAFFIC(realloc_internal_allocs, "events"),
    TRAFFIC(realloc_internal_frees, "events"),
    TRAFFIC(free_of_unknown, "events"),
    TRAFFIC(destroyed_blocks, "blocks"),
    TRAFFIC(temporary, "blocks"),
    REALLOC(count, "events"),
    REALLOC(in_place, "events"),
    REALLOC(moved, "events"),
    REALLOC(failed, "events"),
    REALLOC(paired, "events"),
    REALLOC(standalone, "events"),
    REALLOC(grow, "events"),
    REALLOC(shrink, "events"),
    REALLOC(same, "events"),
    REALLOC(from_zero, "events"),
    REALLOC(to_zero, "events"),
    RATE(move_rate),
    RATE(grow_move_rate),
    RATE(shrink_move_rate),
    REALLOC(copied_bytes, "bytes"),
    { "copy_amplification", "ratio", AT(FRACTION, realloc.copy_amplification) },
    GROWTH(geomean),
    GROWTH(p5),
    GROWTH(p25),
    GROWTH(p50),
    GROWTH(p75),
    GROWTH(p95),
    GROWTH_COUNT(exact_1),
    GROWTH_COUNT(exact_1_5),
    GROWTH_COUNT(exact_2),
    GROWTH_COUNT(below),
    GROWTH_COUNT(above),
    CHAINS(count, "chains", WHOLE),
    CHAINS(reallocs_p50, "events", WHOLE_OR_UNKNOWN),
    CHAINS(reallocs_p95, "events", WHOLE_OR_UNKNOWN),
    CHAINS(reallocs_max, "events", WHOLE_OR_UNKNOWN),
    CHAINS(moves_p50, "events", WHOLE_OR_UNKNOWN),
    CHAINS(moves_p95, "events", WHOLE_OR_UNKNOWN),
    CHAINS(moves_max, "events", WHOLE_OR_UNKNOWN),
    CHAINS(copied_bytes, "bytes", WHOLE),
    CHAINS(geometric, "chains", WHOLE),
    CHAINS(arithmetic, "chains", WHOLE),
    CHAINS(irregular, "chains", WHOLE),
    { "avoidable_moves.count", "events", AT(WHOLE, realloc.avoidable_moves) },
    { "avoidable_moves.bytes", "bytes", AT(WHOLE, realloc.avoidable_bytes) },
    { "lifetimes.censored", "chains", AT(WHOLE, censored) },
};
const size_t metric_count = sizeof metric_list / sizeof metric_list[0];

/* Whether the group that the metric belongs to, such as a curve, has values at all. */
static bool is_group_known(const struct metric *metric, const char *base)
{
    bool known = true;
    if (metric->at.kind == WHOLE_IF_KNOWN || metric->at.kind == FRACTION_IF_KNOWN)
        memcpy(&known, base + metric->at.known_offset, sizeof known);
    return known;
}

struct metric_value metric_value(const struct metric *metric, const struct measures *measures)
{
    const char *base = (const char *)measures;
    const char *from = base + metric->at.offset;
    bool is_fraction = metric->at.kind == FRACTION || metric->at.kind == FRACTION_IF_KNOWN;
    struct metric_value value = { .is_whole = !is_fraction };
    bool is_number;
    if (is_fraction) {
        memcpy(&value.fraction, from, sizeof value.fraction);
        is_number = isfinite(value.fraction);
    } else {
        memcpy(&value.whole, from, sizeof value.whole);
        is_number = metric->at.kind == WHOLE || value.whole != RESULT_UNKNOWN;
    }
    value.known = is_number && is_group_known(metric, base);
    return value;
}

const struct metric *metric_find(const char *name)
{
    for (size_t i = 0; i < metric_count; i++)
        if (strcmp(metric_list[i].name, name) == 0)
            return &metric_list[i];
    return NULL;
}
