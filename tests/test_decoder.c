/* Whole traces, undamaged: whatever their shape, the same events come out, in order of time. */
#include "decoder/decoder.h"

#include "tests/decoded.h"
#include "tests/etl_builder.h"
#include "tests/trace_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HEAP = 0x10000, PID = 100 };

static struct decoded finish_and_decode(struct etl *etl)
{
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    struct decoded decoded = decode(trace, size);
    free(trace);
    return decoded;
}

/* ---- Shapes ---- */

/* How a trace is written; what it says is another matter. */
struct shape {
    const char *name;
    uint32_t cpus, buffer_bytes, pointer_bytes;
    enum etl_compression compression;
    uint8_t header; /* of heap events; 0: each event another */
    bool no_processor_index, is_circular, has_noise;
};

static struct shape shapes[] = {
    { "one_cpu", 1, 0x10000, 8, ETL_PLAIN, HEADER_SYSTEM64, false, false, false },
    { "one_cpu_32_bit", 1, 0x10000, 4, ETL_PLAIN, HEADER_SYSTEM32, false, false, false },
    { "system32_in_64_bit", 2, 0x1000, 8, ETL_PLAIN, HEADER_SYSTEM32, false, false, false },
    { "compact32", 2, 0x1000, 8, ETL_PLAIN, HEADER_COMPACT32, false, false, false },
    { "compact64", 2, 0x1000, 8, ETL_PLAIN, HEADER_COMPACT64, false, false, false },
    { "full32", 2, 0x1000, 8, ETL_PLAIN, HEADER_FULL32, false, false, false },
    { "full64", 2, 0x1000, 8, ETL_PLAIN, HEADER_FULL64, false, false, false },
    { "event32", 2, 0x1000, 8, ETL_PLAIN, HEADER_EVENT32, false, false, false },
    { "event64_in_32_bit", 2, 0x1000, 4, ETL_PLAIN, HEADER_EVENT64, false, false, false },
    { "every_header", 3, 0x1000, 8, ETL_PLAIN, 0, false, false, false },
    { "two_cpus", 2, 0x400, 8, ETL_PLAIN, HEADER_SYSTEM64, false, false, false },
    { "three_cpus", 3, 0x2000, 8, ETL_PLAIN, HEADER_SYSTEM64, false, false, false },
    { "seven_cpus", 7, 0x800, 8, ETL_PLAIN, HEADER_SYSTEM64, false, false, false },
    { "sixteen_cpus", 16, 0x400, 8, ETL_PLAIN, HEADER_SYSTEM64, false, false, false },
    { "before_windows_8", 16, 0x400, 8, ETL_PLAIN, HEADER_SYSTEM64, true, false, false },
    { "circular", 4, 0x400, 8, ETL_PLAIN, HEADER_SYSTEM64, false, true, false },
    { "noise", 4, 0x1000, 8, ETL_PLAIN, 0, false, false, true },
    { "lznt1", 3, 0x1000, 8, ETL_LZNT1, HEADER_SYSTEM64, false, false, false },
    { "xpress", 3, 0x1000, 8, ETL_XPRESS, HEADER_SYSTEM64, false, false, false },
    { "xpress_huffman", 3, 0x1000, 8, ETL_XPRESS_HUFFMAN, HEADER_SYSTEM64, false, false, false },
    { "xpress_64k", 1, 0x10000, 8, ETL_XPRESS, HEADER_SYSTEM64, false, false, false },
    { "huffman_64k", 1, 0x10000, 8, ETL_XPRESS_HUFFMAN, HEADER_SYSTEM64, false, false, false },
    { "lznt1_noise", 5, 0x10000, 8, ETL_LZNT1, 0, true, true, true },
    { "xpress_noise", 16, 0x1000, 4, ETL_XPRESS, 0, false, true, true },
    { "huffman_noise", 2, 0x8000, 8, ETL_XPRESS_HUFFMAN, 0, false, true, true },
};

static struct etl *new_builder(const struct shape *shape)
{
    struct etl_options options = etl_defaults();
    options.cpu_count = shape->cpus;
    options.buffer_bytes = shape->buffer_bytes;
    options.pointer_bytes = shape->pointer_bytes;
    options.compression = shape->compression;
    options.no_processor_index = shape->no_processor_index;
    options.rotated = shape->is_circular ? 5 : 0;
    return etl_builder_new(&options);
}

/* The header of the event number `i`, which must be able to hold it. */
static uint8_t header_of(const struct shape *shape, size_t i)
{
    static const uint8_t headers[] = { HEADER_SYSTEM32,  HEADER_SYSTEM64, HEADER_COMPACT32,
                                       HEADER_COMPACT64, HEADER_FULL32,   HEADER_FULL64,
                                       HEADER_EVENT32,   HEADER_EVENT64 };
    return shape->header ? shape->header : headers[i % sizeof headers];
}

