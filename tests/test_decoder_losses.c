/* When events were lost: what damage, flags and a cut-off end say about time. */
#include "tests/decoded.h"
#include "tests/etl_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Event i is at 10 + i µs; buffer 1 holds events 0 to 5, buffer 2 events 6 to 11, and so on. */
enum { HEAP = 0x10000, PID = 100, BUFFER_BYTES = 512, EVENTS_A_BUFFER = 6, BUFFERS = 4 };
enum { EVENTS = EVENTS_A_BUFFER * BUFFERS };

static uint64_t time_of(uint64_t event)
{
    return (10 + event) * US;
}

static struct etl *put_trace(enum etl_compression compression, uint32_t cpus)
{
    struct etl_options options = etl_defaults();
    options.buffer_bytes = BUFFER_BYTES;
    options.compression = compression;
    options.cpu_count = cpus;
    options.log.logger_name = "d";
    options.log.log_file_name = "e";
    struct etl *etl = etl_builder_new(&options);
    for (uint32_t i = 0; i < EVENTS; i++) {
        etl_as(etl, i % cpus, PID, 1);
        etl_alloc(etl, time_of(i), HEAP, 0x20000 + i, 16, ETL_MAINPATH);
    }
    return etl;
}

/* Frees `trace`. Fails unless the one span of loss is that from `from_ns` to `to_ns`. */
static void expect_loss(uint8_t *trace, size_t size, uint64_t from_ns, uint64_t to_ns)
{
    struct decoded decoded = decode(trace, size);
    assert_int_equal(decoded.end, NEXT_END);
    const struct losses *losses = &decoder_info(decoded.decoder)->losses;
    assert_int_equal(losses->count, 1);
    assert_int_equal(losses->spans[0].from_ns, from_ns);
    assert_int_equal(losses->spans[0].to_ns, to_ns);
    decoded_release(&decoded);
    free(trace);
}

static void a_whole_trace_has_no_loss(void **state)
{
    (void)state;
    for (uint32_t cpus = 1; cpus <= 3; cpus++) {
        size_t size;
        struct etl *etl = put_trace(ETL_PLAIN, cpus);
        uint8_t *trace = etl_finish(etl, &size);
        struct decoded decoded = decode(trace, size);
        decoded_expect_clean(&decoded);
        assert_int_equal(decoder_info(decoded.decoder)->losses.count, 0);
        decoded_release(&decoded);
        free(trace);
        etl_builder_free(etl);
    }
}

static void a_damaged_buffer_lost_the_time_between_its_neighbours(void **state)
{
    (void)state;
    size_t size;
    struct etl *etl = put_trace(ETL_PLAIN, 1);
    uint8_t *trace = etl_finish(etl, &size);
    etl_poke(trace + etl_buffer_offset(etl, 2) + ETL_AT_BUFFER_SIZE, 0, 4);
    expect_loss(trace, size, time_of(5), time_of(12));
    etl_builder_free(etl);
}

static void a_compressed_buffer_that_does_not_expand_is_such_a_time(void **state)
{
    (void)state;
    size_t size;
    struct etl *etl = put_trace(ETL_XPRESS, 1);
    uint8_t *trace = etl_finish(etl, &size);
    etl_poke(trace + etl_buffer_offset(etl, 2) + ETL_AT_OFFSET, BUFFER_BYTES, 4);
    expect_loss(trace, size, time_of(5), time_of(12));
    etl_builder_free(etl);
}

static void a_damaged_event_lost_the_rest_of_its_buffer(void **state)
{
    (void)state;
    size_t size;
    struct etl *etl = put_trace(ETL_PLAIN, 1);
    uint8_t *trace = etl_finish(etl, &size);
    etl_poke(trace + etl_event_offset(etl, 2), 0x12345678, 4);
    expect_loss(trace, size, time_of(1), time_of(6));
    etl_builder_free(etl);
}

