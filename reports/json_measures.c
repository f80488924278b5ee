/* What is measured of a heap, a process or the trace, as members of a JSON object. */
#include "reports/json_measures.h"

#include "reports/names.h"

static void put_level(struct json_writer *json, const struct measures *m, enum level which)
{
    const struct level_result *level = &m->levels[which];
    if (!level->known) {
        jsonw_key_null(json, level_names[which]);
        return;
    }
    jsonw_key_begin(json, level_names[which], JSONW_RECORD);
    jsonw_key_u64(json, "peak", level->peak);
    jsonw_key_u64(json, "peak_ns", level->peak_ns);
    jsonw_key_double(json, "mean", level->mean);
    jsonw_key_u64_or_null(json, "at_live_peak", level->at_live_peak, RESULT_UNKNOWN);
    jsonw_key_u64_or_null(json, "end", level->end, RESULT_UNKNOWN);
    jsonw_end(json);
}

static void put_ratio(struct json_writer *json, const struct measures *m, enum ratio which)
{
    const struct ratio_result *ratio = &m->ratios[which];
    if (!ratio->known) {
        jsonw_key_null(json, ratio_names[which]);
        return;
    }
    jsonw_key_begin(json, ratio_names[which], JSONW_RECORD);
    jsonw_key_double(json, "peak", ratio->peak);
    jsonw_key_u64(json, "peak_ns", ratio->peak_ns);
    jsonw_key_double(json, "mean", ratio->mean);
    jsonw_key_double(json, "at_live_peak", ratio->at_live_peak);
    jsonw_key_double(json, "end", ratio->end);
    jsonw_end(json);
}

/* `key` is NULL within a row. */
static void put_bins(struct json_writer *json, const char *key, const uint64_t *bins, size_t count)
{
    if (key)
        jsonw_key(json, key);
    jsonw_begin(json, JSONW_ROW);
    for (size_t i = 0; i < count; i++)
        jsonw_u64(json, bins[i]);
    jsonw_end(json);
}

static void put_gaps(struct json_writer *json, const char *key, const struct gaps_result *gaps)
{
    if (!gaps->known) {
        jsonw_key_null(json, key);
        return;
    }
    jsonw_key_begin(json, key, JSONW_RECORD);
    jsonw_key_u64(json, "count", gaps->count);
    jsonw_key_u64(json, "bytes", gaps->bytes);
    jsonw_key_u64(json, "largest", gaps->largest);
    jsonw_key_double(json, "fragmentation", gaps->fragmentation);
    jsonw_key_begin(json, "histogram", JSONW_ROW);
    for (size_t i = 0; i < GAP_CLASSES; i++) {
        if (gaps->classes[i].count == 0)
            continue;
        jsonw_begin(json, JSONW_ROW);
        jsonw_u64(json, UINT64_C(1) << i);
        jsonw_u64(json, gaps->classes[i].count);
        jsonw_u64(json, gaps->classes[i].bytes);
        jsonw_end(json);
    }
    jsonw_end(json);
    jsonw_end(json);
}

static void put_occupancy(struct json_writer *json, const struct measures *m)
{
    jsonw_key_begin(json, "page_occupancy", JSONW_OBJECT);
    put_bins(json, "at_live_peak", m->occupancy_at_live_peak, OCCUPANCY_BINS);
    put_bins(json, "end", m->occupancy_at_end, OCCUPANCY_BINS);
    jsonw_end(json);
}

static void put_all_gaps(struct json_writer *json, const struct measures *m)
{
    jsonw_key_begin(json, "gaps", JSONW_OBJECT);
    put_gaps(json, "at_live_peak", &m->gaps_at_live_peak);
    put_gaps(json, "end", &m->gaps_at_end);
    jsonw_end(json);
}

static void put_fragmentation(struct json_writer *json, const struct measures *m)
{
    put_occupancy(json, m);
    put_ratio(json, m, RATIO_commit_waste);
    put_ratio(json, m, RATIO_external_free);
    put_ratio(json, m, RATIO_virtual_fragmentation);
    jsonw_key_string(json, "frag_basis", m->basis_is_committed ? "committed" : "touched");
    jsonw_key_double(json, "frag_mean", m->frag_mean);
    jsonw_key_double(json, "frag_at_live_peak", m->frag_at_live_peak);
    jsonw_key_double(json, "frag_at_footprint_peak", m->frag_at_footprint_peak);
    jsonw_key_double(json, "frag_peak_to_peak", m->frag_peak_to_peak);
    jsonw_key_double(json, "creep_bytes_per_hour", m->creep_bytes_per_hour);
    put_all_gaps(json, m);
}

