/* The ledger at its edges: tangled moves, room, unbelievable sizes, ends of heaps, many threads. */
#include "tests/ledger_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { A = 0x20000, B = 0x30000, C = 0x40000 };

/* Both ALLOCs turn out to be moves': the later one remembered the earlier as the last before it. */
static void moves_within_moves_leave_the_last_allocation(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    bench_alloc(bench, 0, 2, A, 64);
    bench_alloc(bench, 0, 2, A + 64, 64);
    bench_alloc(bench, 1, 1, C, 8);
    bench_alloc(bench, 2, 1, B, 128);
    bench_alloc(bench, 3, 1, B + 128, 128);
    bench_realloc(bench, 4, 1, B, A, 128, 64);
    bench_realloc(bench, 5, 1, B + 128, A + 64, 128, 64);
    bench_free_block(bench, 6, 1, C);
    assert_int_equal(counts_traffic(&bench->heaps[0]->counts).temporary, 1);
    bench_free(bench);
}

static void a_temporary_free_is_taken_back_with_its_temporariness(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    const struct counts *counts = &bench->heaps[0]->counts;
    bench_alloc(bench, 0, 1, B, 128);
    bench_realloc(bench, 1, 2, A, B, 128, 128);
    bench_free_block(bench, 2, 1, A);
    assert_int_equal(counts_traffic(counts).temporary, 1);
    bench_alloc(bench, 3, 2, B, 128);
    bench_realloc(bench, 4, 1, B, A, 128, 128);
    assert_int_equal(bench->heaps[0]->counts.moves.paired, 1);
    assert_int_equal(counts_traffic(counts).temporary, 0);
    bench_free(bench);
}

static void beyond_64_changes_room_is_that_of_now(void **state)
{
    (void)state;
    for (unsigned pairs = 30; pairs <= 31; pairs++) {
        struct bench *bench = bench_new(1);
        bench_alloc(bench, 0, 1, A, 64);
        bench_alloc(bench, 1, 2, A + 64, 40);
        bench_alloc(bench, 2, 1, B, 128);
        bench_free_block(bench, 3, 1, A);
        bench_free_block(bench, 4, 2, A + 64);
        bench_alloc(bench, 5, 2, A + 512, 4);
        for (unsigned i = 0; i < pairs; i++) {
            bench_alloc(bench, 6, 2, C, 8);
            bench_free_block(bench, 7, 2, C);
        }
        /* 4 + 2 × pairs changes since just before the ALLOC: 64, then 66 */
        bench_realloc(bench, 8, 1, B, A, 128, 64);
        const struct room *room = &bench->heaps[0]->counts.room;
        assert_int_equal(room->blockers[6], pairs == 30);
        assert_int_equal(room->avoidable_moves, pairs == 31);
        bench_free(bench);
    }
}

struct room_case {
    const char *name;
    uint64_t next; /* address of the next block; 0: none */
    bool is_avoidable, is_blocked;
};

static void moves_with_room_are_avoidable(void **state)
{
    (void)state;
    static const struct room_case cases[] = {
        { "nothing after it", 0, false, false },
        { "exactly enough", A + 64 + 64 + 16, true, false },
        { "a byte short", A + 64 + 64 + 15, false, true },
        { "next to it", A + 64, false, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int paired = 0; paired < 2; paired++) {
            struct bench *bench = bench_new(1);
            const struct room *room = &bench->heaps[0]->counts.room;
            bench_alloc(bench, 0, 1, A, 64);
            if (cases[i].next)
                bench_alloc(bench, 1, 2, cases[i].next, 40);
            if (paired) {
                bench_alloc(bench, 2, 1, B, 128);
                bench_free_block(bench, 2, 1, A);
            }
            /* What happens between the ALLOC and the REALLOC has no say. */
            if (paired && cases[i].next)
                bench_free_block(bench, 3, 2, cases[i].next);
            if (paired)
                bench_alloc(bench, 3, 2, A + 80, 10);
            bench_realloc(bench, 4, 1, B, A, 128, 64);
            assert_int_equal(room->avoidable_moves, cases[i].is_avoidable);
            assert_int_equal(room->avoidable_bytes, cases[i].is_avoidable ? 64 : 0);
            assert_int_equal(room->blockers[6], cases[i].is_blocked);
            bench_free(bench);
        }
    }
}

static void low_fragmentation_moves_are_not_judged(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    bench->source = 2;
    bench_alloc(bench, 0, 1, A, 64);
    bench_alloc(bench, 1, 1, A + 64, 64);
    bench_realloc(bench, 2, 1, B, A, 128, 64);
    assert_int_equal(bench->heaps[0]->counts.room.blockers[7], 0);
    bench_free(bench);
}

