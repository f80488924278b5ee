/* A ledger with a few heaps, to apply events to by hand. */
#include "tests/ledger_bench.h"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct bench *bench_new(size_t heap_count)
{
    struct error err = { 0 };
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    ledger_init(&bench->ledger);
    bench->pool = block_pool_new(&err);
    assert_non_null(bench->pool);
    for (size_t i = 0; i < heap_count; i++) {
        bench->heaps[i] = heap_new(bench->pool, NULL, &err);
        assert_non_null(bench->heaps[i]);
        bench->heaps[i]->handle = 0x10000 * (i + 1);
    }
    bench->heap_count = heap_count;
    bench->source = 3;
    return bench;
}

void bench_free(struct bench *bench)
{
    ledger_release(&bench->ledger);
    for (size_t i = 0; i < bench->heap_count; i++)
        heap_free(bench->heaps[i]);
    block_pool_free(bench->pool);
    stack_table_release(&bench->stacks);
    free(bench);
}

void bench_count_stacks(struct bench *bench)
{
    struct error err = { 0 };
    bench->process_stacks = stack_table_add_process(&bench->stacks, 0, &err);
    assert_non_null(bench->process_stacks);
    for (size_t i = 0; i < bench->heap_count; i++) {
        bench->heaps[i]->stacks = bench->process_stacks;
        process_stacks_begin(bench->process_stacks, &bench->heaps[i]->counts);
    }
}

void bench_apply(struct bench *bench, const struct event *event)
{
    enum { FEW_BLOCKS = 100 };
    struct heap *heap = bench->heaps[bench->heap];
    struct error err = { 0 };
    enum ledger_step step = ledger_apply(&bench->ledger, heap, event, &err);
    if (step == LEDGER_AGAIN)
        step = ledger_apply(&bench->ledger, heap, event, &err);
    assert_int_equal(step, LEDGER_DONE);
    if (heap->occupancy.live_blocks < FEW_BLOCKS)
        assert_true(heap_is_consistent(heap));
}

static struct event event_of(struct bench *bench, enum event_kind kind, uint64_t time_ns,
                             uint32_t thread, uint64_t address)
{
    return (struct event){
        .kind = (uint8_t)kind,
        .has = EVENT_HAS_HEAP,
        .time_ns = time_ns,
        .heap = bench->heaps[bench->heap]->handle,
        .thread = thread,
        .address = address,
        .source = bench->source,
        .stack = bench->stack,
        .file_offset = bench->offset++,
    };
}

void bench_alloc(struct bench *bench, uint64_t time_ns, uint32_t thread, uint64_t address,
                 uint64_t size)
{
    struct event event = event_of(bench, EVENT_alloc, time_ns, thread, address);
    event.size = size;
    bench_apply(bench, &event);
}

void bench_free_block(struct bench *bench, uint64_t time_ns, uint32_t thread, uint64_t address)
{
    struct event event = event_of(bench, EVENT_free, time_ns, thread, address);
    bench_apply(bench, &event);
}

void bench_realloc(struct bench *bench, uint64_t time_ns, uint32_t thread, uint64_t address,
                   uint64_t old_address, uint64_t size, uint64_t old_size)
{
    struct event event = event_of(bench, EVENT_realloc, time_ns, thread, address);
    event.size = size;
    event.old_address = old_address;
    event.old_size = old_size;
    bench_apply(bench, &event);
}

void bench_close(struct bench *bench)
{
    struct error err = { 0 };
    assert_true(ledger_finish(&bench->ledger, &err));
    for (size_t i = 0; i < bench->heap_count; i++)
        if (bench->heaps[i]->blocks)
            assert_true(ledger_close_heap(&bench->ledger, bench->heaps[i], &err));
    assert_int_equal(chains_live(&bench->ledger.chains), 0);
}

void bench_finish(struct bench *bench, struct measures *out)
{
    bench_close(bench);
    struct error err = { 0 };
    struct counts *counts = &bench->heaps[0]->counts;
    *out = (struct measures){ 0 };
    assert_true(counts_report(counts, &bench->ledger.source_codes, out, &err));
    assert_true(sizes_report(&counts->sizes, NULL, out, &err));
}

void bench_release(struct bench *bench, struct measures *measures)
{
    free(measures->sources);
    free(measures->transitions);
    free(measures->sizes);
    free(measures->realloc.size_pairs);
    bench_free(bench);
}
