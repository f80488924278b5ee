/* Damaged traces: no crash, no hang, no silent loss, and what can be read is read. */
#include "tests/decoded.h"
#include "tests/etl_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HEAP = 0x10000, PID = 100, BUFFER_BYTES = 512 };

/* A trace whose events have addresses that count up from FIRST_ADDRESS, in order of time. */
struct trace {
    struct etl *etl; /* finished: for the questions where things are */
    uint8_t *bytes;
    size_t size;
};

enum { FIRST_ADDRESS = 0x20000 };

static struct trace finish(struct etl *etl)
{
    struct trace trace = { .etl = etl };
    trace.bytes = etl_finish(etl, &trace.size);
    return trace;
}

static void trace_release(struct trace *trace)
{
    free(trace->bytes);
    etl_builder_free(trace->etl);
}

static void put_events(struct etl *etl, uint32_t count, uint32_t cpus)
{
    for (uint32_t i = 0; i < count; i++) {
        etl_as(etl, i % cpus, PID, 1);
        etl_alloc(etl, (10 + i) * US, HEAP, FIRST_ADDRESS + i, 16, ETL_MAINPATH);
    }
}

/* Buffer 0, then `count` events of 64 bytes: six to a buffer of 512. */
static struct trace make_trace(uint32_t count, uint32_t cpus, enum etl_compression compression)
{
    struct etl_options options = etl_defaults();
    options.cpu_count = cpus;
    options.buffer_bytes = BUFFER_BYTES;
    options.compression = compression;
    options.log.logger_name = "d";
    options.log.log_file_name = "e";
    struct etl *etl = etl_builder_new(&options);
    put_events(etl, count, cpus);
    return finish(etl);
}
enum { EVENTS_A_BUFFER = (BUFFER_BYTES - ETL_BUFFER_HEADER_BYTES) / 64 };

/* Fails unless the events are those of the trace with the numbers from `first` to before `skip`. */
static void expect_events_but(const struct decoded *decoded, size_t skip, size_t resume,
                              size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (i >= skip && i < resume)
            continue;
        assert_true(at < decoded->count);
        assert_int_equal(decoded->events[at++].address, FIRST_ADDRESS + i);
    }
    assert_int_equal(decoded->count, at);
}

/* ---- Not a trace ---- */

static void what_is_no_trace_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        { "", 0 },
        { "x", 1 },
        { "not a trace at all", 18 },
        { "ElfFile\0with more bytes than a buffer header has, so that it is read: 0123456789", 81 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct decoded decoded = decode((const uint8_t *)cases[i].bytes, cases[i].size);
        assert_null(decoded.decoder);
        assert_int_equal(decoded.err.code, ERROR_NOT_A_TRACE);
        decoded_release(&decoded);
    }
    uint8_t zeros[4096] = { 0 };
    struct decoded decoded = decode(zeros, sizeof zeros);
    assert_null(decoded.decoder);
    assert_int_equal(decoded.err.code, ERROR_NOT_A_TRACE);
    decoded_release(&decoded);
}

static void a_file_that_is_not_there_is_an_io_error(void **state)
{
    (void)state;
    struct error err = { 0 };
    assert_null(decoder_open_file("no/such/trace.etl", &err));
    assert_int_equal(err.code, ERROR_IO);
    err = (struct error){ 0 };
    assert_null(decoder_open_file(".", &err));
    assert_int_not_equal(err.code, ERROR_NONE);
}

/* ---- Damage to buffers ---- */

/* One field of the header of the second data buffer (number 2) gets a value that cannot be. */
struct buffer_damage {
    const char *name;
    size_t at, width;
    uint64_t value;
};

static struct buffer_damage buffer_damages[] = {
    { "buffer_size_0", ETL_AT_BUFFER_SIZE, 4, 0 },
    { "buffer_size_71", ETL_AT_BUFFER_SIZE, 4, 0x47 },
    { "buffer_size_huge", ETL_AT_BUFFER_SIZE, 4, 0xffffffff },
    { "buffer_size_2_gib", ETL_AT_BUFFER_SIZE, 4, 0x80000000 },
    { "used_above_size", ETL_AT_OFFSET, 4, BUFFER_BYTES + 1 },
    { "used_huge", ETL_AT_OFFSET, 4, 0xffffffff },
    { "claims_compression", ETL_AT_FLAGS, 2, ETL_PROC_INDEX | ETL_COMPRESSED },
};

