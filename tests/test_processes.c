/* Tests of decoder/processes.h: who a process id is at which time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder/processes.h"

#include <string.h>

static struct processes processes;
static struct error err;

static int set_up(void **state)
{
    (void)state;
    err = (struct error){ 0 };
    return processes_init(&processes, &err) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    processes_release(&processes);
    return 0;
}

static uint32_t find(uint32_t pid)
{
    uint32_t index = PROCESS_NONE;
    assert_true(processes_find(&processes, pid, &index, &err));
    assert_int_equal(processes.list[index].pid, pid);
    return index;
}

/* Gives who ended by it. */
static uint32_t start(uint32_t pid, const char *image, uint64_t time_ns)
{
    uint32_t ended;
    struct process_facts facts = { pid, 4, image, "" };
    assert_true(processes_start(&processes, &facts, time_ns, &ended, &err));
    return ended;
}

static uint32_t end(uint32_t pid, const char *image, uint64_t time_ns)
{
    uint32_t ended;
    struct process_facts facts = { pid, 4, image, "" };
    assert_true(processes_end(&processes, &facts, time_ns, &ended, &err));
    return ended;
}

static void describe(uint32_t pid, const char *image, const char *command_line)
{
    struct process_facts facts = { pid, 4, image, command_line };
    assert_true(processes_describe(&processes, &facts, &err));
}

static void a_process_seen_first_by_an_event_has_no_start(void **state)
{
    (void)state;
    uint32_t index = find(100);
    assert_int_equal(find(100), index);
    assert_int_equal(processes.count, 1);
    assert_true(processes.list[index].start_ns == PROCESS_TIME_UNKNOWN);
    assert_true(processes.list[index].end_ns == PROCESS_TIME_UNKNOWN);
    assert_null(processes.list[index].image);
    assert_null(processes.list[index].command_line);
}

static void a_started_process_has_a_start_and_a_name(void **state)
{
    (void)state;
    assert_int_equal(start(100, "a.exe", 50), PROCESS_NONE);
    uint32_t index = find(100);
    assert_int_equal(processes.count, 1);
    assert_int_equal(processes.list[index].start_ns, 50);
    assert_int_equal(processes.list[index].parent_pid, 4);
    assert_string_equal(processes.list[index].image, "a.exe");
}

static void a_start_ends_whoever_had_the_id(void **state)
{
    (void)state;
    uint32_t first = find(100);
    assert_int_equal(start(100, "b.exe", 70), first);
    uint32_t second = find(100);
    assert_int_not_equal(second, first);
    assert_int_equal(processes.list[first].end_ns, 70);
    assert_int_equal(start(100, "c.exe", 90), second);
    assert_int_equal(processes.count, 3);
}

static void a_start_after_an_end_ends_nobody(void **state)
{
    (void)state;
    uint32_t first = find(100);
    assert_int_equal(end(100, "", 60), first);
    assert_int_equal(start(100, "b.exe", 70), PROCESS_NONE);
    assert_int_equal(processes.list[first].end_ns, 60);
    assert_int_not_equal(find(100), first);
}

static void an_event_after_the_end_is_of_a_new_process(void **state)
{
    (void)state;
    start(100, "a.exe", 10);
    uint32_t first = find(100);
    assert_int_equal(end(100, "a.exe", 60), first);
    uint32_t second = find(100);
    assert_int_not_equal(second, first);
    assert_true(processes.list[second].start_ns == PROCESS_TIME_UNKNOWN);
    assert_null(processes.list[second].image);
    assert_int_equal(find(100), second);
}

static void a_name_that_comes_late_fills_in_what_is_missing(void **state)
{
    (void)state;
    uint32_t index = find(100);
    describe(100, "late.exe", "");
    describe(100, "later.exe", "late.exe -x");
    describe(100, "latest.exe", "latest.exe");
    assert_int_equal(processes.count, 1);
    assert_string_equal(processes.list[index].image, "late.exe");
    assert_string_equal(processes.list[index].command_line, "late.exe -x");
    assert_true(processes.list[index].start_ns == PROCESS_TIME_UNKNOWN);
}

static void an_end_names_a_process_nobody_saw(void **state)
{
    (void)state;
    uint32_t index = end(100, "gone.exe", 5);
    assert_int_equal(index, 0);
    assert_string_equal(processes.list[index].image, "gone.exe");
    assert_int_equal(processes.list[index].end_ns, 5);
}

static void ids_that_share_a_slot_stay_apart(void **state)
{
    (void)state;
    enum { COUNT = 20000, STEP = 256 };
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(find(i * STEP), i);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(find(i * STEP), i);
    assert_int_equal(processes.count, COUNT);
}

static void too_many_processes_are_an_error_with_a_sentence(void **state)
{
    (void)state;
    uint32_t ended;
    struct process_facts facts = { 100, 4, "", "" };
    for (uint32_t i = 0; i < PROCESSES_MAX; i++)
        assert_true(processes_start(&processes, &facts, i, &ended, &err));
    assert_false(processes_start(&processes, &facts, PROCESSES_MAX, &ended, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_non_null(strstr(err.message, "1048576"));
    assert_int_equal(processes.count, PROCESSES_MAX);
}

#define PROCESS_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROCESS_TEST(a_process_seen_first_by_an_event_has_no_start),
        PROCESS_TEST(a_started_process_has_a_start_and_a_name),
        PROCESS_TEST(a_start_ends_whoever_had_the_id),
        PROCESS_TEST(a_start_after_an_end_ends_nobody),
        PROCESS_TEST(an_event_after_the_end_is_of_a_new_process),
        PROCESS_TEST(a_name_that_comes_late_fills_in_what_is_missing),
        PROCESS_TEST(an_end_names_a_process_nobody_saw),
        PROCESS_TEST(ids_that_share_a_slot_stay_apart),
        PROCESS_TEST(too_many_processes_are_an_error_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
