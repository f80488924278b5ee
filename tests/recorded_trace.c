/* What is in a trace that heapfrag record made, for tests of the recorder. */
#include "tests/recorded_trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <uthash.h>

enum { MARK_BEGIN = 7770001, MARK_END = 7770002, RECORDED_SOURCE = 100 };

struct recorded_trace recorded_trace_read(const char *path)
{
    struct recorded_trace trace = { 0 };
    struct error err = { 0 };
    struct event_batch batch;
    size_t room = 0;
    trace.decoder = decoder_open_file(path, &err);
    if (!trace.decoder)
        fail_msg("%s", err.message);
    enum next got;
    while ((got = decoder_next(trace.decoder, &batch, &err)) == NEXT_BATCH) {
        if (trace.count + batch.count > room) {
            room = 2 * (trace.count + batch.count);
            trace.events = realloc(trace.events, room * sizeof *trace.events);
            assert_non_null(trace.events);
        }
        if (batch.count)
            memcpy(trace.events + trace.count, batch.events, batch.count * sizeof *batch.events);
        trace.count += batch.count;
    }
    assert_int_equal(got, NEXT_END);
    return trace;
}

void recorded_trace_close(struct recorded_trace *trace)
{
    decoder_close(trace->decoder);
    free(trace->events);
}

uint64_t recorded_trace_anomalies(const struct recorded_trace *trace, enum anomaly which)
{
    return decoder_anomalies(trace->decoder)->count[which];
}

/* Nothing is wrong with the file itself. */
void assert_recorded_undamaged(const struct recorded_trace *trace)
{
    for (enum anomaly which = 0; which < ANOMALY_COUNT; which++)
        if (which != ANOMALY_source_unexpected && recorded_trace_anomalies(trace, which) != 0)
            fail_msg("%s: %lu", anomaly_infos[which].name,
                     (unsigned long)recorded_trace_anomalies(trace, which));
}

struct live {
    struct {
        uint64_t address;
        uint64_t process;
    } key;
    uint64_t size;
    UT_hash_handle hh;
};

static struct live *find_live(struct live *all, const struct event *event, uint64_t address)
{
    struct live key, *found;
    memset(&key, 0, sizeof key);
    key.key.address = address;
    key.key.process = event->process;
    HASH_FIND(hh, all, &key.key, sizeof key.key, found);
    return found;
}

static void insert_live(struct live **all, const struct event *event)
{
    struct live *one = calloc(1, sizeof *one);
    assert_non_null(one);
    one->key.address = event->address;
    one->key.process = event->process;
    one->size = event->size;
    HASH_ADD(hh, *all, key, sizeof one->key, one);
}

static void remove_live(struct live **all, struct live *one)
{
    HASH_DEL(*all, one);
    free(one);
}

/*
 * Follows the log: nothing is allocated where something is live, and a realloc knows what was asked
 * for before. Returns how many frees named a block that the log does not have.
 */
size_t recorded_trace_replay(const struct recorded_trace *trace)
{
    struct live *all = NULL, *one, *next;
    size_t unknown = 0;
    for (size_t i = 0; i < trace->count; i++) {
        const struct event *event = &trace->events[i];
        if (i > 0)
            assert_true(event->time_ns >= event[-1].time_ns);
        one = find_live(all, event, event->address);
        if (event->kind == EVENT_alloc && event->address != 0) {
            assert_null(one);
            insert_live(&all, event);
        } else if (event->kind == EVENT_free) {
            unknown += !one;
            if (one)
                remove_live(&all, one);
        } else if (event->kind == EVENT_realloc && event->address == event->old_address && one) {
            assert_int_equal(one->size, event->old_size);
            one->size = event->size;
        } else if (event->kind == EVENT_realloc && event->address != 0 &&
                   event->address != event->old_address) {
            assert_non_null(one);
            assert_int_equal(one->size, event->size);
            assert_null(find_live(all, event, event->old_address));
        }
    }
    HASH_ITER (hh, all, one, next)
        remove_live(&all, one);
    return unknown;
}

static const struct event *find_mark(const struct event *at, const struct event *end, uint32_t pid,
                                     const struct processes *processes, uint64_t size)
{
    for (; at < end; at++)
        if (at->kind == EVENT_alloc && at->size == size && processes->list[at->process].pid == pid)
            return at;
    fail_msg("process %u has no mark %lu", pid, (unsigned long)size);
    return NULL;
}

static const struct event *next_of(const struct event *at, uint32_t process)
{
    do
        at++;
    while (at->process != process);
    return at;
}

/* One line of the list against one event. */
static void assert_noted(const struct event *event, const char *kind, const unsigned long *fields)
{
    assert_string_equal(event_kind_names[event->kind], kind);
    assert_int_equal(event->address, fields[0]);
    assert_int_equal(event->size, fields[1]);
    if (event->kind == EVENT_realloc) {
        assert_int_equal(event->old_address, fields[2]);
        assert_int_equal(event->old_size, fields[3]);
    }
    assert_int_equal(event->source, RECORDED_SOURCE);
    assert_int_equal(event->heap, 0x10000);
}

/*
 * The list is made of runs of one process each. The events of such a process between its marks are
 * the lines of its run: no more, no less, in that order. Returns the number of runs.
 */
size_t recorded_trace_compare(const struct recorded_trace *trace, const char *list_path)
{
    const struct processes *processes = decoder_processes(trace->decoder);
    const struct event *end = trace->events + trace->count, *at = NULL;
    FILE *list = fopen(list_path, "r");
    assert_non_null(list);
    unsigned pid, run_pid = 0;
    char kind[16];
    unsigned long fields[4];
    size_t runs = 0;
    while (fscanf(list, "%u %15s %lx %lu %lx %lu", &pid, kind, &fields[0], &fields[1], &fields[2],
                  &fields[3]) == 6) {
        if (pid != run_pid) {
            if (at)
                assert_int_equal(next_of(at, at->process)->size, MARK_END);
            at = find_mark(trace->events, end, pid, processes, MARK_BEGIN);
            at = next_of(at, at->process); /* the free of the mark */
            run_pid = pid;
            runs++;
        }
        at = next_of(at, at->process);
        assert_noted(at, kind, fields);
    }
    assert_non_null(at);
    assert_int_equal(next_of(at, at->process)->size, MARK_END);
    fclose(list);
    return runs;
}

size_t recorded_trace_count(const struct recorded_trace *trace, enum event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < trace->count; i++)
        count += trace->events[i].kind == kind;
    return count;
}
