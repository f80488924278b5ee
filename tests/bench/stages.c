/*
 * Times the stages of `heapfrag report` alone, each on top of the one before.
 *
 *     bench_stages TRACE ROUNDS
 *
 * Prints a line a stage, the medians: its name, seconds of CPU, heap events a second, bytes a
 * second. Then what share of all is what, what the report takes beside other stages (medians of the
 * ratios within a round), and a line of facts about the trace. CPU time, because a busy machine
 * disturbs it least. Stages take turns, each time in a process of its own that takes memory as the
 * program does: what one leaves behind is no gain or loss of the next.
 */
#include "decoder/buffer_index.h"
#include "decoder/heap_event.h"
#include "decoder/log_header.h"
#include "decoder/source.h"
#include "decoder/stream.h"
#include "reports/cli/huge_pages.h"
#include "reports/names.h"
#include "reports/reports.h"
#include "tests/bench/median.h"
#include "tests/bench/plain_blocks.h"

#include "analyzer/analyzer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct facts {
    uint64_t file_bytes, heap_events, live_blocks;
    uint64_t plain_live_blocks; /* the same, by the plain table */
};

static void die(const struct error *err)
{
    fprintf(stderr, "bench_stages: %s\n", err->message);
    exit(1);
}

static double cpu_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void read_file(const char *path, struct facts *facts)
{
    enum { CHUNK_BYTES = 1 << 20 };
    struct error err = { 0 };
    struct source source;
    uint8_t *chunk = malloc(CHUNK_BYTES);
    if (!chunk || !source_open_file(&source, path, &err))
        die(&err);
    size_t got;
    facts->file_bytes = 0;
    do {
        if (!source_read(&source, facts->file_bytes, chunk, CHUNK_BYTES, &got, &err))
            die(&err);
        facts->file_bytes += got;
    } while (got > 0);
    source_close(&source);
    free(chunk);
}

static bool decode_event(struct stream *stream, struct event *event)
{
    uint32_t pid;
    bool is_known;
    if (!stream->is_formed)
        return heap_event_decode(&stream->header, event, &pid, &is_known) == HEAP_DECODED;
    if (stream->form)
        heap_form_read(stream->form, stream_event(stream), event);
    return stream->form;
}

/* One CPU after the other: all that decoding does but the merge. */
static uint64_t decode_cpu(struct stream_context *context, const struct buffer_list *list,
                           uint16_t cpu)
{
    struct error err = { 0 };
    struct stream stream;
    struct event event;
    uint64_t heap_events = 0;
    enum stream_state state = stream_start(&stream, context, list, cpu, &err);
    for (; state == STREAM_EVENT; state = stream_advance(&stream, context, &err))
        heap_events += decode_event(&stream, &event);
    if (state == STREAM_ERROR)
        die(&err);
    return heap_events;
}

static void decode(const char *path, struct facts *facts)
{
    static struct buffer_index index;
    struct error err = { 0 };
    struct source source;
    struct log_header header;
    struct trace_info info = { 0 };
    struct anomalies anomalies = { 0 };
    index = (struct buffer_index){ 0 };
    if (!source_open_file(&source, path, &err) || !log_header_read(&source, &header, &info, &err) ||
        !buffer_index_build(&index, &source, &info, &anomalies, &err))
        die(&err);
    struct stream_context context = {
        .loader = { .source = &source,
                    .compression = header.compression,
                    .buffer_bytes = info.buffer_bytes },
        .anomalies = &anomalies,
        .info = &info,
        .start_ticks = header.start_ticks,
    };
    event_forms_init(&context.forms);
    facts->heap_events = 0;
    for (uint16_t cpu = 0; cpu < BUFFER_CPU_COUNT; cpu++)
        if (index.cpus[cpu].count > 0)
            facts->heap_events += decode_cpu(&context, &index.cpus[cpu], cpu);
    buffer_loader_release(&context.loader);
    buffer_index_release(&index);
    source_close(&source);
}

static struct decoder *open_trace(const char *path)
{
    struct error err = { 0 };
    struct decoder *decoder = decoder_open_file(path, &err);
    if (!decoder)
        die(&err);
    return decoder;
}

static void merge(const char *path, struct facts *facts)
{
    (void)facts;
    struct error err = { 0 };
    struct decoder *decoder = open_trace(path);
    struct event_batch batch;
    enum next got;
    while ((got = decoder_next(decoder, &batch, &err)) == NEXT_BATCH)
        continue;
    if (got != NEXT_END)
        die(&err);
    decoder_close(decoder);
}

static void apply_plainly(const char *path, struct facts *facts)
{
    struct error err = { 0 };
    struct decoder *decoder = open_trace(path);
    struct plain_blocks *blocks = plain_blocks_new();
    struct event_batch batch;
    while (decoder_next(decoder, &batch, &err) == NEXT_BATCH)
        for (size_t i = 0; i < batch.count; i++)
            plain_blocks_apply(blocks, &batch.events[i]);
    facts->plain_live_blocks = plain_blocks_peak(blocks);
    plain_blocks_free(blocks);
    decoder_close(decoder);
}