static void unbelievable_sizes_count_as_nothing(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    const struct heap *heap = bench->heaps[0];
    bench_alloc(bench, 0, 1, A, UINT64_MAX);
    bench_alloc(bench, 1, 1, B, (UINT64_C(1) << 48) + 1);
    assert_int_equal(heap->occupancy.live_bytes, 0);
    assert_int_equal(counts_traffic(&heap->counts).alloc_bytes, 0);
    assert_int_equal(counts_traffic(&heap->counts).allocs, 2);
    assert_int_equal(bench->ledger.anomalies.count[ANOMALY_size_unbelievable], 2);
    for (unsigned i = 0; i < 1 << 15; i++) {
        bench_alloc(bench, 2, 1, C, UINT64_C(1) << 48);
        bench_free_block(bench, 2, 1, C);
    }
    assert_int_equal(counts_traffic(&heap->counts).alloc_bytes, UINT64_C(1) << 62);
    assert_true(bench->ledger.anomalies.count[ANOMALY_size_unbelievable] > 2);
    bench_realloc(bench, 3, 1, C, A, UINT64_MAX, UINT64_MAX);
    bench_realloc(bench, 4, 1, A, C, 0, UINT64_MAX);
    bench_realloc(bench, 5, 1, UINT64_MAX, A, UINT64_MAX, 0);
    assert_int_equal(heap->counts.moves.copied_bytes, 0);
    bench_free(bench);
}

static void failed_events_change_nothing(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    const struct counts *counts = &bench->heaps[0]->counts;
    bench_alloc(bench, 0, 1, 0, 64);
    bench_alloc(bench, 1, 1, A, 64);
    bench_realloc(bench, 2, 1, 0, A, 128, 64);
    bench_realloc(bench, 3, 1, 0, 0, 128, 0);
    bench_realloc(bench, 4, 1, B, 0, 32, 0);
    assert_int_equal(counts_traffic(counts).failed_allocs, 2);
    assert_int_equal(counts_traffic(counts).allocs, 2);
    assert_int_equal(counts->moves.failed, 1);
    assert_int_equal(counts->moves.by_old_size[7].failed, 1);
    assert_int_equal(bench->heaps[0]->occupancy.live_bytes, 96);
    struct measures m;
    bench_finish(bench, &m);
    assert_int_equal(m.realloc.count, 1);
    assert_int_equal(m.sources[0].failed, 1);
    bench_release(bench, &m);
}

static void a_destroyed_heap_keeps_what_it_counted(void **state)
{
    (void)state;
    struct bench *bench = bench_new(2);
    struct heap *heap = bench->heaps[0];
    bench_alloc(bench, 0, 1, A, 64);
    bench_alloc(bench, 1, 1, B, 64);
    bench_realloc(bench, 2, 1, B, B, 96, 64);
    struct error err = { 0 };
    assert_true(ledger_end_heap(&bench->ledger, heap, &err));
    assert_null(heap->blocks);
    assert_int_equal(heap->occupancy.live_bytes, 0);
    assert_int_equal(counts_traffic(&heap->counts).destroyed_blocks, 2);
    assert_int_equal(heap->counts.censored, 2);
    assert_int_equal(heap->counts.chains.reallocs.count, 1);
    assert_true(heap_is_consistent(heap));
    assert_int_equal(chains_live(&bench->ledger.chains), 0);
    bench_free(bench);
}

/* A realloc of the same handle's next incarnation is not served by events of the last one. */
static void events_of_another_heap_serve_no_move(void **state)
{
    (void)state;
    struct bench *bench = bench_new(2);
    bench_alloc(bench, 0, 1, B, 128);
    bench_free_block(bench, 1, 1, A);
    bench->heap = 1;
    bench_realloc(bench, 2, 1, B, A, 128, 64);
    assert_int_equal(bench->heaps[1]->counts.moves.standalone, 1);
    assert_int_equal(counts_traffic(&bench->heaps[0]->counts).allocs, 1);
    bench_free(bench);
}

static void many_threads_are_forgotten_only_when_still(void **state)
{
    (void)state;
    struct bench *bench = bench_new(1);
    for (uint32_t i = 0; i < 3 * THREADS_MAX; i++) {
        bench_alloc(bench, i, i, A + UINT64_C(32) * i, 16);
        bench_free_block(bench, i, i, C - UINT64_C(32) * (i % 1000));
        assert_true(bench->ledger.threads.count <= THREADS_MAX);
    }
    struct measures m;
    bench_finish(bench, &m);
    assert_int_equal(m.traffic.free_of_unknown,
                     bench->ledger.anomalies.count[ANOMALY_free_of_unknown]);
    bench_release(bench, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_within_moves_leave_the_last_allocation),
        cmocka_unit_test(a_temporary_free_is_taken_back_with_its_temporariness),
        cmocka_unit_test(beyond_64_changes_room_is_that_of_now),
        cmocka_unit_test(moves_with_room_are_avoidable),
        cmocka_unit_test(low_fragmentation_moves_are_not_judged),
        cmocka_unit_test(unbelievable_sizes_count_as_nothing),
        cmocka_unit_test(failed_events_change_nothing),
        cmocka_unit_test(a_destroyed_heap_keeps_what_it_counted),
        cmocka_unit_test(events_of_another_heap_serve_no_move),
        cmocka_unit_test(many_threads_are_forgotten_only_when_still),
    };
    return cmocka_run_group_tests_name("ledger_edges", tests, NULL, NULL);
}
