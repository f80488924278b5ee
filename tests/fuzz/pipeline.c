/* Fuzzes the whole program: the bytes of a trace in, reports out. */
#include "tests/fuzz/target.h"

#include "analyzer/analyzer.h"
#include "reports/reports.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void check_batch(const struct decoder *decoder, const struct event_batch *batch,
                        uint64_t *last_ns)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct event *event = &batch->events[i];
        FUZZ_PROMISE(event->time_ns >= *last_ns);
        FUZZ_PROMISE(event->kind < EVENT_KIND_COUNT);
        FUZZ_PROMISE(event->process < decoder_processes(decoder)->count);
        FUZZ_PROMISE(event->file_offset < decoder_info(decoder)->file_bytes);
        *last_ns = event->time_ns;
    }
}

/* False: a limit was reached, or memory ran out; then `err` has a sentence. */
static bool feed(struct decoder *decoder, struct analysis *analysis, struct error *err)
{
    struct event_batch batch;
    uint64_t last_ns = 0;
    enum next got;
    while ((got = decoder_next(decoder, &batch, err)) == NEXT_BATCH) {
        check_batch(decoder, &batch, &last_ns);
        if (!analysis_feed(analysis, &batch, err))
            return false;
    }
    return got == NEXT_END;
}

static void check_text(const struct report *report, const struct report_format *format)
{
    char *text = NULL;
    size_t size = 0;
    struct error err = { 0 };
    FILE *out = open_memstream(&text, &size);
    FUZZ_PROMISE(out);
    FUZZ_PROMISE(format->write(report, out, &err));
    fclose(out);
    FUZZ_PROMISE(strlen(text) == size);
    if (strcmp(format->name, "json") == 0) {
        json_error_t why;
        /* As reals, because jansson's integers have 63 bits and ours 64. */
        json_t *read = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &why);
        if (!read)
            fprintf(stderr, "result.json, line %d: %s\n", why.line, why.text);
        FUZZ_PROMISE(read);
        json_decref(read);
    }
    free(text);
}

/* FNV-1a. */
static uint32_t checksum(const uint8_t *data, size_t size)
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ data[i]) * 16777619u;
    return sum;
}

/* Writing takes longer than all before it, so an input gets one format, as its bytes have it. */
static void report(const struct result *result, uint32_t choice)
{
    static const char *const formats[] = { "text", "json", "csv" };
    const size_t count = sizeof formats / sizeof formats[0];
    const struct report report = { .build = result };
    check_text(&report, report_format_find(formats[choice % count]));
}

static void check_error(const struct error *err)
{
    FUZZ_PROMISE(err->code != ERROR_NONE && err->code != ERROR_INTERNAL);
    FUZZ_PROMISE(err->message[0] != '\0');
}

void fuzz_trace(const uint8_t *data, size_t size)
{
    const struct analysis_options everything = { 0 };
    struct error err = { 0 };
    struct result result;
    struct decoder *decoder = decoder_open_memory(data, size, &err);
    if (!decoder) {
        check_error(&err);
        return;
    }
    struct analysis *analysis = analysis_new(&everything, &err);
    FUZZ_PROMISE(analysis && decoder_want_census(decoder, &err));
    if (!feed(decoder, analysis, &err))
        check_error(&err);
    err = (struct error){ 0 };
    if (analysis_finish(analysis, decoder, "fuzz.etl", &result, &err)) {
        report(&result, checksum(data, size));
        result_release(&result);
    } else {
        check_error(&err);
    }
    analysis_free(analysis);
    decoder_close(decoder);
}

void fuzz_pipeline(const uint8_t *data, size_t size)
{
    fuzz_trace(data, size);
}
