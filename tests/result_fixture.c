/* Results made by hand, for tests of reports. */
#include "tests/result_fixture.h"

#include "decoder/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static void *zeroed(size_t count, size_t size)
{
    return must(calloc(count, size));
}

static char *copy_of(const char *text)
{
    return must(strdup(text));
}

static struct level_result level(uint64_t peak, uint64_t peak_ns, double mean, uint64_t at_peak,
                                 uint64_t end)
{
    return (struct level_result){ true, peak, peak_ns, mean, at_peak, end };
}

static struct ratio_result ratio(double peak, uint64_t peak_ns, double mean, double at_peak,
                                 double end)
{
    return (struct ratio_result){ true, peak, peak_ns, mean, at_peak, end };
}

/* All that has no value has none. */
static void fill_unknown(struct measures *m)
{
    const struct rate no_rate = { NAN, NAN, NAN };
    m->first_ns = m->last_ns = RESULT_UNKNOWN;
    m->frag_mean = m->frag_at_live_peak = m->frag_at_footprint_peak = NAN;
    m->frag_peak_to_peak = m->creep_bytes_per_hour = NAN;
    m->realloc.move_rate = m->realloc.grow_move_rate = m->realloc.shrink_move_rate = no_rate;
    m->realloc.copy_amplification = NAN;
    struct growth_result *growth = &m->realloc.growth;
    growth->geomean = growth->p5 = growth->p25 = growth->p50 = growth->p75 = growth->p95 = NAN;
    struct chains_result *chains = &m->realloc.chains;
    chains->reallocs_p50 = chains->reallocs_p95 = chains->reallocs_max = RESULT_UNKNOWN;
    chains->moves_p50 = chains->moves_p95 = chains->moves_max = RESULT_UNKNOWN;
}

static void fill_trace(struct result *out)
{
    out->path = copy_of("app.etl");
    out->trace = (struct trace_info){
        .file_bytes = 131072,
        .pointer_bytes = 8,
        .cpu_count = 8,
        .os_major = 10,
        .os_build = 22621,
        .clock = CLOCK_QPC,
        .clock_hz = 10000000,
        .start_filetime = 133000000000000000,
        .end_filetime = 133000000100000000,
        .buffers = 2,
        .events = 9,
        .heap_events = 6,
        .duration_ns = 40000,
        .read_to_end = true,
    };
    out->to_ns = out->trace.duration_ns;
    fill_unknown(&out->totals);
}

void fixture_empty(struct result *out)
{
    *out = (struct result){ 0 };
    fill_trace(out);
    out->trace.heap_events = 0;
}

static void fill_e1_realloc(struct realloc_result *r)
{
    r->count = 2;
    r->in_place = r->moved = r->paired = 1;
    r->grow = 2;
    r->move_rate = r->grow_move_rate = (struct rate){ 0.5, 0.0945, 0.9055 };
    r->copied_bytes = 150;
    r->copy_amplification = 0.75;
    struct growth_result *growth = &r->growth;
    growth->values = 2;
    growth->geomean = 1.7320508;
    growth->p5 = growth->p25 = growth->p50 = 1.5;
    growth->p75 = growth->p95 = 2;
    growth->exact_1_5 = growth->exact_2 = 1;
    growth->histogram[(8 * 16) + 9] = growth->histogram[(8 * 16) + 16] = 1;
    r->by_old_size[7].in_place = 1;
    r->by_old_size[8].moved = 1;
    r->by_old_size[8].copied_bytes = 150;
    r->size_pairs = zeroed(2, sizeof *r->size_pairs);
    r->size_pairs[r->size_pair_count++] = (struct size_pair){ 7, 8, 1, 0 };
    r->size_pairs[r->size_pair_count++] = (struct size_pair){ 8, 9, 0, 1 };
    struct chains_result *chains = &r->chains;
    chains->count = 1;
    chains->reallocs_p50 = chains->reallocs_p95 = chains->reallocs_max = 2;
    chains->moves_p50 = chains->moves_p95 = chains->moves_max = 1;
    chains->copied_bytes = 150;
    chains->reallocs_histogram[2] = 1;
    chains->top[chains->top_count++] = (struct chain_result){
        .address = 0x30000,
        .first_bytes = 100,
        .last_bytes = 300,
        .reallocs = 2,
        .moves = 1,
        .copied_bytes = 150,
        .last_ns = 40000,
        .step_count = 3,
        .steps = { { 0, 100, false }, { 10000, 150, false }, { 22000, 300, true } },
    };
}

