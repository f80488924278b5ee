/* From bytes to a result: the worked examples of the definitions, totals, ends, and selections. */
#include "tests/analysed.h"
#include "tests/etl_builder.h"

#include "analyzer/analyzer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { HEAP = 0x10000, OTHER_HEAP = 0x90000, A = 0x20000, B = 0x30000, PID = 100 };

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-9))
        fail_msg("%.17g is not %.17g", value, expected);
}

/* What E1 and E2 share: the buffer grows in place, then moves; `is_paired` says how it is logged.
 */
static struct etl *growing_buffer(bool is_paired)
{
    struct etl *etl = etl_builder_new(NULL);
    etl_alloc(etl, 0, HEAP, A, 100, ETL_LOWFRAG);
    etl_realloc(etl, 10 * US, HEAP, A, A, 150, 100, ETL_LOWFRAG);
    if (is_paired) {
        etl_alloc(etl, 20 * US, HEAP, B, 300, ETL_LOWFRAG);
        etl_free(etl, 21 * US, HEAP, A, ETL_LOWFRAG);
    }
    etl_realloc(etl, 22 * US, HEAP, B, A, 300, 150, ETL_MAINPATH);
    etl_free(etl, 40 * US, HEAP, B, ETL_MAINPATH);
    return etl;
}

/* E1 and E2 agree in everything about reallocs but how the move was logged. */
static void check_growing_buffer(const struct measures *m)
{
    const struct realloc_result *r = &m->realloc;
    assert_int_equal(m->traffic.allocs, 1);
    assert_int_equal(m->traffic.alloc_bytes, 100);
    assert_int_equal(m->traffic.frees, 1);
    assert_int_equal(m->traffic.free_bytes, 300);
    assert_int_equal(r->count, 2);
    assert_int_equal(r->in_place, 1);
    assert_int_equal(r->moved, 1);
    assert_int_equal(r->grow, 2);
    assert_near(r->move_rate.value, 0.5);
    assert_near(round(r->move_rate.low * 1e4), 945);
    assert_near(round(r->move_rate.high * 1e4), 9055);
    assert_near(r->growth.geomean, sqrt(3));
    assert_near(r->growth.p5, 1.5);
    assert_near(r->growth.p95, 2);
    assert_int_equal(r->growth.exact_1_5, 1);
    assert_int_equal(r->growth.exact_2, 1);
    assert_int_equal(r->copied_bytes, 150);
    assert_near(r->copy_amplification, 0.75);
    assert_int_equal(r->chains.count, 1);
    const struct chain_result *chain = &r->chains.top[0];
    assert_int_equal(chain->address, B);
    assert_int_equal(chain->first_bytes, 100);
    assert_int_equal(chain->last_bytes, 300);
    assert_int_equal(chain->reallocs, 2);
    assert_int_equal(chain->moves, 1);
    assert_int_equal(chain->first_ns, 0);
    assert_int_equal(chain->last_ns, 40 * US);
    assert_int_equal(m->lifetimes[16], 1); /* 40 000 ns lie in [2^15, 2^16) */
    assert_int_equal(m->censored, 0);
    assert_int_equal(m->levels[LEVEL_live_bytes].end, 0);
}

static void e1_a_move_logged_three_times_counts_once(void **state)
{
    (void)state;
    struct result result = analysed_etl_all(growing_buffer(true));
    assert_int_equal(result.process_count, 1);
    assert_int_equal(result.processes[0].pid, PID);
    assert_int_equal(result.processes[0].heap_count, 1);
    const struct heap_result *heap = &result.processes[0].heaps[0];
    const struct measures *m = &heap->measures;
    assert_int_equal(heap->handle, HEAP);
    assert_int_equal(heap->ordinal, 1);
    assert_false(heap->created_in_trace);
    check_growing_buffer(m);
    assert_int_equal(m->realloc.paired, 1);
    assert_int_equal(m->traffic.realloc_internal_allocs, 1);
    assert_int_equal(m->traffic.realloc_internal_frees, 1);
    assert_int_equal(m->levels[LEVEL_live_bytes].peak, 450);
    assert_int_equal(m->levels[LEVEL_live_bytes].peak_ns, 20 * US);
    assert_near(m->levels[LEVEL_live_bytes].mean, 216.25);
    assert_near(m->levels[LEVEL_live_blocks].mean, 1.025);
    check_growing_buffer(&result.processes[0].totals);
    check_growing_buffer(&result.totals);
    result_release(&result);
}

