/* Two builds, number by number, with verdicts. */
#include "analyzer/comparison.h"

#include "analyzer/hodges_lehmann.h"
#include "analyzer/holm.h"
#include "analyzer/mann_whitney.h"
#include "analyzer/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const verdict_names[] = {
    [VERDICT_REGRESSED] = "regressed",
    [VERDICT_NOT_COMPARABLE] = "not comparable",
    [VERDICT_INCONCLUSIVE] = "inconclusive",
    [VERDICT_IMPROVED] = "improved",
    [VERDICT_SAME] = "same",
};

/* How far the work of two builds may differ, either way. */
static const double work_ratio_max = 2;

static const char lost[] = "events were lost: only rates can be gated";
static const char missing[] = "one build has no value for it";
static const char missing_both[] = "neither build has a value for it";
static const char other_basis[] =
    "one build's footprint is committed memory, the other's touched pages";
static const char no_such_scope[] = "no such heap or process is in both builds";

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to compare");
}

const char *compared_label(const struct compared_scope *scope)
{
    return scope->match ? scope->match->base_label : "all";
}

double comparison_geomean(const struct comparison *comparison, size_t scope)
{
    const struct compared_scope *of = &comparison->scopes[scope];
    double sum = 0, count = 0;
    for (size_t i = 0; i < of->change_count; i++) {
        const struct change *change = &comparison->changes[of->first_change + i];
        if (change->metric->worse != WORSE_HIGHER || !(change->ratio > 0) || change->reason)
            continue;
        sum += log(change->ratio);
        count++;
    }
    return count > 0 ? exp(sum / count) : NAN;
}

/* ---- what is compared ---- */

static bool scopes_make(struct comparison *c, struct error *err)
{
    c->scopes = calloc(c->matching.count + 1, sizeof *c->scopes);
    if (!c->scopes)
        return no_memory(err);
    c->scopes[c->scope_count++] =
        (struct compared_scope){ .base = &c->base->totals, .now = &c->now->totals };
    for (size_t i = 0; i < c->matching.count; i++) {
        const struct match *match = &c->matching.list[i];
        if (!match->base_process || !match->now_process)
            continue;
        c->scopes[c->scope_count++] = (struct compared_scope){
            .match = match,
            .base = match->base_heap ? &match->base_heap->scope : &match->base_process->totals,
            .now = match->now_heap ? &match->now_heap->scope : &match->now_process->totals,
        };
    }
    return true;
}

/* Whether `gate` is about that heap or process, or about all. */
static bool gate_fits(const struct gate *gate, const struct compared_scope *scope)
{
    const struct match *match = scope->match;
    if (gate->scope == GATE_TOTAL || !match)
        return gate->scope == GATE_TOTAL && !match;
    bool is_heap = match->base_heap != NULL;
    if (is_heap != (gate->scope != GATE_PROCESS))
        return false;
    if (gate->scope == GATE_HEAP && match->base_heap->ordinal != gate->ordinal)
        return false;
    size_t length = strlen(gate->process);
    if (length == 0)
        return true;
    /* A heap's label is its process's and its number. */
    return strncmp(match->base_label, gate->process, length) == 0 &&
           (is_heap ? strncmp(match->base_label + length, " #", 2) == 0 &&
                          !strstr(match->base_label + length + 2, " #")
                    : match->base_label[length] == '\0');
}

static bool is_gated(const struct comparison *c, size_t scope, const struct metric *metric)
{
    for (size_t i = 0; i < c->options.gate_count; i++)
        if (c->options.gates[i].metric == metric &&
            gate_fits(&c->options.gates[i], &c->scopes[scope]))
            return true;
    return false;
}

static bool has_basis(const struct measure_sums *sums, bool is_committed)
{
    return sums->frag_span_ns[is_committed] > 0;
}

static bool is_of_other_basis(const struct compared_scope *scope, const struct metric *metric)
{
    const struct measure_sums *a = &scope->base->sum.sums, *b = &scope->now->sum.sums;
    if (strncmp(metric->name, "frag_", 5) != 0)
        return false;
    return has_basis(a, true) != has_basis(b, true) || has_basis(a, false) != has_basis(b, false);
}

/* ---- numbers ---- */

static void measure_shift(struct change *change, const struct values *base,
                          const struct values *now, double alpha)
{
    struct shift shift = hodges_lehmann(base->list, base->count, now->list, now->count, alpha);
    change->shift = shift.middle;
    change->shift_low = shift.low;
    change->shift_high = shift.high;
}

static double raw_median(struct values *values, const struct merged_scope *scope, size_t metric)
{
    values_take(values, scope, metric, false);
    return sample_of(values).median;
}

