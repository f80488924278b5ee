/* Call stacks of heap events: late, missing, in parts, by key, in another CPU's buffer. */
#include "tests/decoded.h"
#include "tests/etl_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HEAP = 0x150000, PID = 100, TID = 1 };

#define KERNEL UINT64_C(0xfffff80000000000)

static const uint64_t one[] = { 0x7ff000001000, 0x7ff000002000, 0x7ff000003000 };
static const uint64_t other[] = { 0x7ff000001000, 0x7ff000002008, 0x7ff000003000 };
static const uint64_t kernel[] = { KERNEL + 0x1000, KERNEL + 0x2000 };

enum { ONE = 3, OTHER = 3, KERNEL_FRAMES = 2 };

static struct etl *new_trace(uint32_t cpus)
{
    struct etl_options options = etl_defaults();
    options.cpu_count = cpus;
    return etl_builder_new(&options);
}

static struct decoded finish_with(struct etl *etl, const enum anomaly *allowed, size_t count)
{
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    struct decoded decoded = decode(trace, size);
    free(trace);
    etl_builder_free(etl);
    decoded_expect_only(&decoded, allowed, count);
    return decoded;
}

static struct decoded finish(struct etl *etl)
{
    return finish_with(etl, NULL, 0);
}

static void alloc(struct etl *etl, uint64_t time_ns)
{
    etl_alloc(etl, time_ns, HEAP, 0x20000 + time_ns, 100, ETL_MAINPATH);
}

static void expect_frames(const struct decoded *decoded, size_t event, const uint64_t *frames,
                          size_t count)
{
    assert_true(event < decoded->count);
    uint32_t id = decoded->events[event].stack;
    const struct stacks *stacks = decoder_stacks(decoded->decoder);
    assert_in_range(id, 1, stacks_count(stacks));
    struct stack stack = stacks_at(stacks, id);
    assert_non_null(stack.frames);
    assert_int_equal(stack.frame_count, count);
    assert_memory_equal(stack.frames, frames, count * sizeof *frames);
    assert_int_equal(stack.process, decoded->events[event].process);
    assert_true(stack.first_ns <= decoded->events[event].time_ns);
}

static void expect_none(const struct decoded *decoded, size_t event)
{
    assert_true(event < decoded->count);
    assert_int_equal(decoded->events[event].stack, STACK_NONE);
}

static void a_stack_finds_its_event(void **state)
{
    (void)state;
    struct etl *etl = new_trace(1);
    alloc(etl, 10 * US);
    alloc(etl, 20 * US);
    alloc(etl, 30 * US);
    etl_stack_walk(etl, 40 * US, 20 * US, other, OTHER);
    etl_stack_walk(etl, 50 * US, 10 * US, one, ONE);
    struct decoded decoded = finish(etl);
    expect_frames(&decoded, 0, one, ONE);
    expect_frames(&decoded, 1, other, OTHER);
    expect_none(&decoded, 2);
    const struct stack_tally *tally = &decoder_info(decoded.decoder)->stacks;
    assert_int_equal(tally->walks, 2);
    assert_int_equal(tally->heap_matched, 2);
    assert_int_equal(tally->heap_events, 2);
    decoded_release(&decoded);
}

static void equal_stacks_have_one_id(void **state)
{
    (void)state;
    struct etl *etl = new_trace(1);
    for (unsigned i = 0; i < 10; i++) {
        etl_as(etl, 0, PID + i / 5, TID);
        alloc(etl, (10 + 2 * i) * US);
        etl_stack_walk(etl, (11 + 2 * i) * US, (10 + 2 * i) * US, i % 2 ? one : other, 3);
    }
    struct decoded decoded = finish(etl);
    assert_int_equal(stacks_count(decoder_stacks(decoded.decoder)), 4);
    assert_int_equal(decoded.events[0].stack, decoded.events[2].stack);
    assert_int_not_equal(decoded.events[0].stack, decoded.events[1].stack);
    assert_int_not_equal(decoded.events[0].stack, decoded.events[6].stack); /* another process */
    decoded_release(&decoded);
}

static void only_time_thread_and_process_together_name_an_event(void **state)
{
    (void)state;
    struct etl *etl = new_trace(1);
    alloc(etl, 10 * US);
    etl_stack_walk(etl, 20 * US, 11 * US, one, ONE);
    etl_as(etl, 0, PID + 1, TID);
    etl_stack_walk(etl, 20 * US, 10 * US, one, ONE);
    etl_as(etl, 0, PID, TID + 1);
    etl_stack_walk(etl, 20 * US, 10 * US, one, ONE);
    struct decoded decoded = finish(etl);
    expect_none(&decoded, 0);
    assert_int_equal(decoder_info(decoded.decoder)->stacks.heap_matched, 0);
    assert_int_equal(stacks_count(decoder_stacks(decoded.decoder)), 0);
    decoded_release(&decoded);
}

