/*
 * Random traces with random stacks: missing, late, in parts, by keys that are used again, in the
 * buffers of other CPUs. Every heap event gets the frames that the generator gave it.
 */
#include "tests/decoded.h"
#include "tests/etl_builder_parts.h"
#include "tests/trace_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SHAPES = 40, FRAMES_MAX = 30, KEYS = 12, TICK_NS = 100 };

#define KERNEL UINT64_C(0xfffff80000000000)

struct shape {
    uint64_t frames[FRAMES_MAX];
    size_t count;
};

enum what { NOTHING, WALK, KEY_USE, DEFINITION };

/* What will be written at a time. */
struct item {
    uint64_t time_ns;
    enum what what;
    size_t event; /* whose stack */
    bool is_kernel;
    uint32_t key;
};

/* What a key stands for at the moment. */
struct instance {
    const struct shape *shape; /* NULL: nothing */
    bool is_to_be_defined;
};

struct expected {
    const struct shape *user, *kernel; /* NULL: that part does not come */
    struct instance *by;               /* of the part that counts; NULL: it is written out */
    bool is_never_defined;
};

struct play {
    struct random random;
    struct trace_random trace;
    struct etl *etl;
    struct shape shapes[2][SHAPES]; /* of the user, of the kernel */
    struct instance instances[2][KEYS];
    struct expected *expected; /* by event */
    struct item *items;        /* in order of time, from `next` on */
    size_t count, room, next;
    uint64_t last_ns; /* of an item */
    uint32_t cpus;
};

static void make_shapes(struct play *play)
{
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < SHAPES; i++) {
            struct shape *shape = &play->shapes[side][i];
            shape->count = 1 + random_below(&play->random, FRAMES_MAX);
            for (size_t f = 0; f < shape->count; f++)
                shape->frames[f] =
                    (side ? KERNEL : 0x7ff000000000) + random_below(&play->random, 1 << 20);
        }
}

static const struct shape *any_shape(struct play *play, bool is_kernel)
{
    return &play->shapes[is_kernel][random_below(&play->random, SHAPES)];
}

/* Keeps the list in order of time; most items belong near its end. */
static void plan(struct play *play, struct item item)
{
    play->items = etl_grow(play->items, play->count + 1, &play->room, sizeof *play->items);
    size_t at = play->count++;
    for (; at > play->next && play->items[at - 1].time_ns > item.time_ns; at--)
        play->items[at] = play->items[at - 1];
    play->items[at] = item;
}

static uint64_t any_delay(struct play *play)
{
    uint32_t ticks = random_below(&play->random, 20) == 0 ? random_below(&play->random, 4000000)
                                                          : random_below(&play->random, 300);
    return (1 + (uint64_t)ticks) * TICK_NS;
}

static void plan_part(struct play *play, size_t event, bool is_kernel)
{
    const struct event *of = &play->trace.events[event];
    plan(play, (struct item){ .time_ns = of->time_ns + any_delay(play),
                              .what = random_below(&play->random, 2) ? WALK : KEY_USE,
                              .event = event,
                              .is_kernel = is_kernel,
                              .key = random_below(&play->random, KEYS) });
}

static void plan_stack(struct play *play, size_t event)
{
    uint32_t roll = random_below(&play->random, 10);
    if (play->trace.events[event].kind == EVENT_process_end || roll < 3)
        return;
    if (roll != 3)
        plan_part(play, event, false);
    if (roll <= 5)
        plan_part(play, event, true);
}

static void as_event(struct play *play, size_t event)
{
    const struct event *of = &play->trace.events[event];
    etl_as(play->etl, random_below(&play->random, play->cpus), play->trace.pids[of->process],
           of->thread);
}

static void expect(struct play *play, const struct item *item, const struct shape *shape,
                   struct instance *by)
{
    struct expected *expected = &play->expected[item->event];
    *(item->is_kernel ? &expected->kernel : &expected->user) = shape;
    if (item->is_kernel && expected->user)
        return;
    expected->by = by;
    expected->is_never_defined = by && !by->is_to_be_defined;
}

static void use_key(struct play *play, const struct item *item)
{
    struct instance *instance = &play->instances[item->is_kernel][item->key];
    if (!instance->shape) {
        instance->shape = any_shape(play, item->is_kernel);
        instance->is_to_be_defined = random_below(&play->random, 20) > 0;
        if (instance->is_to_be_defined)
            plan(play, (struct item){ .time_ns = item->time_ns + any_delay(play),
                                      .what = DEFINITION,
                                      .is_kernel = item->is_kernel,
                                      .key = item->key });
    }
    expect(play, item, instance->shape, instance);
    etl_stack_key(play->etl, play->last_ns, item->is_kernel ? ETL_KEY_KERNEL : ETL_KEY_USER,
                  play->trace.events[item->event].time_ns, KERNEL + item->key);
}

