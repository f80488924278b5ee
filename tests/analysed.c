/* From the bytes of a trace to its result: the loop of the program, for tests. */
#include "tests/analysed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void feed(struct decoder *decoder, struct analysis *analysis, struct error *stop)
{
    struct event_batch batch;
    while (decoder_next(decoder, &batch, stop) == NEXT_BATCH)
        if (!analysis_feed(analysis, &batch, stop))
            return;
}

static bool analyse(const uint8_t *trace, size_t size, bool goes_ahead, struct result *out,
                    struct error *stop, struct error *err)
{
    const struct analysis_options everything = { 0 };
    struct error ignored = { 0 };
    bool is_done = false;
    *out = (struct result){ 0 };
    struct decoder *decoder = decoder_open_memory(trace, size, err);
    bool is_open = decoder && (!goes_ahead || decoder_go_ahead(decoder, err));
    struct analysis *analysis = is_open ? analysis_new(&everything, err) : NULL;
    if (analysis) {
        feed(decoder, analysis, stop ? stop : &ignored);
        is_done = analysis_finish(analysis, decoder, "test.etl", out, err);
    }
    analysis_free(analysis);
    decoder_close(decoder);
    return is_done;
}

bool analysed(const uint8_t *trace, size_t size, struct result *out, struct error *stop,
              struct error *err)
{
    return analyse(trace, size, false, out, stop, err);
}

bool analysed_ahead(const uint8_t *trace, size_t size, struct result *out, struct error *stop,
                    struct error *err)
{
    return analyse(trace, size, true, out, stop, err);
}

static void feed_all(struct decoder *decoder, struct analysis *analysis)
{
    struct error err = { 0 };
    struct event_batch batch;
    enum next got;
    while ((got = decoder_next(decoder, &batch, &err)) == NEXT_BATCH)
        assert_true(analysis_feed(analysis, &batch, &err));
    assert_int_equal(got, NEXT_END);
}

struct result analysed_etl(struct etl *etl, const struct analysis_options *options)
{
    struct error err = { 0 };
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    struct decoder *decoder = decoder_open_memory(trace, size, &err);
    assert_non_null(decoder);
    struct analysis *analysis = analysis_new(options, &err);
    assert_non_null(analysis);
    feed_all(decoder, analysis);
    struct result result;
    if (!analysis_finish(analysis, decoder, "test.etl", &result, &err))
        fail_msg("%s", err.message);
    analysis_free(analysis);
    decoder_close(decoder);
    etl_builder_free(etl);
    free(trace);
    return result;
}

struct result analysed_etl_all(struct etl *etl)
{
    return analysed_etl(etl, &(struct analysis_options){ 0 });
}
