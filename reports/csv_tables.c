/* The tables of a report as CSV: which columns each has, and its rows about a heap. */
#include "reports/csv.h"

#include "reports/names.h"

#include <math.h>

static void put_level_row(FILE *out, const struct csv_scope *scope, const char *name,
                          const struct level_result *level)
{
    if (!level->known)
        return;
    csv_put_scope(out, scope);
    csv_put_name(out, name);
    csv_put_u64(out, level->peak);
    csv_put_u64(out, level->peak_ns);
    csv_put_double(out, level->mean);
    csv_put_u64_or_empty(out, level->at_live_peak);
    csv_put_u64_or_empty(out, level->end);
    putc('\n', out);
}

static void put_ratio_row(FILE *out, const struct csv_scope *scope, const char *name,
                          const struct ratio_result *ratio)
{
    if (!ratio->known)
        return;
    csv_put_scope(out, scope);
    csv_put_name(out, name);
    csv_put_double(out, ratio->peak);
    csv_put_u64(out, ratio->peak_ns);
    csv_put_double(out, ratio->mean);
    csv_put_double(out, ratio->at_live_peak);
    csv_put_double(out, ratio->end);
    putc('\n', out);
}

static void put_levels(FILE *out, const struct csv_scope *scope)
{
    for (int i = 0; i < LEVEL_COUNT; i++)
        put_level_row(out, scope, level_names[i], &scope->measures->levels[i]);
    for (int i = 0; i < RATIO_COUNT; i++)
        put_ratio_row(out, scope, ratio_names[i], &scope->measures->ratios[i]);
}

static void put_heap(FILE *out, const struct csv_scope *scope)
{
    const struct measures *m = scope->measures;
    const struct heap_result *heap = scope->heap;
    csv_put_scope(out, scope);
    csv_put_u64_or_empty(out, heap && heap->created_in_trace ? heap->flags : RESULT_UNKNOWN);
    csv_put_name(out, !heap ? "" : heap->created_in_trace ? "true" : "false");
    csv_put_u64_or_empty(out, heap ? heap->destroyed_ns : RESULT_UNKNOWN);
    csv_put_u64_or_empty(out, m->first_ns);
    csv_put_u64_or_empty(out, m->last_ns);
    csv_put_name(out, m->basis_is_committed ? "committed" : "touched");
    csv_put_double(out, m->frag_mean);
    csv_put_double(out, m->frag_at_live_peak);
    csv_put_double(out, m->frag_at_footprint_peak);
    csv_put_double(out, m->frag_peak_to_peak);
    csv_put_double(out, m->creep_bytes_per_hour);
    csv_put_u64(out, m->traffic.allocs);
    csv_put_u64(out, m->traffic.alloc_bytes);
    csv_put_u64(out, m->traffic.frees);
    csv_put_u64(out, m->traffic.free_bytes);
    csv_put_u64(out, m->traffic.failed_allocs);
    csv_put_u64(out, m->traffic.realloc_internal_allocs);
    csv_put_u64(out, m->traffic.realloc_internal_frees);
    csv_put_u64(out, m->traffic.free_of_unknown);
    csv_put_u64(out, m->traffic.destroyed_blocks);
    csv_put_u64(out, m->traffic.temporary);
    putc('\n', out);
}

static void put_rate(FILE *out, const struct rate *rate)
{
    csv_put_double(out, rate->value);
    csv_put_double(out, rate->low);
    csv_put_double(out, rate->high);
}