static void a_stack_may_come_late_in_the_buffer_of_another_cpu(void **state)
{
    (void)state;
    struct etl *etl = new_trace(2);
    alloc(etl, 10 * US);
    for (unsigned i = 1; i < 5000; i++)
        alloc(etl, 10 * US + i * 80 * US);
    etl_as(etl, 1, PID, TID);
    etl_stack_walk(etl, 400 * MS, 10 * US, one, ONE);
    struct decoded decoded = finish(etl);
    assert_int_equal(decoded.count, 5000);
    expect_frames(&decoded, 0, one, ONE);
    decoded_release(&decoded);
}

static void a_stack_past_the_window_is_counted_as_late(void **state)
{
    (void)state;
    struct etl *etl = new_trace(1);
    etl_foreign(etl, 0, 8);
    alloc(etl, 10 * US);
    etl_free(etl, 10500, HEAP, 0x20000, ETL_MAINPATH); /* stacks are counted of other kinds */
    etl_stack_walk(etl, 11 * US, 9 * US, one, ONE);    /* of no heap event: stacks are expected */
    for (unsigned i = 0; i < 1000; i++)                /* more than a call reads */
        etl_foreign(etl, 2000 * MS, 8);
    etl_stack_walk(etl, 2001 * MS, 10 * US, kernel, KERNEL_FRAMES);
    etl_stack_walk(etl, 2001 * MS, 10 * US, one, ONE); /* the other part of it */
    etl_stack_walk(etl, 2001 * MS, 10500, one, ONE);
    etl_stack_walk(etl, 2001 * MS, 12 * US, one, ONE);
    const enum anomaly allowed = ANOMALY_stack_too_late;
    struct decoded decoded = finish_with(etl, &allowed, 1);
    expect_none(&decoded, 0);
    assert_int_equal(decoder_info(decoded.decoder)->stacks.late, 4);
    assert_int_equal(decoded_anomaly(&decoded, ANOMALY_stack_too_late), 1);
    decoded_release(&decoded);
}

static void the_users_part_counts_before_the_kernels(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 3; order++) {
        struct etl *etl = new_trace(1);
        alloc(etl, 10 * US);
        if (order == 0)
            etl_stack_walk(etl, 11 * US, 10 * US, kernel, KERNEL_FRAMES);
        if (order < 2)
            etl_stack_walk(etl, 12 * US, 10 * US, one, ONE);
        if (order > 0)
            etl_stack_walk(etl, 13 * US, 10 * US, kernel, KERNEL_FRAMES);
        struct decoded decoded = finish(etl);
        if (order < 2)
            expect_frames(&decoded, 0, one, ONE);
        else
            expect_frames(&decoded, 0, kernel, KERNEL_FRAMES);
        decoded_release(&decoded);
    }
}

static void a_key_is_resolved_by_its_next_definition(void **state)
{
    (void)state;
    struct etl *etl = new_trace(1);
    const uint64_t key = KERNEL + 0x77;
    alloc(etl, 10 * US);
    etl_stack_key(etl, 11 * US, ETL_KEY_USER, 10 * US, key);
    alloc(etl, 12 * US);
    etl_stack_key(etl, 13 * US, ETL_KEY_USER, 12 * US, key);
    etl_stack_definition(etl, 14 * US, ETL_STACK_DELETE, key, one, ONE);
    alloc(etl, 15 * US); /* the key stands for another stack now */
    etl_stack_key(etl, 16 * US, ETL_KEY_USER, 15 * US, key);
    etl_stack_definition(etl, 17 * US, ETL_STACK_RUNDOWN, key, other, OTHER);
    etl_stack_definition(etl, 18 * US, ETL_STACK_RUNDOWN, key, one, ONE);
    alloc(etl, 19 * US); /* is never defined */
    etl_stack_key(etl, 20 * US, ETL_KEY_USER, 19 * US, key);
    struct decoded decoded = finish(etl);
    expect_frames(&decoded, 0, one, ONE);
    assert_int_equal(decoded.events[0].stack, decoded.events[1].stack);
    expect_frames(&decoded, 2, other, OTHER);
    struct stack unknown = stacks_at(decoder_stacks(decoded.decoder), decoded.events[3].stack);
    assert_null(unknown.frames);
    assert_int_equal(decoder_info(decoded.decoder)->stacks.ids_defined, 2);
    decoded_release(&decoded);
}

