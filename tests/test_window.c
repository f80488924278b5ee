/* A trace that is read once: as good as a copy, as long as what comes late comes within the window.
 */
#include "decoder/intake.h"
#include "decoder/window.h"
#include "tests/decoded.h"
#include "tests/etl_builder.h"
#include "tests/temporary_folder.h"
#include "tests/trace_random.h"

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { HEAP = 0x10000, PATH_SIZE = 256, WIDE = 1 << 20 };

/* What is behind the last field is padding. */
enum { EVENT_FIELDS_BYTES = offsetof(struct event, stack) + sizeof(uint32_t) };

struct trace {
    uint8_t *bytes;
    size_t size;
};

/* ---- what comes only once ---- */

/* Gzip of the trace. */
static void put_gzip(const struct trace *trace, const char *folder, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/trace.gz", folder);
    struct archive *archive = archive_write_new();
    assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_add_filter_gzip(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_set_filter_option(archive, "gzip", "compression-level", "1"),
                     ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(archive, trace->bytes, trace->size), trace->size);
    archive_entry_free(entry);
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
}

/* A child that writes the trace into a pipe, in pieces of odd sizes. */
static pid_t start_pipe(const struct trace *trace, char path[PATH_SIZE], int *end)
{
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(pipes[0]);
        for (size_t at = 0, step; at < trace->size; at += step) {
            step = at % 7001 + 1;
            step = step < trace->size - at ? step : trace->size - at;
            if (write(pipes[1], trace->bytes + at, step) != (ssize_t)step)
                _exit(1);
        }
        _exit(0);
    }
    close(pipes[1]);
    *end = pipes[0];
    snprintf(path, PATH_SIZE, "/dev/fd/%d", pipes[0]);
    return child;
}

/* ---- reading it ---- */

struct once {
    struct intake *intake;
    struct decoder *decoder;
    struct event *events;
    size_t count;
    enum next end;
};

/* Reads all of it; times never go back. */
static struct once read_once(const char *path, size_t events_max)
{
    const struct intake_options options = { .no_spool = true, .window_bytes = WINDOW_BYTES_MIN };
    struct error err = { 0 };
    struct once once = { .intake = intake_open(path, &options, &err) };
    assert_non_null(once.intake);
    assert_true(intake_is_once(once.intake));
    assert_int_equal(intake_fill(once.intake, &err), INTAKE_READY);
    once.decoder = decoder_open_intake(once.intake, &err);
    assert_non_null(once.decoder);
    once.events = calloc(events_max + 1, sizeof *once.events);
    assert_non_null(once.events);
    struct event_batch batch;
    while ((once.end = decoder_next(once.decoder, &batch, &err)) == NEXT_BATCH) {
        for (size_t i = 0; i < batch.count; i++) {
            assert_true(once.count < events_max);
            once.events[once.count] = batch.events[i];
            if (once.count > 0)
                assert_true(once.events[once.count].time_ns >= once.events[once.count - 1].time_ns);
            once.count++;
        }
    }
    return once;
}

static void release(struct once *once)
{
    decoder_close(once->decoder);
    intake_close(once->intake);
    free(once->events);
}

static uint64_t late(const struct once *once)
{
    return decoder_anomalies(once->decoder)->count[ANOMALY_beyond_window];
}

static void expect_same(const struct once *once, const struct decoded *whole)
{
    assert_int_equal(once->end, NEXT_END);
    assert_int_equal(once->count, whole->count);
    for (size_t i = 0; i < whole->count; i++)
        assert_memory_equal(&once->events[i], &whole->events[i], EVENT_FIELDS_BYTES);
    const struct trace_info *a = decoder_info(once->decoder);
    const struct trace_info *b = decoder_info(whole->decoder);
    assert_int_equal(a->file_bytes, b->file_bytes);
    assert_int_equal(a->buffers, b->buffers);
    assert_int_equal(a->events, b->events);
    assert_int_equal(a->read_to_end, b->read_to_end);
    assert_int_equal(a->duration_ns, b->duration_ns);
    assert_memory_equal(decoder_anomalies(once->decoder), decoder_anomalies(whole->decoder),
                        sizeof(struct anomalies));
}

/* ---- tests ---- */

static struct trace random_trace(uint32_t seed)
{
    const struct trace_random_options options = { .seed = seed, .events = 3000 };
    struct trace_random random = trace_random_new(&options);
    struct etl *etl = etl_builder_new(NULL);
    struct trace trace;
    trace_random_write(&random, etl);
    trace.bytes = etl_finish(etl, &trace.size);
    etl_builder_free(etl);
    trace_random_release(&random);
    return trace;
}

static void a_pipe_read_once_gives_what_the_file_gives(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        struct trace trace = random_trace(seed);
        trace.size -= seed % 5 * 100; /* some are cut */
        struct decoded whole = decode(trace.bytes, trace.size);
        char path[PATH_SIZE];
        int end;
        pid_t child = start_pipe(&trace, path, &end);
        struct once once = read_once(path, whole.count);
        expect_same(&once, &whole);
        release(&once);
        close(end);
        assert_int_equal(waitpid(child, NULL, 0), child);
        decoded_release(&whole);
        free(trace.bytes);
    }
}

