/* Which rows the call stacks of a trace have, and that their sums are those of the totals. */
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

static void rows_are_modules_and_offsets(void **state)
{
    (void)state;
    struct etl *etl = counting_begin();
    counting_alloc(etl, 1, A, 16, 1);
    struct etl_image moved = { .base = 0x500000,
                               .size = STACK_MODULE_BYTES,
                               .path = "C:\\app.exe" };
    struct etl_image old = { .base = STACK_APP, .size = STACK_MODULE_BYTES, .path = "C:\\app.exe" };
    etl_image(etl, 2 * US, ETL_IMAGE_UNLOAD, &old);
    etl_image(etl, 3 * US, ETL_IMAGE_LOAD, &moved);
    const uint64_t again[] = { 0x500010, STACK_BASE + 0x10 };
    etl_alloc(etl, 4 * US, HEAP, B, 32, ETL_MAINPATH);
    etl_stack_walk(etl, 4 * US, 4 * US, again, 2);
    const uint64_t nowhere[] = { 0x10 };
    etl_alloc(etl, 5 * US, HEAP, C, 64, ETL_MAINPATH);
    etl_stack_walk(etl, 5 * US, 5 * US, nowhere, 1);
    struct result result = analysed_etl_all(etl);
    const struct stacks_result *stacks = &result.stacks;
    counting_check_rows(&result, 2);
    assert_int_equal(stacks->module_count, 2);
    assert_string_equal(stacks->modules[0].path, "C:\\app.exe");
    assert_int_equal(stacks->modules[0].size, STACK_MODULE_BYTES);
    assert_string_equal(stacks->modules[1].path, "C:\\base.dll");
    assert_int_equal(stacks->frame_count, 3);
    assert_int_equal(stacks->rows[0].frame_count, 2);
    const struct stack_frame *frame = &stacks->frames[stacks->rows[0].frames[0]];
    assert_int_equal(frame->module, 0);
    assert_int_equal(frame->offset, 0x10);
    assert_false(frame->is_return);
    frame = &stacks->frames[stacks->rows[0].frames[1]];
    assert_int_equal(frame->module, 1);
    assert_true(frame->is_return);
    assert_int_equal(stacks->rows[0].counts.alloc_bytes, 48);
    frame = &stacks->frames[stacks->rows[1].frames[0]];
    assert_int_equal(frame->module, RESULT_NO_MODULE);
    assert_int_equal(frame->offset, 0x10);
    result_release(&result);
}

static void one_file_is_one_module_wherever_its_symbols_were_told(void **state)
{
    (void)state;
    const struct {
        uint32_t first_age, second_age; /* 0: not told there */
        size_t modules;                 /* base.dll included */
        uint32_t age;                   /* of app.exe, in the first of its modules */
    } cases[] = { { 0, 0, 2, 0 }, { 7, 0, 2, 7 }, { 0, 7, 2, 7 }, { 7, 7, 2, 7 }, { 7, 8, 3, 7 } };
    const uint8_t guid[ETL_GUID_BYTES] = { 1, 2, 3 };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct etl *etl = counting_begin();
        counting_alloc(etl, 1, A, 16, 1);
        struct etl_image app = { .base = STACK_APP,
                                 .size = STACK_MODULE_BYTES,
                                 .path = "C:\\app.exe" };
        if (cases[i].first_age > 0)
            etl_pdb(etl, 2 * US, app.base, PID, guid, cases[i].first_age, "app.pdb");
        etl_image(etl, 3 * US, ETL_IMAGE_UNLOAD, &app);
        app.base = 0x500000;
        etl_image(etl, 4 * US, ETL_IMAGE_LOAD, &app);
        if (cases[i].second_age > 0)
            etl_pdb(etl, 5 * US, app.base, PID, guid, cases[i].second_age, "app.pdb");
        const uint64_t again[] = { app.base + STACK_PLACE_BYTES, STACK_BASE + STACK_PLACE_BYTES };
        etl_alloc(etl, 6 * US, HEAP, B, 32, ETL_MAINPATH);
        etl_stack_walk(etl, 6 * US, 6 * US, again, 2);
        struct result result = analysed_etl_all(etl);
        const struct stacks_result *stacks = &result.stacks;
        counting_check_rows(&result, cases[i].modules - 1);
        assert_int_equal(stacks->module_count, cases[i].modules);
        assert_int_equal(stacks->modules[0].pdb != NULL, cases[i].age > 0);
        assert_int_equal(stacks->modules[0].pdb_age, cases[i].age);
        if (cases[i].age > 0)
            assert_memory_equal(stacks->modules[0].pdb_guid, guid, sizeof guid);
        result_release(&result);
    }
}