static void e2_a_move_logged_alone_gives_the_same_reallocs(void **state)
{
    (void)state;
    struct result result = analysed_etl_all(growing_buffer(false));
    const struct measures *m = &result.totals;
    check_growing_buffer(m);
    assert_int_equal(m->realloc.standalone, 1);
    assert_int_equal(m->levels[LEVEL_live_bytes].peak, 300);
    assert_int_equal(m->levels[LEVEL_live_bytes].peak_ns, 22 * US);
    assert_near(m->levels[LEVEL_live_bytes].mean, 205);
    result_release(&result);
}

static void e3_another_thread_may_own_the_old_address_by_then(void **state)
{
    (void)state;
    struct etl_options options = etl_defaults();
    options.cpu_count = 2;
    struct etl *etl = etl_builder_new(&options);
    etl_alloc(etl, 0, HEAP, A, 100, ETL_LOWFRAG);
    etl_realloc(etl, 10 * US, HEAP, A, A, 150, 100, ETL_LOWFRAG);
    etl_alloc(etl, 20 * US, HEAP, B, 300, ETL_LOWFRAG);
    etl_free(etl, 21 * US, HEAP, A, ETL_LOWFRAG);
    etl_realloc(etl, 22 * US, HEAP, B, A, 300, 150, ETL_MAINPATH);
    etl_as(etl, 1, PID, 2);
    etl_alloc(etl, 21 * US + 500, HEAP, A, 64, ETL_LOWFRAG);
    struct result result = analysed_etl_all(etl);
    assert_int_equal(result.totals.levels[LEVEL_live_bytes].end, 364);
    assert_int_equal(result.totals.levels[LEVEL_live_blocks].end, 2);
    assert_int_equal(result.totals.realloc.paired, 1);
    result_release(&result);
}

static void e4_pages_are_counted_by_what_lies_in_them(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_alloc(etl, 0, HEAP, 0x20000, 4096, ETL_MAINPATH);
    etl_alloc(etl, 1 * US, HEAP, 0x21000, 16, ETL_MAINPATH);
    etl_alloc(etl, 2 * US, HEAP, 0x21010, 4096, ETL_MAINPATH);
    etl_free(etl, 3 * US, HEAP, 0x21000, ETL_MAINPATH);
    struct result result = analysed_etl_all(etl);
    const struct measures *m = &result.totals;
    assert_int_equal(m->levels[LEVEL_live_bytes].peak, 8208);
    assert_int_equal(m->levels[LEVEL_touched_bytes].at_live_peak, 3 * 4096);
    assert_near(m->ratios[RATIO_page_fragmentation].at_live_peak, 0.33203125);
    assert_near(m->ratios[RATIO_page_excess].at_live_peak, 0);
    assert_int_equal(m->levels[LEVEL_pinned_pages].at_live_peak, 2);
    assert_near(m->ratios[RATIO_page_fragmentation].end, 1.0 / 3);
    assert_near(m->ratios[RATIO_page_excess].end, 0.5);
    assert_int_equal(m->levels[LEVEL_pinned_pages].end, 3);
    assert_int_equal(m->gaps_at_live_peak.count, 0);
    assert_int_equal(m->gaps_at_end.count, 1);
    assert_int_equal(m->gaps_at_end.bytes, 16);
    result_release(&result);
}

static void e5_gaps_are_cut_at_untouched_granules(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_alloc(etl, 0, HEAP, 0x20000, 16, ETL_MAINPATH);
    etl_alloc(etl, 1 * US, HEAP, 0x20400, 16, ETL_MAINPATH);
    etl_alloc(etl, 2 * US, HEAP, 0x50000, 16, ETL_MAINPATH);
    struct result result = analysed_etl_all(etl);
    const struct gaps_result *gaps = &result.totals.gaps_at_end;
    assert_int_equal(gaps->count, 2);
    assert_int_equal(gaps->bytes, 65504);
    assert_int_equal(gaps->largest, 64496);
    assert_near(gaps->fragmentation, 1 - 64496.0 / 65504);
    result_release(&result);
}

