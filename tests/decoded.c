/* Runs the decoder over a trace and keeps what it gives. */
#include "tests/decoded.h"

#include "tests/etl_builder_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the header of decoder_next promises of every batch. */
static void check_batch(const struct decoded *decoded, const struct event_batch *batch)
{
    uint64_t last_ns = decoded->count ? decoded->events[decoded->count - 1].time_ns : 0;
    const struct processes *processes = decoder_processes(decoded->decoder);
    for (size_t i = 0; i < batch->count; i++) {
        const struct event *event = &batch->events[i];
        if (event->time_ns < last_ns)
            fail_msg("time goes back from %llu to %llu ns", (unsigned long long)last_ns,
                     (unsigned long long)event->time_ns);
        assert_in_range(event->kind, 0, EVENT_KIND_COUNT - 1);
        assert_true(event->process < processes->count);
        last_ns = event->time_ns;
    }
}

static void keep(struct decoded *decoded, const struct event_batch *batch)
{
    decoded->events = etl_grow(decoded->events, decoded->count + batch->count, &decoded->room,
                               sizeof *decoded->events);
    if (batch->count > 0)
        memcpy(decoded->events + decoded->count, batch->events,
               batch->count * sizeof *batch->events);
    decoded->count += batch->count;
}

static void check_counts(const struct decoded *decoded)
{
    const struct trace_info *info = decoder_info(decoded->decoder);
    uint64_t by_header = 0, by_kind[EVENT_KIND_COUNT] = { 0 };
    for (size_t i = 0; i < HEADER_KIND_MAX; i++)
        by_header += info->by_header[i];
    for (size_t i = 0; i < decoded->count; i++)
        by_kind[decoded->events[i].kind]++;
    assert_int_equal(info->events, by_header);
    by_kind[EVENT_process_end] = 0;
    uint64_t heap_events = 0;
    for (size_t i = 0; i < EVENT_process_end; i++) {
        assert_int_equal(info->by_kind[i], by_kind[i]);
        heap_events += by_kind[i];
    }
    assert_int_equal(info->heap_events, heap_events);
}

struct decoded decode(const uint8_t *trace, size_t size)
{
    struct decoded decoded = { .copy = etl_bytes(size), .end = NEXT_ERROR };
    memcpy(decoded.copy, trace, size);
    decoded.decoder = decoder_open_memory(decoded.copy, size, &decoded.err);
    if (!decoded.decoder) {
        assert_int_not_equal(decoded.err.code, ERROR_NONE);
        assert_true(decoded.err.message[0] != '\0');
        return decoded;
    }
    struct event_batch batch;
    size_t batches_left = size + 2; /* each does some work, and an event has at least 8 bytes */
    while ((decoded.end = decoder_next(decoded.decoder, &batch, &decoded.err)) == NEXT_BATCH) {
        check_batch(&decoded, &batch);
        keep(&decoded, &batch);
        assert_true(batches_left-- > 0);
    }
    if (decoded.end == NEXT_END)
        check_counts(&decoded);
    else
        assert_int_not_equal(decoded.err.code, ERROR_NONE);
    return decoded;
}

void decoded_release(struct decoded *decoded)
{
    decoder_close(decoded->decoder);
    free(decoded->events);
    free(decoded->copy);
    *decoded = (struct decoded){ 0 };
}

uint32_t decoded_pid(const struct decoded *decoded, const struct event *event)
{
    return decoder_processes(decoded->decoder)->list[event->process].pid;
}

uint64_t decoded_anomaly(const struct decoded *decoded, enum anomaly which)
{
    return decoder_anomalies(decoded->decoder)->count[which];
}

void decoded_expect_only(const struct decoded *decoded, const enum anomaly *allowed, size_t count)
{
    if (decoded->err.code != ERROR_NONE)
        fail_msg("%s", decoded->err.message);
    assert_non_null(decoded->decoder);
    assert_int_equal(decoded->end, NEXT_END);
    for (int which = 0; which < ANOMALY_COUNT; which++) {
        bool is_allowed = false;
        for (size_t i = 0; i < count; i++)
            is_allowed |= allowed[i] == (enum anomaly)which;
        if (decoded_anomaly(decoded, (enum anomaly)which) > 0 && !is_allowed)
            fail_msg("unexpected anomaly: %s", anomaly_infos[which].name);
    }
}

void decoded_expect_clean(const struct decoded *decoded)
{
    decoded_expect_only(decoded, NULL, 0);
}

static bool is_same(const struct event *a, const struct event *b)
{
    struct event left = *a, right = *b;
    left.file_offset = right.file_offset = 0;
    left.process = right.process = 0;
    return left.time_ns == right.time_ns && left.heap == right.heap &&
           left.address == right.address && left.size == right.size &&
           left.free_bytes == right.free_bytes && left.committed_bytes == right.committed_bytes &&
           left.reserved_bytes == right.reserved_bytes &&
           left.large_uncommitted_bytes == right.large_uncommitted_bytes &&
           left.thread == right.thread && left.source == right.source && left.cpu == right.cpu &&
           left.kind == right.kind && left.has == right.has;
}

static void print_event(const char *label, const struct event *e)
{
    print_error("%s: %s at %llu ns, cpu %u, thread %u, heap %llx, address %llx, size %llu, "
                "%llx %llx %llx %llx, source %u, has %u\n",
                label, event_kind_names[e->kind], (unsigned long long)e->time_ns, e->cpu, e->thread,
                (unsigned long long)e->heap, (unsigned long long)e->address,
                (unsigned long long)e->size, (unsigned long long)e->free_bytes,
                (unsigned long long)e->committed_bytes, (unsigned long long)e->reserved_bytes,
                (unsigned long long)e->large_uncommitted_bytes, e->source, e->has);
}

void decoded_expect_events(const struct decoded *decoded, const struct event *expected,
                           const uint32_t *pids, size_t count)
{
    for (size_t i = 0; i < count && i < decoded->count; i++) {
        const struct event *got = &decoded->events[i];
        uint32_t pid = pids[expected[i].process];
        if (is_same(got, &expected[i]) && decoded_pid(decoded, got) == pid)
            continue;
        print_event("expected", &expected[i]);
        print_event("got", got);
        fail_msg("event %zu differs; its process is %u and should be %u", i,
                 decoded_pid(decoded, got), pid);
    }
    assert_int_equal(decoded->count, count);
}
