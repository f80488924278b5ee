/* Reads what json_measures and json_measures_sum write. */
#include "reports/measures_reader.h"

#include "analyzer/metric_list.h"
#include "reports/names.h"
#include "reports/wide_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 96, SOURCES_MAX = 64, SIZES_MAX = 256 };

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to read a result");
}

/* ---- single numbers, by the names of metrics ---- */

static const json_t *metric_at(const json_t *object, const char *name)
{
    static const char *const places[] = { "traffic.", "realloc.", "" };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s%s", places[i], name);
        const json_t *value = json_at(object, path);
        if (json_is_object(value))
            value = json_object_get(value, "value");
        if (value)
            return value;
    }
    return NULL;
}

static bool read_metrics(const json_t *object, struct measures *out, struct error *err)
{
    for (size_t i = 0; i < metric_count; i++) {
        const struct metric *metric = &metric_list[i];
        const json_t *json = metric_at(object, metric->name);
        struct metric_value value = { .is_whole = metric_is_whole(metric) };
        value.known = json && !json_is_null(json);
        bool is_fine = !value.known || (value.is_whole ? json_is_u64(json, &value.whole)
                                                       : json_is_double(json, &value.fraction));
        if (!is_fine)
            return json_wrong(metric->name, err);
        metric_set(metric, out, value);
    }
    return true;
}

/* ---- histograms: rows of an edge and counts ---- */

/* The class whose lowest value is `edge`, of classes [2^(i-1), 2^i). False: there is none. */
static bool class_of_edge(uint64_t edge, size_t *out)
{
    *out = edge == 0 ? 0 : (size_t)(64 - __builtin_clzll(edge));
    return (edge & (edge - 1)) == 0;
}

static bool power_edge(const json_t *edge, size_t *out)
{
    uint64_t low;
    return json_is_u64(edge, &low) && class_of_edge(low, out);
}

static bool gap_edge(const json_t *edge, size_t *out)
{
    bool is_fine = power_edge(edge, out) && *out > 0;
    *out -= is_fine;
    return is_fine;
}

static bool growth_edge(const json_t *edge, size_t *out)
{
    double log2_low = 0;
    if (!json_is_double(edge, &log2_low))
        return false;
    double bin = (log2_low - growth_bin_low(0)) / (growth_bin_low(1) - growth_bin_low(0));
    if (!(bin >= 0 && bin < GROWTH_BINS) || bin != floor(bin))
        return false;
    *out = (size_t)bin;
    return true;
}

/* Rows [edge, count] into `bins`, or [edge, count, second] into `bins` in pairs. */
struct histogram {
    bool (*edge)(const json_t *edge, size_t *out);
    uint64_t *bins;
    size_t bin_count, columns;
};

static bool read_histogram(const json_t *object, const char *path, struct histogram histogram,
                           struct error *err)
{
    const json_t *rows;
    if (!json_get_list(object, path, &rows, err))
        return false;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        size_t bin = 0;
        if (json_array_size(row) != 1 + histogram.columns ||
            !histogram.edge(json_array_get(row, 0), &bin) || bin >= histogram.bin_count)
            return json_wrong(path, err);
        for (size_t j = 0; j < histogram.columns; j++)
            if (!json_is_u64(json_array_get(row, 1 + j),
                             &histogram.bins[bin * histogram.columns + j]))
                return json_wrong(path, err);
    }
    return true;
}

static bool read_gaps(const json_t *object, const char *path, struct gaps_result *out,
                      struct error *err)
{
    char histogram_path[PATH_SIZE];
    uint64_t bins[GAP_CLASSES][2] = { { 0 } };
    const json_t *gaps = json_at(object, path);
    out->known = json_is_object(gaps);
    if (json_is_null(gaps))
        return true;
    snprintf(histogram_path, sizeof histogram_path, "%s.histogram", path);
    if (!read_histogram(object, histogram_path,
                        (struct histogram){ gap_edge, bins[0], GAP_CLASSES, 2 }, err))
        return false;
    for (size_t i = 0; i < GAP_CLASSES; i++)
        out->classes[i] = (struct gap_class){ bins[i][0], bins[i][1] };
    return true;
}