static void keys_are_rows_once_they_are_defined(void **state)
{
    (void)state;
    struct etl *etl = counting_begin();
    const uint64_t frames[] = { STACK_APP + 0x10, STACK_BASE + 0x10 };
    etl_alloc(etl, 1 * US, HEAP, A, 16, ETL_MAINPATH);
    etl_stack_key(etl, 1 * US, ETL_KEY_USER, 1 * US, 0x1234);
    etl_alloc(etl, 2 * US, HEAP, B, 32, ETL_MAINPATH);
    etl_stack_key(etl, 2 * US, ETL_KEY_USER, 2 * US, 0x5678);
    counting_alloc(etl, 3, C, 64, 1);
    etl_stack_definition(etl, 9 * US, ETL_STACK_RUNDOWN, 0x1234, frames, 2);
    struct result result = analysed_etl_all(etl);
    counting_check_rows(&result, 2);
    assert_int_equal(counting_row(&result, 1)->counts.alloc_bytes, 80);
    assert_int_equal(counting_row(&result, 0)->counts.alloc_bytes, 32);
    assert_int_equal(counting_row(&result, 0)->counts.live_bytes_at_end, 32);
    assert_int_equal(result.stacks.events_with, 3);
    assert_int_equal(result.stacks.undefined, 1);
    result_release(&result);
}

static void what_came_before_the_first_stack_has_none(void **state)
{
    (void)state;
    struct etl *etl = counting_begin();
    counting_alloc(etl, 1, A, 100, 0);
    counting_realloc(etl, 2, B, A, 200, 100, 0);
    etl_alloc(etl, 3 * US, OTHER_HEAP, C, 1000, ETL_MAINPATH);
    etl_destroy(etl, 4 * US, OTHER_HEAP);
    counting_alloc(etl, 5, A, 50, 1);
    struct result result = analysed_etl_all(etl);
    counting_check_rows(&result, 2);
    const struct stack_counts *rest = &counting_row(&result, 0)->counts;
    assert_int_equal(rest->allocs, 2);
    assert_int_equal(rest->moved, 1);
    assert_int_equal(rest->copied_bytes, 100);
    assert_int_equal(rest->live_bytes_at_peak, 1200);
    assert_true(counting_row(&result, 0)->growth_p50 == 2);
    assert_int_equal(counting_row(&result, 1)->counts.live_bytes_at_end, 50);
    assert_int_equal(result.stacks.events_without, 3);
    assert_int_equal(&result.stacks.rows[1] - counting_row(&result, 0), 0);
    result_release(&result);
}

static void a_trace_without_stacks_has_no_rows(void **state)
{
    (void)state;
    struct etl *etl = counting_begin();
    counting_alloc(etl, 1, A, 100, 0);
    counting_realloc(etl, 2, B, A, 200, 100, 0);
    struct result result = analysed_etl_all(etl);
    assert_false(result.stacks.known);
    assert_null(result.stacks.rows);
    assert_int_equal(result.totals.realloc.chains.top[0].first_stack, RESULT_NO_STACK);
    assert_int_equal(result.totals.realloc.chains.top[0].costliest_stack, RESULT_NO_STACK);
    result_release(&result);
}

static void selections_count_for_stacks_too(void **state)
{
    (void)state;
    const struct analysis_options cases[] = {
        { .from_ns = 3 * US },
        { .to_ns = 2 * US },
        { .heap_handle = HEAP },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct etl *etl = counting_begin();
        counting_alloc(etl, 1, A, 100, 1);
        etl_alloc(etl, 2 * US, OTHER_HEAP, C, 1000, ETL_MAINPATH);
        counting_by(etl, 2 * US, 2);
        counting_realloc(etl, 4, B, A, 200, 100, 3);
        struct result result = analysed_etl(etl, &cases[i]);
        const struct stack_counts *first = &counting_row(&result, 1)->counts;
        assert_int_equal(first->allocs, i == 0 ? 0 : 1);
        assert_int_equal(first->live_bytes_at_end, i == 1 ? 100 : 200);
        bool has_other = counting_row_index(&result, 0, 2) != SIZE_MAX;
        assert_int_equal(has_other, i != 2);
        if (has_other)
            assert_int_equal(counting_row(&result, 2)->counts.live_bytes_at_peak, 1000);
        assert_int_equal(counting_row_index(&result, 0, 3) == SIZE_MAX, i == 1);
        result_release(&result);
    }
}

