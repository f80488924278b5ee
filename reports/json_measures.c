/* What is measured of a heap, a process or the trace, as members of a JSON object. */
#include "reports/json_measures.h"

#include "reports/names.h"

static void put_level(struct json_writer *json, const struct measures *m, enum level which)
{
    const struct level_result *level = &m->levels[which];
    if (!level->known) {
        json_key_null(json, level_names[which]);
        return;
    }
    json_key_begin(json, level_names[which], JSON_RECORD);
    json_key_u64(json, "peak", level->peak);
    json_key_u64(json, "peak_ns", level->peak_ns);
    json_key_double(json, "mean", level->mean);
    json_key_u64_or_null(json, "at_live_peak", level->at_live_peak, RESULT_UNKNOWN);
    json_key_u64_or_null(json, "end", level->end, RESULT_UNKNOWN);
    json_end(json);
}

static void put_ratio(struct json_writer *json, const struct measures *m, enum ratio which)
{
    const struct ratio_result *ratio = &m->ratios[which];
    if (!ratio->known) {
        json_key_null(json, ratio_names[which]);
        return;
    }
    json_key_begin(json, ratio_names[which], JSON_RECORD);
    json_key_double(json, "peak", ratio->peak);
    json_key_u64(json, "peak_ns", ratio->peak_ns);
    json_key_double(json, "mean", ratio->mean);
    json_key_double(json, "at_live_peak", ratio->at_live_peak);
    json_key_double(json, "end", ratio->end);
    json_end(json);
}

/* `key` is NULL within a row. */
static void put_bins(struct json_writer *json, const char *key, const uint64_t *bins, size_t count)
{
    if (key)
        json_key(json, key);
    json_begin(json, JSON_ROW);
    for (size_t i = 0; i < count; i++)
        json_u64(json, bins[i]);
    json_end(json);
}

