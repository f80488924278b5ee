/* Two builds as one JSON object; comparison.schema.json says what it looks like. */
#include "reports/compare_report.h"
#include "reports/compare_stacks.h"

#include "reports/json_writer.h"
#include "reports/reports.h"

#include <math.h>

enum { COMPARISON_VERSION = 1 }; /* grows when the meaning of a field changes */

static void put_build(struct json_writer *json, const char *key, const struct merged *build,
                      double work)
{
    jsonw_key_begin(json, key, JSONW_RECORD);
    jsonw_key_u64(json, "traces", build->traces);
    jsonw_key_u64(json, "traces_with_loss", build->traces_with_loss);
    jsonw_key_double(json, "program_allocs", work);
    jsonw_end(json);
}

static void put_gates(struct json_writer *json, const struct comparison *c)
{
    jsonw_key_begin(json, "gates", JSONW_ARRAY);
    for (size_t i = 0; i < c->options.gate_count; i++) {
        jsonw_begin(json, JSONW_RECORD);
        jsonw_key_string(json, "gate", c->options.gates[i].text);
        jsonw_key_u64(json, "tests", c->outcomes[i].tests);
        jsonw_key_u64(json, "fired", c->outcomes[i].fired);
        jsonw_key_string(json, "not_evaluated", c->outcomes[i].reason);
        jsonw_end(json);
    }
    jsonw_end(json);
}

static void put_sample(struct json_writer *json, const char *key, const struct sample *sample)
{
    jsonw_key_begin(json, key, JSONW_RECORD);
    jsonw_key_u64(json, "n", sample->count);
    jsonw_key_double(json, "median", sample->median);
    jsonw_key_double(json, "p25", sample->low);
    jsonw_key_double(json, "p75", sample->high);
    jsonw_key_double(json, "raw_median", sample->raw);
    jsonw_end(json);
}

static void put_change(struct json_writer *json, const struct change *change)
{
    jsonw_begin(json, JSONW_RECORD);
    jsonw_key_string(json, "metric", change->metric->name);
    jsonw_key_string(json, "unit", change->metric->unit);
    jsonw_key_bool(json, "per_million_allocs", change->is_per_million);
    put_sample(json, "base", &change->base);
    put_sample(json, "new", &change->now);
    jsonw_key_double(json, "difference", change->difference);
    jsonw_key_double(json, "ratio", change->ratio);
    jsonw_key_double(json, "shift", change->shift);
    jsonw_key_double(json, "shift_low", change->shift_low);
    jsonw_key_double(json, "shift_high", change->shift_high);
    jsonw_key_double(json, "p", change->p);
    jsonw_key_double(json, "p_holm", change->p_adjusted);
    jsonw_key_bool(json, "assessed", change->is_assessed);
    jsonw_key_bool(json, "gated", change->is_gated);
    jsonw_key_string(json, "verdict", verdict_names[change->verdict]);
    jsonw_key_string(json, "reason", change->reason);
    jsonw_end(json);
}

static const char *kind_of(const struct match *match)
{
    if (!match)
        return "all";
    return match->base_heap || match->now_heap ? "heap" : "process";
}

static void put_scope(struct json_writer *json, const struct comparison *c, size_t scope)
{
    const struct compared_scope *of = &c->scopes[scope];
    const struct match *match = of->match;
    enum match_rule rule = match ? match->rule : MATCH_WHOLE;
    jsonw_begin(json, JSONW_OBJECT);
    jsonw_key_string(json, "kind", kind_of(match));
    jsonw_key_string(json, "base", match ? match->base_label : NULL);
    jsonw_key_string(json, "new", match ? match->now_label : NULL);
    jsonw_key_string(json, "rule", match_rule_names[rule]);
    jsonw_key_bool(json, "weak", rule == MATCH_SIZES);
    jsonw_key_double(json, "similarity", rule == MATCH_SIZES ? match->similarity : NAN);
    jsonw_key_double(json, "geomean", comparison_geomean(c, scope));
    jsonw_key_begin(json, "metrics", JSONW_ARRAY);
    for (size_t i = 0; i < of->change_count; i++)
        put_change(json, &c->changes[of->first_change + i]);
    jsonw_end(json);
    jsonw_end(json);
}

static void put_unmatched(struct json_writer *json, const struct comparison *c)
{
    jsonw_key_begin(json, "unmatched", JSONW_ARRAY);
    for (size_t i = 0; i < c->matching.count; i++) {
        const struct match *match = &c->matching.list[i];
        if (match->base_label && match->now_label)
            continue;
        jsonw_begin(json, JSONW_RECORD);
        jsonw_key_string(json, "build", match->base_label ? "base" : "new");
        jsonw_key_string(json, "kind", kind_of(match));
        jsonw_key_string(json, "label", match->base_label ? match->base_label : match->now_label);
        jsonw_end(json);
    }
    jsonw_end(json);
}

