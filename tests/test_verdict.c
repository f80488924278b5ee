/* Findings: each rule has a threshold for the share and one for the bytes, and both count. */
#include "tests/report_testing.h"
#include "tests/result_fixture.h"

#include "reports/verdict.h"

#include <stdlib.h>
#include <string.h>

static const struct finding *find(const struct finding *findings, size_t count,
                                  enum finding_kind kind)
{
    for (size_t i = 0; i < count; i++)
        if (findings[i].kind == kind)
            return &findings[i];
    return NULL;
}

static void a_small_clean_trace_has_no_findings(void **state)
{
    (void)state;
    struct finding findings[FINDING_COUNT];
    struct result result;
    fixture_e1(&result);
    assert_int_equal(verdict_find(&result, findings), 0);
    result_release(&result);
    fixture_empty(&result);
    assert_int_equal(verdict_find(&result, findings), 0);
    result_release(&result);
}

static void every_rule_finds_what_it_is_for(void **state)
{
    (void)state;
    struct finding findings[FINDING_COUNT];
    struct result result;
    fixture_rich(&result);
    result.anomalies = (struct anomalies){ 0 };
    size_t count = verdict_find(&result, findings);
    assert_int_equal(count, FINDING_COUNT - 1);
    for (int kind = 0; kind < FINDING_COUNT; kind++) {
        if (kind == FINDING_destroyed_blocks) /* a heap that leaks is not one that is destroyed */
            continue;
        const struct finding *finding = find(findings, count, (enum finding_kind)kind);
        if (!finding)
            fail_msg("%s did not find anything", finding_infos[kind].key);
        assert_ptr_equal(finding->heap, &result.processes[0].heaps[0]);
        assert_int_equal(finding->others, 0);
        assert_true(strlen(finding->sentence) > 20);
    }
    result_release(&result);
}

static void failed_allocations_come_first_and_bytes_decide_the_rest(void **state)
{
    (void)state;
    struct finding findings[FINDING_COUNT];
    struct result result;
    fixture_rich(&result);
    size_t count = verdict_find(&result, findings);
    assert_true(count > 3);
    assert_int_equal(findings[0].kind, FINDING_failed_allocations);
    assert_int_equal(findings[1].kind, FINDING_small_steps);
    result_release(&result);
}

static void what_another_finding_explains_comes_last(void **state)
{
    (void)state;
    struct finding findings[FINDING_COUNT];
    struct result result;
    fixture_rich(&result);
    size_t count = verdict_find(&result, findings);
    const struct finding *moves = find(findings, count, FINDING_growing_moves);
    const struct finding *creep = find(findings, count, FINDING_creep);
    assert_true(moves > creep); /* though far more bytes are at stake */
    assert_true(moves->bytes / VERDICT_COPIES_A_BYTE > creep->bytes);
    result_release(&result);
}

static void a_heap_that_is_destroyed_with_its_blocks_is_named(void **state)
{
    (void)state;
    struct finding findings[FINDING_COUNT];
    struct result result;
    fixture_rich(&result);
    struct heap_result *heap = &result.processes[0].heaps[0];
    heap->destroyed_ns = 7000000000000;
    heap->measures.traffic.destroyed_blocks = 12;
    size_t count = verdict_find(&result, findings);
    const struct finding *destroyed = find(findings, count, FINDING_destroyed_blocks);
    assert_non_null(destroyed);
    assert_ptr_equal(destroyed->heap, heap);
    assert_non_null(strstr(destroyed->sentence, "12 blocks"));
    const struct finding *pinned = find(findings, count, FINDING_pinned_waste);
    assert_non_null(strstr(pinned->sentence, "when it was destroyed"));
    result_release(&result);
}

static void committed_memory_is_not_held_against_a_heap_from_before_the_trace(void **state)
{
    (void)state;
    struct finding findings[FINDING_COUNT];
    struct result result;
    fixture_rich(&result);
    result.processes[0].heaps[0].created_in_trace = false;
    size_t count = verdict_find(&result, findings);
    assert_null(find(findings, count, FINDING_commit_waste));
    assert_null(find(findings, count, FINDING_peak_to_peak));
    assert_non_null(find(findings, count, FINDING_external_free));
    result_release(&result);
}

