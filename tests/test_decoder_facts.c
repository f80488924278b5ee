/* What a whole trace says about itself: its clock, its losses, the fields of its log file header.
 */
#include "tests/decoded.h"
#include "tests/etl_builder.h"

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
    etl_builder_free(etl);
    return decoded;
}

/* A trace of one event, so many ticks after the start. */
static struct decoded decode_at(const struct etl_options *options, uint64_t ticks)
{
    struct etl *etl = etl_builder_new(options);
    uint8_t payload[8] = { 1 };
    etl_put(etl, &(struct etl_event){ .header = HEADER_SYSTEM64,
                                      .group = ETL_GROUP_HEAP,
                                      .opcode = 35,
                                      .version = 2,
                                      .ticks = options->start_ticks + ticks,
                                      .pid = PID,
                                      .payload = payload,
                                      .payload_size = sizeof payload });
    return finish_and_decode(etl);
}

/* ---- Clock ---- */

struct clock_case {
    const char *name;
    uint32_t type; /* enum clock_type */
    uint64_t perf_freq;
    uint32_t mhz;
    uint64_t start_ticks, ticks, time_ns, hz;
};

#define YEAR_S UINT64_C(31536000)

static struct clock_case clock_cases[] = {
    { "qpc_10_mhz", CLOCK_QPC, 10000000, 3000, 883562400000, 1, 100, 10000000 },
    { "qpc_14_mhz", CLOCK_QPC, 14318180, 3000, 9500000000000, 14318180, 1000000000, 14318180 },
    { "qpc_rounds_down", CLOCK_QPC, 14318180, 3000, 5, 2, 139, 14318180 },
    { "qpc_slow", CLOCK_QPC, 1818300, 3000, 77, 3, 1649, 1818300 },
    { "qpc_as_cycles", CLOCK_QPC, 2893299000, 3000, 77, 2893299001, 1000000000, 2893299000 },
    { "qpc_a_year", CLOCK_QPC, 10000000, 3000, 1, YEAR_S * 10000000, YEAR_S * 1000000000,
      10000000 },
    { "qpc_fast_for_a_year", CLOCK_QPC, 3000000000, 3000, 1, YEAR_S * 3000000000,
      YEAR_S * 1000000000, 3000000000 },
    { "system_time", CLOCK_SYSTEM, 10000000, 3000, 133500000000000000, 7, 700, 10000000 },
    { "system_time_not_qpc", CLOCK_SYSTEM, 14318180, 3000, 133500000000000000, 7, 700, 10000000 },
    { "cycles", CLOCK_CYCLES, 10000000, 2400, 1000, 24, 10, 2400000000 },
    { "cycles_round_down", CLOCK_CYCLES, 10000000, 2893, 1000, 2893000000000 - 1, 999999999999,
      2893000000 },
};

static void ticks_become_exact_nanoseconds(void **state)
{
    const struct clock_case *c = *state;
    struct etl_options options = etl_defaults();
    options.start_ticks = c->start_ticks;
    options.log.reserved_flags = c->type;
    options.log.perf_freq = c->perf_freq;
    options.log.cpu_speed_mhz = c->mhz;
    struct decoded decoded = decode_at(&options, c->ticks);
    decoded_expect_clean(&decoded);
    assert_int_equal(decoded.count, 1);
    assert_int_equal(decoded.events[0].time_ns, c->time_ns);
    const struct trace_info *info = decoder_info(decoded.decoder);
    assert_int_equal(info->clock, c->type);
    assert_int_equal(info->clock_hz, c->hz);
    assert_int_equal(info->duration_ns, c->time_ns);
    decoded_release(&decoded);
}

/* Time that no clock can tell is not time 0 either: the trace is refused, or its events stay. */
static void a_clock_of_no_frequency_is_refused(void **state)
{
    (void)state;
    struct etl_options options = etl_defaults();
    options.log.perf_freq = 0;
    struct decoded decoded = decode_at(&options, 10);
    assert_null(decoded.decoder);
    assert_int_equal(decoded.err.code, ERROR_NOT_A_TRACE);
    decoded_release(&decoded);

    options = etl_defaults();
    options.log.reserved_flags = CLOCK_CYCLES;
    options.log.cpu_speed_mhz = 0;
    decoded = decode_at(&options, 10);
    assert_null(decoded.decoder);
    assert_int_equal(decoded.err.code, ERROR_NOT_A_TRACE);
    decoded_release(&decoded);
}