/* ---- Random traces ---- */

enum { RANDOM_EVENTS = 3000, RANDOM_STACKS = 40 };

static struct stack_counts sum_of_rows(const struct result *result, uint32_t process)
{
    struct stack_counts sum = { 0 };
    for (size_t i = 0; i < result->stacks.row_count; i++)
        if (result->stacks.rows[i].process == process)
            stack_counts_add(&sum, &result->stacks.rows[i].counts);
    return sum;
}

static void check_sums(const struct result *result, uint32_t process)
{
    const struct measures *totals = &result->processes[process].totals;
    struct stack_counts sum = sum_of_rows(result, process);
    assert_int_equal(sum.allocs, totals->traffic.allocs);
    assert_int_equal(sum.alloc_bytes, totals->traffic.alloc_bytes);
    assert_int_equal(sum.reallocs, totals->realloc.count);
    assert_int_equal(sum.in_place, totals->realloc.in_place);
    assert_int_equal(sum.moved, totals->realloc.moved);
    assert_int_equal(sum.failed, totals->realloc.failed);
    assert_int_equal(sum.copied_bytes, totals->realloc.copied_bytes);
    assert_int_equal(sum.avoidable_moves, totals->realloc.avoidable_moves);
    assert_int_equal(sum.avoidable_bytes, totals->realloc.avoidable_bytes);
    assert_int_equal(sum.geometric, totals->realloc.chains.geometric);
    assert_int_equal(sum.arithmetic, totals->realloc.chains.arithmetic);
    assert_int_equal(sum.irregular, totals->realloc.chains.irregular);
    const struct level_result *levels = totals->levels;
    assert_int_equal(sum.live_blocks_at_peak, levels[LEVEL_live_blocks].at_live_peak);
    assert_int_equal(sum.live_bytes_at_peak, levels[LEVEL_live_bytes].peak);
    assert_int_equal(sum.live_blocks_at_end, levels[LEVEL_live_blocks].end);
    assert_int_equal(sum.live_bytes_at_end, levels[LEVEL_live_bytes].end);
    assert_int_equal(sum.pinned_pages_at_peak, levels[LEVEL_pinned_pages].at_live_peak);
    assert_int_equal(sum.pinned_waste_at_end, levels[LEVEL_pinned_waste_bytes].end);
}

/* In a sane trace in which all has a stack, nothing is left for the row without one. */
static void check_no_rest(const struct result *result, uint32_t process)
{
    size_t rest = counting_row_index(result, process, 0);
    if (rest == SIZE_MAX)
        return;
    const struct stack_counts *counts = &result->stacks.rows[rest].counts;
    struct stack_counts nothing = { 0 };
    assert_memory_equal(counts, &nothing, sizeof nothing);
}

static void rows_of_random_traces_add_up(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        bool is_sane = seed % 2;
        struct trace_random trace =
            trace_random_new(&(struct trace_random_options){ .seed = seed,
                                                             .events = RANDOM_EVENTS,
                                                             .cpus = 1 + (uint32_t)seed % 3,
                                                             .is_sane = is_sane });
        struct etl_options options = etl_defaults();
        options.cpu_count = 3;
        struct etl *etl = etl_builder_new(&options);
        stack_trace_random(etl, &trace, seed, is_sane ? 100 : 60, RANDOM_STACKS);
        struct analysis_options selection = { .from_ns = seed % 3 ? 0 : 20000 * US };
        struct result result = analysed_etl(etl, &selection);
        assert_true(result.stacks.known);
        assert_true(result.stacks.row_count >= RANDOM_STACKS);
        for (uint32_t i = 0; i < result.process_count; i++) {
            check_sums(&result, i);
            if (is_sane)
                check_no_rest(&result, i);
        }
        result_release(&result);
        trace_random_release(&trace);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_modules_and_offsets),
        cmocka_unit_test(one_file_is_one_module_wherever_its_symbols_were_told),
        cmocka_unit_test(keys_are_rows_once_they_are_defined),
        cmocka_unit_test(what_came_before_the_first_stack_has_none),
        cmocka_unit_test(a_trace_without_stacks_has_no_rows),
        cmocka_unit_test(selections_count_for_stacks_too),
        cmocka_unit_test(rows_of_random_traces_add_up),
    };
    return cmocka_run_group_tests_name("stack_rows", tests, NULL, NULL);
}
