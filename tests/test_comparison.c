/* Two builds: matching, verdicts, gates, and how often they are wrong. */
#include "analyzer/comparison.h"
#include "reports/cli/gate_text.h"
#include "tests/build_sample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GATES_MAX = 8 };

/* Two builds and what comparing them says. */
struct bench {
    struct merged base, now;
    struct gate gates[GATES_MAX];
    struct comparison_options options;
    struct comparison result;
};

static void bench_add_gates(struct bench *bench, const char *const *gates, size_t count)
{
    struct error err = { 0 };
    bench->options = (struct comparison_options){ .alpha = 0.05, .gates = bench->gates };
    bench->options.gate_count = count;
    for (size_t i = 0; i < count; i++)
        if (!gate_read(gates[i], &bench->gates[i], &err))
            fail_msg("%s", err.message);
}

static void bench_compare(struct bench *bench)
{
    struct error err = { 0 };
    if (!compare_builds(&bench->base, &bench->now, &bench->options, &bench->result, &err))
        fail_msg("%s", err.message);
}

static void bench_release(struct bench *bench)
{
    comparison_release(&bench->result);
    merged_release(&bench->base);
    merged_release(&bench->now);
}

static const struct change *find(const struct comparison *c, const char *label, const char *metric)
{
    for (size_t i = 0; i < c->change_count; i++)
        if (strcmp(compared_label(&c->scopes[c->changes[i].scope]), label) == 0 &&
            strcmp(c->changes[i].metric->name, metric) == 0)
            return &c->changes[i];
    fail_msg("no %s of %s", metric, label);
    return NULL;
}

static void a_planted_regression_is_found_and_named(void **state)
{
    (void)state;
    static const char *const gates[] = {
        "growth.geomean<-10%",
        "heap[#1].pinned_waste_bytes.end>+20%,+4KiB",
        "process[app.exe].heap[#2].pinned_waste_bytes.end>+20%,+4KiB",
        "heap[*].growth.geomean<-10%",
    };
    const struct build_plan good = { .seed = 1 };
    const struct build_plan bad = { .seed = 100, .growth_percent = 110, .pins_pages = true };
    struct bench bench = { .base = build_merged(&good, 7), .now = build_merged(&bad, 7) };
    bench_add_gates(&bench, gates, 4);
    bench_compare(&bench);
    const struct comparison *c = &bench.result;
    assert_true(c->is_assessed);
    assert_int_equal(c->test_count, 5);
    assert_int_equal(c->fired, 3);
    assert_int_equal(c->not_evaluated, 0);
    assert_int_equal(c->outcomes[0].fired, 1);
    assert_int_equal(c->outcomes[1].fired, 1);
    assert_int_equal(c->outcomes[2].fired, 0); /* the other heap pins no more than it did */
    assert_int_equal(c->outcomes[3].fired, 2);
    const struct change *growth = find(c, "all", "growth.geomean");
    assert_int_equal(growth->verdict, VERDICT_REGRESSED);
    assert_true(growth->base.median > 1.9 && growth->now.median < 1.2);
    assert_true(growth->shift < -0.8 && growth->shift_high < -0.8 && growth->shift_low < -0.8);
    assert_true(growth->p < 0.001 && growth->p_adjusted >= growth->p);
    assert_int_equal(find(c, "app.exe #1", "pinned_waste_bytes.end")->verdict, VERDICT_REGRESSED);
    /* More reallocs a chain, told without a gate. */
    assert_int_equal(find(c, "all", "chains.reallocs_p50")->verdict, VERDICT_REGRESSED);
    bench_release(&bench);
}

static void the_other_way_round_it_is_an_improvement(void **state)
{
    (void)state;
    static const char *const gates[] = { "growth.geomean<-10%" };
    const struct build_plan good = { .seed = 1 };
    const struct build_plan bad = { .seed = 100, .growth_percent = 110 };
    struct bench bench = { .base = build_merged(&bad, 5), .now = build_merged(&good, 5) };
    bench_add_gates(&bench, gates, 1);
    bench_compare(&bench);
    assert_int_equal(bench.result.fired, 0);
    assert_int_equal(find(&bench.result, "all", "growth.geomean")->verdict, VERDICT_IMPROVED);
    assert_int_equal(find(&bench.result, "all", "count")->verdict, VERDICT_IMPROVED);
    bench_release(&bench);
}