static void put_traffic(struct json_writer *json, const struct traffic_result *traffic)
{
    jsonw_key_begin(json, "traffic", JSONW_OBJECT);
    jsonw_key_u64(json, "allocs", traffic->allocs);
    jsonw_key_u64(json, "alloc_bytes", traffic->alloc_bytes);
    jsonw_key_u64(json, "frees", traffic->frees);
    jsonw_key_u64(json, "free_bytes", traffic->free_bytes);
    jsonw_key_u64(json, "failed_allocs", traffic->failed_allocs);
    jsonw_key_u64(json, "realloc_internal_allocs", traffic->realloc_internal_allocs);
    jsonw_key_u64(json, "realloc_internal_frees", traffic->realloc_internal_frees);
    jsonw_key_u64(json, "free_of_unknown", traffic->free_of_unknown);
    jsonw_key_u64(json, "destroyed_blocks", traffic->destroyed_blocks);
    jsonw_key_u64(json, "temporary", traffic->temporary);
    jsonw_end(json);
}

/* Rows [lower edge in ns, count] of the classes that are not empty. */
static void put_lifetimes(struct json_writer *json, const char *key, const uint64_t *classes)
{
    jsonw_key_begin(json, key, JSONW_ROW);
    for (size_t i = 0; i < LIFETIME_CLASSES; i++) {
        if (classes[i] == 0)
            continue;
        jsonw_begin(json, JSONW_ROW);
        jsonw_u64(json, power_class_low(i));
        jsonw_u64(json, classes[i]);
        jsonw_end(json);
    }
    jsonw_end(json);
}

static void put_source(struct json_writer *json, const struct source_result *source)
{
    char name[SOURCE_NAME_SIZE];
    source_name(name, source);
    jsonw_begin(json, JSONW_OBJECT);
    jsonw_key_string(json, "source", name);
    jsonw_key_u64_or_null(json, "code", source->is_rest ? RESULT_UNKNOWN : source->code,
                          RESULT_UNKNOWN);
    jsonw_key_u64(json, "allocs", source->allocs);
    jsonw_key_u64(json, "alloc_bytes", source->alloc_bytes);
    jsonw_key_u64(json, "frees", source->frees);
    jsonw_key_u64(json, "free_bytes", source->free_bytes);
    jsonw_key_u64(json, "reallocs", source->reallocs);
    jsonw_key_u64(json, "in_place", source->in_place);
    jsonw_key_u64(json, "moved", source->moved);
    jsonw_key_u64(json, "failed", source->failed);
    json_rate(json, "move_rate", source->move_rate);
    jsonw_key_double(json, "growth_p50", source->growth_p50);
    jsonw_key_u64(json, "copied_bytes", source->copied_bytes);
    put_lifetimes(json, "lifetimes", source->lifetimes);
    jsonw_end(json);
}

static void put_sources(struct json_writer *json, const struct measures *m)
{
    jsonw_key_begin(json, "sources", JSONW_ARRAY);
    for (size_t i = 0; i < m->source_count; i++)
        put_source(json, &m->sources[i]);
    jsonw_end(json);
    jsonw_key_begin(json, "source_transitions", JSONW_ARRAY);
    for (size_t i = 0; i < m->transition_count; i++) {
        const struct source_transition *transition = &m->transitions[i];
        char name[SOURCE_NAME_SIZE];
        jsonw_begin(json, JSONW_RECORD);
        source_name(name, &m->sources[transition->from]);
        jsonw_key_string(json, "from", name);
        source_name(name, &m->sources[transition->to]);
        jsonw_key_string(json, "to", name);
        jsonw_key_u64(json, "count", transition->count);
        jsonw_end(json);
    }
    jsonw_end(json);
}

static void put_sizes(struct json_writer *json, const struct measures *m)
{
    jsonw_key_begin(json, "sizes", JSONW_ARRAY);
    for (size_t i = 0; i < m->size_count; i++) {
        const struct size_result *size = &m->sizes[i];
        jsonw_begin(json, JSONW_RECORD);
        jsonw_key_u64(json, "low", size->low);
        jsonw_key_u64(json, "high", size->high);
        jsonw_key_u64(json, "allocs", size->allocs);
        jsonw_key_u64(json, "bytes", size->bytes);
        jsonw_key_u64(json, "live_at_peak", size->live_at_peak);
        jsonw_key_u64(json, "live_bytes_at_peak", size->live_bytes_at_peak);
        jsonw_end(json);
    }
    jsonw_end(json);
}

static void put_curve(struct json_writer *json, const struct timeline_value *value)
{
    if (!value->known) {
        jsonw_null(json);
        return;
    }
    jsonw_begin(json, JSONW_ROW);
    jsonw_u64(json, value->min);
    jsonw_u64(json, value->max);
    jsonw_u64(json, value->last);
    jsonw_end(json);
}

static void put_timeline_row(struct json_writer *json, const struct timeline_row *row)
{
    jsonw_begin(json, JSONW_ROW);
    jsonw_u64(json, row->t_ns);
    put_curve(json, &row->curves[TIMELINE_live_bytes]);
    put_curve(json, &row->curves[TIMELINE_live_blocks]);
    put_curve(json, &row->curves[TIMELINE_touched_bytes]);
    put_curve(json, &row->curves[TIMELINE_committed_bytes]);
    jsonw_u64(json, row->reallocs);
    jsonw_u64(json, row->moved);
    jsonw_u64(json, row->copied_bytes);
    put_curve(json, &row->curves[TIMELINE_reserved_bytes]);
    put_curve(json, &row->curves[TIMELINE_free_bytes]);
    put_curve(json, &row->curves[TIMELINE_pinned_pages]);
    jsonw_u64(json, row->events);
    put_bins(json, NULL, row->source_events, SOURCE_SLOTS);
    jsonw_end(json);
}

