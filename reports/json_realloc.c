/* What reallocs cost, as JSON. */
#include "reports/json_measures.h"

#include "reports/json_stacks.h"

#include <math.h>

void json_rate(struct json_writer *json, const char *key, struct rate rate)
{
    if (isnan(rate.value)) {
        jsonw_key_null(json, key);
        return;
    }
    jsonw_key_begin(json, key, JSONW_RECORD);
    jsonw_key_double(json, "value", rate.value);
    jsonw_key_double(json, "low", rate.low);
    jsonw_key_double(json, "high", rate.high);
    jsonw_end(json);
}

static void put_growth(struct json_writer *json, const struct growth_result *growth)
{
    jsonw_key_begin(json, "growth", JSONW_OBJECT);
    jsonw_key_double(json, "geomean", growth->geomean);
    jsonw_key_double(json, "p5", growth->p5);
    jsonw_key_double(json, "p25", growth->p25);
    jsonw_key_double(json, "p50", growth->p50);
    jsonw_key_double(json, "p75", growth->p75);
    jsonw_key_double(json, "p95", growth->p95);
    jsonw_key_u64(json, "exact_1", growth->exact_1);
    jsonw_key_u64(json, "exact_1_5", growth->exact_1_5);
    jsonw_key_u64(json, "exact_2", growth->exact_2);
    jsonw_key_u64(json, "below", growth->below);
    jsonw_key_u64(json, "above", growth->above);
    jsonw_key_begin(json, "histogram", JSONW_ROW);
    for (size_t i = 0; i < GROWTH_BINS; i++) {
        if (growth->histogram[i] == 0)
            continue;
        jsonw_begin(json, JSONW_ROW);
        jsonw_double(json, growth_bin_low(i));
        jsonw_u64(json, growth->histogram[i]);
        jsonw_end(json);
    }
    jsonw_end(json);
    jsonw_end(json);
}

static void put_by_old_size(struct json_writer *json, const struct old_size_result *classes)
{
    jsonw_key_begin(json, "by_old_size", JSONW_ARRAY);
    for (size_t i = 0; i < OLD_SIZE_CLASSES; i++) {
        const struct old_size_result *row = &classes[i];
        if (row->in_place == 0 && row->moved == 0 && row->failed == 0)
            continue;
        jsonw_begin(json, JSONW_RECORD);
        jsonw_key_u64(json, "low", power_class_low(i));
        jsonw_key_u64(json, "in_place", row->in_place);
        jsonw_key_u64(json, "moved", row->moved);
        jsonw_key_u64(json, "failed", row->failed);
        jsonw_key_u64(json, "copied_bytes", row->copied_bytes);
        jsonw_end(json);
    }
    jsonw_end(json);
}

static void put_size_pairs(struct json_writer *json, const struct realloc_result *r)
{
    jsonw_key_begin(json, "size_pairs", JSONW_ARRAY);
    for (size_t i = 0; i < r->size_pair_count; i++) {
        const struct size_pair *pair = &r->size_pairs[i];
        jsonw_begin(json, JSONW_RECORD);
        jsonw_key_u64(json, "old_low", power_class_low(pair->old_class));
        jsonw_key_u64(json, "new_low", power_class_low(pair->new_class));
        jsonw_key_u64(json, "in_place", pair->in_place);
        jsonw_key_u64(json, "moved", pair->moved);
        jsonw_end(json);
    }
    jsonw_end(json);
}

/* Rows [time, bytes, whether it moved]. */
static void put_steps(struct json_writer *json, const struct chain_result *chain)
{
    jsonw_key_begin(json, "steps", JSONW_ROW);
    for (size_t i = 0; i < chain->step_count; i++) {
        jsonw_begin(json, JSONW_ROW);
        jsonw_u64(json, chain->steps[i].time_ns);
        jsonw_u64(json, chain->steps[i].bytes);
        jsonw_bool(json, chain->steps[i].moved);
        jsonw_end(json);
    }
    jsonw_end(json);
}

static void put_chain(struct json_writer *json, const struct chain_result *chain,
                      const struct stack_selection *stacks)
{
    jsonw_begin(json, JSONW_RECORD);
    jsonw_key_address(json, "address", chain->address);
    jsonw_key_u64(json, "first_bytes", chain->first_bytes);
    jsonw_key_u64(json, "last_bytes", chain->last_bytes);
    jsonw_key_u64(json, "reallocs", chain->reallocs);
    jsonw_key_u64(json, "moves", chain->moves);
    jsonw_key_u64(json, "copied_bytes", chain->copied_bytes);
    jsonw_key_u64_or_null(json, "first_ns", chain->first_ns, RESULT_UNKNOWN);
    jsonw_key_u64_or_null(json, "last_ns", chain->last_ns, RESULT_UNKNOWN);
    put_steps(json, chain);
    if (stacks)
        json_chain_stacks(json, chain, stacks);
    jsonw_end(json);
}

