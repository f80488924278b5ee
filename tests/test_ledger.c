/* The ledger: worked examples, and each rule of metrics.md, section 2. */
#include "analyzer/ledger.h"
#include "tests/ledger_bench.h"

#include <math.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { A = 0x20000, B = 0x30000, C = 0x40000 };
enum { US = 1000 };

static void assert_near(double value, double expected)
{
    assert_true(fabs(value - expected) < 1e-7);
}

static void assert_example_1_and_2(const struct measures *m)
{
    assert_int_equal(m->traffic.allocs, 1);
    assert_int_equal(m->traffic.alloc_bytes, 100);
    assert_int_equal(m->traffic.frees, 1);
    assert_int_equal(m->traffic.free_bytes, 300);
    assert_int_equal(m->traffic.temporary, 1);
    assert_int_equal(m->realloc.count, 2);
    assert_int_equal(m->realloc.in_place, 1);
    assert_int_equal(m->realloc.moved, 1);
    assert_int_equal(m->realloc.grow, 2);
    assert_near(m->realloc.move_rate.value, 0.5);
    assert_true(fabs(m->realloc.move_rate.low - 0.0945) < 5e-5);
    assert_true(fabs(m->realloc.move_rate.high - 0.9055) < 5e-5);
    assert_near(m->realloc.growth.geomean, 1.7320508);
    assert_near(m->realloc.growth.p5, 1.5);
    assert_near(m->realloc.growth.p50, 1.5);
    assert_near(m->realloc.growth.p75, 2);
    assert_int_equal(m->realloc.growth.exact_1_5, 1);
    assert_int_equal(m->realloc.growth.exact_2, 1);
    assert_int_equal(m->realloc.copied_bytes, 150);
    assert_near(m->realloc.copy_amplification, 0.75);
    assert_int_equal(m->realloc.chains.count, 1);
    assert_int_equal(m->realloc.chains.top_count, 1);
    const struct chain_result *chain = &m->realloc.chains.top[0];
    assert_int_equal(chain->address, B);
    assert_int_equal(chain->first_bytes, 100);
    assert_int_equal(chain->last_bytes, 300);
    assert_int_equal(chain->reallocs, 2);
    assert_int_equal(chain->moves, 1);
    assert_int_equal(chain->copied_bytes, 150);
    assert_int_equal(chain->first_ns, 0);
    assert_int_equal(chain->last_ns, 40 * US);
    assert_int_equal(chain->step_count, 3);
    assert_int_equal(chain->steps[0].bytes, 100);
    assert_int_equal(chain->steps[1].bytes, 150);
    assert_int_equal(chain->steps[2].bytes, 300);
    assert_true(chain->steps[2].moved);
    assert_int_equal(m->lifetimes[16], 1); /* 40 000 ns */
    assert_int_equal(m->censored, 0);
    assert_int_equal(m->size_count, 1);
    assert_int_equal(m->sizes[0].low, 96);
    assert_int_equal(m->sizes[0].high, 112);
    assert_int_equal(m->sizes[0].allocs, 1);
    assert_int_equal(m->realloc.size_pair_count, 2);
}

static void example_1_paired_move_counts_once(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    bench_alloc(bench, 0, 1, A, 100);
    bench_realloc(bench, 10 * US, 1, A, A, 150, 100);
    bench_alloc(bench, 20 * US, 1, B, 300);
    assert_int_equal(bench->heaps[0]->occupancy.live_bytes, 450);
    bench_free_block(bench, 21 * US, 1, A);
    bench_realloc(bench, 22 * US, 1, B, A, 300, 150);
    assert_int_equal(bench->heaps[0]->occupancy.live_bytes, 300);
    assert_true(bench->ledger.outcome.is_moved);
    assert_int_equal(bench->ledger.outcome.copied_bytes, 150);
    bench_free_block(bench, 40 * US, 1, B);
    struct measures m;
    bench_finish(bench, &m);
    assert_example_1_and_2(&m);
    assert_int_equal(m.realloc.paired, 1);
    assert_int_equal(m.realloc.standalone, 0);
    assert_int_equal(m.traffic.realloc_internal_allocs, 1);
    assert_int_equal(m.traffic.realloc_internal_frees, 1);
    assert_int_equal(m.source_count, 1);
    assert_int_equal(m.sources[0].allocs, 1);
    assert_int_equal(m.sources[0].reallocs, 2);
    assert_int_equal(m.transition_count, 1);
    assert_int_equal(m.transitions[0].count, 2);
    assert_int_equal(bench->heaps[0]->occupancy.live_bytes, 0);
    bench_release(bench, &m);
}