static void e6_a_doubling_buffer_is_a_geometric_chain(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_alloc(etl, 0, HEAP, 0x20000, 16, ETL_MAINPATH);
    uint64_t address = 0x20000;
    for (uint64_t bytes = 16; bytes < 256; bytes *= 2, address += 0x1000)
        etl_realloc(etl, bytes * US, HEAP, address + 0x1000, address, 2 * bytes, bytes,
                    ETL_MAINPATH);
    struct result result = analysed_etl_all(etl);
    const struct realloc_result *r = &result.totals.realloc;
    assert_int_equal(r->grow, 4);
    assert_near(r->growth.geomean, 2);
    assert_int_equal(r->growth.exact_2, 4);
    assert_int_equal(r->chains.geometric, 1);
    assert_int_equal(r->copied_bytes, 240);
    assert_near(r->copy_amplification, 1);
    assert_int_equal(result.totals.censored, 1);
    result_release(&result);
}

static void e7_an_old_free_does_not_serve(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_alloc(etl, 0, HEAP, A, 64, ETL_LOWFRAG);
    etl_free(etl, 1 * US, HEAP, A, ETL_LOWFRAG);
    etl_alloc(etl, 2 * US, HEAP, A, 64, ETL_LOWFRAG);
    etl_alloc(etl, 3 * US, HEAP, B, 128, ETL_LOWFRAG);
    etl_realloc(etl, 4 * US, HEAP, B, A, 128, 64, ETL_LOWFRAG);
    struct result result = analysed_etl_all(etl);
    assert_int_equal(result.totals.levels[LEVEL_live_bytes].end, 128);
    assert_int_equal(result.totals.realloc.paired, 1);
    assert_int_equal(result.totals.traffic.allocs, 2);
    assert_int_equal(result.totals.traffic.frees, 1);
    result_release(&result);
}

static void the_peak_of_a_sum_is_not_the_sum_of_peaks(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_alloc(etl, 0, HEAP, A, 1000, ETL_MAINPATH);
    etl_free(etl, 10 * US, HEAP, A, ETL_MAINPATH);
    etl_alloc(etl, 20 * US, OTHER_HEAP, 0x90000, 600, ETL_MAINPATH);
    etl_alloc(etl, 30 * US, HEAP, B, 500, ETL_MAINPATH);
    struct result result = analysed_etl_all(etl);
    const struct process_result *process = &result.processes[0];
    assert_int_equal(process->heap_count, 2);
    assert_int_equal(process->heaps[0].measures.levels[LEVEL_live_bytes].peak, 1000);
    assert_int_equal(process->heaps[1].measures.levels[LEVEL_live_bytes].peak, 600);
    assert_int_equal(process->totals.levels[LEVEL_live_bytes].peak, 1100);
    assert_int_equal(process->totals.levels[LEVEL_live_bytes].peak_ns, 30 * US);
    assert_int_equal(result.totals.levels[LEVEL_live_bytes].peak, 1100);
    result_release(&result);
}

static void the_state_at_a_peak_is_rebuilt_after_everything_is_gone(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_create(etl, 0, HEAP, 2, 0x100000, 0x4000);
    for (uint64_t i = 0; i < 8; i++)
        etl_alloc(etl, (1 + i) * US, HEAP, A + i * 0x400, 100, ETL_MAINPATH);
    for (uint64_t i = 0; i < 8; i++)
        etl_free(etl, (20 + i) * US, HEAP, A + i * 0x400, ETL_MAINPATH);
    etl_destroy(etl, 50 * US, HEAP);
    struct result result = analysed_etl_all(etl);
    const struct heap_result *heap = &result.processes[0].heaps[0];
    assert_true(heap->created_in_trace);
    assert_int_equal(heap->flags, 2);
    assert_int_equal(heap->destroyed_ns, 50 * US);
    const struct measures *levels[] = { &heap->measures, &result.processes[0].totals,
                                        &result.totals };
    for (size_t i = 0; i < 3; i++) {
        const struct measures *m = levels[i];
        assert_int_equal(m->gaps_at_live_peak.count, 7);
        assert_int_equal(m->gaps_at_live_peak.bytes, 7 * (0x400 - 100));
        assert_int_equal(m->occupancy_at_live_peak[0], 2); /* 400 of 4096 bytes each */
        assert_int_equal(m->size_count, 1);
        assert_int_equal(m->sizes[0].low, 96);
        assert_int_equal(m->sizes[0].live_at_peak, 8);
        assert_int_equal(m->sizes[0].live_bytes_at_peak, 800);
    }
    assert_int_equal(heap->measures.levels[LEVEL_committed_bytes].end, 0x4000);
    assert_int_equal(result.totals.levels[LEVEL_committed_bytes].end, RESULT_UNKNOWN);
    result_release(&result);
}

