/* Fuzzes the whole program: the bytes of a trace in, reports out. */
#include "tests/fuzz/target.h"

#include "analyzer/analyzer.h"
#include "reports/reports.h"
#include "reports/result_reader.h"
#include "tests/fuzz/output_checks.h"

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

/* FNV-1a. */
static uint32_t checksum(const uint8_t *data, size_t size)
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ data[i]) * 16777619u;
    return sum;
}

uint32_t fuzz_report_share = 1;

/* What is done with a result, of which each takes longer than making it. */
struct chosen {
    const char *format; /* of the report; NULL: none */
    bool is_checked;    /* letter by letter */
    bool is_read_back;  /* as a saved result */
};

/* An input has one treatment, as its bytes have it; most have none. */
static struct chosen choose(uint32_t sum)
{
    enum { PAGES = 4096 }; /* one run of so many: a page writes the files of its charts */
    static const struct chosen list[16] = {
        { "text", false, false }, { "text", true, false }, { "csv", false, false },
        { "csv", true, false },   { "json", true, false }, { "json", false, true },
    };
    if (sum / 16 % PAGES == 0)
        return (struct chosen){ "html", true, false };
    if (sum / 16 % fuzz_report_share != 0)
        return (struct chosen){ 0 };
    return list[sum % (sizeof list / sizeof list[0])];
}

static void check_saved(const char *text, size_t size)
{
    struct merged merged = { 0 };
    struct error err = { 0 };
    FUZZ_PROMISE(result_read(text, size, &(struct result_sums){ .merged = &merged }, &err));
    merged_release(&merged);
}

static void write_report(const struct result *result, uint32_t sum)
{
    const struct chosen chosen = choose(sum);
    const struct report report = { .build = result };
    char *text = NULL;
    size_t size = 0;
    struct error err = { 0 };
    if (!chosen.format)
        return;
    setenv("PATH", "/nonexistent", 1); /* no gnuplot: the charts would be most of the time */
    FILE *out = open_memstream(&text, &size);
    FUZZ_PROMISE(out);
    FUZZ_PROMISE(report_format_find(chosen.format)->write(&report, out, &err));
    fclose(out);
    if (chosen.is_checked)
        check_output(chosen.format, text, size);
    if (chosen.is_read_back)
        check_saved(text, size);
    free(text);
}

static void check_error(const struct error *err)
{
    FUZZ_PROMISE(err->code != ERROR_NONE && err->code != ERROR_INTERNAL);
    FUZZ_PROMISE(err->message[0] != '\0');
}

/* Mostly everything; else a stretch, or only the second heap of each process. */
static struct analysis_options choose_stretch(uint32_t sum)
{
    switch (sum >> 16 & 15) {
    case 0:
        return (struct analysis_options){ .from_ns = sum, .to_ns = 2 * (uint64_t)sum };
    case 1:
        return (struct analysis_options){ .heap_ordinal = 2 };
    default:
        return (struct analysis_options){ 0 };
    }
}

void fuzz_trace(const uint8_t *data, size_t size)
{
    const uint32_t sum = checksum(data, size);
    const struct analysis_options options = choose_stretch(sum);
    struct error err = { 0 };
    struct result result;
    struct decoder *decoder = decoder_open_memory(data, size, &err);
    if (!decoder) {
        check_error(&err);
        return;
    }
    struct analysis *analysis = analysis_new(&options, &err);
    FUZZ_PROMISE(analysis && decoder_want_census(decoder, &err));
    if (!feed(decoder, analysis, &err))
        check_error(&err);
    err = (struct error){ 0 };
    if (analysis_finish(analysis, decoder, "fuzz.etl", &result, &err)) {
        write_report(&result, sum);
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