static void a_clock_of_unknown_type_is_refused(void **state)
{
    (void)state;
    struct etl_options options = etl_defaults();
    options.log.reserved_flags = 9;
    struct decoded decoded = decode_at(&options, 10);
    assert_null(decoded.decoder);
    assert_int_equal(decoded.err.code, ERROR_NOT_A_TRACE);
    decoded_release(&decoded);
}

/* Two thirds of all ticks there are: nothing may overflow on the way, and no order may break. */
static void the_latest_times_there_are_stay_in_order(void **state)
{
    (void)state;
    struct etl_options options = etl_defaults();
    options.start_ticks = 0;
    struct etl *etl = etl_builder_new(&options);
    uint8_t payload[8] = { 1 };
    struct etl_event event = { .header = HEADER_SYSTEM64,
                               .group = ETL_GROUP_HEAP,
                               .opcode = 35,
                               .version = 2,
                               .pid = PID,
                               .payload = payload,
                               .payload_size = sizeof payload };
    static const uint64_t ticks[] = { 5, INT64_MAX / 200, INT64_MAX / 2, INT64_MAX - 1, INT64_MAX };
    for (size_t i = 0; i < sizeof ticks / sizeof ticks[0]; i++) {
        event.ticks = ticks[i];
        etl_put(etl, &event);
    }
    struct decoded decoded = finish_and_decode(etl);
    assert_int_equal(decoded.end, NEXT_END);
    assert_int_equal(decoded.count, 5);
    assert_int_equal(decoded.events[0].time_ns, 500);
    decoded_release(&decoded);
}

/* ---- The log file header ---- */

static void every_field_of_the_log_header_arrives(void **state)
{
    (void)state;
    for (uint32_t pointer_bytes = 4; pointer_bytes <= 8; pointer_bytes += 4) {
        struct etl_options options = etl_defaults();
        options.cpu_count = 12;
        options.pointer_bytes = pointer_bytes;
        options.buffer_bytes = 0x2000;
        options.log.major = 6;
        options.log.minor = 1;
        options.log.provider_version = 7601;
        options.log.log_file_mode = 0x10001;
        options.log.boot_time = 133499000000000001;
        options.log.start_time = 133500000000000002;
        options.log.end_time = 133500000600000003;
        options.log.logger_name = "a logger";
        options.log.log_file_name = "C:\\traces\\caf\xe9.etl";
        struct decoded decoded = finish_and_decode(etl_builder_new(&options));
        decoded_expect_clean(&decoded);
        const struct trace_info *info = decoder_info(decoded.decoder);
        assert_int_equal(info->file_bytes, 0x2000);
        assert_int_equal(info->pointer_bytes, pointer_bytes);
        assert_int_equal(info->cpu_count, 12);
        assert_int_equal(info->os_major, 6);
        assert_int_equal(info->os_minor, 1);
        assert_int_equal(info->os_build, 7601);
        assert_int_equal(info->log_file_mode, 0x10001);
        assert_int_equal(info->buffer_bytes, 0x2000);
        assert_false(info->compressed);
        assert_int_equal(info->clock, CLOCK_QPC);
        assert_int_equal(info->clock_hz, 10000000);
        assert_int_equal(info->boot_filetime, 133499000000000001);
        assert_int_equal(info->start_filetime, 133500000000000002);
        assert_int_equal(info->end_filetime, 133500000600000003);
        assert_int_equal(info->buffers_written, 1);
        assert_string_equal(info->logger_name, "a logger");
        assert_string_equal(info->log_file_name, "C:\\traces\\caf\xc3\xa9.etl");
        decoded_release(&decoded);
    }
}

static void names_longer_than_their_place_are_cut(void **state)
{
    (void)state;
    char name[2001];
    memset(name, '\xe9', sizeof name - 1); /* two bytes in UTF-8, so a cut may fall between them */
    name[sizeof name - 1] = '\0';
    for (size_t skip = 0; skip < 2; skip++) {
        struct etl_options options = etl_defaults();
        options.log.logger_name = name + skip;
        options.log.log_file_name = name + skip;
        struct decoded decoded = finish_and_decode(etl_builder_new(&options));
        decoded_expect_clean(&decoded);
        const struct trace_info *info = decoder_info(decoded.decoder);
        assert_in_range(strlen(info->logger_name), sizeof info->logger_name - 3,
                        sizeof info->logger_name - 1);
        assert_int_equal(strlen(info->logger_name) % 2, 0);
        assert_int_equal(strlen(info->log_file_name) % 2, 0);
        decoded_release(&decoded);
    }
}