static void put_gaps(struct json_writer *json, const char *key, const struct gaps_result *gaps)
{
    if (!gaps->known) {
        json_key_null(json, key);
        return;
    }
    json_key_begin(json, key, JSON_RECORD);
    json_key_u64(json, "count", gaps->count);
    json_key_u64(json, "bytes", gaps->bytes);
    json_key_u64(json, "largest", gaps->largest);
    json_key_double(json, "fragmentation", gaps->fragmentation);
    json_key_begin(json, "histogram", JSON_ROW);
    for (size_t i = 0; i < GAP_CLASSES; i++) {
        if (gaps->classes[i].count == 0)
            continue;
        json_begin(json, JSON_ROW);
        json_u64(json, UINT64_C(1) << i);
        json_u64(json, gaps->classes[i].count);
        json_u64(json, gaps->classes[i].bytes);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

static void put_fragmentation(struct json_writer *json, const struct measures *m)
{
    json_key_begin(json, "page_occupancy", JSON_OBJECT);
    put_bins(json, "at_live_peak", m->occupancy_at_live_peak, OCCUPANCY_BINS);
    put_bins(json, "end", m->occupancy_at_end, OCCUPANCY_BINS);
    json_end(json);
    put_ratio(json, m, RATIO_commit_waste);
    put_ratio(json, m, RATIO_external_free);
    put_ratio(json, m, RATIO_virtual_fragmentation);
    json_key_string(json, "frag_basis", m->basis_is_committed ? "committed" : "touched");
    json_key_double(json, "frag_mean", m->frag_mean);
    json_key_double(json, "frag_at_live_peak", m->frag_at_live_peak);
    json_key_double(json, "frag_at_footprint_peak", m->frag_at_footprint_peak);
    json_key_double(json, "frag_peak_to_peak", m->frag_peak_to_peak);
    json_key_double(json, "creep_bytes_per_hour", m->creep_bytes_per_hour);
    json_key_begin(json, "gaps", JSON_OBJECT);
    put_gaps(json, "at_live_peak", &m->gaps_at_live_peak);
    put_gaps(json, "end", &m->gaps_at_end);
    json_end(json);
}

static void put_traffic(struct json_writer *json, const struct traffic_result *traffic)
{
    json_key_begin(json, "traffic", JSON_OBJECT);
    json_key_u64(json, "allocs", traffic->allocs);
    json_key_u64(json, "alloc_bytes", traffic->alloc_bytes);
    json_key_u64(json, "frees", traffic->frees);
    json_key_u64(json, "free_bytes", traffic->free_bytes);
    json_key_u64(json, "failed_allocs", traffic->failed_allocs);
    json_key_u64(json, "realloc_internal_allocs", traffic->realloc_internal_allocs);
    json_key_u64(json, "realloc_internal_frees", traffic->realloc_internal_frees);
    json_key_u64(json, "free_of_unknown", traffic->free_of_unknown);
    json_key_u64(json, "destroyed_blocks", traffic->destroyed_blocks);
    json_key_u64(json, "temporary", traffic->temporary);
    json_end(json);
}

/* Rows [lower edge in ns, count] of the classes that are not empty. */
static void put_lifetimes(struct json_writer *json, const char *key, const uint64_t *classes)
{
    json_key_begin(json, key, JSON_ROW);
    for (size_t i = 0; i < LIFETIME_CLASSES; i++) {
        if (classes[i] == 0)
            continue;
        json_begin(json, JSON_ROW);
        json_u64(json, power_class_low(i));
        json_u64(json, classes[i]);
        json_end(json);
    }
    json_end(json);
}

static void put_source(struct json_writer *json, const struct source_result *source)
{
    char name[SOURCE_NAME_SIZE];
    source_name(name, source);
    json_begin(json, JSON_OBJECT);
    json_key_string(json, "source", name);
    json_key_u64_or_null(json, "code", source->is_rest ? RESULT_UNKNOWN : source->code,
                         RESULT_UNKNOWN);
    json_key_u64(json, "allocs", source->allocs);
    json_key_u64(json, "alloc_bytes", source->alloc_bytes);
    json_key_u64(json, "frees", source->frees);
    json_key_u64(json, "free_bytes", source->free_bytes);
    json_key_u64(json, "reallocs", source->reallocs);
    json_key_u64(json, "in_place", source->in_place);
    json_key_u64(json, "moved", source->moved);
    json_key_u64(json, "failed", source->failed);
    json_rate(json, "move_rate", source->move_rate);
    json_key_double(json, "growth_p50", source->growth_p50);
    json_key_u64(json, "copied_bytes", source->copied_bytes);
    put_lifetimes(json, "lifetimes", source->lifetimes);
    json_end(json);
}

static void put_sources(struct json_writer *json, const struct measures *m)
{
    json_key_begin(json, "sources", JSON_ARRAY);
    for (size_t i = 0; i < m->source_count; i++)
        put_source(json, &m->sources[i]);
    json_end(json);
    json_key_begin(json, "source_transitions", JSON_ARRAY);
    for (size_t i = 0; i < m->transition_count; i++) {
        const struct source_transition *transition = &m->transitions[i];
        char name[SOURCE_NAME_SIZE];
        json_begin(json, JSON_RECORD);
        source_name(name, &m->sources[transition->from]);
        json_key_string(json, "from", name);
        source_name(name, &m->sources[transition->to]);
        json_key_string(json, "to", name);
        json_key_u64(json, "count", transition->count);
        json_end(json);
    }
    json_end(json);
}

static void put_sizes(struct json_writer *json, const struct measures *m)
{
    json_key_begin(json, "sizes", JSON_ARRAY);
    for (size_t i = 0; i < m->size_count; i++) {
        const struct size_result *size = &m->sizes[i];
        json_begin(json, JSON_RECORD);
        json_key_u64(json, "low", size->low);
        json_key_u64(json, "high", size->high);
        json_key_u64(json, "allocs", size->allocs);
        json_key_u64(json, "bytes", size->bytes);
        json_key_u64(json, "live_at_peak", size->live_at_peak);
        json_key_u64(json, "live_bytes_at_peak", size->live_bytes_at_peak);
        json_end(json);
    }
    json_end(json);
}

static void put_curve(struct json_writer *json, const struct timeline_value *value)
{
    if (!value->known) {
        json_null(json);
        return;
    }
    json_begin(json, JSON_ROW);
    json_u64(json, value->min);
    json_u64(json, value->max);
    json_u64(json, value->last);
    json_end(json);
}

static void put_timeline_row(struct json_writer *json, const struct timeline_row *row)
{
    json_begin(json, JSON_ROW);
    json_u64(json, row->t_ns);
    put_curve(json, &row->curves[TIMELINE_live_bytes]);
    put_curve(json, &row->curves[TIMELINE_live_blocks]);
    put_curve(json, &row->curves[TIMELINE_touched_bytes]);
    put_curve(json, &row->curves[TIMELINE_committed_bytes]);
    json_u64(json, row->reallocs);
    json_u64(json, row->moved);
    json_u64(json, row->copied_bytes);
    put_curve(json, &row->curves[TIMELINE_reserved_bytes]);
    put_curve(json, &row->curves[TIMELINE_free_bytes]);
    put_curve(json, &row->curves[TIMELINE_pinned_pages]);
    json_u64(json, row->events);
    put_bins(json, NULL, row->source_events, SOURCE_SLOTS);
    json_end(json);
}

static void put_timeline(struct json_writer *json, const struct timeline_result *timeline)
{
    /* In the order of put_timeline_row. */
    static const char *const columns[] = {
        "t_ns",         "live_bytes", "live_blocks",   "touched_bytes",  "committed_bytes",
        "reallocs",     "moved",      "copied_bytes",  "reserved_bytes", "free_bytes",
        "pinned_pages", "events",     "source_events",
    };
    json_key_begin(json, "timeline", JSON_OBJECT);
    json_key_u64(json, "interval_ns", timeline->interval_ns);
    json_key_begin(json, "columns", JSON_ROW);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        json_string(json, columns[i]);
    json_end(json);
    json_key_begin(json, "rows", JSON_ARRAY);
    for (size_t i = 0; i < timeline->count; i++)
        put_timeline_row(json, &timeline->rows[i]);
    json_end(json);
    json_end(json);
}

static void put_address_map(struct json_writer *json, const struct address_map_result *map)
{
    if (!map->cells) {
        json_key_null(json, "address_map");
        return;
    }
    json_key_begin(json, "address_map", JSON_OBJECT);
    json_key_u64(json, "t0_ns", map->t0_ns);
    json_key_u64(json, "t1_ns", map->t1_ns);
    json_key_u64(json, "columns", map->columns);
    json_key_begin(json, "granules", JSON_ROW);
    for (size_t i = 0; i < map->row_count; i++)
        json_address(json, map->rows[i].address);
    json_end(json);
    json_key_begin(json, "granule_bytes", JSON_ROW);
    for (size_t i = 0; i < map->row_count; i++)
        json_u64(json, map->rows[i].bytes);
    json_end(json);
    json_key(json, "cells");
    json_base64(json, map->cells, map->columns * map->row_count);
    json_end(json);
}

void json_measures(struct json_writer *json, const struct measures *m)
{
    json_key_u64_or_null(json, "first_ns", m->first_ns, RESULT_UNKNOWN);
    json_key_u64_or_null(json, "last_ns", m->last_ns, RESULT_UNKNOWN);
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
    json_realloc(json, &m->realloc);
    put_sources(json, m);
    put_sizes(json, m);
    json_key_begin(json, "lifetimes", JSON_OBJECT);
    put_lifetimes(json, "histogram", m->lifetimes);
    json_key_u64(json, "censored", m->censored);
    json_end(json);
    put_timeline(json, &m->timeline);
    put_address_map(json, &m->address_map);
}
