/* heapfrag record --stacks: the stacks that data/record/exercise_stacks.c knows of are told. */
#include "tests/recorded_stacks.h"
#include "tests/recorded_trace.h"
#include "tests/recording_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void record(struct recording_run *s, const char *option, const char *program,
                   const char *mode)
{
    char *arguments[] = { s->heapfrag,
                          "record",
                          "-o",
                          s->trace,
                          (char *)(uintptr_t)option,
                          "--",
                          (char *)(uintptr_t)program,
                          s->list,
                          (char *)(uintptr_t)mode,
                          NULL };
    assert_int_equal(recording_exit_status(s, arguments), 0);
    assert_true(recording_report_says(s, "exited with status 0") ||
                recording_report_says(s, "killed by signal 9"));
}

static void check_undamaged(const struct recording_run *s)
{
    struct recorded_trace trace = recorded_trace_read(s->trace);
    assert_recorded_undamaged(&trace);
    recorded_trace_replay(&trace);
    recorded_trace_close(&trace);
}

/* Records `mode`, of which `lines` calls are listed. */
static struct recorded_stacks check(void **state, const char *mode, size_t lines)
{
    struct recording_run *s = *state;
    record(s, "--stacks", s->exercise_stacks, mode);
    check_undamaged(s);
    struct recorded_stacks recorded = recorded_stacks_read(s->trace);
    assert_each_call_has_its_stack(&recorded);
    assert_int_equal(recorded_stacks_compare(&recorded, s->list), lines);
    return recorded;
}

static void check_and_free(void **state, const char *mode, size_t lines)
{
    struct recorded_stacks recorded = check(state, mode, lines);
    recorded_stacks_free(&recorded);
}

static void names_the_callers_of_every_function_of_the_family(void **state)
{
    check_and_free(state, "calls", 5);
}

static void stops_at_the_limit(void **state)
{
    check_and_free(state, "recursion", 1);
}

static void goes_on_in_a_forked_child(void **state)
{
    check_and_free(state, "fork", 1);
}

static void threads_that_fork_do_not_hang(void **state)
{
    check_and_free(state, "threads", 4);
}

static void goes_through_signal_handlers_on_either_stack(void **state)
{
    check_and_free(state, "signals", 2);
}

static void survives_frame_pointers_that_lead_nowhere(void **state)
{
    check_and_free(state, "damage", 1);
}

static bool ends_with(const uint16_t *text, const char *end)
{
    size_t size = strlen(end), length = 0;
    while (text[length])
        length++;
    if (length < size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (text[length - size + i] != (unsigned char)end[i])
            return false;
    return true;
}

/* How often `hook` tells of the image at `base`; of loads, only those named `name`. */
static size_t count_image(const struct recorded_stacks *recorded, uint16_t hook, uint64_t base,
                          const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < recorded->count; i++) {
        const struct told *told = &recorded->events[i];
        if (told->hook != hook)
            continue;
        const struct image_payload *image = (const void *)(told->event + 1);
        count += image->base == base && ends_with((const uint16_t *)(image + 1), name);
    }
    return count;
}

static uint64_t base_of(const struct recorded_stacks *recorded, const char *name)
{
    for (size_t i = 0; i < recorded->count; i++) {
        const struct image_payload *image = (const void *)(recorded->events[i].event + 1);
        if (recorded->events[i].hook == HOOK_IMAGE_LOAD &&
            ends_with((const uint16_t *)(image + 1), name))
            return image->base;
    }
    fail_msg("there is no image '%s'", name);
    return 0;
}

/* That the frames lie in the images of their time is compared with the list. */
static void follows_plugins_that_come_and_go(void **state)
{
    struct recorded_stacks recorded = check(state, "plugins", 3);
    uint64_t one = base_of(&recorded, "/libstack_plugin_one.so");
    uint64_t two = base_of(&recorded, "/libstack_plugin_two.so");
    assert_int_equal(count_image(&recorded, HOOK_IMAGE_LOAD, one, "/libstack_plugin_one.so"), 2);
    assert_int_equal(count_image(&recorded, HOOK_IMAGE_LOAD, two, "/libstack_plugin_two.so"), 1);
    assert_int_equal(one, two);
    assert_int_equal(count_image(&recorded, HOOK_IMAGE_UNLOAD, one, ""), 3);
    recorded_stacks_free(&recorded);
}

/* Whether the file at `path` holds the bytes. */
static bool file_holds(const char *path, const void *bytes, size_t size)
{
    enum { FILE_MAX = 1 << 22 };
    char *content = malloc(FILE_MAX);
    FILE *file = fopen(path, "rb");
    assert_true(content && file);
    size_t got = fread(content, 1, FILE_MAX, file);
    bool holds = false;
    for (size_t at = 0; at + size <= got && !holds; at++)
        holds = memcmp(content + at, bytes, size) == 0;
    fclose(file);
    free(content);
    return holds;
}