/* ---- Losses ---- */

static void losses_in_the_log_header_are_counted(void **state)
{
    (void)state;
    struct etl_options options = etl_defaults();
    options.log.events_lost = 12345;
    options.log.buffers_lost = 67;
    struct decoded decoded = decode_at(&options, 1);
    const enum anomaly allowed[] = { ANOMALY_events_lost, ANOMALY_buffers_lost };
    decoded_expect_only(&decoded, allowed, 2);
    assert_int_equal(decoded_anomaly(&decoded, ANOMALY_events_lost), 12345);
    assert_int_equal(decoded_anomaly(&decoded, ANOMALY_buffers_lost), 67);
    assert_int_equal(decoder_info(decoded.decoder)->events_lost, 12345);
    assert_int_equal(decoder_info(decoded.decoder)->buffers_lost, 67);
    decoded_release(&decoded);
}

static void losses_that_only_a_buffer_tells_of_are_not_silent(void **state)
{
    (void)state;
    static const struct {
        uint16_t flag;
        enum anomaly anomaly;
    } cases[] = { { ETL_EVENTS_LOST, ANOMALY_events_lost },
                  { ETL_BUFFER_LOST, ANOMALY_buffers_lost } };
    for (size_t i = 0; i < 2; i++) {
        struct etl *etl = etl_builder_new(NULL);
        etl_destroy(etl, 5 * US, HEAP);
        etl_flag_buffer(etl, 0, cases[i].flag);
        struct decoded decoded = finish_and_decode(etl);
        decoded_expect_only(&decoded, &cases[i].anomaly, 1);
        assert_true(decoded_anomaly(&decoded, cases[i].anomaly) >= 1);
        assert_int_equal(decoded.count, 1);
        decoded_release(&decoded);
    }
}

static void a_session_that_was_not_closed_is_noted(void **state)
{
    (void)state;
    struct etl_options options = etl_defaults();
    options.log.end_time = 0;
    options.log.buffers_written = 1; /* as when the session began: the events stay */
    struct decoded decoded = decode_at(&options, 1);
    decoded_expect_only(&decoded, &(enum anomaly){ ANOMALY_file_unfinished }, 1);
    assert_int_equal(decoded_anomaly(&decoded, ANOMALY_file_unfinished), 1);
    assert_int_equal(decoded.count, 1);
    decoded_release(&decoded);
}

static void buffers_that_are_missing_at_the_end_are_noticed(void **state)
{
    (void)state;
    struct etl_options options = etl_defaults();
    options.log.buffers_written = 9;
    struct decoded decoded = decode_at(&options, 1);
    decoded_expect_only(&decoded, &(enum anomaly){ ANOMALY_file_cut_off }, 1);
    assert_int_equal(decoded_anomaly(&decoded, ANOMALY_file_cut_off), 1);
    assert_int_equal(decoded.count, 1);
    decoded_release(&decoded);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(a_clock_of_no_frequency_is_refused),
        cmocka_unit_test(a_clock_of_unknown_type_is_refused),
        cmocka_unit_test(the_latest_times_there_are_stay_in_order),
        cmocka_unit_test(every_field_of_the_log_header_arrives),
        cmocka_unit_test(names_longer_than_their_place_are_cut),
        cmocka_unit_test(losses_in_the_log_header_are_counted),
        cmocka_unit_test(losses_that_only_a_buffer_tells_of_are_not_silent),
        cmocka_unit_test(a_session_that_was_not_closed_is_noted),
        cmocka_unit_test(buffers_that_are_missing_at_the_end_are_noticed),
    };
    enum {
        CLOCKS = sizeof clock_cases / sizeof clock_cases[0],
        OTHERS = sizeof others / sizeof others[0],
    };
    static struct CMUnitTest tests[CLOCKS + OTHERS];
    static char names[CLOCKS][64];
    for (size_t i = 0; i < CLOCKS; i++) {
        strcpy(names[i], clock_cases[i].name);
        strcat(names[i], ": ticks_become_exact_nanoseconds");
        tests[i] = (struct CMUnitTest){ .name = names[i],
                                        .test_func = ticks_become_exact_nanoseconds,
                                        .initial_state = &clock_cases[i] };
    }
    memcpy(tests + CLOCKS, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