static void put_reallocs(FILE *out, const struct csv_scope *scope)
{
    const struct realloc_result *r = &scope->measures->realloc;
    csv_put_scope(out, scope);
    csv_put_u64(out, r->count);
    csv_put_u64(out, r->in_place);
    csv_put_u64(out, r->moved);
    csv_put_u64(out, r->failed);
    csv_put_u64(out, r->paired);
    csv_put_u64(out, r->standalone);
    csv_put_u64(out, r->grow);
    csv_put_u64(out, r->shrink);
    csv_put_u64(out, r->same);
    csv_put_u64(out, r->from_zero);
    csv_put_u64(out, r->to_zero);
    put_rate(out, &r->move_rate);
    put_rate(out, &r->grow_move_rate);
    put_rate(out, &r->shrink_move_rate);
    csv_put_u64(out, r->copied_bytes);
    csv_put_double(out, r->copy_amplification);
    csv_put_double(out, r->growth.geomean);
    csv_put_double(out, r->growth.p5);
    csv_put_double(out, r->growth.p25);
    csv_put_double(out, r->growth.p50);
    csv_put_double(out, r->growth.p75);
    csv_put_double(out, r->growth.p95);
    csv_put_u64(out, r->chains.count);
    csv_put_u64(out, r->chains.geometric);
    csv_put_u64(out, r->chains.arithmetic);
    csv_put_u64(out, r->chains.irregular);
    csv_put_u64(out, r->avoidable_moves);
    csv_put_u64(out, r->avoidable_bytes);
    putc('\n', out);
}

static void put_growth_row(FILE *out, const struct csv_scope *scope, double low, double high,
                           uint64_t count)
{
    if (count == 0)
        return;
    csv_put_scope(out, scope);
    csv_put_double(out, low);
    csv_put_double(out, high);
    csv_put_u64(out, count);
    putc('\n', out);
}

static void put_growth(FILE *out, const struct csv_scope *scope)
{
    const struct growth_result *growth = &scope->measures->realloc.growth;
    const double bin_width = growth_bin_low(1) - growth_bin_low(0);
    const double end = growth_bin_low(GROWTH_BINS - 1) + bin_width;
    put_growth_row(out, scope, -HUGE_VAL, growth_bin_low(0), growth->below);
    for (size_t i = 0; i < GROWTH_BINS; i++) {
        double low = growth_bin_low(i);
        put_growth_row(out, scope, low, low + bin_width, growth->histogram[i]);
    }
    put_growth_row(out, scope, end, HUGE_VAL, growth->above);
}

static void put_old_sizes(FILE *out, const struct csv_scope *scope)
{
    for (size_t i = 0; i < OLD_SIZE_CLASSES; i++) {
        const struct old_size_result *row = &scope->measures->realloc.by_old_size[i];
        if (row->in_place == 0 && row->moved == 0 && row->failed == 0)
            continue;
        csv_put_scope(out, scope);
        csv_put_u64(out, power_class_low(i));
        csv_put_u64(out, row->in_place);
        csv_put_u64(out, row->moved);
        csv_put_u64(out, row->failed);
        csv_put_u64(out, row->copied_bytes);
        putc('\n', out);
    }
}

static void put_size_pairs(FILE *out, const struct csv_scope *scope)
{
    const struct realloc_result *r = &scope->measures->realloc;
    for (size_t i = 0; i < r->size_pair_count; i++) {
        csv_put_scope(out, scope);
        csv_put_u64(out, power_class_low(r->size_pairs[i].old_class));
        csv_put_u64(out, power_class_low(r->size_pairs[i].new_class));
        csv_put_u64(out, r->size_pairs[i].in_place);
        csv_put_u64(out, r->size_pairs[i].moved);
        putc('\n', out);
    }
}

static void put_chains(FILE *out, const struct csv_scope *scope)
{
    const struct chains_result *chains = &scope->measures->realloc.chains;
    for (size_t i = 0; i < chains->top_count; i++) {
        const struct chain_result *chain = &chains->top[i];
        csv_put_scope(out, scope);
        csv_put_address(out, chain->address);
        csv_put_u64(out, chain->first_bytes);
        csv_put_u64(out, chain->last_bytes);
        csv_put_u64(out, chain->reallocs);
        csv_put_u64(out, chain->moves);
        csv_put_u64(out, chain->copied_bytes);
        csv_put_u64_or_empty(out, chain->first_ns);
        csv_put_u64_or_empty(out, chain->last_ns);
        putc('\n', out);
    }
}

