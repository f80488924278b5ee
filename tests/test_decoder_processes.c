/* Processes in whole traces: ids that come back, names that come late, events after the end. */
#include "tests/decoded.h"
#include "tests/etl_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HEAP = 0x10000, PID = 100, LOGGER = 4 };

static struct decoded finish_and_decode(struct etl *etl)
{
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    struct decoded decoded = decode(trace, size);
    free(trace);
    etl_builder_free(etl);
    decoded_expect_clean(&decoded);
    return decoded;
}

/* An event of a heap of `pid`. */
static void act(struct etl *etl, uint64_t time_ns, uint32_t pid)
{
    etl_as(etl, 0, pid, 1);
    etl_alloc(etl, time_ns, HEAP, 0x20000, 16, ETL_MAINPATH);
}

static const struct process *process_at(const struct decoded *decoded, size_t index)
{
    const struct processes *processes = decoder_processes(decoded->decoder);
    assert_true(index < processes->count);
    return &processes->list[index];
}

/* The kinds of all events and the index of their process: "alloc 0, process_end 0, alloc 1". */
static void expect_story(const struct decoded *decoded, const char *story)
{
    char told[512] = "";
    for (size_t i = 0; i < decoded->count; i++) {
        size_t length = strlen(told);
        snprintf(told + length, sizeof told - length, "%s%s %u", i ? ", " : "",
                 event_kind_names[decoded->events[i].kind], decoded->events[i].process);
    }
    assert_string_equal(told, story);
}

static void a_process_is_known_by_its_first_event(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    act(etl, 1 * US, 300);
    act(etl, 2 * US, 200);
    act(etl, 3 * US, 300);
    struct decoded decoded = finish_and_decode(etl);
    expect_story(&decoded, "alloc 0, alloc 1, alloc 0");
    assert_int_equal(decoder_processes(decoded.decoder)->count, 2);
    const struct process *first = process_at(&decoded, 0);
    assert_int_equal(first->pid, 300);
    assert_int_equal(first->parent_pid, 0);
    assert_true(first->start_ns == PROCESS_TIME_UNKNOWN);
    assert_true(first->end_ns == PROCESS_TIME_UNKNOWN);
    assert_null(first->image);
    assert_null(first->command_line);
    decoded_release(&decoded);
}

static void start_and_end_bound_a_process(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_process(etl, 1 * US, ETL_PROCESS_START, PID, LOGGER, "a.exe", "a.exe -x");
    act(etl, 2 * US, PID);
    etl_process(etl, 3 * US, ETL_PROCESS_END, PID, LOGGER, "a.exe", "a.exe -x");
    struct decoded decoded = finish_and_decode(etl);
    expect_story(&decoded, "alloc 0, process_end 0");
    assert_int_equal(decoded.events[1].time_ns, 3 * US);
    const struct process *process = process_at(&decoded, 0);
    assert_int_equal(process->parent_pid, LOGGER);
    assert_int_equal(process->start_ns, 1 * US);
    assert_int_equal(process->end_ns, 3 * US);
    assert_string_equal(process->image, "a.exe");
    assert_string_equal(process->command_line, "a.exe -x");
    decoded_release(&decoded);
}

static void an_id_that_starts_again_is_another_process(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    act(etl, 1 * US, PID);
    etl_process(etl, 2 * US, ETL_PROCESS_START, PID, LOGGER, "b.exe", "b");
    act(etl, 3 * US, PID);
    etl_process(etl, 4 * US, ETL_PROCESS_START, PID, LOGGER, "c.exe", "c");
    act(etl, 5 * US, PID);
    struct decoded decoded = finish_and_decode(etl);
    expect_story(&decoded, "alloc 0, process_end 0, alloc 1, process_end 1, alloc 2");
    assert_null(process_at(&decoded, 0)->image);
    assert_string_equal(process_at(&decoded, 1)->image, "b.exe");
    assert_int_equal(process_at(&decoded, 1)->start_ns, 2 * US);
    assert_string_equal(process_at(&decoded, 2)->image, "c.exe");
    decoded_release(&decoded);
}