static void tells_the_build_id_of_an_image(void **state)
{
    struct recording_run *s = *state;
    struct recorded_stacks recorded = check(state, "calls", 5);
    uint64_t base = base_of(&recorded, "/record_exercise_stacks");
    bool is_found = false;
    for (size_t i = 0; i < recorded.count; i++) {
        const struct identity_event *identity = recorded.events[i].identity;
        if (recorded.events[i].hook != 0 || identity->base != base)
            continue;
        assert_string_equal(identity->name, "record_exercise_stacks");
        assert_int_equal(identity->image_process, identity->process);
        assert_true(file_holds(s->exercise_stacks, identity->id, sizeof identity->id));
        is_found = true;
    }
    assert_true(is_found);
    recorded_stacks_free(&recorded);
}

static void the_limit_can_be_chosen(void **state)
{
    static const struct {
        const char *option;
        size_t most;
    } cases[] = { { "--stacks=1", 1 }, { "--stacks=3", 3 }, { "--stacks=192", 192 } };
    struct recording_run *s = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t most = 0;
        record(s, cases[i].option, s->exercise_stacks, "recursion");
        struct recorded_stacks recorded = recorded_stacks_read(s->trace);
        assert_each_call_has_its_stack(&recorded);
        for (size_t at = 0; at < recorded.count; at++)
            if (recorded.events[at].hook == HOOK_STACK_WALK &&
                recorded_stacks_depth(recorded.events[at].stack) > most)
                most = recorded_stacks_depth(recorded.events[at].stack);
        assert_int_equal(most, cases[i].most);
        recorded_stacks_free(&recorded);
    }
}

static void refuses_limits_that_make_no_sense(void **state)
{
    static const char *const options[] = { "--stacks=",    "--stacks=0",
                                           "--stacks=193", "--stacks=-1",
                                           "--stacks=3x",  "--stacks=99999999999999999999" };
    struct recording_run *s = *state;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char *arguments[] = { s->heapfrag, "record", (char *)(uintptr_t)options[i], "true", NULL };
        assert_int_equal(recording_exit_status(s, arguments), 2);
        assert_true(recording_report_says(s, "1 to 192 frames"));
    }
}

static void without_the_option_there_are_none(void **state)
{
    struct recording_run *s = *state;
    char *arguments[] = { s->heapfrag,        "record", "-o",      s->trace, "--",
                          s->exercise_stacks, s->list,  "plugins", NULL };
    assert_int_equal(recording_exit_status(s, arguments), 0);
    struct recorded_stacks recorded = recorded_stacks_read(s->trace);
    assert_int_equal(recorded_stacks_count(&recorded, HOOK_STACK_WALK), 0);
    assert_int_equal(recorded_stacks_count(&recorded, HOOK_IMAGE_UNLOAD), 0);
    assert_int_equal(recorded_stacks_count(&recorded, 0), 0);
    recorded_stacks_free(&recorded);
}

/* What the recorder promises without stacks holds with them. */
static void keeps_what_is_promised_without_stacks(void **state)
{
    static const struct {
        const char *mode;
        size_t runs;
    } cases[] = {
        { "family", 1 }, { "fork", 2 },        { "exec", 1 },   { "vfork", 3 },
        { "atexit", 1 }, { "thread-exit", 1 }, { "closed", 1 }, { "killed", 1 },
    };
    struct recording_run *s = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        remove(s->list);
        record(s, "--stacks", s->exercise, cases[i].mode);
        struct recorded_trace trace = recorded_trace_read(s->trace);
        assert_recorded_undamaged(&trace);
        assert_int_equal(recorded_trace_compare(&trace, s->list), cases[i].runs);
        recorded_trace_close(&trace);
        struct recorded_stacks recorded = recorded_stacks_read(s->trace);
        assert_each_call_has_its_stack(&recorded);
        recorded_stacks_free(&recorded);
    }
}

static void threads_at_work_and_files_that_are_full_do_no_harm(void **state)
{
    struct recording_run *s = *state;
    record(s, "--stacks", s->exercise, "hammer");
    check_undamaged(s);
    record(s, "--stacks", s->exercise, "fork-among-threads");
    check_undamaged(s);
    record(s, "--stacks", s->exercise, "limited");
    assert_true(recording_report_says(s, "events could not be written"));
}

int main(void)
{
#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, recording_set_up, recording_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(names_the_callers_of_every_function_of_the_family),
        TEST(stops_at_the_limit),
        TEST(goes_on_in_a_forked_child),
        TEST(threads_that_fork_do_not_hang),
        TEST(goes_through_signal_handlers_on_either_stack),
        TEST(survives_frame_pointers_that_lead_nowhere),
        TEST(follows_plugins_that_come_and_go),
        TEST(tells_the_build_id_of_an_image),
        TEST(the_limit_can_be_chosen),
        TEST(refuses_limits_that_make_no_sense),
        TEST(without_the_option_there_are_none),
        TEST(keeps_what_is_promised_without_stacks),
        TEST(threads_at_work_and_files_that_are_full_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
