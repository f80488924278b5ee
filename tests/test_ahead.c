/* A thread that decodes ahead: nobody can tell but by the clock. */
#include "decoder/ahead.h"
#include "tests/analysed.h"
#include "tests/report_testing.h"
#include "tests/trace_random.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The program's own calls come here (--wrap). */
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *context);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *context);

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

/* Set before the thread begins. */
static bool has_no_thread, has_no_memory, has_no_more_memory;

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return has_no_memory ? NULL : __real_aligned_alloc(alignment, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return has_no_more_memory ? NULL : __real_realloc(old, size);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *context)
{
    return has_no_thread ? EAGAIN : __real_pthread_create(thread, attributes, run, context);
}

/* ---- against a decoder that is no more than a count ---- */

enum { EVENTS_MAX = 600 };

struct maker {
    uint64_t batches, limit; /* made so far, and to be made */
    bool fails;              /* at the limit; else it ends */
    struct event events[EVENTS_MAX];
};

static size_t batch_size(uint64_t number)
{
    return number * 7919 % (EVENTS_MAX + 1); /* 0 among them */
}

static enum next make_batch(struct decoder *decoder, struct event_batch *batch, struct error *err)
{
    struct maker *maker = (struct maker *)(void *)decoder;
    if (maker->batches == maker->limit && maker->fails) {
        error_set(err, ERROR_IO, 77, "as planned");
        return NEXT_ERROR;
    }
    if (maker->batches == maker->limit)
        return NEXT_END;
    *batch = (struct event_batch){ .events = maker->events, .count = batch_size(maker->batches) };
    for (size_t i = 0; i < batch->count; i++)
        maker->events[i] = (struct event){ .time_ns = maker->batches, .address = i };
    maker->batches++;
    return NEXT_BATCH;
}

static struct ahead *try_to_start(struct maker *maker, struct error *err)
{
    static const struct trace_info info;
    static const struct anomalies anomalies;
    const struct ahead_work work = { make_batch, (struct decoder *)(void *)maker, &info, &anomalies,
                                     &maker->batches };
    return ahead_start(&work, err);
}

static struct ahead *start(struct maker *maker)
{
    struct error err = { 0 };
    struct ahead *ahead = try_to_start(maker, &err);
    assert_non_null(ahead);
    return ahead;
}

static void take(struct ahead *ahead, uint64_t number)
{
    struct event_batch batch;
    struct error err = { 0 };
    assert_int_equal(ahead_next(ahead, &batch, &err), NEXT_BATCH);
    assert_int_equal(batch.count, batch_size(number));
    for (size_t i = 0; i < batch.count; i++)
        assert_true(batch.events[i].time_ns == number && batch.events[i].address == i);
    assert_int_equal(ahead_facts(ahead)->bytes_done, number + 1);
}

static void gives_every_batch_with_its_facts(void **state)
{
    (void)state;
    static const uint64_t limits[] = {
        0, 1, AHEAD_SLOTS - 1, AHEAD_SLOTS, AHEAD_SLOTS + 1, 2 * AHEAD_SLOTS, 10 * AHEAD_SLOTS + 3
    };
    for (size_t i = 0; i < 2 * sizeof limits / sizeof *limits; i++) {
        struct maker *maker = calloc(1, sizeof *maker);
        maker->limit = limits[i / 2];
        maker->fails = i % 2;
        struct ahead *ahead = start(maker);
        assert_int_equal(ahead_facts(ahead)->bytes_done, 0);
        for (uint64_t number = 0; number < maker->limit; number++)
            take(ahead, number);
        for (int again = 0; again < 2; again++) {
            struct event_batch batch;
            struct error err = { 0 };
            assert_int_equal(ahead_next(ahead, &batch, &err), maker->fails ? NEXT_ERROR : NEXT_END);
            assert_int_equal(err.code, maker->fails ? ERROR_IO : ERROR_NONE);
            assert_true(!maker->fails || err.offset == 77);
        }
        ahead_free(ahead);
        free(maker);
    }
}