static void blocks_of_a_destroyed_heap_are_neither_freed_nor_leaked(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_alloc(etl, 0, HEAP, A, 100, ETL_MAINPATH);
    etl_alloc(etl, 1 * US, HEAP, B, 50, ETL_MAINPATH);
    etl_destroy(etl, 10 * US, HEAP);
    etl_alloc(etl, 20 * US, HEAP, A, 7, ETL_MAINPATH);
    struct result result = analysed_etl_all(etl);
    const struct process_result *process = &result.processes[0];
    assert_int_equal(process->heap_count, 2);
    const struct measures *first = &process->heaps[0].measures;
    assert_int_equal(first->traffic.destroyed_blocks, 2);
    assert_int_equal(first->traffic.frees, 0);
    assert_int_equal(first->levels[LEVEL_live_bytes].end, 150);
    assert_int_equal(first->censored, 2);
    assert_int_equal(process->heaps[1].ordinal, 2);
    assert_int_equal(process->heaps[1].measures.levels[LEVEL_live_bytes].end, 7);
    assert_int_equal(process->totals.levels[LEVEL_live_bytes].end, 7);
    result_release(&result);
}

static void the_end_of_a_process_ends_its_heaps(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_process(etl, 0, ETL_PROCESS_START, PID, 4, "first.exe", "first.exe -x");
    etl_alloc(etl, 1 * US, HEAP, A, 100, ETL_MAINPATH);
    etl_alloc(etl, 2 * US, OTHER_HEAP, 0x90000, 10, ETL_MAINPATH);
    etl_process(etl, 10 * US, ETL_PROCESS_END, PID, 4, "first.exe", "first.exe -x");
    etl_process(etl, 20 * US, ETL_PROCESS_START, PID, 4, "second.exe", "");
    etl_alloc(etl, 21 * US, HEAP, A, 5, ETL_MAINPATH);
    struct result result = analysed_etl_all(etl);
    assert_int_equal(result.process_count, 2);
    const struct process_result *first = &result.processes[0];
    assert_string_equal(first->image, "first.exe");
    assert_int_equal(first->end_ns, 10 * US);
    assert_int_equal(first->totals.levels[LEVEL_live_bytes].end, 110);
    assert_int_equal(first->heaps[0].destroyed_ns, 10 * US);
    assert_near(first->totals.levels[LEVEL_live_bytes].mean, (100.0 * 9 + 10 * 8) / 9);
    assert_string_equal(result.processes[1].image, "second.exe");
    assert_int_equal(result.totals.levels[LEVEL_live_bytes].end, 5);
    assert_int_equal(result.anomalies.count[ANOMALY_free_missing], 0);
    result_release(&result);
}

static void a_heap_created_twice_is_two_heaps(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_create(etl, 0, HEAP, 0, 0x10000, 0x1000);
    etl_alloc(etl, 1 * US, HEAP, A, 100, ETL_MAINPATH);
    etl_create(etl, 2 * US, HEAP, 0, 0x10000, 0x1000);
    struct result result = analysed_etl_all(etl);
    assert_int_equal(result.anomalies.count[ANOMALY_heap_recreated], 1);
    assert_int_equal(result.processes[0].heap_count, 2);
    assert_int_equal(result.processes[0].heaps[0].measures.traffic.destroyed_blocks, 1);
    result_release(&result);
}