static bool read_bins(const json_t *object, const char *path, uint64_t *bins, size_t count,
                      struct error *err)
{
    const json_t *list;
    if (!json_get_list(object, path, &list, err))
        return false;
    if (json_array_size(list) != count)
        return json_wrong(path, err);
    for (size_t i = 0; i < count; i++)
        if (!json_is_u64(json_array_get(list, i), &bins[i]))
            return json_wrong(path, err);
    return true;
}

static bool read_histograms(const json_t *object, struct measures *out, struct error *err)
{
    struct realloc_result *r = &out->realloc;
    return read_bins(object, "page_occupancy.at_live_peak", out->occupancy_at_live_peak,
                     OCCUPANCY_BINS, err) &&
           read_bins(object, "page_occupancy.end", out->occupancy_at_end, OCCUPANCY_BINS, err) &&
           read_gaps(object, "gaps.at_live_peak", &out->gaps_at_live_peak, err) &&
           read_gaps(object, "gaps.end", &out->gaps_at_end, err) &&
           read_histogram(object, "realloc.growth.histogram",
                          (struct histogram){ growth_edge, r->growth.histogram, GROWTH_BINS, 1 },
                          err) &&
           read_histogram(
               object, "realloc.chains.reallocs_histogram",
               (struct histogram){ power_edge, r->chains.reallocs_histogram, CHAIN_CLASSES, 1 },
               err) &&
           read_histogram(object, "lifetimes.histogram",
                          (struct histogram){ power_edge, out->lifetimes, LIFETIME_CLASSES, 1 },
                          err);
}

/* ---- lists of records ---- */

static bool get_class(const json_t *record, const char *key, size_t *out, struct error *err)
{
    return power_edge(json_object_get(record, key), out) || json_wrong(key, err);
}

static bool read_old_sizes(const json_t *object, struct realloc_result *out, struct error *err)
{
    const json_t *list;
    size_t class = 0;
    if (!json_get_list(object, "realloc.by_old_size", &list, err))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *record = json_array_get(list, i);
        if (!get_class(record, "low", &class, err))
            return false;
        struct old_size_result *row = &out->by_old_size[class];
        if (!json_get_u64(record, "in_place", &row->in_place, err) ||
            !json_get_u64(record, "moved", &row->moved, err) ||
            !json_get_u64(record, "failed", &row->failed, err) ||
            !json_get_u64(record, "copied_bytes", &row->copied_bytes, err))
            return false;
    }
    if (!json_get_list(object, "realloc.blockers", &list, err))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *record = json_array_get(list, i);
        if (!get_class(record, "low", &class, err) ||
            !json_get_u64(record, "count", &out->blockers[class], err))
            return false;
    }
    return true;
}

static bool read_pair(const json_t *record, struct size_pair *out, struct error *err)
{
    size_t old_class = 0, new_class = 0;
    if (!get_class(record, "old_low", &old_class, err) ||
        !get_class(record, "new_low", &new_class, err) ||
        !json_get_u64(record, "in_place", &out->in_place, err) ||
        !json_get_u64(record, "moved", &out->moved, err))
        return false;
    out->old_class = (uint8_t)old_class;
    out->new_class = (uint8_t)new_class;
    return true;
}

static bool read_pairs(const json_t *object, struct realloc_result *out, struct error *err)
{
    static const char path[] = "realloc.size_pairs";
    const json_t *list;
    if (!json_get_list(object, path, &list, err))
        return false;
    size_t count = json_array_size(list);
    if (count > OLD_SIZE_CLASSES * OLD_SIZE_CLASSES)
        return json_wrong(path, err);
    out->size_pairs = calloc(count + 1, sizeof *out->size_pairs);
    if (!out->size_pairs)
        return no_memory(err);
    for (; out->size_pair_count < count; out->size_pair_count++) {
        struct size_pair *pair = &out->size_pairs[out->size_pair_count];
        if (!read_pair(json_array_get(list, out->size_pair_count), pair, err))
            return false;
        bool is_in_order =
            out->size_pair_count == 0 || pair[-1].old_class < pair->old_class ||
            (pair[-1].old_class == pair->old_class && pair[-1].new_class < pair->new_class);
        if (!is_in_order)
            return json_wrong(path, err);
    }
    return true;
}