static void fill_e1_lists(struct measures *m)
{
    m->sources = zeroed(2, sizeof *m->sources);
    m->sources[m->source_count++] = (struct source_result){
        .code = 2,
        .allocs = 1,
        .alloc_bytes = 100,
        .reallocs = 1,
        .in_place = 1,
        .move_rate = { 0, 0, 0.79 },
        .growth_p50 = 1.5,
    };
    m->sources[m->source_count++] = (struct source_result){
        .code = 3,
        .frees = 1,
        .free_bytes = 300,
        .reallocs = 1,
        .moved = 1,
        .move_rate = { 1, 0.21, 1 },
        .growth_p50 = 2,
        .copied_bytes = 150,
    };
    m->sources[1].lifetimes[16] = 1;
    m->transitions = zeroed(2, sizeof *m->transitions);
    m->transitions[m->transition_count++] = (struct source_transition){ 0, 0, 1 };
    m->transitions[m->transition_count++] = (struct source_transition){ 0, 1, 1 };
    m->sizes = zeroed(3, sizeof *m->sizes);
    m->sizes[m->size_count++] = (struct size_result){ 96, 112, 1, 100, 0, 0 };
    m->sizes[m->size_count++] = (struct size_result){ 128, 160, 0, 0, 1, 150 };
    m->sizes[m->size_count++] = (struct size_result){ 256, 320, 0, 0, 1, 300 };
    m->timeline.interval_ns = 65536;
    m->timeline.rows = zeroed(1, sizeof *m->timeline.rows);
    struct timeline_row *row = &m->timeline.rows[m->timeline.count++];
    row->curves[TIMELINE_live_bytes] = (struct timeline_value){ true, 100, 450, 0 };
    row->curves[TIMELINE_live_blocks] = (struct timeline_value){ true, 1, 2, 0 };
    row->curves[TIMELINE_touched_bytes] = (struct timeline_value){ true, 4096, 8192, 0 };
    row->curves[TIMELINE_pinned_pages] = (struct timeline_value){ true, 0, 2, 0 };
    row->events = 6;
    row->reallocs = 2;
    row->moved = 1;
    row->copied_bytes = 150;
    row->source_events[2] = 2;
    row->source_events[3] = 1;
}

static void fill_e1(struct measures *m)
{
    fill_unknown(m);
    m->first_ns = 0;
    m->last_ns = 40000;
    m->levels[LEVEL_live_bytes] = level(450, 20000, 216.25, 450, 0);
    m->levels[LEVEL_live_blocks] = level(2, 20000, 1.025, 2, 0);
    m->levels[LEVEL_touched_bytes] = level(8192, 20000, 4198.4, 8192, 0);
    m->levels[LEVEL_pinned_pages] = level(2, 20000, 1.025, 2, 0);
    m->levels[LEVEL_pinned_waste_bytes] = level(7742, 20000, 3982.15, 7742, 0);
    m->ratios[RATIO_page_fragmentation] = ratio(0.975, 0, 0.948, 0.945, NAN);
    m->ratios[RATIO_page_excess] = ratio(1, 20000, 0.025, 1, NAN);
    m->occupancy_at_live_peak[0] = 2;
    m->frag_mean = 21.5;
    m->frag_at_live_peak = m->frag_at_footprint_peak = m->frag_peak_to_peak = 17.2;
    m->creep_bytes_per_hour = 0;
    m->gaps_at_live_peak = (struct gaps_result){ true, 1, 65386, 65386, 0, { { 0, 0 } } };
    m->gaps_at_live_peak.classes[15] = (struct gap_class){ 1, 65386 };
    m->gaps_at_end = (struct gaps_result){ .known = true, .fragmentation = NAN };
    m->traffic = (struct traffic_result){
        .allocs = 1,
        .alloc_bytes = 100,
        .frees = 1,
        .free_bytes = 300,
        .realloc_internal_allocs = 1,
        .realloc_internal_frees = 1,
    };
    fill_e1_realloc(&m->realloc);
    fill_e1_lists(m);
    m->lifetimes[16] = 1;
}

static void fill_map(struct address_map_result *map)
{
    *map = (struct address_map_result){ .t1_ns = 40000, .columns = 2, .row_count = 2 };
    map->rows = zeroed(2, sizeof *map->rows);
    map->rows[0] = (struct address_map_row){ 0x20000, 65536 };
    map->rows[1] = (struct address_map_row){ 0x30000, 65536 };
    map->cells = zeroed(4, 1);
    memcpy(map->cells, "\x01\x00\x00\xff", 4);
}

void fixture_e1(struct result *out)
{
    *out = (struct result){ 0 };
    fill_trace(out);
    fill_e1(&out->totals);
    out->processes = zeroed(1, sizeof *out->processes);
    out->process_count = 1;
    struct process_result *process = &out->processes[0];
    *process = (struct process_result){ .pid = 100, .end_ns = RESULT_UNKNOWN };
    process->image = copy_of("app.exe");
    fill_e1(&process->totals);
    process->heaps = zeroed(1, sizeof *process->heaps);
    process->heap_count = 1;
    struct heap_result *heap = &process->heaps[0];
    *heap = (struct heap_result){ .handle = 0x10000, .ordinal = 1, .flags = 2 };
    heap->created_in_trace = true;
    heap->destroyed_ns = RESULT_UNKNOWN;
    fill_e1(&heap->measures);
    fill_map(&heap->measures.address_map);
}

