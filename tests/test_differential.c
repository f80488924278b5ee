/* The same events in every container that ETW knows: one result. */
#include "tests/analysed.h"
#include "tests/report_testing.h"
#include "tests/trace_random.h"

#include <stdlib.h>
#include <string.h>

/* A container. Zero: a buffer of 64 KiB for all, one CPU, SYSTEM64, nothing else in between. */
struct container {
    const char *name;
    uint8_t header;
    uint32_t pointer_bytes;
    uint32_t cpus;
    uint32_t buffer_bytes;
    enum etl_compression compression;
    size_t rotated;
    uint32_t clock;
    bool no_processor_index;
    bool has_foreign; /* events of others, of kinds that nobody reads, between all */
    bool has_unknown; /* events of heaps, processes and stacks with opcodes that nobody knows */
    bool has_filler;  /* buffers without events, buffers that end early */
    bool has_rundown; /* every other buffer is of the type that rundowns have */
    bool is_reversed; /* buffers lie in the file as no session would write them: the last first */
};

static const struct container containers[] = {
    { .name = "system64" },
    { .name = "system32", .header = HEADER_SYSTEM32, .pointer_bytes = 4 },
    { .name = "compact64", .header = HEADER_COMPACT64 },
    { .name = "compact32", .header = HEADER_COMPACT32, .pointer_bytes = 4 },
    { .name = "full64", .header = HEADER_FULL64 },
    { .name = "full32", .header = HEADER_FULL32, .pointer_bytes = 4 },
    { .name = "instance64", .header = HEADER_INSTANCE64 },
    { .name = "instance32", .header = HEADER_INSTANCE32, .pointer_bytes = 4 },
    { .name = "event64", .header = HEADER_EVENT64 },
    { .name = "event32", .header = HEADER_EVENT32, .pointer_bytes = 4 },
    { .name = "event32_in_a_64_bit_session", .header = HEADER_EVENT32 },
    { .name = "two_cpus", .cpus = 2 },
    { .name = "sixty_four_cpus", .cpus = 64 },
    { .name = "two_thousand_cpus", .cpus = 2000, .buffer_bytes = 1024 },
    { .name = "buffers_of_1_kib", .buffer_bytes = 1024 },
    { .name = "buffers_of_1_mib", .buffer_bytes = 1 << 20 },
    { .name = "lznt1", .compression = ETL_LZNT1, .buffer_bytes = 4096 },
    { .name = "xpress", .compression = ETL_XPRESS, .buffer_bytes = 4096 },
    { .name = "xpress_huffman", .compression = ETL_XPRESS_HUFFMAN, .buffer_bytes = 4096 },
    { .name = "circular", .rotated = 7, .buffer_bytes = 1024 },
    { .name = "circular_on_three_cpus", .rotated = 5, .buffer_bytes = 1024, .cpus = 3 },
    { .name = "clock_of_100_ns", .clock = CLOCK_SYSTEM },
    { .name = "clock_of_the_cpu", .clock = CLOCK_CYCLES },
    { .name = "cpu_in_a_byte", .no_processor_index = true, .cpus = 5 },
    { .name = "foreign_events", .has_foreign = true, .cpus = 2 },
    { .name = "filler_and_empty_buffers", .has_filler = true, .cpus = 2, .buffer_bytes = 2048 },
    { .name = "unknown_opcodes", .has_unknown = true },
    { .name = "rundown_buffers", .has_rundown = true, .cpus = 2, .buffer_bytes = 1024 },
    { .name = "rundown_buffers_xpress",
      .has_rundown = true,
      .compression = ETL_XPRESS,
      .buffer_bytes = 4096 },
    { .name = "reversed", .is_reversed = true, .buffer_bytes = 1024, .cpus = 2 },
    { .name = "reversed_with_gaps",
      .is_reversed = true,
      .has_filler = true,
      .has_foreign = true,
      .has_rundown = true,
      .buffer_bytes = 2048,
      .cpus = 3 },
    { .name = "all_of_it",
      .header = HEADER_EVENT32,
      .cpus = 7,
      .buffer_bytes = 8192,
      .compression = ETL_XPRESS,
      .rotated = 3,
      .has_foreign = true,
      .has_unknown = true,
      .has_filler = true,
      .has_rundown = true },
};
enum { CONTAINER_COUNT = sizeof containers / sizeof containers[0] };

static struct etl *begin(const struct container *c)
{
    struct etl_options options = etl_defaults();
    options.cpu_count = c->cpus ? c->cpus : 1;
    options.buffer_bytes = c->buffer_bytes ? c->buffer_bytes : 1 << 16;
    options.pointer_bytes = c->pointer_bytes ? c->pointer_bytes : 8;
    options.compression = c->compression;
    options.rotated = c->rotated;
    options.no_processor_index = c->no_processor_index;
    options.log.logger_name = "logger";
    options.log.log_file_name = "file";
    options.log.cpu_speed_mhz = 10;
    if (c->clock)
        options.log.reserved_flags = c->clock;
    struct etl *etl = etl_builder_new(&options);
    etl_under(etl, c->header ? c->header : HEADER_SYSTEM64);
    return etl;
}