static bool read_sizes(const json_t *object, struct measures *out, struct error *err)
{
    static const char path[] = "sizes";
    const json_t *list;
    if (!json_get_list(object, path, &list, err))
        return false;
    size_t count = json_array_size(list);
    if (count > SIZES_MAX)
        return json_wrong(path, err);
    out->sizes = calloc(count + 1, sizeof *out->sizes);
    if (!out->sizes)
        return no_memory(err);
    for (; out->size_count < count; out->size_count++) {
        struct size_result *size = &out->sizes[out->size_count];
        const json_t *record = json_array_get(list, out->size_count);
        if (!json_get_u64(record, "low", &size->low, err) ||
            !json_get_u64(record, "high", &size->high, err) ||
            !json_get_u64(record, "allocs", &size->allocs, err) ||
            !json_get_u64(record, "bytes", &size->bytes, err) ||
            !json_get_u64(record, "live_at_peak", &size->live_at_peak, err) ||
            !json_get_u64(record, "live_bytes_at_peak", &size->live_bytes_at_peak, err))
            return false;
        if (out->size_count > 0 && size[-1].low >= size->low)
            return json_wrong(path, err);
    }
    return true;
}

static bool read_source(const json_t *record, struct source_result *out, struct error *err)
{
    out->is_rest = json_is_null(json_object_get(record, "code"));
    out->growth_p50 = NAN;
    out->move_rate = (struct rate){ NAN, NAN, NAN };
    return (out->is_rest || json_get_u32(record, "code", &out->code, err)) &&
           json_get_u64(record, "allocs", &out->allocs, err) &&
           json_get_u64(record, "alloc_bytes", &out->alloc_bytes, err) &&
           json_get_u64(record, "frees", &out->frees, err) &&
           json_get_u64(record, "free_bytes", &out->free_bytes, err) &&
           json_get_u64(record, "reallocs", &out->reallocs, err) &&
           json_get_u64(record, "in_place", &out->in_place, err) &&
           json_get_u64(record, "moved", &out->moved, err) &&
           json_get_u64(record, "failed", &out->failed, err) &&
           json_get_u64(record, "copied_bytes", &out->copied_bytes, err) &&
           read_histogram(record, "lifetimes",
                          (struct histogram){ power_edge, out->lifetimes, LIFETIME_CLASSES, 1 },
                          err);
}

static bool read_sources(const json_t *object, struct measures *out, struct error *err)
{
    static const char path[] = "sources";
    const json_t *list;
    if (!json_get_list(object, path, &list, err))
        return false;
    size_t count = json_array_size(list);
    if (count > SOURCES_MAX)
        return json_wrong(path, err);
    out->sources = calloc(count + 1, sizeof *out->sources);
    if (!out->sources)
        return no_memory(err);
    for (; out->source_count < count; out->source_count++) {
        struct source_result *source = &out->sources[out->source_count];
        if (!read_source(json_array_get(list, out->source_count), source, err))
            return false;
        bool is_in_order =
            out->source_count == 0 ||
            (!source[-1].is_rest && (source->is_rest || source[-1].code < source->code));
        if (!is_in_order)
            return json_wrong(path, err);
    }
    return true;
}

static bool source_named(const struct measures *m, const json_t *record, const char *key,
                         uint32_t *out)
{
    const char *wanted = json_string_value(json_object_get(record, key));
    for (uint32_t i = 0; wanted && i < m->source_count; i++) {
        char name[SOURCE_NAME_SIZE];
        source_name(name, &m->sources[i]);
        *out = i;
        if (strcmp(name, wanted) == 0)
            return true;
    }
    return false;
}