/* A heap that fails every rule of the verdict. */
static void make_bad(struct measures *m)
{
    const uint64_t mib = 1 << 20;
    m->last_ns = 7200000000000;
    m->levels[LEVEL_live_bytes] = level(100 * mib, 1, 50e6, 100 * mib, 96 * mib);
    m->levels[LEVEL_live_blocks] = level(9, 1, 5, 9, 8);
    m->levels[LEVEL_touched_bytes] = level(300 * mib, 1, 60e6, 250 * mib, 200 * mib);
    m->levels[LEVEL_committed_bytes] = level(400 * mib, 1, 70e6, RESULT_UNKNOWN, 400 * mib);
    m->levels[LEVEL_reserved_bytes] = level(UINT64_MAX - 1, 1, 1e19, UINT64_MAX - 1, 500 * mib);
    m->levels[LEVEL_free_bytes] = level(200 * mib, 1, 70e6, 200 * mib, 150 * mib);
    m->levels[LEVEL_pinned_pages] = level(30000, 1, 70, 9, 25000);
    m->levels[LEVEL_pinned_waste_bytes] = level(90 * mib, 1, 70, 9, 80 * mib);
    m->ratios[RATIO_page_fragmentation] = ratio(0.9, 1, 0.5, 0.4, 0.52);
    m->ratios[RATIO_commit_waste] = ratio(0.9, 1, 0.5, NAN, 0.76);
    m->ratios[RATIO_external_free] = ratio(0.9, 1, 0.5, 0.4, 0.375);
    m->ratios[RATIO_virtual_fragmentation] = ratio(0.9, 1, 0.5, 0.4, 0.2);
    m->basis_is_committed = true;
    m->frag_peak_to_peak = 3;
    m->creep_bytes_per_hour = 30e6;
    m->gaps_at_end = (struct gaps_result){ true, 70000, 90 * mib, 4096, 0.99, { { 0, 0 } } };
    m->gaps_at_end.classes[12] = (struct gap_class){ 70000, 90 * mib };
    m->traffic.failed_allocs = 3;
    struct realloc_result *r = &m->realloc;
    r->count = 1000000;
    r->moved = r->standalone = 900000;
    r->grow = 999000;
    r->failed = 2;
    r->grow_move_rate = r->move_rate = (struct rate){ 0.9, 0.89, 0.91 };
    r->growth.geomean = 1.05;
    r->copied_bytes = r->chains.copied_bytes = 9000 * mib;
    r->copy_amplification = 40;
    r->chains.arithmetic = 5;
    r->chains.geometric = 1;
    r->chains.top[0].last_bytes = 60 * mib;
    r->chains.top[0].copied_bytes = 8000 * mib;
    r->avoidable_moves = 400000;
    r->avoidable_bytes = 900 * mib;
    r->blockers[7] = 12;
}

/* Live bytes of which not even the valleys come back down. */
static void make_rising(struct timeline_result *timeline)
{
    enum { ROWS = 8 };
    free(timeline->rows);
    timeline->rows = zeroed(ROWS, sizeof *timeline->rows);
    timeline->count = ROWS;
    for (uint64_t i = 0; i < ROWS; i++) {
        uint64_t bytes = (i + 1) * 12 << 20;
        timeline->rows[i].t_ns = i << 16;
        timeline->rows[i].curves[TIMELINE_live_bytes] =
            (struct timeline_value){ true, bytes, bytes, bytes };
    }
}

void fixture_rich(struct result *out)
{
    fixture_e1(out);
    struct process_result *processes = zeroed(2, sizeof *processes);
    processes[0] = out->processes[0];
    processes[1] =
        (struct process_result){ .pid = UINT32_MAX, .start_ns = RESULT_UNKNOWN, .end_ns = 39000 };
    free(out->processes);
    out->processes = processes;
    out->process_count = 2;
    free(processes[0].image);
    processes[0].image = copy_of(FIXTURE_HOSTILE_NAME);
    fill_unknown(&processes[1].totals);
    processes[1].heaps = zeroed(2, sizeof *processes[1].heaps);
    processes[1].heap_count = 2;
    for (uint32_t i = 0; i < 2; i++) {
        struct heap_result *heap = &processes[1].heaps[i];
        *heap = (struct heap_result){ .handle = UINT64_MAX - i, .ordinal = i + 1 };
        heap->destroyed_ns = i == 0 ? 39000 : RESULT_UNKNOWN;
        fill_e1(&heap->measures);
    }
    make_bad(&processes[0].heaps[0].measures);
    make_rising(&processes[0].heaps[0].measures.timeline);
    struct source_result *rest = &processes[0].heaps[0].measures.sources[1];
    *rest = (struct source_result){ .code = 7, .is_rest = true, .growth_p50 = NAN };
    rest->move_rate = (struct rate){ NAN, NAN, NAN };
    struct chain_result *chain = &processes[0].heaps[0].measures.realloc.chains.top[0];
    chain->first_ns = chain->last_ns = RESULT_UNKNOWN;
    make_bad(&out->totals);
    out->trace.end_filetime = out->trace.clock_hz = 0;
    out->trace.events_lost = 3;
    out->from_ns = 1000;
    out->losses[out->loss_count++] = (struct loss_span){ 5, 10 };
    anomaly_add(&out->anomalies, ANOMALY_events_lost, 3, 65536);
    anomaly_add(&out->anomalies, ANOMALY_file_unfinished, 1, ERROR_NO_OFFSET);
}
