/* The ledger against its model: random sequences of every kind of event, compared at each step. */
#include "analyzer/stack_picture.h"
#include "tests/ledger_bench.h"
#include "tests/ledger_model.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { THREADS = 3, QUEUED = 4, HEAPS = 2, PLACES = 24, STACKS = 5 };

/* What each thread is about to log: an operation is up to three events, raced by other threads. */
struct sequence {
    uint64_t random;
    struct event queue[THREADS][QUEUED];
    size_t heap[THREADS][QUEUED];
    size_t queued[THREADS];
    unsigned spacing;  /* of addresses; below the largest size, blocks overlap */
    unsigned disorder; /* percent of operations that are out of order, mistaken or torn */
    unsigned stacks;   /* in the events from now on, and none */
};

/* xorshift64: the same everywhere */
static unsigned below(struct sequence *s, unsigned limit)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return (unsigned)(s->random >> 33) % limit;
}

static uint64_t any_address(struct sequence *s)
{
    return 0x10000 + (uint64_t)s->spacing * below(s, PLACES);
}

static uint64_t any_size(struct sequence *s)
{
    static const uint64_t sizes[] = { 0, 1, 16, 24, 32, 48, 64, 100, 150, 300 };
    return sizes[below(s, sizeof sizes / sizeof sizes[0])];
}

static void enqueue(struct sequence *s, size_t thread, size_t heap, struct event event)
{
    if (s->queued[thread] == QUEUED)
        return;
    event.thread = (uint32_t)thread;
    event.source = 1 + below(s, 6);
    event.stack = s->stacks > 0 ? below(s, s->stacks + 1) : STACK_NONE;
    s->heap[thread][s->queued[thread]] = heap;
    s->queue[thread][s->queued[thread]++] = event;
}

static const struct model_block *any_block(struct sequence *s, const struct model_heap *heap)
{
    return heap->live_count == 0 ? NULL : &heap->live[below(s, (unsigned)heap->live_count)];
}

/* A move in one of the orders it is logged in, or with events missing. */
static void plan_move(struct sequence *s, size_t thread, size_t heap, uint64_t old,
                      uint64_t old_size)
{
    uint64_t address = any_address(s), size = any_size(s);
    struct event alloc = { .kind = EVENT_alloc, .address = address, .size = size };
    struct event freed = { .kind = EVENT_free, .address = old };
    struct event moved = {
        .kind = EVENT_realloc,
        .address = address,
        .size = size,
        .old_address = old,
        .old_size = below(s, 100) < s->disorder ? any_size(s) : old_size,
    };
    static const char *const orders[] = { "AFR", "AFR", "AFR", "R",  "AR",   "ARF",  "RAF", "RFA",
                                          "RA",  "RF",  "FAR", "FR", "AARF", "AFFR", "RFF" };
    for (const char *at = orders[below(s, sizeof orders / sizeof orders[0])]; *at; at++)
        enqueue(s, thread, heap, *at == 'A' ? alloc : *at == 'F' ? freed : moved);
}

static void plan(struct sequence *s, const struct model *model, size_t thread)
{
    size_t heap = below(s, HEAPS);
    const struct model_block *block = any_block(s, &model->heaps[heap]);
    bool is_sane = block && below(s, 100) >= s->disorder;
    uint64_t old = is_sane ? block->address : any_address(s);
    uint64_t old_size = is_sane ? block->size : any_size(s);
    struct event event = { .address = old, .size = any_size(s) };
    switch (below(s, 10)) {
    case 0:
    case 1:
    case 2:
        event.kind = EVENT_alloc;
        event.address = below(s, 50) == 0 ? 0 : any_address(s);
        break;
    case 3:
    case 4:
        event.kind = EVENT_free;
        break;
    case 5:
        event.kind = EVENT_realloc;
        event.old_address = old;
        event.old_size = old_size;
        break;
    case 6:
        event.kind = EVENT_realloc;
        event.address = below(s, 2) ? 0 : any_address(s);
        event.old_address = below(s, 2) ? 0 : old;
        event.old_size = old_size;
        break;
    default:
        plan_move(s, thread, heap, old, old_size);
        return;
    }
    enqueue(s, thread, heap, event);
}