/* What is no heap event, at the time of one, on its CPU. */
static void make_noise(struct etl *etl, const struct event *event, size_t i)
{
    static const uint8_t headers[] = { HEADER_SYSTEM64,   HEADER_PERFINFO32, HEADER_PERFINFO64,
                                       HEADER_INSTANCE32, HEADER_INSTANCE64, HEADER_FULL32,
                                       HEADER_EVENT64,    HEADER_MESSAGE,    HEADER_ERROR };
    static const uint16_t types[] = { ETL_GENERIC, ETL_RUNDOWN, ETL_REFTIME, ETL_EMPTY_MARKER };
    if (i % 3 == 0) {
        etl_under(etl, headers[i / 3 % sizeof headers]);
        etl_foreign(etl, event->time_ns, i % 97);
    }
    if (i % 31 == 0)
        etl_empty_buffer(etl, event->cpu, types[i / 31 % 4]);
    if (i % 43 == 0)
        etl_filler(etl, event->cpu, 1 + i % 19);
    if (i % 59 == 0)
        etl_flush(etl, event->cpu);
}

static void expect_offsets(const struct decoded *decoded, const struct etl *etl,
                           const size_t *numbers)
{
    for (size_t i = 0; i < decoded->count; i++)
        assert_int_equal(decoded->events[i].file_offset, etl_event_offset(etl, numbers[i]));
}

static void the_same_events_come_out(void **state)
{
    const struct shape *shape = *state;
    struct trace_random random = trace_random_new(&(struct trace_random_options){
        .seed = 1, .events = 1500, .cpus = shape->cpus, .is_32_bit = true });
    struct etl *etl = new_builder(shape);
    size_t *numbers = calloc(random.count, sizeof *numbers);
    assert_non_null(numbers);
    for (size_t i = 0; i < random.count; i++) {
        const struct event *event = &random.events[i];
        etl_under(etl, header_of(shape, i));
        numbers[i] = trace_write_event(etl, event, random.pids[event->process]);
        if (shape->has_noise)
            make_noise(etl, event, i);
    }
    struct decoded decoded = finish_and_decode(etl);
    decoded_expect_only(&decoded, &(enum anomaly){ ANOMALY_source_unexpected }, 1);
    decoded_expect_events(&decoded, random.events, random.pids, random.count);
    expect_offsets(&decoded, etl, numbers);
    const struct trace_info *info = decoder_info(decoded.decoder);
    assert_int_equal(info->events, etl_event_count(etl) + 1); /* the log file header */
    assert_int_equal(info->buffers, etl_buffer_count(etl));
    assert_true(info->read_to_end);
    assert_int_equal(info->compressed, shape->compression != ETL_PLAIN);
    assert_int_equal(decoder_bytes_done(decoded.decoder), info->file_bytes);
    decoded_release(&decoded);
    free(numbers);
    etl_builder_free(etl);
    trace_random_release(&random);
}

static void a_64_bit_trace_keeps_all_bits(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct trace_random random = trace_random_new(
            &(struct trace_random_options){ .seed = seed, .events = 2000, .cpus = 4 });
        struct etl *etl = etl_builder_new(NULL);
        trace_random_write(&random, etl);
        struct decoded decoded = finish_and_decode(etl);
        decoded_expect_only(&decoded, &(enum anomaly){ ANOMALY_source_unexpected }, 1);
        decoded_expect_events(&decoded, random.events, random.pids, random.count);
        decoded_release(&decoded);
        etl_builder_free(etl);
        trace_random_release(&random);
    }
}

/* A blob of one byte: in XPRESS a single match, longer than the 32 KiB that libfwnt lets pass. */
static void a_long_run_in_a_compressed_buffer_is_expanded(void **state)
{
    (void)state;
    for (int format = ETL_LZNT1; format <= ETL_XPRESS_HUFFMAN; format++) {
        struct etl_options options = etl_defaults();
        options.compression = (enum etl_compression)format;
        options.buffer_bytes = 0x20000;
        struct etl *etl = etl_builder_new(&options);
        etl_foreign(etl, 1 * US, 65000);
        etl_destroy(etl, 2 * US, HEAP);
        struct decoded decoded = finish_and_decode(etl);
        decoded_expect_clean(&decoded);
        assert_int_equal(decoded.count, 1);
        decoded_release(&decoded);
        etl_builder_free(etl);
    }
}