static void a_flag_of_a_buffer_says_that_events_are_missing_before_it(void **state)
{
    (void)state;
    static const uint16_t flags[] = { ETL_EVENTS_LOST, ETL_BUFFER_LOST };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        size_t size;
        struct etl *etl = put_trace(ETL_PLAIN, 1);
        uint8_t *trace = etl_finish(etl, &size);
        uint8_t *at = trace + etl_buffer_offset(etl, 3) + ETL_AT_FLAGS;
        etl_poke(at, etl_peek(at, 2) | flags[i], 2);
        expect_loss(trace, size, time_of(11), time_of(12));
        etl_builder_free(etl);
    }
}

static void a_loss_is_one_of_its_own_cpu(void **state)
{
    (void)state;
    size_t size;
    struct etl *etl = put_trace(ETL_PLAIN, 2);
    uint8_t *trace = etl_finish(etl, &size);
    size_t last = 0; /* of CPU 1, which has the events of odd numbers */
    for (size_t i = 1; i <= BUFFERS; i++)
        if (etl_buffer_offset(etl, i) < etl_event_offset(etl, EVENTS - 1))
            last = etl_buffer_offset(etl, i) > etl_buffer_offset(etl, last) ? i : last;
    uint8_t *at = trace + etl_buffer_offset(etl, last) + ETL_AT_FLAGS;
    etl_poke(at, etl_peek(at, 2) | ETL_EVENTS_LOST, 2);
    expect_loss(trace, size, time_of(EVENTS_A_BUFFER * 2 - 1), time_of(EVENTS_A_BUFFER * 2 + 1));
    etl_builder_free(etl);
}

static void a_file_that_is_cut_off_lost_all_from_there_on(void **state)
{
    (void)state;
    struct etl *etl = put_trace(ETL_PLAIN, 1);
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    expect_loss(trace, (size_t)etl_event_offset(etl, 15), time_of(14), UINT64_MAX);
    trace = etl_finish(etl, &size);
    expect_loss(trace, (size_t)etl_buffer_offset(etl, 3) + 20, time_of(11), UINT64_MAX);
    etl_builder_free(etl);
}

static void what_is_damaged_at_the_end_has_no_end(void **state)
{
    (void)state;
    static const enum etl_compression compressions[] = { ETL_PLAIN, ETL_XPRESS };
    for (size_t i = 0; i < sizeof compressions / sizeof compressions[0]; i++) {
        size_t size;
        struct etl *etl = put_trace(compressions[i], 1);
        uint8_t *trace = etl_finish(etl, &size);
        etl_poke(trace + etl_buffer_offset(etl, BUFFERS) + ETL_AT_BUFFER_SIZE, 0, 4);
        expect_loss(trace, size, time_of(EVENTS - EVENTS_A_BUFFER - 1), UINT64_MAX);
        etl_builder_free(etl);
    }
}

static void losses_the_header_counts_have_no_time(void **state)
{
    (void)state;
    struct etl_options options = etl_defaults();
    options.log.events_lost = 12;
    struct etl *etl = etl_builder_new(&options);
    etl_destroy(etl, 5 * US, HEAP);
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    struct decoded decoded = decode(trace, size);
    assert_int_equal(decoded_anomaly(&decoded, ANOMALY_events_lost), 12);
    assert_int_equal(decoder_info(decoded.decoder)->losses.count, 0);
    decoded_release(&decoded);
    free(trace);
    etl_builder_free(etl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_trace_has_no_loss),
        cmocka_unit_test(a_damaged_buffer_lost_the_time_between_its_neighbours),
        cmocka_unit_test(a_compressed_buffer_that_does_not_expand_is_such_a_time),
        cmocka_unit_test(a_damaged_event_lost_the_rest_of_its_buffer),
        cmocka_unit_test(a_flag_of_a_buffer_says_that_events_are_missing_before_it),
        cmocka_unit_test(a_loss_is_one_of_its_own_cpu),
        cmocka_unit_test(a_file_that_is_cut_off_lost_all_from_there_on),
        cmocka_unit_test(what_is_damaged_at_the_end_has_no_end),
        cmocka_unit_test(losses_the_header_counts_have_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