static void says_when_there_is_no_memory(void **state)
{
    (void)state;
    struct maker maker = { .limit = 10 };
    struct error err = { 0 };
    has_no_memory = true;
    assert_null(try_to_start(&maker, &err));
    has_no_memory = false;
    assert_int_equal(err.code, ERROR_NO_MEMORY);

    struct event_batch batch;
    err = (struct error){ 0 };
    has_no_more_memory = true;
    struct ahead *ahead = start(&maker);
    take(ahead, 0); /* has no events */
    assert_int_equal(ahead_next(ahead, &batch, &err), NEXT_ERROR);
    assert_int_equal(batch.count, 0);
    assert_int_equal(err.code, ERROR_NO_MEMORY);
    ahead_free(ahead);
    has_no_more_memory = false;
}

static void stops_wherever_it_is(void **state)
{
    (void)state;
    for (uint64_t taken = 0; taken < 30; taken++) {
        struct maker *maker = calloc(1, sizeof *maker);
        maker->limit = taken % 3 ? UINT64_MAX : taken / 2;
        struct ahead *ahead = start(maker);
        for (uint64_t number = 0; number < taken && number < maker->limit; number++)
            take(ahead, number);
        ahead_free(ahead);
        free(maker);
    }
}

static void leaves_nothing_out_when_it_is_stopped(void **state)
{
    (void)state;
    for (uint64_t taken = 0; taken < 20; taken++) {
        struct maker *maker = calloc(1, sizeof *maker);
        maker->limit = UINT64_MAX;
        struct ahead *ahead = start(maker);
        uint64_t number = 0;
        while (number < taken)
            take(ahead, number++);
        ahead_stop(ahead);
        ahead_stop(ahead);
        while (ahead_is_on(ahead))
            take(ahead, number++);
        assert_int_equal(number, maker->batches); /* it may be asked now */
        ahead_free(ahead);
        free(maker);
    }
}

/* ---- whole traces ---- */

/* Enough that all batches the thread may be ahead come more than once. */
enum { MANY = 100 * 512 };

static uint8_t *make_trace(uint64_t seed, enum etl_compression compression, size_t events,
                           size_t *size)
{
    struct etl_options options = etl_defaults();
    options.buffer_bytes = 4096;
    options.cpu_count = 3;
    options.compression = compression;
    struct etl *etl = etl_builder_new(&options);
    struct trace_random trace = trace_random_new(&(struct trace_random_options){
        .seed = seed, .events = events, .cpus = 3, .processes = 3 });
    etl_process(etl, 0, ETL_PROCESS_START, 1000, 4, "program.exe", "program -x");
    trace_random_write(&trace, etl);
    trace_random_release(&trace);
    uint8_t *bytes = etl_finish(etl, size);
    etl_builder_free(etl);
    return bytes;
}

typedef bool analyse_function(const uint8_t *trace, size_t size, struct result *out,
                              struct error *stop, struct error *err);

/* result.json, or why there is none; what stopped it too. To be freed. */
static char *told_by(analyse_function *analyse, const uint8_t *trace, size_t size)
{
    struct error stop = { 0 }, err = { 0 };
    struct result result;
    if (!analyse(trace, size, &result, &stop, &err))
        return strdup(err.message);
    const struct report report = { .build = &result };
    char *json = written_by(report_format_find("json")->write, &report);
    size_t length = strlen(json);
    char *told = malloc(length + strlen(stop.message) + 1);
    assert_non_null(told);
    memcpy(told, json, length);
    strcpy(told + length, stop.message);
    free(json);
    result_release(&result);
    return told;
}

static void check_same(const uint8_t *trace, size_t size)
{
    char *alone = told_by(analysed, trace, size);
    char *ahead = told_by(analysed_ahead, trace, size);
    assert_string_equal(ahead, alone);
    free(alone);
    free(ahead);
}

static void changes_no_byte_of_a_result(void **state)
{
    (void)state;
    static const enum etl_compression compressions[] = { ETL_PLAIN, ETL_XPRESS };
    for (uint64_t seed = 1; seed <= 4; seed++) {
        size_t size;
        uint8_t *trace = make_trace(seed, compressions[seed % 2], seed ? 3000 : MANY, &size);
        check_same(trace, size);
        free(trace);
    }
}