static void example_2_standalone_move_says_the_same(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    bench_alloc(bench, 0, 1, A, 100);
    bench_realloc(bench, 10 * US, 1, A, A, 150, 100);
    bench_realloc(bench, 22 * US, 1, B, A, 300, 150);
    assert_int_equal(bench->heaps[0]->occupancy.live_bytes, 300);
    bench_free_block(bench, 40 * US, 1, B);
    struct measures m;
    bench_finish(bench, &m);
    assert_example_1_and_2(&m);
    assert_int_equal(m.realloc.paired, 0);
    assert_int_equal(m.realloc.standalone, 1);
    assert_int_equal(m.traffic.realloc_internal_allocs, 0);
    bench_release(bench, &m);
}

static void example_3_another_threads_block_is_left_alone(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    bench_alloc(bench, 0, 1, A, 100);
    bench_realloc(bench, 10 * US, 1, A, A, 150, 100);
    bench_alloc(bench, 20 * US, 1, B, 300);
    bench_free_block(bench, 21 * US, 1, A);
    bench_alloc(bench, 21 * US + 500, 2, A, 64);
    bench_realloc(bench, 22 * US, 1, B, A, 300, 150);
    assert_int_equal(bench->heaps[0]->occupancy.live_bytes, 364);
    assert_int_equal(block_table_find(bench->heaps[0]->blocks, A)->size, 64);
    assert_int_equal(block_table_find(bench->heaps[0]->blocks, B)->size, 300);
    bench_free(bench);
}

static void example_6_growth_chain_is_geometric(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    bench_alloc(bench, 0, 1, A, 16);
    uint64_t address = A, size = 16;
    for (unsigned i = 1; i <= 4; i++, address += 0x1000, size *= 2)
        bench_realloc(bench, i * US, 1, address + 0x1000, address, 2 * size, size);
    struct measures m;
    bench_finish(bench, &m);
    assert_int_equal(m.realloc.grow, 4);
    assert_near(m.realloc.growth.geomean, 2);
    assert_int_equal(m.realloc.growth.exact_2, 4);
    assert_int_equal(m.realloc.chains.geometric, 1);
    assert_int_equal(m.realloc.copied_bytes, 240);
    assert_near(m.realloc.copy_amplification, 1);
    assert_int_equal(m.realloc.chains.top[0].last_ns, RESULT_UNKNOWN);
    assert_int_equal(m.censored, 1);
    bench_release(bench, &m);
}

static void example_7_an_old_free_serves_no_new_move(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    bench_alloc(bench, 0, 1, A, 64);
    bench_free_block(bench, 1 * US, 1, A);
    bench_alloc(bench, 2 * US, 1, A, 64);
    bench_alloc(bench, 3 * US, 1, B, 128);
    bench_realloc(bench, 4 * US, 1, B, A, 128, 64);
    const struct heap *heap = bench->heaps[0];
    assert_int_equal(heap->occupancy.live_bytes, 128);
    assert_null(block_table_find(heap->blocks, A));
    assert_int_equal(heap->counts.moves.paired, 1);
    assert_int_equal(counts_traffic(&heap->counts).frees, 1);
    assert_int_equal(counts_traffic(&heap->counts).realloc_internal_allocs, 1);
    bench_free(bench);
}