static void events_after_the_end_begin_another_process(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    act(etl, 1 * US, PID);
    etl_process(etl, 2 * US, ETL_PROCESS_END, PID, LOGGER, "a.exe", "a");
    act(etl, 3 * US, PID);
    struct decoded decoded = finish_and_decode(etl);
    expect_story(&decoded, "alloc 0, process_end 0, alloc 1");
    assert_int_equal(process_at(&decoded, 0)->end_ns, 2 * US);
    assert_string_equal(process_at(&decoded, 0)->image, "a.exe");
    assert_int_equal(process_at(&decoded, 1)->pid, PID);
    assert_true(process_at(&decoded, 1)->start_ns == PROCESS_TIME_UNKNOWN);
    assert_true(process_at(&decoded, 1)->end_ns == PROCESS_TIME_UNKNOWN);
    decoded_release(&decoded);
}

static void a_rundown_at_the_end_names_what_has_no_name(void **state)
{
    (void)state;
    static const enum etl_process rundowns[] = { ETL_PROCESS_DCSTART, ETL_PROCESS_DCEND,
                                                 ETL_PROCESS_DEFUNCT };
    for (size_t i = 0; i < 3; i++) {
        struct etl *etl = etl_builder_new(NULL);
        act(etl, 1 * US, PID);
        etl_process(etl, 2 * US, rundowns[i], PID, LOGGER, "late.exe", "late.exe /q");
        act(etl, 3 * US, PID);
        struct decoded decoded = finish_and_decode(etl);
        expect_story(&decoded, "alloc 0, alloc 0");
        assert_string_equal(process_at(&decoded, 0)->image, "late.exe");
        assert_string_equal(process_at(&decoded, 0)->command_line, "late.exe /q");
        assert_true(process_at(&decoded, 0)->start_ns == PROCESS_TIME_UNKNOWN);
        decoded_release(&decoded);
    }
}

static void the_process_is_that_of_the_payload(void **state)
{
    (void)state;
    static const uint8_t headers[] = { HEADER_SYSTEM32,  HEADER_SYSTEM64,   HEADER_COMPACT32,
                                       HEADER_COMPACT64, HEADER_PERFINFO32, HEADER_PERFINFO64,
                                       HEADER_FULL32,    HEADER_FULL64 };
    for (size_t i = 0; i < sizeof headers; i++) {
        struct etl *etl = etl_builder_new(NULL);
        etl_as(etl, 0, LOGGER, 1); /* a service that knows of others logs it */
        etl_under(etl, headers[i]);
        etl_process(etl, 1 * US, ETL_PROCESS_DCSTART, PID, 7, "a.exe", "a");
        etl_under(etl, HEADER_SYSTEM64);
        act(etl, 2 * US, PID);
        struct decoded decoded = finish_and_decode(etl);
        expect_story(&decoded, "alloc 0");
        assert_int_equal(process_at(&decoded, 0)->pid, PID);
        assert_int_equal(process_at(&decoded, 0)->parent_pid, 7);
        assert_string_equal(process_at(&decoded, 0)->image, "a.exe");
        decoded_release(&decoded);
    }
}

/* A payload of an older version, 64-bit. */
struct older_payload {
    uint8_t bytes[128];
    size_t size;
};

static void add(struct older_payload *payload, uint64_t value, size_t width)
{
    etl_poke(payload->bytes + payload->size, value, width);
    payload->size += width;
}

/*
 * PerfView ProcessTraceData: 0 has pid and parent as pointers, 1 a page directory in front, 2 a key
 * instead and the command line, 3 a directory table, 4 flags.
 */
