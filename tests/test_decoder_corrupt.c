/* A small trace with something of everything, cut at every byte and damaged everywhere. */
#include "tests/decoded.h"
#include "tests/etl_builder.h"
#include "tests/trace_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HEAP = 0x10000, PID = 100 };

/* Which of the traces: by the compression of its buffers. XPRESS Huffman is the last. */
struct format {
    const char *name;
    enum etl_compression compression;
};

static struct format formats[] = {
    { "plain", ETL_PLAIN },
    { "lznt1", ETL_LZNT1 },
    { "xpress", ETL_XPRESS },
    { "xpress_huffman", ETL_XPRESS_HUFFMAN },
};

struct trace {
    uint8_t *bytes;
    size_t size;
};

/* About 2 KiB with something of everything. */
static struct trace make_rich_trace(enum etl_compression compression)
{
    struct etl_options options = etl_defaults();
    options.cpu_count = 2;
    options.buffer_bytes = 1024;
    options.compression = compression;
    options.log.logger_name = "d";
    options.log.log_file_name = "e";
    struct etl *etl = etl_builder_new(&options);
    const struct etl_item items[] = { { 1, 16, NULL }, { 11, 13, NULL } };
    const struct etl_range ranges[] = { { 0x10000, 0x1000 }, { 0x20000, 0x1000 } };
    etl_process(etl, 1 * US, ETL_PROCESS_START, PID, 4, "a.exe", "a -x");
    for (uint32_t i = 0; i < 4; i++) {
        etl_as(etl, i % 2, PID, 1);
        etl_alloc(etl, (10 + i) * US, HEAP, 0x20000 + i, 16, ETL_MAINPATH);
    }
    const uint64_t frame = 0x7ff000001234;
    const struct etl_image image = { 0x7ff000000000, 0x10000, "\\D\\a", PID, 0, 0 };
    etl_stack_walk(etl, 14 * US, 13 * US, &frame, 1);
    etl_stack_key(etl, 14 * US, ETL_KEY_USER, 11 * US, 5);
    etl_image(etl, 15 * US, ETL_IMAGE_LOAD, &image);
    etl_volume(etl, 16 * US, "\\D\\", "C:\\");
    etl_stack_definition(etl, 17 * US, ETL_STACK_RUNDOWN, 5, &frame, 1);
    etl_create(etl, 20 * US, HEAP + 1, 2, 4096, 4096);
    etl_range_rundown(etl, 21 * US, HEAP, 2, PID, ranges, 2);
    etl_put(etl, &(struct etl_event){ .header = HEADER_EVENT64,
                                      .group = ETL_GROUP_HEAP,
                                      .opcode = 35,
                                      .version = 2,
                                      .ticks = etl_ticks(etl, 22 * US),
                                      .payload = "12345678",
                                      .payload_size = 8,
                                      .items = items,
                                      .item_count = 2 });
    etl_under(etl, HEADER_FULL32);
    etl_realloc(etl, 23 * US, HEAP, 2, 1, 20, 10, ETL_LOWFRAG);
    uint64_t ticks = etl_ticks(etl, 24 * US);
    etl_put(etl, &(struct etl_event){
                     .header = HEADER_MESSAGE, .message_options = 0x2b, .ticks = ticks });
    etl_put(etl, &(struct etl_event){ .header = HEADER_PERFINFO64, .counters = 2, .ticks = ticks });
    etl_under(etl, HEADER_SYSTEM64);
    etl_process(etl, 30 * US, ETL_PROCESS_END, PID, 4, "a.exe", "a -x");
    struct trace trace;
    trace.bytes = etl_finish(etl, &trace.size);
    etl_builder_free(etl);
    return trace;
}

/* Each CPU's events of the shorter trace must be the first ones of that CPU in the whole one. */
static void expect_prefix_of_each_cpu(const struct decoded *part, const struct decoded *whole)
{
    for (uint32_t cpu = 0; cpu < 2; cpu++) {
        size_t at = 0;
        for (size_t i = 0; i < part->count; i++) {
            if (part->events[i].cpu != cpu)
                continue;
            while (at < whole->count && whole->events[at].cpu != cpu)
                at++;
            assert_true(at < whole->count);
            assert_int_equal(part->events[i].kind, whole->events[at].kind);
            assert_int_equal(part->events[i].address, whole->events[at].address);
            assert_int_equal(part->events[i].time_ns, whole->events[at].time_ns);
            at++;
        }
    }
}