static void extended_items_are_stepped_over(void **state)
{
    (void)state;
    const struct etl_item items[] = { { 1, 16, NULL }, { 11, 13, NULL }, { 6, 8 + 8 * 5, NULL } };
    for (size_t count = 0; count <= 3; count++) {
        struct etl *etl = etl_builder_new(NULL);
        uint8_t payload[28] = { 0 };
        etl_poke(payload, HEAP, 8);
        etl_poke(payload + 8, 24, 8);
        etl_poke(payload + 16, 0x20000, 8);
        etl_poke(payload + 24, ETL_LOWFRAG, 4);
        etl_put(etl, &(struct etl_event){ .header = HEADER_EVENT64,
                                          .group = ETL_GROUP_HEAP,
                                          .opcode = 33,
                                          .version = 2,
                                          .ticks = etl_ticks(etl, 7 * US),
                                          .pid = PID,
                                          .payload = payload,
                                          .payload_size = sizeof payload,
                                          .items = items,
                                          .item_count = count });
        struct decoded decoded = finish_and_decode(etl);
        decoded_expect_clean(&decoded);
        assert_int_equal(decoded.count, 1);
        assert_int_equal(decoded.events[0].address, 0x20000);
        assert_int_equal(decoded.events[0].size, 24);
        assert_int_equal(decoded.events[0].source, ETL_LOWFRAG);
        decoded_release(&decoded);
        etl_builder_free(etl);
    }
}

static void counters_between_header_and_payload_are_stepped_over(void **state)
{
    (void)state;
    static const uint8_t headers[] = { HEADER_SYSTEM64, HEADER_COMPACT64 };
    for (uint8_t i = 0; i < 16; i++) {
        struct etl *etl = etl_builder_new(NULL);
        uint8_t payload[8] = { 0 };
        etl_poke(payload, HEAP, 8);
        etl_put(etl, &(struct etl_event){ .header = headers[i / 8],
                                          .group = ETL_GROUP_HEAP,
                                          .opcode = 35,
                                          .version = 2,
                                          .ticks = etl_ticks(etl, 7 * US),
                                          .pid = PID,
                                          .payload = payload,
                                          .payload_size = sizeof payload,
                                          .counters = i % 8,
                                          .has_pebs_index = i % 3 == 0 });
        struct decoded decoded = finish_and_decode(etl);
        decoded_expect_clean(&decoded);
        assert_int_equal(decoded.count, 1);
        assert_int_equal(decoded.events[0].heap, HEAP);
        decoded_release(&decoded);
        etl_builder_free(etl);
    }
}

/* A heap opcode that nobody documents still is an event of the heap provider. */
static void an_unknown_heap_opcode_is_another_event(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_heap_only(etl, 5 * US, 200, HEAP);
    struct decoded decoded = finish_and_decode(etl);
    assert_int_equal(decoded.end, NEXT_END);
    assert_int_equal(decoded.count, 1);
    assert_int_equal(decoded.events[0].kind, EVENT_other);
    decoded_release(&decoded);
    etl_builder_free(etl);
}

static void events_of_buffer_0_come_first(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    etl_as(etl, 0, PID, 1);
    etl_alloc(etl, 0, HEAP, 0x30000, 1, ETL_MAINPATH);
    etl_as(etl, ETL_BUFFER_0, PID, 1);
    etl_alloc(etl, 0, HEAP, 0x20000, 1, ETL_MAINPATH);
    struct decoded decoded = finish_and_decode(etl);
    decoded_expect_clean(&decoded);
    assert_int_equal(decoded.count, 2);
    assert_int_equal(decoded.events[0].address, 0x20000);
    assert_int_equal(decoded.events[1].address, 0x30000);
    decoded_release(&decoded);
    etl_builder_free(etl);
}

static void a_trace_without_events_ends_at_once(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    struct decoded decoded = finish_and_decode(etl);
    decoded_expect_clean(&decoded);
    assert_int_equal(decoded.count, 0);
    assert_int_equal(decoder_info(decoded.decoder)->events, 1);
    assert_int_equal(decoder_info(decoded.decoder)->duration_ns, 0);
    decoded_release(&decoded);
    etl_builder_free(etl);
}

/* ---- Order ---- */