static void late_free_after_rule_3_is_internal_once(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    const struct counts *counts = &bench->heaps[0]->counts;
    bench_alloc(bench, 0, 1, A, 64);
    bench_alloc(bench, 1, 1, B, 128);
    bench_realloc(bench, 2, 1, B, A, 128, 64);
    bench_free_block(bench, 3, 1, A);
    assert_int_equal(counts_traffic(counts).realloc_internal_frees, 1);
    assert_int_equal(counts_traffic(counts).frees, 0);
    bench_free_block(bench, 4, 1, A);
    assert_int_equal(counts_traffic(counts).frees, 1);
    assert_int_equal(counts_traffic(counts).free_of_unknown, 1);
    bench_free(bench);
}

static void late_events_after_a_standalone_move_count_nowhere(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct bench *bench = bench_new(1);
        const struct counts *counts = &bench->heaps[0]->counts;
        bench_alloc(bench, 0, 1, A, 64);
        bench_realloc(bench, 1, 1, B, A, 128, 64);
        if (order == 0)
            bench_free_block(bench, 2, 1, A);
        bench_alloc(bench, 3, 1, B, 128);
        if (order == 1)
            bench_free_block(bench, 4, 1, A);
        assert_int_equal(counts_traffic(counts).allocs, 1);
        assert_int_equal(counts_traffic(counts).frees, 0);
        assert_int_equal(counts_traffic(counts).realloc_internal_allocs, 0);
        assert_int_equal(bench->ledger.anomalies.count[ANOMALY_free_missing], 0);
        bench_alloc(bench, 5, 1, B, 128);
        assert_int_equal(counts_traffic(counts).allocs, 2);
        assert_int_equal(bench->ledger.anomalies.count[ANOMALY_free_missing], 1);
        bench_free(bench);
    }
}

static void another_event_between_ends_the_waiting(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    bench_alloc(bench, 0, 1, A, 64);
    bench_realloc(bench, 1, 1, B, A, 128, 64);
    bench_alloc(bench, 2, 1, C, 8);
    bench_free_block(bench, 3, 1, A);
    assert_int_equal(counts_traffic(&bench->heaps[0]->counts).frees, 1);
    bench_free(bench);
}

static void a_move_beyond_eight_events_is_standalone(void **state)
{
    (void)state;
    for (unsigned between = 6; between <= 7; between++) {
        struct bench *bench = bench_new(1);
        bench_alloc(bench, 0, 1, A, 64);
        bench_alloc(bench, 1, 1, B, 128);
        bench_free_block(bench, 2, 1, A);
        for (unsigned i = 0; i < between; i++)
            bench_alloc(bench, 3 + i, 1, C + 64 * i, 8);
        bench_realloc(bench, 20, 1, B, A, 128, 64);
        assert_int_equal(bench->heaps[0]->counts.moves.paired, between == 6);
        assert_int_equal(bench->heaps[0]->counts.moves.standalone, between == 7);
        bench_free(bench);
    }
}

static void unknown_block_is_adopted_before_it_is_resized(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    struct event event = { .kind = EVENT_realloc,
                           .heap = 0x10000,
                           .address = A,
                           .old_address = A,
                           .size = 100,
                           .old_size = 400,
                           .source = 3 };
    struct error err = { 0 };
    struct heap *heap = bench->heaps[0];
    assert_int_equal(ledger_apply(&bench->ledger, heap, &event, &err), LEDGER_AGAIN);
    assert_int_equal(heap->occupancy.live_bytes, 400);
    assert_int_equal(bench->ledger.change, 1);
    assert_int_equal(ledger_apply(&bench->ledger, heap, &event, &err), LEDGER_DONE);
    assert_int_equal(heap->occupancy.live_bytes, 100);
    assert_int_equal(heap->counts.moves.shrink.in_place, 1);
    bench_free_block(bench, 9, 1, A);
    struct measures m;
    bench_finish(bench, &m);
    assert_int_equal(m.censored, 0);
    for (size_t i = 0; i < LIFETIME_CLASSES; i++)
        assert_int_equal(m.lifetimes[i], 0);
    assert_int_equal(m.realloc.chains.top[0].first_ns, RESULT_UNKNOWN);
    assert_int_equal(m.realloc.chains.top[0].first_bytes, 400);
    assert_int_equal(m.transition_count, 0);
    bench_release(bench, &m);
}