static struct event next_event(struct sequence *s, const struct model *model, size_t *heap)
{
    size_t thread = below(s, THREADS);
    while (s->queued[thread] == 0)
        plan(s, model, thread);
    struct event event = s->queue[thread][0];
    *heap = s->heap[thread][0];
    s->queued[thread]--;
    memmove(s->queue[thread], s->queue[thread] + 1, s->queued[thread] * sizeof event);
    memmove(s->heap[thread], s->heap[thread] + 1, s->queued[thread] * sizeof *heap);
    return event;
}

static void assert_same_live(struct heap *heap, const struct model_heap *model)
{
    assert_int_equal(heap->occupancy.live_blocks, model->live_count);
    for (size_t i = 0; i < model->live_count; i++) {
        const struct block *block = block_table_find(heap->blocks, model->live[i].address);
        assert_non_null(block);
        assert_int_equal(block->size, model->live[i].size);
        assert_int_equal(block->source_known, model->live[i].source_known);
    }
}

static void assert_same_realloc(const struct realloc_result *got, const struct model_counts *model)
{
    const struct realloc_result *want = &model->realloc;
    assert_int_equal(got->count, want->count);
    assert_int_equal(got->in_place, want->in_place);
    assert_int_equal(got->moved, want->moved);
    assert_int_equal(got->failed, want->failed);
    assert_int_equal(got->paired, want->paired);
    assert_int_equal(got->standalone, want->standalone);
    assert_int_equal(got->grow, want->grow);
    assert_int_equal(got->shrink, want->shrink);
    assert_int_equal(got->same, want->same);
    assert_int_equal(got->from_zero, want->from_zero);
    assert_int_equal(got->to_zero, want->to_zero);
    assert_int_equal(got->copied_bytes, want->copied_bytes);
    assert_int_equal(got->growth.values, want->growth.values);
    assert_int_equal(got->growth.exact_1, want->growth.exact_1);
    assert_int_equal(got->growth.exact_1_5, want->growth.exact_1_5);
    assert_int_equal(got->growth.exact_2, want->growth.exact_2);
    assert_int_equal(got->avoidable_moves, want->avoidable_moves);
    assert_int_equal(got->avoidable_bytes, want->avoidable_bytes);
    assert_memory_equal(got->blockers, want->blockers, sizeof got->blockers);
    assert_memory_equal(got->by_old_size, want->by_old_size, sizeof got->by_old_size);
    if (got->copy_amplification >= 0)
        assert_true(got->copy_amplification ==
                    (double)want->copied_bytes / (double)model->grown_bytes);
    else
        assert_int_equal(model->grown_bytes, 0);
}

static void assert_same_sources(const struct measures *got, const struct model_counts *model)
{
    uint64_t transitions[MODEL_SOURCES][MODEL_SOURCES] = { 0 };
    size_t seen = 0;
    for (size_t i = 0; i < got->source_count; i++) {
        const struct source_result *s = &got->sources[i];
        const struct source_result *want = &model->sources[s->code];
        assert_true(s->code < MODEL_SOURCES && s->code >= seen);
        seen = s->code + 1;
        assert_int_equal(s->allocs, want->allocs);
        assert_int_equal(s->alloc_bytes, want->alloc_bytes);
        assert_int_equal(s->frees, want->frees);
        assert_int_equal(s->free_bytes, want->free_bytes);
        assert_int_equal(s->reallocs, want->reallocs);
        assert_int_equal(s->in_place, want->in_place);
        assert_int_equal(s->moved, want->moved);
        assert_int_equal(s->failed, want->failed);
        assert_int_equal(s->copied_bytes, want->copied_bytes);
        assert_memory_equal(s->lifetimes, want->lifetimes, sizeof s->lifetimes);
    }
    for (size_t i = 0; i < got->transition_count; i++) {
        const struct source_transition *t = &got->transitions[i];
        transitions[got->sources[t->from].code][got->sources[t->to].code] = t->count;
    }
    assert_memory_equal(transitions, model->transitions, sizeof transitions);
}