/* The items are a tick apart, so that it is plain which one a definition comes behind. */
static void write_item(struct play *play)
{
    const struct item item = play->items[play->next++];
    play->last_ns = item.time_ns > play->last_ns ? item.time_ns : play->last_ns + TICK_NS;
    if (item.what != DEFINITION)
        as_event(play, item.event);
    if (item.what == KEY_USE) {
        use_key(play, &item);
    } else if (item.what == WALK) {
        const struct shape *shape = any_shape(play, item.is_kernel);
        expect(play, &item, shape, NULL);
        etl_stack_walk(play->etl, play->last_ns, play->trace.events[item.event].time_ns,
                       shape->frames, shape->count);
    } else {
        static const enum etl_stack_definition kinds[] = { ETL_STACK_CREATE, ETL_STACK_DELETE,
                                                           ETL_STACK_RUNDOWN };
        struct instance *instance = &play->instances[item.is_kernel][item.key];
        etl_as(play->etl, random_below(&play->random, play->cpus), 0, 0);
        etl_stack_definition(play->etl, play->last_ns, kinds[random_below(&play->random, 3)],
                             KERNEL + item.key, instance->shape->frames, instance->shape->count);
        *instance = (struct instance){ 0 };
    }
}

static void write_trace(struct play *play)
{
    etl_as(play->etl, 0, 1, 1);
    etl_stack_walk(play->etl, 0, 0, play->shapes[0][0].frames, 1); /* of no heap event */
    for (size_t i = 0; i < play->trace.count; i++) {
        const struct event *event = &play->trace.events[i];
        while (play->next < play->count && play->items[play->next].time_ns < event->time_ns &&
               play->last_ns + TICK_NS < event->time_ns)
            write_item(play);
        trace_write_event(play->etl, event, play->trace.pids[event->process]);
        plan_stack(play, i);
    }
    while (play->next < play->count)
        write_item(play);
}

/* An event that shares its stamp, thread and process with another may get the stack of that. */
static bool is_ambiguous(const struct trace_random *trace, size_t event)
{
    const struct event *of = &trace->events[event];
    for (size_t i = event; i-- > 0 && trace->events[i].time_ns == of->time_ns;)
        if (trace->events[i].thread == of->thread && trace->events[i].process == of->process)
            return true;
    for (size_t i = event + 1; i < trace->count && trace->events[i].time_ns == of->time_ns; i++)
        if (trace->events[i].thread == of->thread && trace->events[i].process == of->process)
            return true;
    return false;
}

static void check_event(const struct play *play, const struct decoded *decoded, size_t event)
{
    const struct expected *expected = &play->expected[event];
    const struct shape *shape = expected->user ? expected->user : expected->kernel;
    uint32_t id = decoded->events[event].stack;
    if (is_ambiguous(&play->trace, event))
        return;
    if (!shape) {
        assert_int_equal(id, STACK_NONE);
        return;
    }
    assert_int_not_equal(id, STACK_NONE);
    struct stack stack = stacks_at(decoder_stacks(decoded->decoder), id);
    assert_int_equal(stack.process, decoded->events[event].process);
    if (expected->is_never_defined) {
        assert_null(stack.frames);
        return;
    }
    assert_int_equal(stack.frame_count, shape->count);
    assert_memory_equal(stack.frames, shape->frames, shape->count * sizeof *shape->frames);
}

static void run(uint64_t seed, uint32_t cpus, enum etl_compression compression)
{
    struct etl_options options = etl_defaults();
    options.cpu_count = cpus;
    options.compression = compression;
    struct play *play = calloc(1, sizeof *play);
    assert_non_null(play);
    play->random = random_new(seed + 1000);
    play->cpus = cpus;
    play->trace = trace_random_new(
        &(struct trace_random_options){ .seed = seed, .events = 3000, .cpus = cpus });
    play->expected = calloc(play->trace.count, sizeof *play->expected);
    assert_non_null(play->expected);
    play->etl = etl_builder_new(&options);
    make_shapes(play);
    write_trace(play);
    size_t size;
    uint8_t *bytes = etl_finish(play->etl, &size);
    struct decoded decoded = decode(bytes, size);
    decoded_expect_clean(&decoded);
    decoded_expect_events(&decoded, play->trace.events, play->trace.pids, play->trace.count);
    for (size_t i = 0; i < play->trace.count; i++)
        check_event(play, &decoded, i);
    assert_true(stacks_count(decoder_stacks(decoded.decoder)) > SHAPES);
    decoded_release(&decoded);
    free(bytes);
    etl_builder_free(play->etl);
    trace_random_release(&play->trace);
    free(play->expected);
    free(play->items);
    free(play);
}

static void every_heap_event_gets_its_own_frames(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++)
        run(seed, 1 + (uint32_t)seed % 5, seed % 4 == 3 ? ETL_XPRESS : ETL_PLAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_heap_event_gets_its_own_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
