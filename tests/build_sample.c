/* Runs of made-up builds of a program. */
#include "tests/build_sample.h"

#include "analyzer/analyzer.h"
#include "reports/merged_json.h"
#include "tests/etl_builder.h"
#include "tests/trace_random.h"

#include <stdio.h>
#include <stdlib.h>

enum { PID = 100, BLOCKS = 120, BUFFERS = 6, FIRST_HEAP = 0x10000 };

static void must(bool is_fine, const char *what)
{
    if (is_fine)
        return;
    fprintf(stderr, "build_sample: %s\n", what);
    abort();
}

struct run {
    struct etl *etl;
    struct random random;
    uint64_t t_ns, heap, address;
    const struct build_plan *plan;
};

static uint64_t tick(struct run *run)
{
    return run->t_ns += 1000 + random_below(&run->random, 500);
}

/* A few percent around `middle`. */
static uint64_t about(struct run *run, uint64_t middle)
{
    return middle - middle / 16 + random_below(&run->random, (uint32_t)(middle / 8 + 1));
}

/* A buffer that grows until it has 16 KiB; every third time it has to move. */
static void grow_buffer(struct run *run)
{
    enum { FIRST = 64, LAST = 16384, APART = 0x10000 };
    unsigned percent = run->plan->growth_percent ? run->plan->growth_percent : 200;
    uint64_t at = run->address += APART, size = about(run, FIRST);
    etl_alloc(run->etl, tick(run), run->heap, at, size, ETL_MAINPATH);
    while (size < LAST) {
        uint64_t larger = size * about(run, percent) / 100 + 1;
        bool moves = random_below(&run->random, 3) == 0;
        uint64_t to = moves ? (run->address += APART) : at;
        etl_realloc(run->etl, tick(run), run->heap, to, at, larger, size, ETL_MAINPATH);
        at = to;
        size = larger;
    }
    etl_free(run->etl, tick(run), run->heap, at, ETL_MAINPATH);
}

/* Many small blocks side by side, of which few stay. */
static void fill_and_free(struct run *run, uint64_t bytes)
{
    uint64_t blocks[BLOCKS];
    run->address = (run->address + 0x20000) & ~(uint64_t)0xFFFF;
    for (size_t i = 0; i < BLOCKS; i++) {
        uint64_t size = about(run, bytes);
        blocks[i] = run->address;
        etl_alloc(run->etl, tick(run), run->heap, blocks[i], size, ETL_LOWFRAG);
        run->address = (run->address + size + 31) & ~(uint64_t)15;
    }
    bool pins = run->plan->pins_pages && run->heap == FIRST_HEAP;
    for (size_t i = 0; i < BLOCKS; i++)
        if (pins ? i % 4 != 0 : i >= BLOCKS / 4)
            etl_free(run->etl, tick(run), run->heap, blocks[i], ETL_LOWFRAG);
}

static void use_heap(struct run *run, unsigned number)
{
    unsigned work = run->plan->work ? run->plan->work : 1;
    run->heap = FIRST_HEAP + ((uint64_t)number << 44);
    run->address = run->heap + 0x100000;
    if (!run->plan->is_attached)
        etl_create(run->etl, tick(run), run->heap, number, 0x100000, 0x10000);
    for (unsigned i = 0; i < work; i++) {
        fill_and_free(run, 1000 * (number + 1));
        for (unsigned j = 0; j < BUFFERS; j++)
            grow_buffer(run);
    }
}

uint8_t *build_trace(const struct build_plan *plan, size_t *size)
{
    struct etl_options options = etl_defaults();
    options.log.events_lost = plan->events_lost;
    struct run run = { .etl = etl_builder_new(&options), .plan = plan };
    run.random = random_new(plan->seed + 1);
    const char *image = plan->image ? plan->image : "app.exe";
    etl_as(run.etl, 0, PID, 1);
    etl_process(run.etl, 0, ETL_PROCESS_DCSTART, PID, 1, image, image);
    for (unsigned i = 0; i < (plan->heaps ? plan->heaps : 2); i++)
        use_heap(&run, i);
    uint8_t *trace = etl_finish(run.etl, size);
    etl_builder_free(run.etl);
    return trace;
}

void build_trace_file(const struct build_plan *plan, const char *path)
{
    size_t size;
    uint8_t *trace = build_trace(plan, &size);
    FILE *out = fopen(path, "w");
    must(out && fwrite(trace, 1, size, out) == size && fclose(out) == 0, "cannot write a trace");
    free(trace);
}

struct result build_result(const struct build_plan *plan)
{
    struct error err = { 0 };
    size_t size;
    uint8_t *trace = build_trace(plan, &size);
    struct decoder *decoder = decoder_open_memory(trace, size, &err);
    struct analysis *analysis = analysis_new(&(struct analysis_options){ 0 }, &err);
    must(decoder && analysis, err.message);
    struct event_batch batch;
    while (decoder_next(decoder, &batch, &err) == NEXT_BATCH)
        must(analysis_feed(analysis, &batch, &err), err.message);
    struct result result;
    must(analysis_finish(analysis, decoder, "run.etl", &result, &err), err.message);
    analysis_free(analysis);
    decoder_close(decoder);
    free(trace);
    return result;
}

struct merged build_merged(const struct build_plan *plan, size_t runs)
{
    struct error err = { 0 };
    struct merged merged = { 0 };
    for (size_t i = 0; i < runs; i++) {
        struct build_plan run = *plan;
        run.seed += i;
        struct result result = build_result(&run);
        must(merged_add_result(&merged, &result, &err), err.message);
        result_release(&result);
    }
    merged_finish(&merged);
    return merged;
}

char *merged_text(const struct merged *merged, size_t *size)
{
    struct error err = { 0 };
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    must(out && merged_json_write(merged, out, &err), err.message);
    fclose(out);
    return text;
}