static bool read_transitions(const json_t *object, struct measures *out, struct error *err)
{
    static const char path[] = "source_transitions";
    const json_t *list;
    if (!json_get_list(object, path, &list, err))
        return false;
    size_t count = json_array_size(list);
    if (count > SOURCES_MAX * SOURCES_MAX)
        return json_wrong(path, err);
    out->transitions = calloc(count + 1, sizeof *out->transitions);
    if (!out->transitions)
        return no_memory(err);
    for (; out->transition_count < count; out->transition_count++) {
        struct source_transition *transition = &out->transitions[out->transition_count];
        const json_t *record = json_array_get(list, out->transition_count);
        if (!source_named(out, record, "from", &transition->from) ||
            !source_named(out, record, "to", &transition->to) ||
            !json_get_u64(record, "count", &transition->count, err))
            return json_wrong(path, err);
    }
    return true;
}

/* ---- sums ---- */

static bool read_fixed(const json_t *sums, const char *key, const char *part, i128 *out,
                       struct error *err)
{
    char path[PATH_SIZE];
    const char *text;
    snprintf(path, sizeof path, "%s%s", key, part);
    return json_get_string(sums, path, &text, err) &&
           (i128_read(text, out) || json_wrong(path, err));
}

static bool read_span(const json_t *sums, const char *key, uint64_t *out, struct error *err)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s.span_ns", key);
    return json_get_u64(sums, path, out, err);
}

static bool read_level_sum(const json_t *sums, size_t level, struct measure_sums *out,
                           struct error *err)
{
    char path[PATH_SIZE];
    const char *text;
    snprintf(path, sizeof path, "%s.integral", level_names[level]);
    return json_get_string(sums, path, &text, err) &&
           (u128_read(text, &out->level_integral[level]) || json_wrong(path, err)) &&
           read_span(sums, level_names[level], &out->level_span_ns[level], err);
}

static bool read_sums(const json_t *object, struct measure_sums *out, struct error *err)
{
    static const char *const bases[FRAG_BASES] = { "frag_touched", "frag_committed" };
    static const char fixed[] = ".integral_fixed";
    const json_t *sums = json_at(object, "sums");
    bool is_fine = true;
    for (size_t i = 0; i < LEVEL_COUNT && is_fine; i++)
        is_fine = read_level_sum(sums, i, out, err);
    for (size_t i = 0; i < RATIO_COUNT && is_fine; i++)
        is_fine = read_fixed(sums, ratio_names[i], fixed, &out->ratio_integral[i], err) &&
                  read_span(sums, ratio_names[i], &out->ratio_span_ns[i], err);
    for (size_t i = 0; i < FRAG_BASES && is_fine; i++)
        is_fine = read_fixed(sums, bases[i], fixed, &out->frag_integral[i], err) &&
                  read_span(sums, bases[i], &out->frag_span_ns[i], err);
    return is_fine && read_fixed(sums, "growth_ln_fixed", "", &out->growth_ln, err) &&
           json_get_u64(sums, "growth_values", &out->growth_values, err) &&
           json_get_u64(sums, "grown_bytes", &out->grown_bytes, err) &&
           json_get_u64(sums, "grow_moved", &out->grow_moved, err) &&
           json_get_u64(sums, "shrink_moved", &out->shrink_moved, err);
}

bool measures_read(const json_t *object, struct measures *out, struct error *err)
{
    for (size_t i = 0; i < LEVEL_COUNT; i++)
        out->levels[i].known = json_is_object(json_at(object, level_names[i]));
    for (size_t i = 0; i < RATIO_COUNT; i++)
        out->ratios[i].known = json_is_object(json_at(object, ratio_names[i]));
    if (!read_metrics(object, out, err) || !read_histograms(object, out, err) ||
        !read_old_sizes(object, &out->realloc, err) || !read_pairs(object, &out->realloc, err) ||
        !read_sizes(object, out, err) || !read_sources(object, out, err) ||
        !read_transitions(object, out, err) || !read_sums(object, &out->sums, err))
        return false;
    const char *basis = json_string_value(json_at(object, "frag_basis"));
    out->basis_is_committed = basis && strcmp(basis, "committed") == 0;
    return true;
}