/* Two CPUs with one event a buffer; `buffers` of CPU 0 lie before that of CPU 1. */
static struct trace wide_trace(size_t buffers)
{
    struct etl_options options = etl_defaults();
    options.buffer_bytes = WIDE;
    options.cpu_count = 2;
    struct etl *etl = etl_builder_new(&options);
    for (size_t i = 0; i < buffers; i++) {
        etl_as(etl, 0, 100, 1);
        etl_alloc(etl, (10 + i) * US, HEAP, 0x20000 + 0x100 * i, 100, ETL_MAINPATH);
        etl_flush(etl, 0);
    }
    etl_as(etl, 1, 100, 2);
    etl_alloc(etl, 15 * US, HEAP, 0x10000, 100, ETL_MAINPATH);
    etl_alloc(etl, (10 + buffers) * US, HEAP, 0x11000, 100, ETL_MAINPATH);
    struct trace trace;
    trace.bytes = etl_finish(etl, &trace.size);
    etl_builder_free(etl);
    return trace;
}

static void what_comes_late_within_the_window_is_put_in_order(void **state)
{
    struct trace trace = wide_trace(10);
    struct decoded whole = decode(trace.bytes, trace.size);
    char path[PATH_SIZE];
    put_gzip(&trace, *state, path);
    struct once once = read_once(path, whole.count);
    expect_same(&once, &whole);
    assert_int_equal(once.events[6].cpu, 1);
    release(&once);
    decoded_release(&whole);
    free(trace.bytes);
}

static void what_comes_too_late_is_counted_and_none_of_it_is_lost(void **state)
{
    struct trace trace = wide_trace(80); /* the window is 34 buffers wide */
    struct decoded whole = decode(trace.bytes, trace.size);
    char path[PATH_SIZE];
    put_gzip(&trace, *state, path);
    struct once once = read_once(path, whole.count);
    assert_int_equal(once.end, NEXT_END);
    assert_int_equal(once.count, 82);
    assert_int_equal(late(&once), 1);
    assert_int_equal(once.events[once.count - 1].address, 0x11000);
    release(&once);
    decoded_release(&whole);
    free(trace.bytes);
}

/* CPU 0 is in the middle of a run of events when the next buffer of CPU 1 is found. */
static struct trace trace_with_a_late_buffer(void)
{
    enum { BUFFERS = 60, EVENTS = 300, LATE = 45 };
    struct etl_options options = etl_defaults();
    options.buffer_bytes = WIDE;
    options.cpu_count = 2;
    struct etl *etl = etl_builder_new(&options);
    etl_as(etl, 1, 100, 2);
    etl_alloc(etl, 1 * US, HEAP, 0x10000, 100, ETL_MAINPATH);
    etl_flush(etl, 1);
    for (size_t i = 0; i < BUFFERS * EVENTS; i++) {
        etl_as(etl, 0, 100, 1);
        etl_alloc(etl, (10 + i) * US, HEAP, 0x20000 + 0x100 * i, 100, ETL_MAINPATH);
        if ((i + 1) % EVENTS == 0)
            etl_flush(etl, 0);
        if (i + 1 != LATE * EVENTS)
            continue;
        etl_as(etl, 1, 100, 2);
        etl_alloc(etl, 2 * US, HEAP, 0x11000, 100, ETL_MAINPATH);
        etl_flush(etl, 1);
    }
    struct trace trace;
    trace.bytes = etl_finish(etl, &trace.size);
    etl_builder_free(etl);
    return trace;
}

static void what_a_woken_cpu_has_comes_before_what_is_later(void **state)
{
    struct trace trace = trace_with_a_late_buffer();
    struct decoded whole = decode(trace.bytes, trace.size);
    char path[PATH_SIZE];
    put_gzip(&trace, *state, path);
    struct once once = read_once(path, whole.count); /* which looks at the times */
    assert_int_equal(once.end, NEXT_END);
    assert_int_equal(once.count, whole.count);
    assert_int_equal(late(&once), 1);
    release(&once);
    decoded_release(&whole);
    free(trace.bytes);
}

static void a_circular_trace_read_once_says_that_it_is_not_in_order(void **state)
{
    struct etl_options options = etl_defaults();
    options.rotated = 2;
    struct etl *etl = etl_builder_new(&options);
    etl_as(etl, 0, 100, 1);
    for (size_t i = 0; i < 4; i++) {
        etl_alloc(etl, (10 + i) * US, HEAP, 0x20000 + 0x100 * i, 100, ETL_MAINPATH);
        etl_flush(etl, 0);
    }
    struct trace trace;
    trace.bytes = etl_finish(etl, &trace.size);
    etl_builder_free(etl);
    char path[PATH_SIZE];
    put_gzip(&trace, *state, path);
    struct once once = read_once(path, 4);
    assert_int_equal(once.end, NEXT_END);
    assert_int_equal(once.count, 4);
    assert_true(late(&once) > 0);
    release(&once);
    free(trace.bytes);
}

static void it_can_be_read_by_one_decoder_only(void **state)
{
    struct trace trace = wide_trace(80);
    char path[PATH_SIZE];
    put_gzip(&trace, *state, path);
    struct once once = read_once(path, 82);
    struct error err = { 0 };
    assert_null(decoder_open_intake(once.intake, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    release(&once);
    free(trace.bytes);
}

static int set_up(void **state)
{
    *state = temporary_folder_new();
    return 0;
}

static int tear_down(void **state)
{
    temporary_folder_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipe_read_once_gives_what_the_file_gives),
        cmocka_unit_test(what_comes_late_within_the_window_is_put_in_order),
        cmocka_unit_test(what_comes_too_late_is_counted_and_none_of_it_is_lost),
        cmocka_unit_test(what_a_woken_cpu_has_comes_before_what_is_later),
        cmocka_unit_test(a_circular_trace_read_once_says_that_it_is_not_in_order),
        cmocka_unit_test(it_can_be_read_by_one_decoder_only),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