static void nothing_creeps_by_the_hour_in_less_than_a_minute(void **state)
{
    (void)state;
    struct finding findings[FINDING_COUNT];
    struct result result;
    fixture_rich(&result);
    struct measures *m = &result.processes[0].heaps[0].measures;
    m->creep_bytes_per_hour = 1e12;
    m->last_ns = m->first_ns + 59999999999;
    assert_null(find(findings, verdict_find(&result, findings), FINDING_creep));
    m->last_ns = m->first_ns + 60000000000;
    assert_non_null(find(findings, verdict_find(&result, findings), FINDING_creep));
    result_release(&result);
}

static void no_leak_is_claimed_in_a_trace_with_loss(void **state)
{
    (void)state;
    struct finding findings[FINDING_COUNT];
    struct result result;
    fixture_rich(&result);
    assert_null(find(findings, verdict_find(&result, findings), FINDING_possible_leak));
    result.anomalies = (struct anomalies){ 0 };
    assert_non_null(find(findings, verdict_find(&result, findings), FINDING_possible_leak));
    result.processes[0].heaps[0].destroyed_ns = 5;
    assert_null(find(findings, verdict_find(&result, findings), FINDING_possible_leak));
    result_release(&result);
}

static void a_share_and_its_bytes_must_both_pass(void **state)
{
    (void)state;
    static const struct {
        double share;
        uint64_t touched, live;
        bool is_found;
    } cases[] = {
        { 0.5, 4 << 20, 2 << 20, true },
        { 0.4, 10 << 20, 6 << 20, true },
        { 0.39, 10 << 20, 6 << 20, false },
        { 0.9, 1 << 20, 1 << 10, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct finding findings[FINDING_COUNT];
        struct result result;
        fixture_e1(&result);
        struct measures *m = &result.processes[0].heaps[0].measures;
        m->ratios[RATIO_page_fragmentation].end = cases[i].share;
        m->levels[LEVEL_touched_bytes].end = cases[i].touched;
        m->levels[LEVEL_live_bytes].end = cases[i].live;
        size_t count = verdict_find(&result, findings);
        assert_int_equal(find(findings, count, FINDING_page_fragmentation) != NULL,
                         cases[i].is_found);
        result_release(&result);
    }
}

static void the_worst_heap_of_a_kind_stands_for_the_others(void **state)
{
    (void)state;
    struct finding findings[FINDING_COUNT];
    struct result result;
    fixture_rich(&result);
    struct heap_result *heaps = result.processes[1].heaps;
    heaps[0].measures.traffic.failed_allocs = 1;
    heaps[1].measures.traffic.failed_allocs = 1000;
    size_t count = verdict_find(&result, findings);
    const struct finding *finding = find(findings, count, FINDING_failed_allocations);
    assert_non_null(finding);
    assert_ptr_equal(finding->heap, &heaps[1]);
    assert_int_equal(finding->others, 2);
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_clean_trace_has_no_findings),
        cmocka_unit_test(every_rule_finds_what_it_is_for),
        cmocka_unit_test(failed_allocations_come_first_and_bytes_decide_the_rest),
        cmocka_unit_test(what_another_finding_explains_comes_last),
        cmocka_unit_test(a_heap_that_is_destroyed_with_its_blocks_is_named),
        cmocka_unit_test(committed_memory_is_not_held_against_a_heap_from_before_the_trace),
        cmocka_unit_test(nothing_creeps_by_the_hour_in_less_than_a_minute),
        cmocka_unit_test(no_leak_is_claimed_in_a_trace_with_loss),
        cmocka_unit_test(a_share_and_its_bytes_must_both_pass),
        cmocka_unit_test(the_worst_heap_of_a_kind_stands_for_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