static void free_of_unknown_is_taken_back_by_a_move(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    bench_alloc(bench, 1, 1, B, 128);
    bench_free_block(bench, 2, 1, A);
    bench_free_block(bench, 3, 1, C);
    assert_int_equal(bench->heaps[0]->counts.rare.free_of_unknown, 2);
    bench_realloc(bench, 4, 1, B, A, 128, 64);
    struct measures m;
    bench_finish(bench, &m);
    assert_int_equal(m.traffic.free_of_unknown, 1);
    assert_int_equal(m.traffic.frees, 1);
    assert_int_equal(m.traffic.allocs, 0);
    assert_int_equal(m.size_count, 0);
    assert_int_equal(bench->ledger.anomalies.count[ANOMALY_free_of_unknown], 1);
    bench_release(bench, &m);
}

static void a_frees_temporariness_is_judged_again_when_an_alloc_was_a_moves(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    const struct counts *counts = &bench->heaps[0]->counts;
    bench_alloc(bench, 0, 2, A, 64);
    bench_alloc(bench, 1, 1, C, 8);
    bench_alloc(bench, 2, 1, B, 128);
    bench_free_block(bench, 3, 1, C);
    bench_free_block(bench, 4, 1, A);
    assert_int_equal(counts_traffic(counts).temporary, 0);
    bench_realloc(bench, 5, 1, B, A, 128, 64);
    assert_int_equal(counts_traffic(counts).temporary, 1);
    bench_free(bench);
}

static void events_before_from_count_in_nothing(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    const struct counts *counts = &bench->heaps[0]->counts;
    bench->ledger.counting = false;
    bench_alloc(bench, 0, 1, A, 64);
    bench_realloc(bench, 1, 1, A, A, 80, 64);
    bench_alloc(bench, 2, 1, B, 128);
    bench_free_block(bench, 3, 1, A);
    bench->ledger.counting = true;
    bench_realloc(bench, 4, 1, B, A, 128, 80);
    assert_int_equal(counts_traffic(counts).allocs, 0);
    assert_int_equal(counts_traffic(counts).frees, 0);
    assert_int_equal(counts_traffic(counts).realloc_internal_allocs, 0);
    struct measures m;
    bench_finish(bench, &m);
    assert_int_equal(m.realloc.count, 1);
    assert_int_equal(m.realloc.chains.copied_bytes, 80);
    assert_int_equal(m.realloc.chains.top[0].reallocs, 1);
    assert_int_equal(m.realloc.chains.top[0].first_bytes, 64);
    bench_release(bench, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_1_paired_move_counts_once),
        cmocka_unit_test(example_2_standalone_move_says_the_same),
        cmocka_unit_test(example_3_another_threads_block_is_left_alone),
        cmocka_unit_test(example_6_growth_chain_is_geometric),
        cmocka_unit_test(example_7_an_old_free_serves_no_new_move),
        cmocka_unit_test(late_free_after_rule_3_is_internal_once),
        cmocka_unit_test(late_events_after_a_standalone_move_count_nowhere),
        cmocka_unit_test(another_event_between_ends_the_waiting),
        cmocka_unit_test(a_move_beyond_eight_events_is_standalone),
        cmocka_unit_test(unknown_block_is_adopted_before_it_is_resized),
        cmocka_unit_test(free_of_unknown_is_taken_back_by_a_move),
        cmocka_unit_test(a_frees_temporariness_is_judged_again_when_an_alloc_was_a_moves),
        cmocka_unit_test(events_before_from_count_in_nothing),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