static void put_sources(FILE *out, const struct csv_scope *scope)
{
    for (size_t i = 0; i < scope->measures->source_count; i++) {
        const struct source_result *source = &scope->measures->sources[i];
        char name[SOURCE_NAME_SIZE];
        source_name(name, source);
        csv_put_scope(out, scope);
        csv_put_name(out, name);
        csv_put_u64_or_empty(out, source->is_rest ? RESULT_UNKNOWN : source->code);
        csv_put_u64(out, source->allocs);
        csv_put_u64(out, source->alloc_bytes);
        csv_put_u64(out, source->frees);
        csv_put_u64(out, source->free_bytes);
        csv_put_u64(out, source->reallocs);
        csv_put_u64(out, source->in_place);
        csv_put_u64(out, source->moved);
        csv_put_u64(out, source->failed);
        put_rate(out, &source->move_rate);
        csv_put_double(out, source->growth_p50);
        csv_put_u64(out, source->copied_bytes);
        putc('\n', out);
    }
}

static void put_transitions(FILE *out, const struct csv_scope *scope)
{
    const struct measures *m = scope->measures;
    for (size_t i = 0; i < m->transition_count; i++) {
        char name[SOURCE_NAME_SIZE];
        csv_put_scope(out, scope);
        source_name(name, &m->sources[m->transitions[i].from]);
        csv_put_name(out, name);
        source_name(name, &m->sources[m->transitions[i].to]);
        csv_put_name(out, name);
        csv_put_u64(out, m->transitions[i].count);
        putc('\n', out);
    }
}

static void put_sizes(FILE *out, const struct csv_scope *scope)
{
    for (size_t i = 0; i < scope->measures->size_count; i++) {
        const struct size_result *size = &scope->measures->sizes[i];
        csv_put_scope(out, scope);
        csv_put_u64(out, size->low);
        csv_put_u64(out, size->high);
        csv_put_u64(out, size->allocs);
        csv_put_u64(out, size->bytes);
        csv_put_u64(out, size->live_at_peak);
        csv_put_u64(out, size->live_bytes_at_peak);
        putc('\n', out);
    }
}

static void put_class_rows(FILE *out, const struct csv_scope *scope, const char *name,
                           const uint64_t *classes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (classes[i] == 0)
            continue;
        csv_put_scope(out, scope);
        if (name)
            csv_put_name(out, name);
        csv_put_u64(out, power_class_low(i));
        csv_put_u64(out, classes[i]);
        putc('\n', out);
    }
}

static void put_lifetimes(FILE *out, const struct csv_scope *scope)
{
    const struct measures *m = scope->measures;
    put_class_rows(out, scope, "all", m->lifetimes, LIFETIME_CLASSES);
    for (size_t i = 0; i < m->source_count; i++) {
        char name[SOURCE_NAME_SIZE];
        source_name(name, &m->sources[i]);
        put_class_rows(out, scope, name, m->sources[i].lifetimes, LIFETIME_CLASSES);
    }
}

static void put_blockers(FILE *out, const struct csv_scope *scope)
{
    put_class_rows(out, scope, NULL, scope->measures->realloc.blockers, OLD_SIZE_CLASSES);
}

static void put_gap_rows(FILE *out, const struct csv_scope *scope, const char *moment,
                         const struct gaps_result *gaps)
{
    for (size_t i = 0; gaps->known && i < GAP_CLASSES; i++) {
        if (gaps->classes[i].count == 0)
            continue;
        csv_put_scope(out, scope);
        csv_put_name(out, moment);
        csv_put_u64(out, UINT64_C(1) << i);
        csv_put_u64(out, gaps->classes[i].count);
        csv_put_u64(out, gaps->classes[i].bytes);
        putc('\n', out);
    }
}

static void put_gaps(FILE *out, const struct csv_scope *scope)
{
    put_gap_rows(out, scope, "at_live_peak", &scope->measures->gaps_at_live_peak);
    put_gap_rows(out, scope, "end", &scope->measures->gaps_at_end);
}

static void put_occupancy_rows(FILE *out, const struct csv_scope *scope, const char *moment,
                               const uint64_t *bins)
{
    for (size_t i = 0; i < OCCUPANCY_BINS; i++) {
        csv_put_scope(out, scope);
        csv_put_name(out, moment);
        csv_put_double(out, (double)i / OCCUPANCY_BINS);
        csv_put_u64(out, bins[i]);
        putc('\n', out);
    }
}