static void assert_same_counts(struct bench *bench, size_t heap, const struct model *model,
                               bool is_end)
{
    struct error err = { 0 };
    struct measures got = { 0 };
    struct model_counts want;
    assert_true(
        counts_report(&bench->heaps[heap]->counts, &bench->ledger.source_codes, &got, &err));
    model_count(model, heap, &want);
    assert_memory_equal(&got.traffic, &want.traffic, sizeof got.traffic);
    assert_memory_equal(got.lifetimes, want.lifetimes, sizeof got.lifetimes);
    assert_int_equal(got.censored, want.censored);
    assert_same_realloc(&got.realloc, &want);
    assert_same_sources(&got, &want);
    struct chains_result chains = got.realloc.chains;
    if (is_end) {
        assert_int_equal(chains.count, want.realloc.chains.count);
        assert_int_equal(chains.copied_bytes, want.realloc.chains.copied_bytes);
        assert_int_equal(chains.geometric, want.realloc.chains.geometric);
        assert_int_equal(chains.arithmetic, want.realloc.chains.arithmetic);
        assert_int_equal(chains.irregular, want.realloc.chains.irregular);
        assert_int_equal(chains.reallocs_p50, want.realloc.chains.reallocs_p50);
        assert_int_equal(chains.reallocs_p95, want.realloc.chains.reallocs_p95);
        assert_int_equal(chains.reallocs_max, want.realloc.chains.reallocs_max);
        assert_int_equal(chains.moves_p50, want.realloc.chains.moves_p50);
        assert_int_equal(chains.moves_p95, want.realloc.chains.moves_p95);
        assert_int_equal(chains.moves_max, want.realloc.chains.moves_max);
        assert_memory_equal(chains.reallocs_histogram, want.realloc.chains.reallocs_histogram,
                            sizeof chains.reallocs_histogram);
    }
    free(got.sources);
    free(got.transitions);
    free(got.realloc.size_pairs);
}

static struct growth growth_of(const struct bench *bench, const struct counted_stack *tally)
{
    struct growth growth = { 0 };
    if (tally == &bench->process_stacks->none)
        return bench->process_stacks->none_growth;
    stack_growth_add_to(&tally->growth, &growth);
    return growth;
}

/* What is live of a stack is known when a picture has been taken, classes of chains at the end. */
enum when { ON_THE_WAY, PICTURED, AT_THE_END };

static void assert_same_stacks(const struct bench *bench, const struct model *model,
                               enum when moment)
{
    for (uint32_t stack = STACK_NONE; stack <= STACKS; stack++) {
        const struct counted_stack *tally = process_stacks_find(bench->process_stacks, stack);
        struct model_stack want;
        model_count_stack(model, stack, &want);
        if (stack != STACK_NONE && tally == &bench->process_stacks->none) {
            assert_int_equal(want.events, 0);
            continue;
        }
        struct stack_counts got = tally->counts;
        if (moment != AT_THE_END) {
            got.geometric = want.counts.geometric;
            got.arithmetic = want.counts.arithmetic;
            got.irregular = want.counts.irregular;
        }
        if (moment != PICTURED) {
            got.live_blocks_at_end = want.counts.live_blocks_at_end;
            got.live_bytes_at_end = want.counts.live_bytes_at_end;
            got.pinned_pages_at_end = want.counts.pinned_pages_at_end;
            got.pinned_waste_at_end = want.counts.pinned_waste_at_end;
        }
        assert_memory_equal(&got, &want.counts, sizeof got);
        assert_int_equal(tally->events, want.events);
        struct growth growth = growth_of(bench, tally);
        assert_int_equal(growth.count, want.growth_values);
        if (growth.count == 0)
            assert_true(isnan(growth_median(&growth)));
        else if (growth.count <= GROWTH_KEPT)
            assert_true(growth_median(&growth) == want.growth_p50);
        else
            assert_true(fabs(log2(growth_median(&growth) / want.growth_p50)) <= 1.0 / 16);
    }
}

