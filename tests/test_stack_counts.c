/* What is counted of the call stacks of a trace, rule by rule. */
#include "tests/analysed.h"
#include "tests/stack_counting.h"
#include "tests/stack_traces.h"

#include "analyzer/stack_counts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    HEAP = COUNTING_HEAP,
    OTHER_HEAP = 0x90000,
    A = 0x20000,
    B = 0x30000,
    C = 0x40000,
    PID = 100
};

/* E1: the buffer grows in place, then moves; both by 2; who frees is nobody's business. */
static void a_paired_move_is_its_reallocs(void **state)
{
    (void)state;
    struct etl *etl = counting_begin();
    counting_alloc(etl, 1, A, 100, 1);
    counting_realloc(etl, 10, A, A, 150, 100, 2);
    counting_alloc(etl, 20, B, 300, 3);
    counting_free(etl, 21, A);
    counting_realloc(etl, 22, B, A, 300, 150, 2);
    counting_free(etl, 40, B);
    struct result result = analysed_etl_all(etl);
    counting_check_rows(&result, 2); /* 3 has done nothing that counts */
    counting_check(&result, 1,
                   (struct stack_counts){ .allocs = 1,
                                          .alloc_bytes = 100,
                                          .live_blocks_at_peak = 2,
                                          .live_bytes_at_peak = 450,
                                          .pinned_pages_at_peak = 2,
                                          .pinned_waste_at_peak = 2 * 4096 - 450 });
    counting_check(
        &result, 2,
        (struct stack_counts){ .reallocs = 2, .in_place = 1, .moved = 1, .copied_bytes = 150 });
    assert_true(counting_row(&result, 2)->growth_p50 == 1.5);
    assert_true(isnan(counting_row(&result, 1)->growth_p50));
    assert_int_equal(result.stacks.events_with, 4);
    assert_int_equal(result.stacks.events_without, 0);
    const struct chain_result *chain = &result.totals.realloc.chains.top[0];
    assert_int_equal(chain->first_stack, counting_row_index(&result, 0, 1));
    assert_int_equal(chain->costliest_stack, counting_row_index(&result, 0, 2));
    result_release(&result);
}

static void a_realloc_without_a_stack_has_that_of_its_alloc(void **state)
{
    (void)state;
    struct etl *etl = counting_begin();
    counting_alloc(etl, 1, A, 100, 1);
    counting_alloc(etl, 20, B, 300, 3);
    counting_free(etl, 21, A);
    counting_realloc(etl, 22, B, A, 300, 100, 0);
    struct result result = analysed_etl_all(etl);
    counting_check_rows(&result, 2);
    counting_check(&result, 1,
                   (struct stack_counts){ .allocs = 1,
                                          .alloc_bytes = 100,
                                          .live_blocks_at_peak = 2,
                                          .live_bytes_at_peak = 400,
                                          .live_blocks_at_end = 1,
                                          .live_bytes_at_end = 300,
                                          .pinned_pages_at_peak = 2,
                                          .pinned_waste_at_peak = 2 * 4096 - 400,
                                          .pinned_pages_at_end = 1,
                                          .pinned_waste_at_end = 4096 - 300 });
    counting_check(&result, 3,
                   (struct stack_counts){ .reallocs = 1, .moved = 1, .copied_bytes = 100 });
    assert_int_equal(result.stacks.events_with, 2);
    assert_int_equal(result.stacks.events_without, 1);
    assert_int_equal(result.totals.realloc.chains.top[0].costliest_stack,
                     counting_row_index(&result, 0, 3));
    result_release(&result);
}

/* However little else there is to do for the first event with a stack. */
static void stacks_may_begin_at_any_event(void **state)
{
    (void)state;
    struct etl *etl = counting_begin();
    enum { EVENTS = 5000 }; /* more than a curve has points, so that some fall into one */
    for (unsigned us = 1; us <= EVENTS; us++)
        counting_alloc(etl, us, 0x100000 + us * 0x100, 100, 0);
    counting_alloc(etl, EVENTS, B, 300, 1);
    struct result result = analysed_etl_all(etl);
    assert_int_equal(counting_row(&result, 1)->counts.allocs, 1);
    assert_int_equal(counting_row(&result, 1)->counts.alloc_bytes, 300);
    assert_int_equal(result.stacks.events_with, 1);
    assert_int_equal(result.stacks.events_without, EVENTS);
    result_release(&result);
}

/* Rules 3 and 4: the block goes on as the first stack's, whoever logs what. */
static void a_moved_block_is_its_first_stacks(void **state)
{
    (void)state;
    static const char *const orders[] = { "R", "AR", "ARF", "RAF", "RFA" };
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct etl *etl = counting_begin();
        counting_alloc(etl, 1, A, 100, 1);
        unsigned us = 20;
        for (const char *at = orders[i]; *at; at++, us++) {
            if (*at == 'A')
                counting_alloc(etl, us, B, 300, 3);
            else if (*at == 'F')
                counting_free(etl, us, A);
            else
                counting_realloc(etl, us, B, A, 300, 100, 2);
        }
        struct result result = analysed_etl_all(etl);
        const struct stack_counts *first = &counting_row(&result, 1)->counts;
        assert_int_equal(first->allocs, 1);
        assert_int_equal(first->live_blocks_at_end, 1);
        assert_int_equal(first->live_bytes_at_end, 300);
        assert_int_equal(counting_row(&result, 2)->counts.moved, 1);
        assert_int_equal(counting_row(&result, 2)->counts.copied_bytes, 100);
        assert_int_equal(result.totals.traffic.allocs, 1);
        assert_int_equal(counting_row_index(&result, 0, 3), SIZE_MAX);
        result_release(&result);
    }
}