static struct older_payload make_older(uint8_t version)
{
    struct older_payload payload = { .size = 0 };
    if (version > 0)
        add(&payload, 0x1234, 8);
    add(&payload, PID, version == 0 ? 8 : 4);
    add(&payload, 77, version == 0 ? 8 : 4);
    if (version > 0)
        add(&payload, 1, 8); /* session and exit status */
    if (version >= 3)
        add(&payload, 0x1ad000, 8);
    if (version >= 4)
        add(&payload, 0, 4);
    add(&payload, 0, 4); /* no SID */
    for (const char *at = "old.exe"; *at; at++)
        add(&payload, (uint8_t)*at, 1);
    add(&payload, 0, 1);
    if (version < 2)
        return payload;
    for (const char *at = "old -x"; *at; at++)
        add(&payload, (uint8_t)*at, 2);
    add(&payload, 0, version >= 4 ? 6 : 2);
    return payload;
}

static void every_version_of_a_process_event_is_read(void **state)
{
    (void)state;
    for (uint8_t version = 0; version <= 4; version++) {
        struct etl *etl = etl_builder_new(NULL);
        struct older_payload payload = make_older(version);
        etl_put(etl, &(struct etl_event){ .header = HEADER_SYSTEM64,
                                          .group = ETL_GROUP_PROCESS,
                                          .opcode = ETL_PROCESS_START,
                                          .version = version,
                                          .ticks = etl_ticks(etl, US),
                                          .pid = LOGGER,
                                          .payload = payload.bytes,
                                          .payload_size = payload.size });
        act(etl, 2 * US, PID);
        struct decoded decoded = finish_and_decode(etl);
        expect_story(&decoded, "alloc 0");
        assert_int_equal(process_at(&decoded, 0)->pid, PID);
        assert_int_equal(process_at(&decoded, 0)->parent_pid, 77);
        assert_string_equal(process_at(&decoded, 0)->image, "old.exe");
        if (version >= 2)
            assert_string_equal(process_at(&decoded, 0)->command_line, "old -x");
        decoded_release(&decoded);
    }
}

static void names_become_utf_8(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_process(etl, 1 * US, ETL_PROCESS_START, PID, 7, "caf\xe9.exe", "caf\xe9");
    etl_process(etl, 1 * US, ETL_PROCESS_START, PID + 1, 7, "caf\xc3\xa9.exe", "");
    struct decoded decoded = finish_and_decode(etl);
    assert_string_equal(process_at(&decoded, 0)->image, "caf\xc3\xa9.exe");
    assert_string_equal(process_at(&decoded, 0)->command_line, "caf\xc3\xa9");
    assert_string_equal(process_at(&decoded, 1)->image, "caf\xc3\xa9.exe");
    decoded_release(&decoded);
}

static void a_thousand_processes_come_and_go(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    struct etl *etl = etl_builder_new(NULL);
    for (uint32_t i = 0; i < COUNT; i++) {
        act(etl, (10 * i + 1) * US, PID + i % 7);
        etl_process(etl, (10 * i + 2) * US, ETL_PROCESS_END, PID + i % 7, 7, "a.exe", "a");
    }
    struct decoded decoded = finish_and_decode(etl);
    assert_int_equal(decoder_processes(decoded.decoder)->count, COUNT);
    assert_int_equal(decoded.count, 2 * COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(decoded.events[2 * i].process, i);
        assert_int_equal(decoded.events[2 * i + 1].kind, EVENT_process_end);
        assert_int_equal(decoded.events[2 * i + 1].process, i);
    }
    decoded_release(&decoded);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_is_known_by_its_first_event),
        cmocka_unit_test(start_and_end_bound_a_process),
        cmocka_unit_test(an_id_that_starts_again_is_another_process),
        cmocka_unit_test(events_after_the_end_begin_another_process),
        cmocka_unit_test(a_rundown_at_the_end_names_what_has_no_name),
        cmocka_unit_test(the_process_is_that_of_the_payload),
        cmocka_unit_test(every_version_of_a_process_event_is_read),
        cmocka_unit_test(names_become_utf_8),
        cmocka_unit_test(a_thousand_processes_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