static void a_trace_cut_at_any_byte_gives_a_part_of_its_events(void **state)
{
    const struct format *format = *state;
    struct trace trace = make_rich_trace(format->compression);
    struct decoded whole = decode(trace.bytes, trace.size);
    decoded_expect_clean(&whole);
    size_t last_count = 0;
    for (size_t size = 0; size < trace.size; size++) {
        struct decoded part = decode(trace.bytes, size);
        if (part.decoder) {
            assert_int_equal(part.end, NEXT_END);
            assert_true(decoded_anomaly(&part, ANOMALY_file_cut_off) > 0);
            expect_prefix_of_each_cpu(&part, &whole);
            assert_true(part.count >= last_count);
            last_count = part.count;
        } else {
            assert_int_equal(part.err.code, ERROR_NOT_A_TRACE);
            assert_int_equal(last_count, 0);
        }
        decoded_release(&part);
    }
    decoded_release(&whole);
    free(trace.bytes);
}

static void any_byte_may_be_wrong(void **state)
{
    const struct format *format = *state;
    static const uint8_t masks[] = { 0xff, 0x80, 0x01, 0x40 };
    struct trace trace = make_rich_trace(format->compression);
    for (size_t at = 0; at < trace.size; at++) {
        for (size_t m = 0; m < sizeof masks; m++) {
            trace.bytes[at] ^= masks[m];
            struct decoded decoded = decode(trace.bytes, trace.size);
            if (decoded.decoder)
                assert_true(decoded.end == NEXT_END || decoded.err.code == ERROR_LIMIT);
            decoded_release(&decoded);
            trace.bytes[at] ^= masks[m];
        }
    }
    free(trace.bytes);
}

static void any_four_bytes_may_be_extreme(void **state)
{
    const struct format *format = *state;
    static const uint32_t values[] = { 0, 0xffffffff, 0x7fffffff, 0x80000000 };
    struct trace trace = make_rich_trace(format->compression);
    for (size_t at = 0; at + 4 <= trace.size; at += 4) {
        uint64_t kept = etl_peek(trace.bytes + at, 4);
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            etl_poke(trace.bytes + at, values[v], 4);
            struct decoded decoded = decode(trace.bytes, trace.size);
            decoded_release(&decoded);
        }
        etl_poke(trace.bytes + at, kept, 4);
    }
    free(trace.bytes);
}

static void many_bytes_may_be_wrong_at_once(void **state)
{
    const struct format *format = *state;
    for (uint64_t seed = 0; seed < 150; seed++) {
        struct random random = random_new(seed);
        struct trace trace = make_rich_trace(format->compression);
        uint32_t count = 1 + random_below(&random, 40);
        for (uint32_t i = 0; i < count; i++)
            trace.bytes[random_below(&random, (uint32_t)trace.size)] =
                (uint8_t)random_next(&random);
        struct decoded decoded = decode(trace.bytes, trace.size);
        decoded_release(&decoded);
        free(trace.bytes);
    }
}

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } checks[] = {
        { "a_trace_cut_at_any_byte_gives_a_part_of_its_events",
          a_trace_cut_at_any_byte_gives_a_part_of_its_events },
        { "any_byte_may_be_wrong", any_byte_may_be_wrong },
        { "any_four_bytes_may_be_extreme", any_four_bytes_may_be_extreme },
        { "many_bytes_may_be_wrong_at_once", many_bytes_may_be_wrong_at_once },
    };
    enum { FORMATS = sizeof formats / sizeof formats[0], CHECKS = sizeof checks / sizeof *checks };
    static struct CMUnitTest tests[FORMATS * CHECKS];
    static char names[FORMATS * CHECKS][96];
    for (size_t i = 0; i < FORMATS * CHECKS; i++) {
        struct format *format = &formats[i / CHECKS];
        snprintf(names[i], sizeof names[i], "%s: %s", format->name, checks[i % CHECKS].name);
        tests[i] = (struct CMUnitTest){ .name = names[i],
                                        .test_func = checks[i % CHECKS].run,
                                        .initial_state = format };
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