static void put_summary(struct json_writer *json, const struct comparison *c)
{
    jsonw_key_double(json, "alpha", c->options.alpha);
    put_build(json, "base", c->base, c->base_work);
    put_build(json, "new", c->now, c->now_work);
    jsonw_key_bool(json, "work_comparable", c->is_work_comparable);
    jsonw_key_bool(json, "loss", c->has_loss);
    jsonw_key_begin(json, "significance", JSONW_RECORD);
    jsonw_key_bool(json, "assessed", c->is_assessed);
    jsonw_key_u64(json, "gated_tests", c->test_count);
    jsonw_key_u64(json, "runs_a_side_enough", c->runs_enough);
    jsonw_end(json);
    jsonw_key_u64(json, "gates_fired", c->fired);
    jsonw_key_u64(json, "gates_not_evaluated", c->not_evaluated);
}

static void put_grown(struct json_writer *json, const struct stack_match *match,
                      enum stack_weight weight)
{
    jsonw_begin(json, JSONW_RECORD);
    jsonw_key_string(json, "process", match->image);
    jsonw_key_double(json, "base", match->per_run[STACK_SIDE_BASE][weight]);
    jsonw_key_double(json, "new", match->per_run[STACK_SIDE_NOW][weight]);
    jsonw_key_double(json, "change", match->change[weight]);
    jsonw_key_u64(json, "base_stacks", match->rows[STACK_SIDE_BASE]);
    jsonw_key_u64(json, "new_stacks", match->rows[STACK_SIDE_NOW]);
    jsonw_key_u64_or_null(json, "culprit",
                          match->frame_count > 0 ? compare_culprit(match) : RESULT_UNKNOWN,
                          RESULT_UNKNOWN);
    jsonw_key_begin(json, "frames", JSONW_ROW);
    for (size_t i = 0; i < match->frame_count; i++) {
        jsonw_begin(json, JSONW_RECORD);
        jsonw_key_string(json, "module", match->frames[i].module);
        jsonw_key_string(json, "function", match->frames[i].function);
        jsonw_end(json);
    }
    jsonw_end(json);
    jsonw_end(json);
}

/* Null when not both builds have stacks. */
static void put_stacks(struct json_writer *json, const struct stack_matching *matching)
{
    if (!matching->is_comparable) {
        jsonw_key_null(json, "stacks");
        return;
    }
    jsonw_key_begin(json, "stacks", JSONW_OBJECT);
    jsonw_key_u64(json, "base_runs", matching->runs[STACK_SIDE_BASE]);
    jsonw_key_u64(json, "new_runs", matching->runs[STACK_SIDE_NOW]);
    jsonw_key_bool(json, "has_functions", matching->has_functions);
    jsonw_key_begin(json, "worse", JSONW_OBJECT);
    for (int w = 0; w < STACK_WEIGHT_COUNT; w++) {
        jsonw_key_begin(json, stack_weight_names[w], JSONW_ARRAY);
        for (size_t i = 0; i < matching->worst_count[w]; i++)
            put_grown(json, &matching->list[matching->worst[w][i]], (enum stack_weight)w);
        jsonw_end(json);
    }
    jsonw_end(json);
    jsonw_end(json);
}

bool compare_json_write(const struct compare_report *report, FILE *out, struct error *err)
{
    const struct comparison *c = report->comparison;
    struct json_writer json = jsonw_over(out);
    jsonw_begin(&json, JSONW_OBJECT);
    jsonw_key_string(&json, "schema", "heapfrag.comparison");
    jsonw_key_u64(&json, "version", COMPARISON_VERSION);
    jsonw_key_begin(&json, "tool", JSONW_RECORD);
    jsonw_key_string(&json, "name", "heapfrag");
    jsonw_key_string(&json, "version", HEAPFRAG_VERSION);
    jsonw_end(&json);
    put_summary(&json, c);
    put_gates(&json, c);
    jsonw_key_begin(&json, "scopes", JSONW_ARRAY);
    for (size_t i = 0; i < c->scope_count; i++)
        put_scope(&json, c, i);
    jsonw_end(&json);
    put_unmatched(&json, c);
    put_stacks(&json, report->stacks);
    jsonw_end(&json);
    return report_end(out, err);
}