static void selections_leave_out_everything_else(void **state)
{
    (void)state;
    const struct {
        struct analysis_options options;
        uint64_t live_end;
        size_t processes, heaps_of_first;
    } cases[] = {
        { { 0 }, 1111, 2, 2 },
        { { .heap_handle = OTHER_HEAP }, 110, 2, 1 },
        { { .heap_ordinal = 1 }, 1001, 2, 1 },
        { { .heap_handle = 0x777 }, RESULT_UNKNOWN, 0, 0 },
        { { .processes = (const uint32_t[]){ 1 }, .process_count = 1 }, 1100, 1, 2 },
        { { .processes = (const uint32_t[]){ 1 }, .process_count = 1, .heap_ordinal = 2 },
          100,
          1,
          1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct etl *etl = etl_builder_new(NULL);
        etl_alloc(etl, 0, HEAP, A, 1, ETL_MAINPATH);
        etl_alloc(etl, 1 * US, OTHER_HEAP, A, 10, ETL_MAINPATH);
        etl_as(etl, 0, 200, 9);
        etl_alloc(etl, 2 * US, HEAP, A, 1000, ETL_MAINPATH);
        etl_alloc(etl, 3 * US, OTHER_HEAP, A, 100, ETL_MAINPATH);
        struct result result = analysed_etl(etl, &cases[i].options);
        assert_int_equal(result.totals.levels[LEVEL_live_bytes].end, cases[i].live_end);
        assert_int_equal(result.process_count, cases[i].processes);
        if (cases[i].processes > 0)
            assert_int_equal(result.processes[0].heap_count, cases[i].heaps_of_first);
        result_release(&result);
    }
}

static void what_lies_before_from_builds_the_heap_but_counts_in_no_total(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_alloc(etl, 0, HEAP, A, 1000, ETL_MAINPATH);
    etl_free(etl, 1 * US, HEAP, A, ETL_MAINPATH);
    etl_alloc(etl, 2 * US, HEAP, B, 100, ETL_MAINPATH);
    etl_alloc(etl, 20 * US, HEAP, A, 50, ETL_MAINPATH);
    etl_realloc(etl, 30 * US, HEAP, B, B, 200, 100, ETL_MAINPATH);
    etl_alloc(etl, 60 * US, HEAP, 0x40000, 5000, ETL_MAINPATH);
    struct result result =
        analysed_etl(etl, &(struct analysis_options){ .from_ns = 10 * US, .to_ns = 50 * US });
    const struct measures *m = &result.totals;
    assert_int_equal(m->traffic.allocs, 1);
    assert_int_equal(m->traffic.frees, 0);
    assert_int_equal(m->realloc.count, 1);
    assert_int_equal(m->levels[LEVEL_live_bytes].peak, 250);
    assert_int_equal(m->levels[LEVEL_live_bytes].end, 250);
    assert_near(m->levels[LEVEL_live_bytes].mean, (100.0 * 10 + 150 * 10 + 250 * 20) / 40);
    assert_int_equal(result.from_ns, 10 * US);
    assert_int_equal(result.to_ns, 50 * US);
    result_release(&result);
}

static void a_trace_without_heap_events_has_no_numbers(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_foreign(etl, 5 * US, 24);
    struct result result = analysed_etl_all(etl);
    assert_int_equal(result.process_count, 0);
    assert_false(result.totals.levels[LEVEL_live_bytes].known);
    assert_int_equal(result.totals.first_ns, RESULT_UNKNOWN);
    assert_true(isnan(result.totals.realloc.move_rate.value));
    assert_false(result.totals.gaps_at_end.known);
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(e1_a_move_logged_three_times_counts_once),
        cmocka_unit_test(e2_a_move_logged_alone_gives_the_same_reallocs),
        cmocka_unit_test(e3_another_thread_may_own_the_old_address_by_then),
        cmocka_unit_test(e4_pages_are_counted_by_what_lies_in_them),
        cmocka_unit_test(e5_gaps_are_cut_at_untouched_granules),
        cmocka_unit_test(e6_a_doubling_buffer_is_a_geometric_chain),
        cmocka_unit_test(e7_an_old_free_does_not_serve),
        cmocka_unit_test(the_peak_of_a_sum_is_not_the_sum_of_peaks),
        cmocka_unit_test(the_state_at_a_peak_is_rebuilt_after_everything_is_gone),
        cmocka_unit_test(blocks_of_a_destroyed_heap_are_neither_freed_nor_leaked),
        cmocka_unit_test(the_end_of_a_process_ends_its_heaps),
        cmocka_unit_test(a_heap_created_twice_is_two_heaps),
        cmocka_unit_test(selections_leave_out_everything_else),
        cmocka_unit_test(what_lies_before_from_builds_the_heap_but_counts_in_no_total),
        cmocka_unit_test(a_trace_without_heap_events_has_no_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