static void put_chains(struct json_writer *json, const struct chains_result *chains,
                       const struct stack_selection *stacks)
{
    jsonw_key_begin(json, "chains", JSONW_OBJECT);
    jsonw_key_u64(json, "count", chains->count);
    jsonw_key_u64_or_null(json, "reallocs_p50", chains->reallocs_p50, RESULT_UNKNOWN);
    jsonw_key_u64_or_null(json, "reallocs_p95", chains->reallocs_p95, RESULT_UNKNOWN);
    jsonw_key_u64_or_null(json, "reallocs_max", chains->reallocs_max, RESULT_UNKNOWN);
    jsonw_key_u64_or_null(json, "moves_p50", chains->moves_p50, RESULT_UNKNOWN);
    jsonw_key_u64_or_null(json, "moves_p95", chains->moves_p95, RESULT_UNKNOWN);
    jsonw_key_u64_or_null(json, "moves_max", chains->moves_max, RESULT_UNKNOWN);
    jsonw_key_u64(json, "copied_bytes", chains->copied_bytes);
    jsonw_key_u64(json, "geometric", chains->geometric);
    jsonw_key_u64(json, "arithmetic", chains->arithmetic);
    jsonw_key_u64(json, "irregular", chains->irregular);
    jsonw_key_begin(json, "reallocs_histogram", JSONW_ROW);
    for (size_t i = 0; i < CHAIN_CLASSES; i++) {
        if (chains->reallocs_histogram[i] == 0)
            continue;
        jsonw_begin(json, JSONW_ROW);
        jsonw_u64(json, power_class_low(i));
        jsonw_u64(json, chains->reallocs_histogram[i]);
        jsonw_end(json);
    }
    jsonw_end(json);
    jsonw_key_begin(json, "top", JSONW_ARRAY);
    for (size_t i = 0; i < chains->top_count; i++)
        put_chain(json, &chains->top[i], stacks);
    jsonw_end(json);
    jsonw_end(json);
}

static void put_room(struct json_writer *json, const struct realloc_result *r)
{
    jsonw_key_begin(json, "avoidable_moves", JSONW_RECORD);
    jsonw_key_u64(json, "count", r->avoidable_moves);
    jsonw_key_u64(json, "bytes", r->avoidable_bytes);
    jsonw_end(json);
    jsonw_key_begin(json, "blockers", JSONW_ROW);
    for (size_t i = 0; i < OLD_SIZE_CLASSES; i++) {
        if (r->blockers[i] == 0)
            continue;
        jsonw_begin(json, JSONW_RECORD);
        jsonw_key_u64(json, "low", power_class_low(i));
        jsonw_key_u64(json, "count", r->blockers[i]);
        jsonw_end(json);
    }
    jsonw_end(json);
}

void json_realloc(struct json_writer *json, const struct realloc_result *r,
                  const struct stack_selection *stacks)
{
    jsonw_key_begin(json, "realloc", JSONW_OBJECT);
    jsonw_key_u64(json, "count", r->count);
    jsonw_key_u64(json, "in_place", r->in_place);
    jsonw_key_u64(json, "moved", r->moved);
    jsonw_key_u64(json, "failed", r->failed);
    jsonw_key_u64(json, "paired", r->paired);
    jsonw_key_u64(json, "standalone", r->standalone);
    jsonw_key_u64(json, "grow", r->grow);
    jsonw_key_u64(json, "shrink", r->shrink);
    jsonw_key_u64(json, "same", r->same);
    jsonw_key_u64(json, "from_zero", r->from_zero);
    jsonw_key_u64(json, "to_zero", r->to_zero);
    json_rate(json, "move_rate", r->move_rate);
    json_rate(json, "grow_move_rate", r->grow_move_rate);
    json_rate(json, "shrink_move_rate", r->shrink_move_rate);
    jsonw_key_u64(json, "copied_bytes", r->copied_bytes);
    jsonw_key_double(json, "copy_amplification", r->copy_amplification);
    put_growth(json, &r->growth);
    put_by_old_size(json, r->by_old_size);
    put_size_pairs(json, r);
    put_chains(json, &r->chains, stacks);
    put_room(json, r);
    jsonw_end(json);
}