static void changes_no_byte_of_what_damage_leaves(void **state)
{
    (void)state;
    size_t size;
    uint8_t *trace = make_trace(9, ETL_PLAIN, 3000, &size);
    struct random random = random_new(5);
    for (size_t round = 0; round < 20; round++) {
        uint8_t *damaged = malloc(size);
        assert_non_null(damaged);
        memcpy(damaged, trace, size);
        for (size_t i = 0; i < round; i++)
            damaged[random_below(&random, (uint32_t)size)] ^=
                (uint8_t)(1 + random_below(&random, 255));
        check_same(damaged, round % 2 ? size : random_below(&random, (uint32_t)size));
        free(damaged);
    }
    free(trace);
}

/* A caller that does not wait for the end asks about what it was given. */
static void knows_what_was_taken_and_no_more(void **state)
{
    (void)state;
    size_t size;
    uint8_t *trace = make_trace(2, ETL_PLAIN, MANY, &size);
    struct error err = { 0 };
    struct decoder *alone = decoder_open_memory(trace, size, &err);
    struct decoder *ahead = decoder_open_memory(trace, size, &err);
    assert_true(alone && ahead && decoder_go_ahead(ahead, &err));
    assert_false(decoder_want_census(ahead, &err));
    struct event_batch a, b;
    enum next got = NEXT_BATCH;
    bool was_afar = false;
    size_t last_alone = 0;
    for (size_t i = 0; got == NEXT_BATCH; i++) {
        got = decoder_next(alone, &a, &err);
        assert_int_equal(decoder_next(ahead, &b, &err), got);
        assert_int_equal(b.count, a.count);
        assert_memory_equal(decoder_info(ahead), decoder_info(alone), sizeof(struct trace_info));
        assert_memory_equal(decoder_anomalies(ahead), decoder_anomalies(alone),
                            sizeof(struct anomalies));
        assert_int_equal(decoder_bytes_done(ahead), decoder_bytes_done(alone));
        if (i == 4) /* ends the thread: from where it was, all goes on without it */
            assert_true(decoder_processes(ahead)->count >= decoder_processes(alone)->count);
        was_afar |= b.is_afar;
        if (got == NEXT_BATCH && !b.is_afar)
            last_alone = i;
    }
    assert_true(was_afar && last_alone > AHEAD_SLOTS);
    assert_int_equal(decoder_processes(ahead)->count, decoder_processes(alone)->count);
    decoder_close(alone);
    decoder_close(ahead);
    free(trace);
}

static void stays_on_one_thread_when_there_is_no_other(void **state)
{
    (void)state;
    size_t size;
    uint8_t *trace = make_trace(3, ETL_PLAIN, 3000, &size);
    struct error err = { 0 }, none = { 0 };
    struct decoder *decoder = decoder_open_memory(trace, size, &none);
    assert_non_null(decoder);
    has_no_thread = true;
    assert_false(decoder_go_ahead(decoder, &err));
    has_no_thread = false;
    assert_int_equal(err.code, ERROR_LIMIT);
    struct event_batch batch;
    enum next got = NEXT_BATCH;
    uint64_t events = 0;
    while ((got = decoder_next(decoder, &batch, &none)) == NEXT_BATCH)
        events += batch.count;
    assert_int_equal(got, NEXT_END);
    assert_true(events >= decoder_info(decoder)->heap_events && events > 0);
    decoder_close(decoder);
    free(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_every_batch_with_its_facts),
        cmocka_unit_test(says_when_there_is_no_memory),
        cmocka_unit_test(stops_wherever_it_is),
        cmocka_unit_test(leaves_nothing_out_when_it_is_stopped),
        cmocka_unit_test(changes_no_byte_of_a_result),
        cmocka_unit_test(changes_no_byte_of_what_damage_leaves),
        cmocka_unit_test(stays_on_one_thread_when_there_is_no_other),
        cmocka_unit_test(knows_what_was_taken_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
