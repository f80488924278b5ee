/* Every single number of a heap, a process or the trace, by its name. */
#include "analyzer/metric_list.h"

#include <assert.h>
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

#define RATE_UP METRIC_RATE, WORSE_HIGHER
#define RATE_DOWN METRIC_RATE, WORSE_LOWER
#define RATE_ANY METRIC_RATE, WORSE_NEITHER
#define LEVEL_UP METRIC_LEVEL, WORSE_HIGHER
#define LEVEL_ANY METRIC_LEVEL, WORSE_NEITHER
#define VOLUME_UP METRIC_VOLUME, WORSE_HIGHER
#define VOLUME_ANY METRIC_VOLUME, WORSE_NEITHER
#define WORK METRIC_WORK, WORSE_NEITHER
#define MOMENT METRIC_MOMENT, WORSE_NEITHER

/* clang-format off */
#define LEVEL(name, unit)                                                                          \
    { #name ".peak", unit, LEVEL_UP, AT_IF(WHOLE_IF_KNOWN, levels[LEVEL_##name], peak) },          \
    { #name ".peak_ns", "ns", MOMENT, AT_IF(WHOLE_IF_KNOWN, levels[LEVEL_##name], peak_ns) },      \
    { #name ".mean", unit, LEVEL_UP, AT_IF(FRACTION_IF_KNOWN, levels[LEVEL_##name], mean) },       \
    { #name ".at_live_peak", unit, LEVEL_UP,                                                       \
      AT_IF(WHOLE_IF_KNOWN, levels[LEVEL_##name], at_live_peak) },                                 \
    { #name ".end", unit, LEVEL_UP, AT_IF(WHOLE_IF_KNOWN, levels[LEVEL_##name], end) }

#define RATIO(name)                                                                                \
    { #name ".peak", "fraction", RATE_UP, AT_IF(FRACTION_IF_KNOWN, ratios[RATIO_##name], peak) },  \
    { #name ".peak_ns", "ns", MOMENT, AT_IF(WHOLE_IF_KNOWN, ratios[RATIO_##name], peak_ns) },      \
    { #name ".mean", "fraction", RATE_UP, AT_IF(FRACTION_IF_KNOWN, ratios[RATIO_##name], mean) },  \
    { #name ".at_live_peak", "fraction", RATE_UP,                                                  \
      AT_IF(FRACTION_IF_KNOWN, ratios[RATIO_##name], at_live_peak) },                              \
    { #name ".end", "fraction", RATE_UP, AT_IF(FRACTION_IF_KNOWN, ratios[RATIO_##name], end) }

#define GAPS(path, moment)                                                                         \
    { "gaps." path ".count", "gaps", LEVEL_UP, AT_IF(WHOLE_IF_KNOWN, gaps_##moment, count) },      \
    { "gaps." path ".bytes", "bytes", LEVEL_UP, AT_IF(WHOLE_IF_KNOWN, gaps_##moment, bytes) },     \
    { "gaps." path ".largest", "bytes", LEVEL_ANY,                                                 \
      AT_IF(WHOLE_IF_KNOWN, gaps_##moment, largest) },                                             \
    { "gaps." path ".fragmentation", "fraction", RATE_UP,                                          \
      AT_IF(FRACTION_IF_KNOWN, gaps_##moment, fragmentation) }

#define RATE(name)                                                                                 \
    { #name, "fraction", RATE_UP, AT(FRACTION, realloc.name.value) },                              \
    { #name ".low", "fraction", RATE_ANY, AT(FRACTION, realloc.name.low) },                        \
    { #name ".high", "fraction", RATE_ANY, AT(FRACTION, realloc.name.high) }

#define TRAFFIC(name, unit, sense) { #name, unit, sense, AT(WHOLE, traffic.name) }
#define REALLOC(name, unit, sense) { #name, unit, sense, AT(WHOLE, realloc.name) }
#define FRAG(name) { #name, "ratio", RATE_UP, AT(FRACTION, name) }
#define GROWTH(name, sense) { "growth." #name, "ratio", sense, AT(FRACTION, realloc.growth.name) }
#define GROWTH_COUNT(name) \
    { "growth." #name, "events", VOLUME_ANY, AT(WHOLE, realloc.growth.name) }
#define CHAINS(name, unit, sense) { "chains." #name, unit, sense, AT(WHOLE, realloc.chains.name) }
#define OF_CHAIN(name) \
    { "chains." #name, "events", RATE_UP, AT(WHOLE_OR_UNKNOWN, realloc.chains.name) }
/* clang-format on */

const struct metric metric_list[] = {
    { "first_ns", "ns", MOMENT, AT(WHOLE_OR_UNKNOWN, first_ns) },
    { "last_ns", "ns", MOMENT, AT(WHOLE_OR_UNKNOWN, last_ns) },
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
    FRAG(frag_mean),
    FRAG(frag_at_live_peak),
    FRAG(frag_at_footprint_peak),
    FRAG(frag_peak_to_peak),
    { "creep_bytes_per_hour", "bytes/hour", LEVEL_UP, AT(FRACTION, creep_bytes_per_hour) },
    GAPS("at_live_peak", at_live_peak),
    GAPS("end", at_end),
    TRAFFIC(allocs, "events", WORK),
    TRAFFIC(alloc_bytes, "bytes", VOLUME_UP),
    TRAFFIC(frees, "events", VOLUME_ANY),
    TRAFFIC(free_bytes, "bytes", VOLUME_ANY),
    TRAFFIC(failed_allocs, "events", VOLUME_UP),
    TRAFFIC(realloc_internal_allocs, "events", VOLUME_ANY),
    TRAFFIC(realloc_internal_frees, "events", VOLUME_ANY),
    TRAFFIC(free_of_unknown, "events", VOLUME_ANY),
    TRAFFIC(destroyed_blocks, "blocks", VOLUME_ANY),
    TRAFFIC(temporary, "blocks", VOLUME_ANY),
    REALLOC(count, "events", VOLUME_UP),
    REALLOC(in_place, "events", VOLUME_ANY),
    REALLOC(moved, "events", VOLUME_UP),
    REALLOC(failed, "events", VOLUME_UP),
    REALLOC(paired, "events", VOLUME_ANY),
    REALLOC(standalone, "events", VOLUME_ANY),
    REALLOC(grow, "events", VOLUME_ANY),
    REALLOC(shrink, "events", VOLUME_ANY),
    REALLOC(same, "events", VOLUME_ANY),
    REALLOC(from_zero, "events", VOLUME_ANY),
    REALLOC(to_zero, "events", VOLUME_ANY),
    RATE(move_rate),
    RATE(grow_move_rate),
    RATE(shrink_move_rate),
    REALLOC(copied_bytes, "bytes", VOLUME_UP),
    { "copy_amplification", "ratio", RATE_UP, AT(FRACTION, realloc.copy_amplification) },
    GROWTH(geomean, RATE_DOWN),
    GROWTH(p5, RATE_ANY),
    GROWTH(p25, RATE_ANY),
    GROWTH(p50, RATE_DOWN),
    GROWTH(p75, RATE_ANY),
    GROWTH(p95, RATE_ANY),
    GROWTH_COUNT(exact_1),
    GROWTH_COUNT(exact_1_5),
    GROWTH_COUNT(exact_2),
    GROWTH_COUNT(below),
    GROWTH_COUNT(above),
    CHAINS(count, "chains", VOLUME_ANY),
    OF_CHAIN(reallocs_p50),
    OF_CHAIN(reallocs_p95),
    OF_CHAIN(reallocs_max),
    OF_CHAIN(moves_p50),
    OF_CHAIN(moves_p95),
    OF_CHAIN(moves_max),
    CHAINS(copied_bytes, "bytes", VOLUME_UP),
    CHAINS(geometric, "chains", VOLUME_ANY),
    CHAINS(arithmetic, "chains", VOLUME_UP),
    CHAINS(irregular, "chains", VOLUME_ANY),
    { "avoidable_moves.count", "events", VOLUME_UP, AT(WHOLE, realloc.avoidable_moves) },
    { "avoidable_moves.bytes", "bytes", VOLUME_UP, AT(WHOLE, realloc.avoidable_bytes) },
    { "lifetimes.censored", "chains", LEVEL_ANY, AT(WHOLE, censored) },
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

bool metric_is_whole(const struct metric *metric)
{
    return metric->at.kind != FRACTION && metric->at.kind != FRACTION_IF_KNOWN;
}

struct metric_value metric_value(const struct metric *metric, const struct measures *measures)
{
    const char *base = (const char *)measures;
    const char *from = base + metric->at.offset;
    bool is_fraction = !metric_is_whole(metric);
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

void metric_set(const struct metric *metric, struct measures *measures, struct metric_value value)
{
    char *base = (char *)measures;
    bool is_grouped = metric->at.kind == WHOLE_IF_KNOWN || metric->at.kind == FRACTION_IF_KNOWN;
    assert(value.is_whole == metric_is_whole(metric));
    if (is_grouped && value.known)
        memcpy(base + metric->at.known_offset, &value.known, sizeof value.known);
    if (!value.known) {
        value.fraction = NAN;
        value.whole = metric->at.kind == WHOLE ? 0 : RESULT_UNKNOWN;
    }
    if (value.is_whole)
        memcpy(base + metric->at.offset, &value.whole, sizeof value.whole);
    else
        memcpy(base + metric->at.offset, &value.fraction, sizeof value.fraction);
}

const struct metric *metric_find(const char *name)
{
    for (size_t i = 0; i < metric_count; i++)
        if (strcmp(metric_list[i].name, name) == 0)
            return &metric_list[i];
    return NULL;
}