static void a_damaged_buffer_is_counted_and_stepped_over(void **state)
{
    const struct buffer_damage *damage = *state;
    struct trace trace = make_trace(4 * EVENTS_A_BUFFER, 1, ETL_PLAIN);
    uint64_t offset = etl_buffer_offset(trace.etl, 2);
    etl_poke(trace.bytes + offset + damage->at, damage->value, damage->width);
    struct decoded decoded = decode(trace.bytes, trace.size);
    decoded_expect_only(&decoded, &(enum anomaly){ ANOMALY_buffer_damaged }, 1);
    assert_int_equal(decoded_anomaly(&decoded, ANOMALY_buffer_damaged), 1);
    assert_int_equal(decoder_anomalies(decoded.decoder)->first_offset[ANOMALY_buffer_damaged],
                     offset);
    expect_events_but(&decoded, EVENTS_A_BUFFER, 2 * EVENTS_A_BUFFER, 4 * EVENTS_A_BUFFER);
    decoded_release(&decoded);
    trace_release(&trace);
}

/* A size that could be, but leads into the middle of nowhere: the log file header knows better. */
static void a_plausible_but_wrong_buffer_size_is_counted(void **state)
{
    (void)state;
    static const uint32_t sizes[] = { 0x48, 0x100, BUFFER_BYTES - 8, BUFFER_BYTES + 8 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct trace trace = make_trace(4 * EVENTS_A_BUFFER, 1, ETL_PLAIN);
        uint64_t offset = etl_buffer_offset(trace.etl, 2);
        etl_poke(trace.bytes + offset + ETL_AT_BUFFER_SIZE, sizes[i], 4);
        struct decoded decoded = decode(trace.bytes, trace.size);
        assert_int_equal(decoded.end, NEXT_END);
        assert_true(decoded_anomaly(&decoded, ANOMALY_buffer_damaged) > 0);
        assert_true(decoded.count >= 3 * EVENTS_A_BUFFER);
        decoded_release(&decoded);
        trace_release(&trace);
    }
}

static void a_damaged_compressed_buffer_is_counted(void **state)
{
    (void)state;
    for (int format = ETL_LZNT1; format <= ETL_XPRESS_HUFFMAN; format++) {
        struct trace trace = make_trace(4 * EVENTS_A_BUFFER, 1, (enum etl_compression)format);
        uint64_t offset = etl_buffer_offset(trace.etl, 2);
        /* It is to expand to more than its bytes give. */
        etl_poke(trace.bytes + offset + ETL_AT_OFFSET, BUFFER_BYTES, 4);
        struct decoded decoded = decode(trace.bytes, trace.size);
        decoded_expect_only(&decoded, (enum anomaly[]){ ANOMALY_buffer_damaged }, 1);
        assert_int_equal(decoded_anomaly(&decoded, ANOMALY_buffer_damaged), 1);
        expect_events_but(&decoded, EVENTS_A_BUFFER, 2 * EVENTS_A_BUFFER, 4 * EVENTS_A_BUFFER);
        decoded_release(&decoded);
        trace_release(&trace);
    }
}

static void a_compressed_buffer_cannot_demand_more_than_a_buffer(void **state)
{
    (void)state;
    struct trace trace = make_trace(4 * EVENTS_A_BUFFER, 1, ETL_XPRESS);
    uint64_t offset = etl_buffer_offset(trace.etl, 2);
    etl_poke(trace.bytes + offset + ETL_AT_OFFSET, 0xfffffff0, 4);
    struct decoded decoded = decode(trace.bytes, trace.size);
    assert_int_equal(decoded.end, NEXT_END);
    assert_true(decoded_anomaly(&decoded, ANOMALY_buffer_damaged) > 0);
    assert_true(decoded.count >= EVENTS_A_BUFFER);
    decoded_release(&decoded);
    trace_release(&trace);
}

/* ---- Damage to events ---- */

/* The third event of the first data buffer is damaged: the two before it stay, the next buffer too.
 */
struct event_damage {
    const char *name;
    size_t at, width;
    uint64_t value;
};

static struct event_damage event_damages[] = {
    { "marker_0", 0, 4, 0 },
    { "marker_unknown", 0, 4, 0x12345678 },
    { "marker_of_old_time", 0, 4, 0xb0020002 },
    { "kind_unknown", 2, 1, 99 },
    { "kind_not_used", 2, 1, 12 },
    { "size_0", 4, 2, 0 },
    { "size_below_header", 4, 2, 0x1f },
    { "size_past_the_buffer", 4, 2, 0xffff },
};