static void put_occupancy(FILE *out, const struct csv_scope *scope)
{
    put_occupancy_rows(out, scope, "at_live_peak", scope->measures->occupancy_at_live_peak);
    put_occupancy_rows(out, scope, "end", scope->measures->occupancy_at_end);
}

static void put_timeline(FILE *out, const struct csv_scope *scope)
{
    const struct timeline_result *timeline = &scope->measures->timeline;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_row *row = &timeline->rows[i];
        csv_put_scope(out, scope);
        csv_put_u64(out, row->t_ns);
        csv_put_u64(out, timeline->interval_ns);
        csv_put_u64(out, row->events);
        csv_put_u64(out, row->reallocs);
        csv_put_u64(out, row->moved);
        csv_put_u64(out, row->copied_bytes);
        for (int curve = 0; curve < TIMELINE_CURVES; curve++) {
            const struct timeline_value *value = &row->curves[curve];
            csv_put_u64_or_empty(out, value->known ? value->min : RESULT_UNKNOWN);
            csv_put_u64_or_empty(out, value->known ? value->max : RESULT_UNKNOWN);
            csv_put_u64_or_empty(out, value->known ? value->last : RESULT_UNKNOWN);
        }
        putc('\n', out);
    }
}

#define CURVE(name) "," #name "_min," #name "_max," #name "_last"

const struct csv_table csv_tables[] = {
    { "heaps.csv",
      ",flags,created_in_trace,destroyed_ns,first_ns,last_ns,frag_basis,frag_mean,"
      "frag_at_live_peak,frag_at_footprint_peak,frag_peak_to_peak,creep_bytes_per_hour,allocs,"
      "alloc_bytes,frees,free_bytes,failed_allocs,realloc_internal_allocs,"
      "realloc_internal_frees,free_of_unknown,destroyed_blocks,temporary",
      put_heap },
    { "levels.csv", ",curve,peak,peak_ns,mean,at_live_peak,end", put_levels },
    { "reallocs.csv",
      ",count,in_place,moved,failed,paired,standalone,grow,shrink,same,from_zero,to_zero,"
      "move_rate,move_rate_low,move_rate_high,grow_move_rate,grow_move_rate_low,"
      "grow_move_rate_high,shrink_move_rate,shrink_move_rate_low,shrink_move_rate_high,"
      "copied_bytes,copy_amplification,growth_geomean,growth_p5,growth_p25,growth_p50,"
      "growth_p75,growth_p95,chains,geometric,arithmetic,irregular,avoidable_moves,"
      "avoidable_bytes",
      put_reallocs },
    { "growth.csv", ",log2_low,log2_high,count", put_growth },
    { "old_sizes.csv", ",old_size_low,in_place,moved,failed,copied_bytes", put_old_sizes },
    { "size_pairs.csv", ",old_size_low,new_size_low,in_place,moved", put_size_pairs },
    { "chains.csv", ",address,first_bytes,last_bytes,reallocs,moves,copied_bytes,first_ns,last_ns",
      put_chains },
    { "sources.csv",
      ",source,code,allocs,alloc_bytes,frees,free_bytes,reallocs,in_place,moved,failed,move_rate,"
      "move_rate_low,move_rate_high,growth_p50,copied_bytes",
      put_sources },
    { "transitions.csv", ",from,to,count", put_transitions },
    { "sizes.csv", ",low,high,allocs,bytes,live_at_peak,live_bytes_at_peak", put_sizes },
    { "lifetimes.csv", ",source,low_ns,count", put_lifetimes },
    { "gaps.csv", ",moment,low,count,bytes", put_gaps },
    { "occupancy.csv", ",moment,share_low,pages", put_occupancy },
    { "timeline.csv",
      ",t_ns,interval_ns,events,reallocs,moved,copied_bytes" CURVE(live_bytes) CURVE(live_blocks)
          CURVE(touched_bytes) CURVE(committed_bytes) CURVE(reserved_bytes) CURVE(free_bytes)
              CURVE(pinned_pages),
      put_timeline },
    { "blockers.csv", ",low,count", put_blockers },
};
const size_t csv_table_count = sizeof csv_tables / sizeof csv_tables[0];