/* Feeds the whole trace. `result` NULL: and asks nothing. */
static void analyze(const char *path, struct result *result)
{
    struct error err = { 0 };
    struct decoder *decoder = open_trace(path);
    const struct analysis_options options = {
        .own_source = trace_own_source(decoder_info(decoder)),
    };
    struct analysis *analysis = analysis_new(&options, &err);
    struct event_batch batch;
    while (analysis && decoder_next(decoder, &batch, &err) == NEXT_BATCH)
        if (!analysis_feed(analysis, &batch, &err))
            die(&err);
    if (!analysis || (result && !analysis_finish(analysis, decoder, path, result, &err)))
        die(&err);
    analysis_free(analysis);
    decoder_close(decoder);
}

static void apply(const char *path, struct facts *facts)
{
    (void)facts;
    analyze(path, NULL);
}

static void report(const char *path, struct facts *facts)
{
    struct error err = { 0 };
    struct result result = { 0 };
    analyze(path, &result);
    facts->live_blocks = result.totals.levels[LEVEL_live_blocks].peak;
    FILE *nowhere = fopen("/dev/null", "wb");
    const struct report report = { .build = &result };
    if (!nowhere || !report_format_find("json")->write(&report, nowhere, &err))
        die(&err);
    fclose(nowhere);
    result_release(&result);
}

static const struct stage {
    const char *name;
    void (*run)(const char *path, struct facts *facts);
} stages[] = {
    { "read", read_file },
    { "decode", decode },
    { "decode+merge", merge },
    { "decode+merge, uthash, metrics", apply_plainly },
    { "decode+merge, ledger, metrics", apply },
    { "all, with result and report", report },
};
enum { STAGES = sizeof stages / sizeof stages[0], STAGE_DECODE = 1, STAGE_MERGE, STAGE_PLAIN };

/* Which stage comes on top of which: all but the plain table, which stands beside them. */
static const struct share {
    const char *name;
    size_t stage, below;
} shares[] = {
    { "decode", STAGE_DECODE, SIZE_MAX },
    { "merge", STAGE_MERGE, STAGE_DECODE },
    { "ledger and metrics", 4, STAGE_MERGE },
    { "result and report", 5, 4 },
};
enum { SHARES = sizeof shares / sizeof shares[0], LAST_STAGE = STAGES - 1 };

static void print_shares(const double *medians)
{
    printf("  shares:");
    for (size_t i = 0; i < SHARES; i++) {
        double below = shares[i].below == SIZE_MAX ? 0 : medians[shares[i].below];
        printf("%s %s %.0f %%", i ? "," : "", shares[i].name,
               100 * (medians[shares[i].stage] - below) / medians[LAST_STAGE]);
    }
    putchar('\n');
}

static void print_ratios(double seconds[STAGES][ROUNDS_MAX], size_t rounds)
{
    const double *report = seconds[LAST_STAGE];
    printf("  report : decode+merge %.2f, report : uthash end to end %.2f\n",
           median_ratio(report, seconds[STAGE_MERGE], rounds),
           median_ratio(report, seconds[STAGE_PLAIN], rounds));
}

static void print_facts(const struct facts *facts)
{
    printf("  heap events %" PRIu64 ", live blocks at most %" PRIu64 ", file bytes %" PRIu64 "\n",
           facts->heap_events, facts->live_blocks, facts->file_bytes);
    if (facts->plain_live_blocks != facts->live_blocks)
        printf("  uthash: live blocks at most %" PRIu64 "\n", facts->plain_live_blocks);
}

/* Runs a stage in a process of its own, which fills `facts` and says how long it took. */
static double time_stage(const struct stage *stage, const char *path, struct facts *facts)
{
    struct {
        struct facts facts;
        double seconds;
    } said;
    int ends[2];
    if (pipe(ends) != 0)
        exit(1);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        use_huge_pages();
        said.facts = *facts;
        said.seconds = cpu_seconds();
        stage->run(path, &said.facts);
        said.seconds = cpu_seconds() - said.seconds;
        _exit(write(ends[1], &said, sizeof said) != sizeof said);
    }
    close(ends[1]);
    if (child < 0 || read(ends[0], &said, sizeof said) != sizeof said ||
        waitpid(child, NULL, 0) != child)
        exit(1); /* it has said why */
    close(ends[0]);
    *facts = said.facts;
    return said.seconds;
}

static void print_stage(const char *name, double seconds, const struct facts *facts)
{
    printf("  %-30s %8.3f s %8.2f M events/s %7.2f GB/s %6.1f ns/event\n", name, seconds,
           (double)facts->heap_events / seconds / 1e6, (double)facts->file_bytes / seconds / 1e9,
           seconds * 1e9 / (double)(facts->heap_events ? facts->heap_events : 1));
}

int main(int argc, char **argv)
{
    static double seconds[STAGES][ROUNDS_MAX];
    double medians[STAGES];
    struct facts facts = { 0 };
    size_t rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (rounds == 0 || rounds > ROUNDS_MAX) {
        fputs("usage: bench_stages TRACE ROUNDS\n", stderr);
        return 2;
    }
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < STAGES; i++)
            seconds[i][round] = time_stage(&stages[i], argv[1], &facts);
    for (size_t i = 0; i < STAGES; i++) {
        medians[i] = median(seconds[i], rounds);
        print_stage(stages[i].name, medians[i], &facts);
    }
    print_shares(medians);
    print_ratios(seconds, rounds);
    print_facts(&facts);
    return 0;
}