static void one_key_may_be_the_kernels_and_the_users(void **state)
{
    (void)state;
    struct etl *etl = new_trace(1);
    const uint64_t key = 0x4242;
    alloc(etl, 10 * US);
    etl_stack_key(etl, 11 * US, ETL_KEY_KERNEL, 10 * US, key);
    etl_stack_key(etl, 11 * US, ETL_KEY_USER, 10 * US, key);
    alloc(etl, 12 * US);
    etl_stack_key(etl, 13 * US, ETL_KEY_KERNEL, 12 * US, key);
    etl_stack_definition(etl, 14 * US, ETL_STACK_CREATE, key, kernel, KERNEL_FRAMES);
    etl_stack_definition(etl, 15 * US, ETL_STACK_CREATE, key, one, ONE);
    struct decoded decoded = finish(etl);
    expect_frames(&decoded, 0, one, ONE);
    expect_frames(&decoded, 1, kernel, KERNEL_FRAMES);
    decoded_release(&decoded);
}

static void frames_of_32_bits_are_read_under_every_header(void **state)
{
    (void)state;
    static const uint8_t headers[] = { HEADER_SYSTEM32, HEADER_FULL32, HEADER_COMPACT32 };
    static const uint64_t narrow[] = { 0x77001000, 0x00401000 };
    for (size_t i = 0; i < sizeof headers; i++) {
        struct etl *etl = new_trace(1);
        etl_under(etl, headers[i]);
        alloc(etl, 10 * US);
        etl_stack_walk(etl, 11 * US, 10 * US, narrow, 2);
        struct decoded decoded = finish(etl);
        expect_frames(&decoded, 0, narrow, 2);
        decoded_release(&decoded);
    }
}

static void events_of_equal_stamps_get_their_stacks_newest_first(void **state)
{
    (void)state;
    struct etl *etl = new_trace(1);
    alloc(etl, 10 * US);
    etl_stack_walk(etl, 10 * US, 10 * US, one, ONE);
    alloc(etl, 10 * US);
    alloc(etl, 10 * US);
    etl_stack_walk(etl, 10 * US, 10 * US, other, OTHER);
    struct decoded decoded = finish(etl);
    expect_frames(&decoded, 0, one, ONE);
    expect_none(&decoded, 1);
    expect_frames(&decoded, 2, other, OTHER);
    decoded_release(&decoded);
}

static void a_trace_without_stacks_waits_for_none_until_one_comes(void **state)
{
    (void)state;
    enum { BEFORE = 40000, AFTER = 3000 };
    struct etl *etl = new_trace(1);
    for (unsigned i = 0; i < BEFORE; i++)
        alloc(etl, (10 + i) * US);
    for (unsigned i = 0; i < AFTER; i++) {
        alloc(etl, (BEFORE + 10 + 2 * i) * US);
        etl_stack_walk(etl, (BEFORE + 11 + 2 * i) * US, (BEFORE + 10 + 2 * i) * US, one, ONE);
    }
    struct decoded decoded = finish(etl);
    assert_int_equal(decoded.count, BEFORE + AFTER);
    expect_none(&decoded, 0);
    expect_none(&decoded, BEFORE - 1);
    for (size_t i = BEFORE + 1; i < decoded.count; i++) /* the first is there before any stack */
        expect_frames(&decoded, i, one, ONE);
    decoded_release(&decoded);
}