/* Each event's address says where it must come out. */
static void expect_order(const struct decoded *decoded, size_t count)
{
    assert_int_equal(decoded->count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(decoded->events[i].address, 0x20000 + i);
}

static void put_at(struct etl *etl, uint32_t cpu, uint64_t time_ns, uint64_t place)
{
    etl_as(etl, cpu, PID, 1);
    etl_alloc(etl, time_ns, HEAP, 0x20000 + place, 1, ETL_MAINPATH);
}

static void equal_times_are_in_order_of_cpu_then_stream(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    put_at(etl, 5, 10 * US, 6);
    put_at(etl, 2, 10 * US, 3);
    put_at(etl, 0, 10 * US, 1);
    put_at(etl, 5, 10 * US, 7);
    put_at(etl, 2, 10 * US, 4);
    put_at(etl, 5, 20 * US, 9);
    put_at(etl, 2, 10 * US, 5);
    put_at(etl, 3, 9 * US, 0);
    put_at(etl, 0, 10 * US, 2);
    put_at(etl, 3, 20 * US, 8);
    struct decoded decoded = finish_and_decode(etl);
    decoded_expect_clean(&decoded);
    expect_order(&decoded, 10);
    decoded_release(&decoded);
    etl_builder_free(etl);
}

static void buffers_are_in_order_of_their_sequence_in_their_cpu(void **state)
{
    (void)state;
    for (size_t rotated = 0; rotated < 12; rotated++) {
        struct etl_options options = etl_defaults();
        options.buffer_bytes = 1024;
        options.rotated = rotated;
        struct etl *etl = etl_builder_new(&options);
        for (uint32_t i = 0; i < 12; i++) {
            put_at(etl, i % 3, (10 + i) * US, i);
            etl_flush(etl, i % 3);
        }
        struct decoded decoded = finish_and_decode(etl);
        decoded_expect_clean(&decoded);
        expect_order(&decoded, 12);
        decoded_release(&decoded);
        etl_builder_free(etl);
    }
}

static void a_time_that_goes_back_is_held_and_counted(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    put_at(etl, 0, 10 * US, 0);
    put_at(etl, 0, 30 * US, 2);
    put_at(etl, 0, 20 * US, 3); /* held at 30 */
    put_at(etl, 0, 31 * US, 5);
    put_at(etl, 1, 25 * US, 1); /* another CPU has a time of its own */
    put_at(etl, 1, 30 * US, 4);
    struct decoded decoded = finish_and_decode(etl);
    decoded_expect_only(&decoded, &(enum anomaly){ ANOMALY_time_reversed }, 1);
    assert_int_equal(decoded_anomaly(&decoded, ANOMALY_time_reversed), 1);
    expect_order(&decoded, 6);
    assert_int_equal(decoded.events[3].time_ns, 30 * US);
    assert_int_equal(decoder_anomalies(decoded.decoder)->first_offset[ANOMALY_time_reversed],
                     etl_event_offset(etl, 2));
    decoded_release(&decoded);
    etl_builder_free(etl);
}

static void a_time_before_the_log_header_is_0_and_counted(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    uint8_t payload[8] = { 1 };
    etl_put(etl, &(struct etl_event){ .header = HEADER_SYSTEM64,
                                      .group = ETL_GROUP_HEAP,
                                      .opcode = 35,
                                      .version = 2,
                                      .ticks = etl_ticks(etl, 0) - 1000,
                                      .pid = PID,
                                      .payload = payload,
                                      .payload_size = sizeof payload });
    struct decoded decoded = finish_and_decode(etl);
    decoded_expect_only(&decoded, &(enum anomaly){ ANOMALY_time_reversed }, 1);
    assert_int_equal(decoded_anomaly(&decoded, ANOMALY_time_reversed), 1);
    assert_int_equal(decoded.count, 1);
    assert_int_equal(decoded.events[0].time_ns, 0);
    decoded_release(&decoded);
    etl_builder_free(etl);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(a_64_bit_trace_keeps_all_bits),
        cmocka_unit_test(a_long_run_in_a_compressed_buffer_is_expanded),
        cmocka_unit_test(extended_items_are_stepped_over),
        cmocka_unit_test(counters_between_header_and_payload_are_stepped_over),
        cmocka_unit_test(an_unknown_heap_opcode_is_another_event),
        cmocka_unit_test(events_of_buffer_0_come_first),
        cmocka_unit_test(a_trace_without_events_ends_at_once),
        cmocka_unit_test(equal_times_are_in_order_of_cpu_then_stream),
        cmocka_unit_test(buffers_are_in_order_of_their_sequence_in_their_cpu),
        cmocka_unit_test(a_time_that_goes_back_is_held_and_counted),
        cmocka_unit_test(a_time_before_the_log_header_is_0_and_counted),
    };
    enum { SHAPES = sizeof shapes / sizeof shapes[0], OTHERS = sizeof others / sizeof others[0] };
    static struct CMUnitTest tests[SHAPES + OTHERS];
    static char names[SHAPES][64];
    for (size_t i = 0; i < SHAPES; i++) {
        strcpy(names[i], shapes[i].name);
        strcat(names[i], ": the_same_events_come_out");
        tests[i] = (struct CMUnitTest){ .name = names[i],
                                        .test_func = the_same_events_come_out,
                                        .initial_state = &shapes[i] };
    }
    memcpy(tests + SHAPES, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