static bool measure(struct comparison *c, struct change *change, struct values *base,
                    struct values *now, struct error *err)
{
    const struct compared_scope *scope = &c->scopes[change->scope];
    size_t metric = (size_t)(change->metric - metric_list);
    double base_raw = raw_median(base, scope->base, metric);
    double now_raw = raw_median(now, scope->now, metric);
    values_take(base, scope->base, metric, change->is_per_million);
    values_take(now, scope->now, metric, change->is_per_million);
    change->base = sample_of(base);
    change->now = sample_of(now);
    change->base.raw = base_raw;
    change->now.raw = now_raw;
    change->difference = change->ratio = change->p = NAN;
    change->shift = change->shift_low = change->shift_high = NAN;
    if (base->count == 0 || now->count == 0) {
        change->reason = base->count + now->count ? missing : missing_both;
        return true;
    }
    change->difference = change->now.median - change->base.median;
    if (change->base.median != 0)
        change->ratio = change->now.median / change->base.median;
    change->is_assessed = mann_whitney_least_p(base->count, now->count) <= c->options.alpha;
    measure_shift(change, base, now, c->options.alpha);
    if (is_of_other_basis(scope, change->metric))
        change->reason = other_basis;
    return mann_whitney_p(base->list, base->count, now->list, now->count, &change->p, err);
}

static bool add_change(struct comparison *c, size_t scope, const struct metric *metric,
                       struct values *base, struct values *now, struct error *err)
{
    bool gated = is_gated(c, scope, metric);
    if (metric->worse == WORSE_NEITHER && !gated)
        return true;
    struct change *change = &c->changes[c->change_count];
    *change = (struct change){ .scope = scope, .metric = metric, .is_gated = gated };
    change->is_per_million = metric->nature == METRIC_VOLUME;
    change->p_adjusted = NAN;
    if (!measure(c, change, base, now, err))
        return false;
    if (!gated && change->base.count + change->now.count == 0)
        return true;
    if (gated && c->has_loss && metric->nature != METRIC_RATE && !change->reason)
        change->reason = lost;
    change->verdict = change->reason ? VERDICT_NOT_COMPARABLE : VERDICT_SAME;
    c->change_count++;
    c->scopes[scope].change_count++;
    return true;
}

static bool changes_make(struct comparison *c, struct error *err)
{
    struct values base = { 0 }, now = { 0 };
    c->changes = calloc(c->scope_count * metric_count, sizeof *c->changes);
    bool is_fine = (c->changes || no_memory(err)) &&
                   values_reserve(&base, c->base->totals.run_count, err) &&
                   values_reserve(&now, c->now->totals.run_count, err);
    for (size_t i = 0; is_fine && i < c->scope_count; i++) {
        c->scopes[i].first_change = c->change_count;
        is_fine = values_reserve(&base, c->scopes[i].base->run_count, err) &&
                  values_reserve(&now, c->scopes[i].now->run_count, err);
        for (size_t j = 0; is_fine && j < metric_count; j++)
            is_fine = add_change(c, i, &metric_list[j], &base, &now, err);
    }
    values_release(&base);
    values_release(&now);
    return is_fine;
}

/* ---- gates ---- */

static size_t find_change(const struct comparison *c, size_t scope, const struct metric *metric)
{
    size_t i = c->scopes[scope].first_change;
    while (c->changes[i].metric != metric)
        i++;
    return i;
}

static void gate_scope(struct comparison *c, size_t gate, size_t scope)
{
    struct gate_outcome *outcome = &c->outcomes[gate];
    size_t change = find_change(c, scope, c->options.gates[gate].metric);
    if (c->changes[change].reason) {
        outcome->reason = c->changes[change].reason;
        return;
    }
    c->tests[c->test_count++] =
        (struct gate_test){ .gate = gate, .change = change, .p_adjusted = NAN };
    outcome->tests++;
}

static bool tests_make(struct comparison *c, struct error *err)
{
    size_t gates = c->options.gate_count;
    c->outcomes = calloc(gates + 1, sizeof *c->outcomes);
    c->tests = calloc(gates * c->scope_count + 1, sizeof *c->tests);
    if (!c->outcomes || !c->tests)
        return no_memory(err);
    for (size_t i = 0; i < gates; i++) {
        for (size_t j = 0; j < c->scope_count; j++)
            if (gate_fits(&c->options.gates[i], &c->scopes[j]))
                gate_scope(c, i, j);
        if (c->outcomes[i].tests == 0 && !c->outcomes[i].reason)
            c->outcomes[i].reason = no_such_scope;
    }
    return true;
}

/* Whether samples of so many runs can reach alpha after Holm's correction of `tests`. */
static bool can_reach(const struct comparison *c, size_t base, size_t now, size_t tests)
{
    double family = tests > 0 ? (double)tests : 1;
    return mann_whitney_least_p(base, now) * family <= c->options.alpha;
}

static bool adjust(struct comparison *c, struct error *err)
{
    double *p = calloc(c->test_count + 1, sizeof *p);
    size_t count = 0;
    if (!p)
        return no_memory(err);
    for (size_t i = 0; i < c->test_count; i++) {
        struct change *change = &c->changes[c->tests[i].change];
        change->is_assessed = can_reach(c, change->base.count, change->now.count, c->test_count);
        if (change->is_assessed)
            p[count++] = change->p;
    }
    bool is_fine = holm_adjust(p, count, err);
    count = 0;
    for (size_t i = 0; is_fine && i < c->test_count; i++) {
        struct change *change = &c->changes[c->tests[i].change];
        if (!change->is_assessed)
            continue;
        c->tests[i].p_adjusted = p[count++];
        change->p_adjusted = fmin(change->p_adjusted, c->tests[i].p_adjusted);
    }
    free(p);
    return is_fine;
}