static void an_adopted_block_has_no_stack_and_a_failed_realloc_has(void **state)
{
    (void)state;
    struct etl *etl = counting_begin();
    counting_realloc(etl, 1, A, A, 200, 100, 1);
    counting_realloc(etl, 2, 0, A, 1000, 200, 2);
    counting_alloc(etl, 3, 0, 64, 3);
    counting_realloc(etl, 4, B, 0, 32, 0, 4);
    struct result result = analysed_etl_all(etl);
    counting_check_rows(&result, 4);
    counting_check(&result, 0,
                   (struct stack_counts){ .live_blocks_at_peak = 1,
                                          .live_bytes_at_peak = 200,
                                          .live_blocks_at_end = 1,
                                          .live_bytes_at_end = 200,
                                          .pinned_pages_at_peak = 1,
                                          .pinned_waste_at_peak = 4096 - 200,
                                          .pinned_pages_at_end = 1,
                                          .pinned_waste_at_end = 4096 - 200 });
    counting_check(&result, 1, (struct stack_counts){ .reallocs = 1, .in_place = 1 });
    counting_check(&result, 2, (struct stack_counts){ .reallocs = 1, .failed = 1 });
    assert_int_equal(counting_row_index(&result, 0, 3), SIZE_MAX);
    assert_int_equal(counting_row(&result, 4)->counts.allocs, 1);
    assert_int_equal(counting_row(&result, 4)->counts.live_bytes_at_end, 32);
    assert_int_equal(result.stacks.events_with, 4);
    assert_int_equal(result.totals.realloc.chains.top[0].first_stack, RESULT_NO_STACK);
    result_release(&result);
}

static void blockers_and_avoidable_moves_have_their_stacks(void **state)
{
    (void)state;
    struct etl *etl = counting_begin();
    counting_alloc(etl, 1, A, 96, 1);
    counting_alloc(etl, 2, A + 112, 96, 2);
    counting_alloc(etl, 3, A + 4096, 16, 2);
    counting_realloc(etl, 4, B, A, 200, 96, 3);       /* the second block is in the way */
    counting_realloc(etl, 5, C, A + 112, 200, 96, 4); /* there was room up to the third */
    struct result result = analysed_etl_all(etl);
    assert_int_equal(counting_row(&result, 2)->counts.blockers, 1);
    assert_int_equal(counting_row(&result, 3)->counts.blockers, 0);
    assert_int_equal(counting_row(&result, 3)->counts.avoidable_moves, 0);
    assert_int_equal(counting_row(&result, 4)->counts.avoidable_moves, 1);
    assert_int_equal(counting_row(&result, 4)->counts.avoidable_bytes, 96);
    result_release(&result);
}

static void step_classes_are_the_first_stacks(void **state)
{
    (void)state;
    struct etl *etl = counting_begin();
    counting_alloc(etl, 1, A, 16, 1);
    counting_alloc(etl, 2, B, 1000, 2);
    for (unsigned i = 0; i < 4; i++)
        counting_realloc(etl, 10 + i, A, A, 32u << i, 16u << i, 3);
    for (unsigned i = 0; i < 4; i++)
        counting_realloc(etl, 20 + i, B, B, 1010 + 10 * i, 1000 + 10 * i, 3);
    counting_free(etl, 30, A);
    struct result result = analysed_etl_all(etl);
    assert_int_equal(counting_row(&result, 1)->counts.geometric, 1);
    assert_int_equal(counting_row(&result, 2)->counts.arithmetic, 1);
    assert_int_equal(counting_row(&result, 3)->counts.geometric, 0);
    assert_true(counting_row(&result, 3)->growth_p50 < 1.02);
    result_release(&result);
}

static void a_destroyed_heap_leaves_what_was_live_at_the_peak(void **state)
{
    (void)state;
    struct etl *etl = counting_begin();
    etl_create(etl, 0, HEAP, 0, 0, 0);
    counting_alloc(etl, 1, A, 1000, 1);
    etl_alloc(etl, 2 * US, OTHER_HEAP, B, 500, ETL_MAINPATH);
    counting_by(etl, 2 * US, 2);
    etl_destroy(etl, 3 * US, HEAP);
    etl_destroy(etl, 4 * US, OTHER_HEAP);
    struct result result = analysed_etl_all(etl);
    counting_check_rows(&result, 2);
    assert_int_equal(counting_row(&result, 1)->counts.live_bytes_at_peak, 1000);
    assert_int_equal(counting_row(&result, 1)->counts.live_bytes_at_end, 0);
    assert_int_equal(counting_row(&result, 2)->counts.live_bytes_at_peak, 500);
    assert_int_equal(counting_row(&result, 2)->counts.live_bytes_at_end, 500);
    assert_int_equal(counting_row(&result, 2)->counts.pinned_waste_at_end, 4096 - 500);
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_paired_move_is_its_reallocs),
        cmocka_unit_test(a_realloc_without_a_stack_has_that_of_its_alloc),
        cmocka_unit_test(stacks_may_begin_at_any_event),
        cmocka_unit_test(a_moved_block_is_its_first_stacks),
        cmocka_unit_test(an_adopted_block_has_no_stack_and_a_failed_realloc_has),
        cmocka_unit_test(blockers_and_avoidable_moves_have_their_stacks),
        cmocka_unit_test(step_classes_are_the_first_stacks),
        cmocka_unit_test(a_destroyed_heap_leaves_what_was_live_at_the_peak),
    };
    return cmocka_run_group_tests_name("stack_counts", tests, NULL, NULL);
}