/* What a Windows to come may log of the groups that are read. */
static void put_unknown(struct etl *etl, uint64_t ticks, uint32_t cpu, size_t number)
{
    static const uint8_t headers[] = { HEADER_SYSTEM64, HEADER_FULL64, HEADER_EVENT64 };
    static const uint8_t groups[] = { ETL_GROUP_HEAP, ETL_GROUP_PROCESS, ETL_GROUP_STACK_WALK,
                                      ETL_GROUP_IMAGE };
    static const uint8_t payload[40] = { 1, 2, 3 };
    for (size_t i = 0; i < sizeof groups; i++)
        etl_put(etl, &(struct etl_event){ .header = headers[(number + i) % sizeof headers],
                                          .group = groups[i],
                                          .opcode = 200,
                                          .version = 9,
                                          .cpu = cpu,
                                          .ticks = ticks,
                                          .payload = payload,
                                          .payload_size = number % sizeof payload });
}

/* Between two events of the trace; none of it says anything about heaps. */
static void put_others(struct etl *etl, const struct container *c, uint64_t time_ns, uint32_t cpu,
                       size_t number)
{
    const uint64_t ticks = etl_ticks(etl, time_ns);
    if (c->has_foreign && number % 3 == 0) {
        etl_put(etl, &(struct etl_event){
                         .header = HEADER_MESSAGE, .message_options = 0x2b, .ticks = ticks });
        etl_put(etl, &(struct etl_event){
                         .header = HEADER_PERFINFO64, .counters = 3, .cpu = cpu, .ticks = ticks });
        etl_foreign(etl, time_ns, number % 50);
    }
    if (c->has_unknown && number % 4 == 0)
        put_unknown(etl, ticks, cpu, number);
    if (c->has_filler && number % 7 == 0)
        etl_filler(etl, cpu, 24);
    if (c->has_filler && number % 11 == 0)
        etl_empty_buffer(etl, cpu, number % 2 ? ETL_RUNDOWN : ETL_EMPTY_MARKER);
}

/* All buffers but the first: what they are called, and where they lie. */
static void rearrange(const struct container *c, const struct etl *etl, uint8_t *trace, size_t size)
{
    const size_t count = etl_buffer_count(etl);
    for (size_t i = 1; c->has_rundown && i < count; i += 2)
        etl_poke(trace + etl_buffer_offset(etl, i) + ETL_AT_TYPE, ETL_RUNDOWN, 2);
    if (!c->is_reversed)
        return;
    uint8_t *copy = malloc(size);
    assert_non_null(copy);
    assert_int_equal(size, count * c->buffer_bytes);
    memcpy(copy, trace, size);
    for (size_t i = 1; i < count; i++)
        memcpy(trace + i * c->buffer_bytes, copy + (count - i) * c->buffer_bytes, c->buffer_bytes);
    free(copy);
}

/*
 * The events of `seed` a microsecond apart: two of one time would come in the order of their CPUs.
 * Each is on a CPU that its number names.
 */
static uint8_t *write_trace(const struct container *c, uint64_t seed, size_t *size)
{
    struct trace_random trace = trace_random_new(
        &(struct trace_random_options){ .seed = seed, .events = 700, .is_32_bit = true });
    struct etl *etl = begin(c);
    uint32_t cpus = c->cpus ? c->cpus : 1;
    for (size_t i = 0; i < trace.count; i++) {
        struct event event = trace.events[i];
        event.time_ns = (i + 1) * US;
        event.cpu = (uint16_t)(i * 31 % cpus);
        trace_write_event(etl, &event, trace.pids[event.process]);
        put_others(etl, c, event.time_ns, event.cpu, i);
    }
    trace_random_release(&trace);
    uint8_t *bytes = etl_finish(etl, size);
    rearrange(c, etl, bytes, *size);
    etl_builder_free(etl);
    return bytes;
}

/* Takes out what tells of the container. */
static void forget_container(struct result *result)
{
    struct trace_info *trace = &result->trace;
    trace->heap_events -= trace->by_kind[EVENT_other]; /* what has_unknown puts in */
    trace->by_kind[EVENT_other] = 0;
    trace->file_bytes = trace->pointer_bytes = trace->cpu_count = trace->buffer_bytes = 0;
    trace->clock = CLOCK_QPC;
    trace->clock_hz = trace->buffers = trace->events = 0;
    trace->compressed = false;
    for (int i = 0; i < ANOMALY_COUNT; i++)
        result->anomalies.first_offset[i] = 0;
}

static char *result_of(const struct container *c, uint64_t seed)
{
    struct result result;
    struct error stop = { 0 }, err = { 0 };
    size_t size;
    uint8_t *trace = write_trace(c, seed, &size);
    if (!analysed(trace, size, &result, &stop, &err) || stop.code != ERROR_NONE)
        fail_msg("%s: %s%s", c->name, err.message, stop.message);
    free(trace);
    forget_container(&result);
    char *json = written_by(report_json_write, &(struct report){ .build = &result });
    result_release(&result);
    return json;
}

static void expect_same(const char *text, const char *expected, const char *name)
{
    size_t line = 1;
    for (size_t i = 0; expected[i] || text[i]; i++) {
        if (text[i] != expected[i])
            fail_msg("%s: line %zu differs: '%.60s' is not '%.60s'", name, line, text + i,
                     expected + i);
        line += text[i] == '\n';
    }
}

static void the_same_events_give_the_same_result_in_every_container(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        char *expected = result_of(&containers[0], seed);
        assert_non_null(strstr(expected, "\"heap_events\": "));
        assert_null(strstr(expected, "\"processes\": []"));
        for (size_t i = 1; i < CONTAINER_COUNT; i++) {
            char *text = result_of(&containers[i], seed);
            expect_same(text, expected, containers[i].name);
            free(text);
        }
        free(expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_events_give_the_same_result_in_every_container),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