/* How many of 200 comparisons of a build with itself fire, with so many runs a side. */
static size_t false_alarms(size_t runs)
{
    enum { REPEATS = 200 };
    static const char *const gates[] = { "copied_bytes>+0.5%", "move_rate>+0.5pt",
                                         "live_bytes.peak>+0.1%", "growth.geomean<-0.1%" };
    size_t fired = 0;
    for (uint64_t repeat = 0; repeat < REPEATS; repeat++) {
        struct build_plan plan = { .seed = 1000 + repeat * 64, .heaps = 1 };
        struct bench bench = { .base = build_merged(&plan, runs) };
        plan.seed += 32;
        bench.now = build_merged(&plan, runs);
        bench_add_gates(&bench, gates, 4);
        bench_compare(&bench);
        assert_int_equal(bench.result.is_assessed, runs > 1);
        fired += bench.result.fired > 0;
        bench_release(&bench);
    }
    return fired;
}

static void a_build_compared_with_itself_fires_no_more_often_than_alpha(void **state)
{
    (void)state;
    assert_true(false_alarms(6) <= 10); /* 0.05 of 200 */
    assert_true(false_alarms(1) > 100); /* the same limits, when they are all there is */
}

static void one_run_a_side_shows_the_change_and_assesses_nothing(void **state)
{
    (void)state;
    static const char *const gates[] = { "growth.geomean<-10%", "move_rate>+50pt" };
    const struct build_plan good = { .seed = 1 };
    const struct build_plan bad = { .seed = 1, .growth_percent = 110 };
    struct bench bench = { .base = build_merged(&good, 1), .now = build_merged(&bad, 1) };
    bench_add_gates(&bench, gates, 2);
    bench_compare(&bench);
    const struct comparison *c = &bench.result;
    assert_false(c->is_assessed);
    assert_int_equal(c->runs_enough, 5); /* 2 tests: 2 / C(10, 5) * 2 = 0.016; C(8, 4): 0.057 */
    assert_int_equal(c->outcomes[0].fired, 1);
    assert_int_equal(c->outcomes[1].fired, 0);
    const struct change *count = find(c, "all", "count");
    assert_false(count->is_assessed);
    assert_int_equal(count->verdict, VERDICT_INCONCLUSIVE);
    assert_true(count->ratio > 3);
    assert_int_equal(find(c, "all", "failed_allocs")->verdict, VERDICT_SAME);
    bench_release(&bench);
}

static void runs_enough_follow_from_the_number_of_gates(void **state)
{
    (void)state;
    static const char *const gates[] = { "move_rate>+5pt", "frag_mean>+5%", "count>+5%" };
    const struct build_plan plan = { .seed = 1 };
    for (size_t count = 0; count <= 3; count++) {
        struct bench bench = { .base = build_merged(&plan, 4), .now = build_merged(&plan, 4) };
        bench_add_gates(&bench, gates, count);
        bench_compare(&bench);
        assert_int_equal(bench.result.is_assessed, count <= 1); /* 2 / C(8, 4) = 0.0286 */
        assert_int_equal(bench.result.runs_enough, count <= 1 ? 4 : 5);
        bench_release(&bench);
    }
}

static void with_loss_only_rates_are_gated(void **state)
{
    (void)state;
    static const char *const gates[] = { "move_rate>+50pt", "copied_bytes>+5%",
                                         "live_bytes.peak>+5%" };
    const struct build_plan good = { .seed = 1 };
    const struct build_plan lossy = { .seed = 1, .events_lost = 3 };
    struct bench bench = { .base = build_merged(&good, 2), .now = build_merged(&lossy, 2) };
    bench_add_gates(&bench, gates, 3);
    bench_compare(&bench);
    assert_true(bench.result.has_loss);
    assert_int_equal(bench.result.not_evaluated, 2);
    assert_null(bench.result.outcomes[0].reason);
    assert_non_null(strstr(bench.result.outcomes[1].reason, "lost"));
    assert_int_equal(find(&bench.result, "all", "copied_bytes")->verdict, VERDICT_NOT_COMPARABLE);
    bench_release(&bench);
}

static void a_gate_without_values_or_without_a_heap_cannot_be_evaluated(void **state)
{
    (void)state;
    static const char *const gates[] = { "virtual_fragmentation.peak>+5pt", "heap[#9].count>+5%",
                                         "process[other.exe].count>+5%", "shrink_move_rate>+5pt" };
    const struct build_plan plan = { .seed = 1 };
    struct bench bench = { .base = build_merged(&plan, 1), .now = build_merged(&plan, 1) };
    bench_add_gates(&bench, gates, 4);
    bench_compare(&bench);
    assert_int_equal(bench.result.fired, 0);
    assert_int_equal(bench.result.not_evaluated, 3); /* the first has values: CREATE tells sizes */
    assert_null(bench.result.outcomes[0].reason);
    bench_release(&bench);
}

