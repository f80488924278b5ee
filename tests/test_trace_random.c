/* The generator of random traces: the same each time, sane where it says so, odd where it may be.
 */
#include "tests/trace_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A model of one heap that is slow and plain: what lives, in no order. */
struct slow_heap {
    uint32_t process;
    uint64_t handle;
    struct {
        uint64_t address, size;
    } blocks[1024];
    size_t count;
};

struct slow_world {
    struct slow_heap heaps[256];
    size_t count;
    uint64_t free_of_unknown, alloc_over_live, overlap, moved, in_place, old_unknown;
};

static struct slow_heap *heap_of(struct slow_world *world, const struct event *event)
{
    for (size_t i = 0; i < world->count; i++)
        if (world->heaps[i].process == event->process && world->heaps[i].handle == event->heap)
            return &world->heaps[i];
    assert_true(world->count < sizeof world->heaps / sizeof world->heaps[0]);
    struct slow_heap *heap = &world->heaps[world->count++];
    heap->process = event->process;
    heap->handle = event->heap;
    return heap;
}

static size_t find(const struct slow_heap *heap, uint64_t address)
{
    size_t i = 0;
    while (i < heap->count && heap->blocks[i].address != address)
        i++;
    return i;
}

static bool end(struct slow_heap *heap, uint64_t address)
{
    size_t i = find(heap, address);
    if (i == heap->count)
        return false;
    heap->blocks[i] = heap->blocks[--heap->count];
    return true;
}

static void begin(struct slow_world *world, struct slow_heap *heap, uint64_t address, uint64_t size)
{
    if (end(heap, address))
        world->alloc_over_live++;
    for (size_t i = 0; i < heap->count; i++)
        if (address < heap->blocks[i].address + heap->blocks[i].size &&
            heap->blocks[i].address < address + size)
            world->overlap++;
    assert_true(heap->count < sizeof heap->blocks / sizeof heap->blocks[0]);
    heap->blocks[heap->count].address = address;
    heap->blocks[heap->count++].size = size;
}

/* As a consumer would that takes the ALLOC and FREE of a move at their word. */
static void apply(struct slow_world *world, const struct event *event)
{
    struct slow_heap *heap = heap_of(world, event);
    if (event->kind == EVENT_create || event->kind == EVENT_destroy) {
        heap->count = 0;
    } else if (event->kind == EVENT_alloc && event->address != 0) {
        begin(world, heap, event->address, event->size);
    } else if (event->kind == EVENT_free) {
        world->free_of_unknown += !end(heap, event->address);
    } else if (event->kind == EVENT_realloc && event->address != 0) {
        if (event->old_address == 0) {
            begin(world, heap, event->address, event->size);
        } else if (event->address == event->old_address) {
            world->in_place++;
            world->old_unknown += !end(heap, event->old_address);
            begin(world, heap, event->address, event->size);
        } else {
            world->moved++;
        }
    }
}

static struct slow_world *run(const struct trace_random *trace)
{
    struct slow_world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    for (size_t i = 0; i < trace->count; i++)
        if (trace->events[i].kind != EVENT_process_end)
            apply(world, &trace->events[i]);
    return world;
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        struct trace_random_options options = { .seed = seed, .events = 3000, .cpus = 3 };
        struct trace_random one = trace_random_new(&options), other = trace_random_new(&options);
        assert_int_equal(one.count, other.count);
        assert_memory_equal(one.events, other.events, one.count * sizeof *one.events);
        assert_int_equal(one.process_count, other.process_count);
        assert_memory_equal(one.pids, other.pids, one.process_count * sizeof *one.pids);
        options.seed += 1000;
        struct trace_random third = trace_random_new(&options);
        assert_memory_not_equal(one.events, third.events, 100 * sizeof *one.events);
        trace_random_release(&one);
        trace_random_release(&other);
        trace_random_release(&third);
    }
}

static void a_sane_trace_has_nothing_odd(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct trace_random trace = trace_random_new(&(struct trace_random_options){
            .seed = seed, .events = 5000, .cpus = 2, .is_sane = true });
        struct slow_world *world = run(&trace);
        assert_int_equal(world->free_of_unknown, 0);
        assert_int_equal(world->alloc_over_live, 0);
        assert_int_equal(world->overlap, 0);
        assert_int_equal(world->old_unknown, 0);
        assert_true(world->moved > 100);
        assert_true(world->in_place > 100);
        free(world);
        trace_random_release(&trace);
    }
}

static void another_trace_has_something_of_everything(void **state)
{
    (void)state;
    struct trace_random trace =
        trace_random_new(&(struct trace_random_options){ .seed = 3, .events = 30000, .cpus = 4 });
    uint64_t by_kind[EVENT_KIND_COUNT] = { 0 }, ties = 0, failed = 0, empty = 0, odd = 0;
    for (size_t i = 0; i < trace.count; i++) {
        const struct event *event = &trace.events[i];
        bool allocates = event->kind == EVENT_alloc || event->kind == EVENT_realloc;
        by_kind[event->kind]++;
        ties += i > 0 && event->time_ns == trace.events[i - 1].time_ns;
        failed += allocates && event->address == 0;
        empty += allocates && event->size == 0;
        odd += allocates && event->address % 8 != 0;
    }
    for (size_t i = 0; i < EVENT_KIND_COUNT; i++)
        assert_true(by_kind[i] > 0);
    assert_true(ties > 0 && failed > 0 && empty > 0 && odd > 0);
    struct slow_world *world = run(&trace);
    assert_true(world->free_of_unknown > 0);
    assert_true(world->alloc_over_live > 0);
    assert_true(world->overlap > 0);
    assert_true(world->old_unknown > 0);
    free(world);
    trace_random_release(&trace);
}

static void events_are_in_order_of_time_then_cpu(void **state)
{
    (void)state;
    struct trace_random trace =
        trace_random_new(&(struct trace_random_options){ .seed = 4, .events = 5000, .cpus = 16 });
    for (size_t i = 1; i < trace.count; i++) {
        const struct event *last = &trace.events[i - 1], *event = &trace.events[i];
        assert_true(last->time_ns < event->time_ns ||
                    (last->time_ns == event->time_ns && last->cpu <= event->cpu));
    }
    trace_random_release(&trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(a_sane_trace_has_nothing_odd),
        cmocka_unit_test(another_trace_has_something_of_everything),
        cmocka_unit_test(events_are_in_order_of_time_then_cpu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