static void assert_same_first_stacks(const struct bench *bench, const struct model *model)
{
    for (size_t heap = 0; heap < HEAPS; heap++) {
        const struct model_heap *live = &model->heaps[heap];
        for (size_t i = 0; i < live->live_count; i++) {
            const struct model_chain *chain = &model->chains[live->live[i].chain];
            uint32_t stack =
                chain->is_from_trace ? model->events[chain->first_event].event.stack : STACK_NONE;
            assert_int_equal(
                block_table_find(bench->heaps[heap]->blocks, live->live[i].address)->stack, stack);
        }
    }
}

/* `stacks_from`: what comes before that event has no stack, and nobody has asked for one. */
static void run(uint64_t seed, unsigned length, unsigned stacks_from)
{
    struct sequence s = { .random = seed * 0x9e3779b97f4a7c15u + 1 };
    static const unsigned spacings[] = { 512, 112, 16 };
    s.spacing = spacings[seed % 3];
    s.disorder = 40 * below(&s, 2) + 5;
    unsigned counting_from = seed % 5 == 0 ? length / 3 : 0;
    struct bench *bench = bench_new(HEAPS);
    struct model *model = model_new();
    for (unsigned i = 0; i < length; i++) {
        if (i == stacks_from) {
            s.stacks = STACKS;
            bench_count_stacks(bench);
        }
        size_t heap;
        struct event event = next_event(&s, model, &heap);
        event.time_ns = 10 * i + below(&s, 10);
        event.file_offset = i;
        bench->heap = heap;
        bench->ledger.counting = i >= counting_from;
        bench_apply(bench, &event);
        model_apply(model, heap, &event, i >= counting_from);
        assert_same_live(bench->heaps[heap], &model->heaps[heap]);
        assert_same_counts(bench, heap, model, false);
        if (i >= stacks_from && i % 8 == 0)
            assert_same_stacks(bench, model, ON_THE_WAY);
    }
    if (stacks_from < length) {
        stack_picture_begin_end(bench->process_stacks);
        for (size_t heap = 0; heap < HEAPS; heap++)
            stack_picture_end(bench->process_stacks, bench->heaps[heap]->blocks);
        assert_same_stacks(bench, model, PICTURED);
        assert_same_first_stacks(bench, model);
    }
    const uint64_t *anomalies = bench->ledger.anomalies.count;
    assert_int_equal(anomalies[ANOMALY_free_missing], model->free_missing);
    assert_int_equal(anomalies[ANOMALY_old_size_mismatch], model->old_size_mismatch);
    assert_int_equal(anomalies[ANOMALY_overlap], model->overlap);
    struct error err = { 0 };
    assert_true(ledger_end_heap(&bench->ledger, bench->heaps[0], &err));
    bench_close(bench);
    uint64_t unknown = 0;
    for (size_t heap = 0; heap < HEAPS; heap++) {
        model_end_heap(model, heap, heap == 0);
        assert_same_counts(bench, heap, model, true);
        unknown += counts_traffic(&bench->heaps[heap]->counts).free_of_unknown;
    }
    assert_int_equal(anomalies[ANOMALY_free_of_unknown], unknown);
    if (stacks_from < length)
        assert_same_stacks(bench, model, AT_THE_END);
    model_free(model);
    bench_free(bench);
}

static void random_sequences_agree_with_the_model(void **state)
{
    (void)state;
    enum { SEQUENCES = 150, EVENTS = 160 };
    for (uint64_t seed = 1; seed <= SEQUENCES; seed++)
        run(seed, EVENTS, UINT_MAX);
}

static void long_sequences_agree_with_the_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1001; seed <= 1003; seed++)
        run(seed, MODEL_EVENTS, UINT_MAX);
}

static void random_sequences_with_stacks_agree_with_the_model(void **state)
{
    (void)state;
    enum { SEQUENCES = 150, EVENTS = 160 };
    for (uint64_t seed = 1; seed <= SEQUENCES; seed++)
        run(seed, EVENTS, seed % 3 == 0 ? EVENTS / 4 : 0);
    run(2001, MODEL_EVENTS, 0);
    run(2002, MODEL_EVENTS, MODEL_EVENTS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_sequences_agree_with_the_model),
        cmocka_unit_test(long_sequences_agree_with_the_model),
        cmocka_unit_test(random_sequences_with_stacks_agree_with_the_model),
    };
    return cmocka_run_group_tests_name("ledger_random", tests, NULL, NULL);
}