static void work_may_differ_by_a_factor_of_two(void **state)
{
    (void)state;
    static const struct {
        unsigned work;
        bool is_comparable;
    } cases[] = { { 2, true }, { 3, false } };
    for (size_t i = 0; i < 2; i++) {
        const struct build_plan once = { .seed = 1 }, more = { .seed = 1, .work = cases[i].work };
        struct bench bench = { .base = build_merged(&once, 1), .now = build_merged(&more, 1) };
        bench_add_gates(&bench, NULL, 0);
        bench_compare(&bench);
        assert_int_equal(bench.result.is_work_comparable, cases[i].is_comparable);
        /* Volumes are per million allocations: twice the work alone changes little. */
        const struct change *copied = find(&bench.result, "all", "copied_bytes");
        assert_true(copied->is_per_million && fabs(copied->ratio - 1) < 0.5);
        assert_true(copied->now.raw > 1.4 * copied->base.raw);
        bench_release(&bench);
    }
}

static void heaps_match_by_role_and_what_is_left_is_listed(void **state)
{
    (void)state;
    const struct build_plan two = { .seed = 1, .heaps = 2 }, three = { .seed = 2, .heaps = 3 };
    struct bench bench = { .base = build_merged(&two, 1), .now = build_merged(&three, 1) };
    bench_add_gates(&bench, NULL, 0);
    bench_compare(&bench);
    const struct matching *m = &bench.result.matching;
    assert_int_equal(m->count, 4);
    assert_int_equal(m->list[0].rule, MATCH_NAME);
    assert_int_equal(m->list[1].rule, MATCH_FIRST);
    assert_int_equal(m->list[2].rule, MATCH_FLAGS);
    assert_null(m->list[3].base_label);
    assert_string_equal(m->list[3].now_label, "app.exe #3");
    bench_release(&bench);
}

static void heaps_from_before_the_trace_match_weakly_by_their_sizes(void **state)
{
    (void)state;
    const struct build_plan a = { .seed = 1, .is_attached = true };
    const struct build_plan b = { .seed = 2, .is_attached = true };
    struct bench bench = { .base = build_merged(&a, 1), .now = build_merged(&b, 1) };
    bench_add_gates(&bench, NULL, 0);
    bench_compare(&bench);
    const struct matching *m = &bench.result.matching;
    assert_int_equal(m->count, 3);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(m->list[i].rule, MATCH_SIZES);
        assert_true(m->list[i].similarity >= 0.9);
        assert_string_equal(m->list[i].base_label, m->list[i].now_label);
    }
    bench_release(&bench);
}

static void a_map_says_what_is_what(void **state)
{
    (void)state;
    struct error err = { 0 };
    const struct match_pair pairs[] = { { "app.exe", "new.exe" }, { "app.exe #1", "new.exe #2" } };
    const struct match_pair wrong[] = { { "app.exe", "nobody.exe" } };
    const struct match_pair mixed[] = { { "app.exe", "new.exe #1" } };
    const struct build_plan a = { .seed = 1 }, b = { .seed = 2, .image = "new.exe" };
    struct bench bench = { .base = build_merged(&a, 1), .now = build_merged(&b, 1) };
    bench_add_gates(&bench, NULL, 0);
    bench_compare(&bench);
    assert_int_equal(bench.result.scope_count, 1); /* nothing matches by name */
    comparison_release(&bench.result);
    bench.options.map = pairs;
    bench.options.map_count = 2;
    bench_compare(&bench);
    const struct match *heap = bench.result.scopes[2].match;
    assert_string_equal(heap->base_label, "app.exe #1");
    assert_string_equal(heap->now_label, "new.exe #2");
    assert_int_equal(heap->rule, MATCH_MAP);
    comparison_release(&bench.result);
    bench.options.map = wrong;
    bench.options.map_count = 1;
    assert_false(compare_builds(&bench.base, &bench.now, &bench.options, &bench.result, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    bench.options.map = mixed;
    err = (struct error){ 0 };
    assert_false(compare_builds(&bench.base, &bench.now, &bench.options, &bench.result, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    bench_release(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_planted_regression_is_found_and_named),
        cmocka_unit_test(the_other_way_round_it_is_an_improvement),
        cmocka_unit_test(a_build_compared_with_itself_fires_no_more_often_than_alpha),
        cmocka_unit_test(one_run_a_side_shows_the_change_and_assesses_nothing),
        cmocka_unit_test(runs_enough_follow_from_the_number_of_gates),
        cmocka_unit_test(with_loss_only_rates_are_gated),
        cmocka_unit_test(a_gate_without_values_or_without_a_heap_cannot_be_evaluated),
        cmocka_unit_test(work_may_differ_by_a_factor_of_two),
        cmocka_unit_test(heaps_match_by_role_and_what_is_left_is_listed),
        cmocka_unit_test(heaps_from_before_the_trace_match_weakly_by_their_sizes),
        cmocka_unit_test(a_map_says_what_is_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