static void a_damaged_event_ends_its_buffer(void **state)
{
    const struct event_damage *damage = *state;
    struct trace trace = make_trace(3 * EVENTS_A_BUFFER, 1, ETL_PLAIN);
    uint64_t offset = etl_event_offset(trace.etl, 2);
    etl_poke(trace.bytes + offset + damage->at, damage->value, damage->width);
    struct decoded decoded = decode(trace.bytes, trace.size);
    decoded_expect_only(&decoded, &(enum anomaly){ ANOMALY_event_cut_short }, 1);
    assert_int_equal(decoded_anomaly(&decoded, ANOMALY_event_cut_short), 1);
    assert_int_equal(decoder_anomalies(decoded.decoder)->first_offset[ANOMALY_event_cut_short],
                     offset);
    expect_events_but(&decoded, 2, EVENTS_A_BUFFER, 3 * EVENTS_A_BUFFER);
    decoded_release(&decoded);
    trace_release(&trace);
}

static void filler_ends_a_buffer_without_damage(void **state)
{
    (void)state;
    struct trace trace = make_trace(3 * EVENTS_A_BUFFER, 1, ETL_PLAIN);
    etl_poke(trace.bytes + etl_event_offset(trace.etl, 2), 0xffffffff, 4);
    struct decoded decoded = decode(trace.bytes, trace.size);
    decoded_expect_clean(&decoded);
    expect_events_but(&decoded, 2, EVENTS_A_BUFFER, 3 * EVENTS_A_BUFFER);
    decoded_release(&decoded);
    trace_release(&trace);
}

/* An EVENT of two items with one field of the first set to a value that cannot be. */
static void extended_items_that_lie_cost_one_event_or_its_buffer(void **state)
{
    (void)state;
    enum {
        ITEMS_AT = 0x50,
        SIZE_AT = ITEMS_AT,
        LINKAGE_AT = ITEMS_AT + 4,
        DATA_SIZE_AT = ITEMS_AT + 6
    };
    static const struct {
        size_t at;
        uint16_t value;
    } cases[] = { { SIZE_AT, 0 },      { SIZE_AT, 7 },           { SIZE_AT, 0xffff },
                  { SIZE_AT, 0xfff8 }, { DATA_SIZE_AT, 0xffff }, { LINKAGE_AT + 24, 1 } };
    const struct etl_item items[] = { { 1, 16, NULL }, { 11, 16, NULL } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct etl *etl = etl_builder_new(NULL);
        put_events(etl, 1, 1);
        uint8_t payload[28] = { 0 };
        size_t number = etl_put(etl, &(struct etl_event){ .header = HEADER_EVENT64,
                                                          .group = ETL_GROUP_HEAP,
                                                          .opcode = 33,
                                                          .version = 2,
                                                          .ticks = etl_ticks(etl, 20 * US),
                                                          .pid = PID,
                                                          .payload = payload,
                                                          .payload_size = sizeof payload,
                                                          .items = items,
                                                          .item_count = 2 });
        struct trace trace = finish(etl);
        etl_poke(trace.bytes + etl_event_offset(etl, number) + cases[i].at, cases[i].value, 2);
        struct decoded decoded = decode(trace.bytes, trace.size);
        assert_int_equal(decoded.end, NEXT_END);
        assert_true(decoded.count >= 1);
        assert_int_equal(decoded.events[0].address, FIRST_ADDRESS);
        uint64_t told = decoded_anomaly(&decoded, ANOMALY_event_cut_short) +
                        decoded_anomaly(&decoded, ANOMALY_payload_undecodable);
        if (cases[i].at != DATA_SIZE_AT) /* the size of the data is the item's own affair */
            assert_int_equal(told, 1);
        decoded_release(&decoded);
        trace_release(&trace);
    }
}