/* ---- verdicts ---- */

/* Whether a change of `amount`, in the direction that the gate forbids, passes its limits. */
static bool is_beyond(const struct gate *gate, double base, double amount)
{
    if (!(amount > 0))
        return false;
    return (isnan(gate->relative) || amount > gate->relative * fabs(base)) &&
           (isnan(gate->absolute) || amount > gate->absolute);
}

static enum verdict gated_verdict(const struct comparison *c, const struct gate_test *test)
{
    const struct gate *gate = &c->options.gates[test->gate];
    const struct change *change = &c->changes[test->change];
    double sign = gate->is_falling ? -1 : 1;
    double base = change->base.median;
    double amount = sign * change->difference;
    bool is_clear = !change->is_assessed || test->p_adjusted <= c->options.alpha;
    if (is_beyond(gate, base, amount))
        return is_clear ? VERDICT_REGRESSED : VERDICT_INCONCLUSIVE;
    if (is_beyond(gate, base, -amount))
        return is_clear ? VERDICT_IMPROVED : VERDICT_SAME;
    double worst = gate->is_falling ? -change->shift_low : change->shift_high;
    return change->is_assessed && is_beyond(gate, base, worst) ? VERDICT_INCONCLUSIVE
                                                               : VERDICT_SAME;
}

static enum verdict plain_verdict(const struct comparison *c, const struct change *change)
{
    double moved = change->shift != 0 ? change->shift : change->difference;
    if (moved == 0 || change->metric->worse == WORSE_NEITHER)
        return VERDICT_SAME;
    if (!change->is_assessed || (c->has_loss && change->metric->nature != METRIC_RATE))
        return VERDICT_INCONCLUSIVE;
    if (change->p > c->options.alpha)
        return VERDICT_SAME;
    bool is_worse = (moved > 0) == (change->metric->worse == WORSE_HIGHER);
    return is_worse ? VERDICT_REGRESSED : VERDICT_IMPROVED;
}

static void judge(struct comparison *c)
{
    for (size_t i = 0; i < c->change_count; i++)
        if (!c->changes[i].reason && !c->changes[i].is_gated)
            c->changes[i].verdict = plain_verdict(c, &c->changes[i]);
    for (size_t i = 0; i < c->test_count; i++) {
        struct gate_test *test = &c->tests[i];
        struct change *change = &c->changes[test->change];
        enum verdict verdict = gated_verdict(c, test);
        test->has_fired = verdict == VERDICT_REGRESSED;
        c->outcomes[test->gate].fired += test->has_fired;
        if (verdict < change->verdict)
            change->verdict = verdict;
    }
    for (size_t i = 0; i < c->options.gate_count; i++) {
        c->fired += c->outcomes[i].fired > 0;
        c->not_evaluated += c->outcomes[i].reason != NULL;
    }
}

/* ---- the whole ---- */

static bool median_work(const struct merged *merged, double *out, struct error *err)
{
    struct values values = { 0 };
    if (!values_reserve(&values, merged->totals.run_count, err))
        return false;
    values_take_allocs(&values, &merged->totals);
    *out = sample_of(&values).median;
    values_release(&values);
    return true;
}

static bool check_work(struct comparison *c, struct error *err)
{
    if (!median_work(c->base, &c->base_work, err) || !median_work(c->now, &c->now_work, err))
        return false;
    c->is_work_comparable = c->now_work <= c->base_work * work_ratio_max &&
                            c->base_work <= c->now_work * work_ratio_max;
    c->has_loss = c->base->traces_with_loss > 0 || c->now->traces_with_loss > 0;
    return true;
}

static void check_power(struct comparison *c)
{
    enum { RUNS_MAX = 1000 };
    c->is_assessed =
        can_reach(c, c->base->totals.run_count, c->now->totals.run_count, c->test_count);
    c->runs_enough = 1;
    while (c->runs_enough < RUNS_MAX &&
           !can_reach(c, c->runs_enough, c->runs_enough, c->test_count))
        c->runs_enough++;
}

bool compare_builds(const struct merged *base, const struct merged *now,
                    const struct comparison_options *options, struct comparison *out,
                    struct error *err)
{
    *out = (struct comparison){ .base = base, .now = now, .options = *options };
    bool is_fine = check_work(out, err) &&
                   match_builds(base, now, options->map, options->map_count, &out->matching, err) &&
                   scopes_make(out, err) && changes_make(out, err) && tests_make(out, err) &&
                   adjust(out, err);
    if (!is_fine) {
        comparison_release(out);
        return false;
    }
    check_power(out);
    judge(out);
    return true;
}

void comparison_release(struct comparison *comparison)
{
    matching_release(&comparison->matching);
    free(comparison->scopes);
    free(comparison->changes);
    free(comparison->tests);
    free(comparison->outcomes);
    *comparison = (struct comparison){ 0 };
}