static void what_is_cut_or_odd_is_counted_and_not_trusted(void **state)
{
    (void)state;
    struct etl_event event = { .header = HEADER_PERFINFO64, .group = ETL_GROUP_STACK_WALK };
    static const struct {
        uint8_t opcode;
        size_t size; /* of a payload that makes sense, with one frame if it may have one */
    } cases[] = { { 32, 24 }, { 34, 16 }, { 35, 16 }, { 36, 16 }, { 37, 24 }, { 38, 24 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct etl *etl = new_trace(1);
        uint8_t payload[24] = { 0 };
        uint64_t bad = 0;
        event.opcode = cases[i].opcode;
        event.payload = payload;
        for (size_t size = 0; size < cases[i].size; size++) {
            event.payload_size = size;
            event.ticks = etl_ticks(etl, 10 * US);
            etl_put(etl, &event);
            bool has_no_frame = cases[i].opcode < 37 && size == cases[i].size - 8;
            bad += !has_no_frame;
        }
        size_t size;
        uint8_t *trace = etl_finish(etl, &size);
        struct decoded decoded = decode(trace, size);
        assert_int_equal(decoded_anomaly(&decoded, ANOMALY_payload_undecodable), bad);
        decoded_release(&decoded);
        free(trace);
        etl_builder_free(etl);
    }
}

static void a_stack_too_deep_is_dropped_and_counted(void **state)
{
    (void)state;
    static uint64_t frames[STACK_FRAMES_MAX + 1];
    for (size_t i = 0; i <= STACK_FRAMES_MAX; i++)
        frames[i] = 0x1000 + i;
    struct etl *etl = new_trace(1);
    alloc(etl, 10 * US);
    etl_stack_walk(etl, 11 * US, 10 * US, frames, STACK_FRAMES_MAX);
    alloc(etl, 12 * US);
    etl_stack_walk(etl, 13 * US, 12 * US, frames, STACK_FRAMES_MAX + 1);
    alloc(etl, 14 * US);
    etl_stack_key(etl, 15 * US, ETL_KEY_USER, 14 * US, 1);
    etl_stack_definition(etl, 16 * US, ETL_STACK_CREATE, 1, frames, STACK_FRAMES_MAX + 1);
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    struct decoded decoded = decode(trace, size);
    expect_frames(&decoded, 0, frames, STACK_FRAMES_MAX);
    expect_none(&decoded, 1);
    assert_null(stacks_at(decoder_stacks(decoded.decoder), decoded.events[2].stack).frames);
    assert_int_equal(decoded_anomaly(&decoded, ANOMALY_stack_dropped), 2);
    decoded_release(&decoded);
    free(trace);
    etl_builder_free(etl);
}

static void a_module_in_the_place_of_another_parts_equal_frames(void **state)
{
    (void)state;
    struct etl *etl = new_trace(1);
    const struct etl_image first = { 0x7ff000000000, 0x10000, "\\a\\first.dll", 0, 0, 0 };
    const struct etl_image elsewhere = { 0x7ff100000000, 0x10000, "\\a\\more.dll", 0, 0, 0 };
    const struct etl_image second = { 0x7ff000000000, 0x10000, "\\a\\second.dll", 0, 0, 0 };
    etl_image(etl, 1 * US, ETL_IMAGE_LOAD, &first);
    uint64_t time_ns = 10 * US;
    for (int i = 0; i < 5; i++, time_ns += 10 * US) {
        alloc(etl, time_ns);
        etl_stack_walk(etl, time_ns + US, time_ns, one, ONE);
        if (i == 0)
            etl_image(etl, time_ns + 2 * US, ETL_IMAGE_LOAD, &elsewhere);
        if (i == 1 || i == 3)
            etl_image(etl, time_ns + 2 * US, ETL_IMAGE_UNLOAD, &first);
        if (i == 2)
            etl_image(etl, time_ns + 2 * US, ETL_IMAGE_LOAD, &first);
        if (i == 3)
            etl_image(etl, time_ns + 3 * US, ETL_IMAGE_LOAD, &second);
    }
    struct decoded decoded = finish(etl);
    for (size_t i = 0; i < 5; i++)
        expect_frames(&decoded, i, one, ONE);
    for (size_t i = 1; i < 4; i++)
        assert_int_equal(decoded.events[i].stack, decoded.events[0].stack);
    assert_int_not_equal(decoded.events[4].stack, decoded.events[0].stack);
    const struct images *images = decoder_images(decoded.decoder);
    struct stack early = stacks_at(decoder_stacks(decoded.decoder), decoded.events[0].stack);
    struct stack late = stacks_at(decoder_stacks(decoded.decoder), decoded.events[4].stack);
    size_t of_early = images_find(images, early.process, one[0], early.first_ns);
    size_t of_late = images_find(images, late.process, one[0], late.first_ns);
    assert_string_equal(images_at(images, of_early)->path, "\\a\\first.dll");
    assert_string_equal(images_at(images, of_late)->path, "\\a\\second.dll");
    decoded_release(&decoded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stack_finds_its_event),
        cmocka_unit_test(equal_stacks_have_one_id),
        cmocka_unit_test(only_time_thread_and_process_together_name_an_event),
        cmocka_unit_test(a_stack_may_come_late_in_the_buffer_of_another_cpu),
        cmocka_unit_test(a_stack_past_the_window_is_counted_as_late),
        cmocka_unit_test(the_users_part_counts_before_the_kernels),
        cmocka_unit_test(a_key_is_resolved_by_its_next_definition),
        cmocka_unit_test(one_key_may_be_the_kernels_and_the_users),
        cmocka_unit_test(frames_of_32_bits_are_read_under_every_header),
        cmocka_unit_test(events_of_equal_stamps_get_their_stacks_newest_first),
        cmocka_unit_test(a_trace_without_stacks_waits_for_none_until_one_comes),
        cmocka_unit_test(what_is_cut_or_odd_is_counted_and_not_trusted),
        cmocka_unit_test(a_stack_too_deep_is_dropped_and_counted),
        cmocka_unit_test(a_module_in_the_place_of_another_parts_equal_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