static void ranges_that_are_not_there_are_refused(void **state)
{
    (void)state;
    static const uint32_t counts[] = { 3, 0x0fffffff, 0x10000001, 0x80000000, 0xffffffff };
    const struct etl_range ranges[] = { { 0x10000, 0x1000 }, { 0x20000, 0x1000 } };
    enum { COUNT_AT = 0x20 + 8 + 4 + 4 };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct etl *etl = etl_builder_new(NULL);
        size_t number = etl_range_rundown(etl, 5 * US, HEAP, 2, PID, ranges, 2);
        struct trace trace = finish(etl);
        etl_poke(trace.bytes + etl_event_offset(etl, number) + COUNT_AT, counts[i], 4);
        struct decoded decoded = decode(trace.bytes, trace.size);
        decoded_expect_only(&decoded, &(enum anomaly){ ANOMALY_payload_undecodable }, 1);
        assert_int_equal(decoded_anomaly(&decoded, ANOMALY_payload_undecodable), 1);
        assert_int_equal(decoded.count, 0);
        decoded_release(&decoded);
        trace_release(&trace);
    }
}

/* A process event cut anywhere: the strings of a name have no end of their own. */
static void a_process_event_of_any_length_does_no_harm(void **state)
{
    (void)state;
    enum { FULL_SIZE = 120, PAYLOAD_AT = 0x20 };
    for (size_t size = PAYLOAD_AT; size < FULL_SIZE; size++) {
        struct etl *etl = etl_builder_new(NULL);
        size_t number = etl_process(etl, US, ETL_PROCESS_DCSTART, PID, 4, "image.exe", "command");
        etl_as(etl, 0, PID, 1);
        etl_alloc(etl, 2 * US, HEAP, FIRST_ADDRESS, 1, ETL_MAINPATH);
        struct trace trace = finish(etl);
        uint8_t *event = trace.bytes + etl_event_offset(etl, number);
        uint64_t old_size = etl_peek(event + 4, 2);
        etl_poke(event + 4, size, 2);
        /* What the event no longer covers becomes an event of no meaning, as the size asks for. */
        size_t gap = ((size_t)(old_size + 7) & ~(size_t)7) - ((size + 7) & ~(size_t)7);
        uint8_t *rest = event + ((size + 7) & ~(size_t)7);
        if (gap >= 0x10) {
            memset(rest, 0, gap);
            etl_poke(rest, 0xc0110002, 4); /* PERFINFO64 */
            etl_poke(rest + 4, gap, 2);
            etl_poke(rest + 6, 0x0f01, 2);
            etl_poke(rest + 8, etl_ticks(etl, US), 8);
        }
        struct decoded decoded = decode(trace.bytes, trace.size);
        assert_int_equal(decoded.end, NEXT_END);
        if (gap == 0 || gap >= 0x10)
            assert_int_equal(decoded.count, 1);
        decoded_release(&decoded);
        trace_release(&trace);
    }
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(what_is_no_trace_is_refused_with_a_sentence),
        cmocka_unit_test(a_file_that_is_not_there_is_an_io_error),
        cmocka_unit_test(a_plausible_but_wrong_buffer_size_is_counted),
        cmocka_unit_test(a_damaged_compressed_buffer_is_counted),
        cmocka_unit_test(a_compressed_buffer_cannot_demand_more_than_a_buffer),
        cmocka_unit_test(filler_ends_a_buffer_without_damage),
        cmocka_unit_test(extended_items_that_lie_cost_one_event_or_its_buffer),
        cmocka_unit_test(ranges_that_are_not_there_are_refused),
        cmocka_unit_test(a_process_event_of_any_length_does_no_harm),
    };
    enum {
        BUFFERS = sizeof buffer_damages / sizeof buffer_damages[0],
        EVENTS = sizeof event_damages / sizeof event_damages[0],
        OTHERS = sizeof others / sizeof others[0],
    };
    static struct CMUnitTest tests[BUFFERS + EVENTS + OTHERS];
    static char names[BUFFERS + EVENTS][96];
    for (size_t i = 0; i < BUFFERS; i++) {
        snprintf(names[i], sizeof names[i], "%s: a_damaged_buffer_is_counted_and_stepped_over",
                 buffer_damages[i].name);
        tests[i] = (struct CMUnitTest){ .name = names[i],
                                        .test_func = a_damaged_buffer_is_counted_and_stepped_over,
                                        .initial_state = &buffer_damages[i] };
    }
    for (size_t i = 0; i < EVENTS; i++) {
        char *name = names[BUFFERS + i];
        snprintf(name, sizeof names[0], "%s: a_damaged_event_ends_its_buffer",
                 event_damages[i].name);
        tests[BUFFERS + i] = (struct CMUnitTest){ .name = name,
                                                  .test_func = a_damaged_event_ends_its_buffer,
                                                  .initial_state = &event_damages[i] };
    }
    memcpy(tests + BUFFERS + EVENTS, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