static void put_timeline(struct json_writer *json, const struct timeline_result *timeline)
{
    /* In the order of put_timeline_row. */
    static const char *const columns[] = {
        "t_ns",         "live_bytes", "live_blocks",   "touched_bytes",  "committed_bytes",
        "reallocs",     "moved",      "copied_bytes",  "reserved_bytes", "free_bytes",
        "pinned_pages", "events",     "source_events",
    };
    jsonw_key_begin(json, "timeline", JSONW_OBJECT);
    jsonw_key_u64(json, "interval_ns", timeline->interval_ns);
    jsonw_key_begin(json, "columns", JSONW_ROW);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        jsonw_string(json, columns[i]);
    jsonw_end(json);
    jsonw_key_begin(json, "rows", JSONW_ARRAY);
    for (size_t i = 0; i < timeline->count; i++)
        put_timeline_row(json, &timeline->rows[i]);
    jsonw_end(json);
    jsonw_end(json);
}

static void put_address_map(struct json_writer *json, const struct address_map_result *map)
{
    if (!map->cells) {
        jsonw_key_null(json, "address_map");
        return;
    }
    jsonw_key_begin(json, "address_map", JSONW_OBJECT);
    jsonw_key_u64(json, "t0_ns", map->t0_ns);
    jsonw_key_u64(json, "t1_ns", map->t1_ns);
    jsonw_key_u64(json, "columns", map->columns);
    jsonw_key_begin(json, "granules", JSONW_ROW);
    for (size_t i = 0; i < map->row_count; i++)
        jsonw_address(json, map->rows[i].address);
    jsonw_end(json);
    jsonw_key_begin(json, "granule_bytes", JSONW_ROW);
    for (size_t i = 0; i < map->row_count; i++)
        jsonw_u64(json, map->rows[i].bytes);
    jsonw_end(json);
    jsonw_key(json, "cells");
    jsonw_base64(json, map->cells, map->columns * map->row_count);
    jsonw_end(json);
}

static void put_lists(struct json_writer *json, const struct measures *m)
{
    put_sources(json, m);
    put_sizes(json, m);
    jsonw_key_begin(json, "lifetimes", JSONW_OBJECT);
    put_lifetimes(json, "histogram", m->lifetimes);
    jsonw_key_u64(json, "censored", m->censored);
    jsonw_end(json);
    json_sums(json, &m->sums);
}

static void put_mean(struct json_writer *json, const char *key, bool known, double mean)
{
    if (!known) {
        jsonw_key_null(json, key);
        return;
    }
    jsonw_key_begin(json, key, JSONW_RECORD);
    jsonw_key_double(json, "mean", mean);
    jsonw_end(json);
}

void json_measures_sum(struct json_writer *json, const struct measures *sum)
{
    for (size_t i = 0; i < LEVEL_COUNT; i++)
        put_mean(json, level_names[i], sum->levels[i].known, sum->levels[i].mean);
    for (size_t i = 0; i < RATIO_COUNT; i++)
        put_mean(json, ratio_names[i], sum->ratios[i].known, sum->ratios[i].mean);
    jsonw_key_double(json, "frag_mean", sum->frag_mean);
    put_occupancy(json, sum);
    put_all_gaps(json, sum);
    put_traffic(json, &sum->traffic);
    json_realloc(json, &sum->realloc, NULL);
    put_lists(json, sum);
}

void json_measures(struct json_writer *json, const struct measures *m,
                   const struct stack_selection *stacks)
{
    jsonw_key_u64_or_null(json, "first_ns", m->first_ns, RESULT_UNKNOWN);
    jsonw_key_u64_or_null(json, "last_ns", m->last_ns, RESULT_UNKNOWN);
    put_level(json, m, LEVEL_live_bytes);
    put_level(json, m, LEVEL_live_blocks);
    put_level(json, m, LEVEL_touched_bytes);
    put_level(json, m, LEVEL_committed_bytes);
    put_level(json, m, LEVEL_reserved_bytes);
    put_level(json, m, LEVEL_free_bytes);
    put_ratio(json, m, RATIO_page_fragmentation);
    put_ratio(json, m, RATIO_page_excess);
    put_level(json, m, LEVEL_pinned_pages);
    put_level(json, m, LEVEL_pinned_waste_bytes);
    put_fragmentation(json, m);
    put_traffic(json, &m->traffic);
    json_realloc(json, &m->realloc, stacks);
    put_lists(json, m);
    put_timeline(json, &m->timeline);
    put_address_map(json, &m->address_map);
}
