/* Results made up from a seed: like those of real programs, or as hostile as a result can be. */
#include "result_synthetic.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t second = 1000000000;
enum { SECONDS = 10, ROWS = 2000 };

static void *allocate(size_t count, size_t size)
{
    void *made = calloc(count, size);
    if (!made) {
        fputs("no memory for a made-up result\n", stderr);
        exit(EXIT_FAILURE);
    }
    return made;
}

/* Numerical Recipes' generator: the same on every machine. */
static uint64_t random_below(uint64_t *seed, uint64_t bound)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (*seed >> 33) % (bound ? bound : 1);
}

static void forget_everything(struct measures *m)
{
    const struct rate none = { NAN, NAN, NAN };
    *m = (struct measures){ .first_ns = RESULT_UNKNOWN, .last_ns = RESULT_UNKNOWN };
    for (size_t i = 0; i < LEVEL_COUNT; i++)
        m->levels[i] = (struct level_result){ false, RESULT_UNKNOWN, RESULT_UNKNOWN,
                                              NAN,   RESULT_UNKNOWN, RESULT_UNKNOWN };
    for (size_t i = 0; i < RATIO_COUNT; i++)
        m->ratios[i] = (struct ratio_result){ false, NAN, RESULT_UNKNOWN, NAN, NAN, NAN };
    m->frag_mean = m->frag_at_live_peak = m->frag_at_footprint_peak = m->frag_peak_to_peak = NAN;
    m->creep_bytes_per_hour = NAN;
    m->realloc.move_rate = m->realloc.grow_move_rate = m->realloc.shrink_move_rate = none;
    m->realloc.copy_amplification = NAN;
    struct growth_result *growth = &m->realloc.growth;
    growth->geomean = growth->p5 = growth->p25 = growth->p50 = growth->p75 = growth->p95 = NAN;
    struct chains_result *chains = &m->realloc.chains;
    chains->reallocs_p50 = chains->reallocs_p95 = chains->reallocs_max = RESULT_UNKNOWN;
    chains->moves_p50 = chains->moves_p95 = chains->moves_max = RESULT_UNKNOWN;
}

/* Live bytes climb, peak at six tenths, fall back to a third; the footprint stays. */
static uint64_t live_at(double share, uint64_t scale, uint64_t *seed)
{
    double shape = share < 0.6 ? pow(share / 0.6, 0.7) : 1 - (share - 0.6) / 0.4 * 0.65;
    double wobble = 1 + 0.06 * sin(share * 60) + 0.02 * (double)random_below(seed, 100) / 100;
    return (uint64_t)(shape * wobble * (double)scale) + 4096;
}

static struct timeline_value value_of(uint64_t last, uint64_t spread)
{
    return (struct timeline_value){ true, last - spread / 2, last + spread, last };
}

static void see(struct level_result *level, const struct timeline_value *value, uint64_t t_ns)
{
    if (!level->known || value->max > level->peak) {
        level->peak = value->max;
        level->peak_ns = t_ns;
    }
    level->known = true;
    level->end = value->last;
    level->mean = (double)level->peak * 0.6;
    level->at_live_peak = level->peak;
}

static void fill_row(struct measures *m, struct timeline_row *row, uint64_t scale, uint64_t *seed)
{
    static const enum level levels[TIMELINE_CURVES] = {
        LEVEL_live_bytes,     LEVEL_live_blocks, LEVEL_touched_bytes, LEVEL_committed_bytes,
        LEVEL_reserved_bytes, LEVEL_free_bytes,  LEVEL_pinned_pages,
    };
    double share = (double)row->t_ns / (double)(SECONDS * second);
    uint64_t live = live_at(share, scale, seed), top = live_at(fmin(share, 0.6), scale, seed);
    uint64_t touched = (live + (top - (live < top ? live : top)) / 2) / 4096 * 4096 + 8192;
    uint64_t committed = (touched > top ? touched : top) / 65536 * 65536 + 131072;
    row->curves[TIMELINE_live_bytes] = value_of(live, live / 30);
    row->curves[TIMELINE_live_blocks] = value_of(live / 180, live / 9000);
    row->curves[TIMELINE_touched_bytes] = value_of(touched, 4096);
    row->curves[TIMELINE_committed_bytes] = value_of(committed, 0);
    row->curves[TIMELINE_reserved_bytes] = value_of(committed / 1048576 * 1048576 + 2097152, 0);
    row->curves[TIMELINE_free_bytes] =
        value_of(committed - (live < committed ? live : committed), 0);
    row->curves[TIMELINE_pinned_pages] = value_of((touched - live / 2) / 40960, 2);
    for (size_t c = 0; c < TIMELINE_CURVES; c++)
        see(&m->levels[levels[c]], &row->curves[c], row->t_ns);
    row->events = 200 + random_below(seed, 900);
    row->reallocs = row->events / (5 + random_below(seed, 20));
    row->moved = row->reallocs / 3;
    row->copied_bytes = row->moved * (200 + random_below(seed, 4000));
    for (size_t s = 1; s < 5; s++)
        row->source_events[s] = row->events / (2 + 3 * s) + random_below(seed, 20);
}

static void fill_timeline(struct measures *m, uint64_t scale, uint64_t *seed)
{
    m->timeline.interval_ns = UINT64_C(1) << 22;
    m->timeline.rows = allocate(ROWS, sizeof *m->timeline.rows);
    for (uint64_t i = 0; i < ROWS && i * m->timeline.interval_ns < SECONDS * second; i++) {
        if (i > 900 && i < 1000)
            continue; /* nothing happened: a hole */
        struct timeline_row *row = &m->timeline.rows[m->timeline.count++];
        row->t_ns = i * m->timeline.interval_ns;
        fill_row(m, row, scale, seed);
        m->realloc.copied_bytes += row->copied_bytes;
    }
    m->first_ns = 0;
    m->last_ns = SECONDS * second;
    for (size_t i = 0; i < RATIO_COUNT; i++)
        m->ratios[i] = (struct ratio_result){ true, 0.62, 9 * second, 0.31, 0.12, 0.6 };
    m->basis_is_committed = true;
    m->frag_mean = 0.42;
    m->frag_at_live_peak = 0.11;
    m->frag_at_footprint_peak = 0.15;
    m->frag_peak_to_peak = 0.14;
    m->creep_bytes_per_hour = 3e8;
}

static void fill_gaps(struct gaps_result *gaps, uint64_t factor, uint64_t *seed)
{
    gaps->known = true;
    for (size_t i = 4; i < 17; i++) {
        gaps->classes[i].count =
            (20000 >> (i > 6 ? i - 6 : 6 - i)) * factor + random_below(seed, 9);
        gaps->classes[i].bytes = gaps->classes[i].count * (UINT64_C(3) << i) / 2;
        gaps->count += gaps->classes[i].count;
        gaps->bytes += gaps->classes[i].bytes;
    }
    gaps->largest = 65000;
    gaps->fragmentation = 1 - 65000 / (double)gaps->bytes;
}

static void fill_chain(struct chain_result *chain, size_t rank, uint64_t *seed)
{
    uint64_t bytes = 64 + random_below(seed, 4000), t_ns = random_below(seed, 2 * second);
    *chain = (struct chain_result){ .address = 0x1d0a0000000 + rank * 0x10000,
                                    .first_bytes = bytes,
                                    .first_ns = t_ns,
                                    .last_ns = RESULT_UNKNOWN };
    for (size_t s = 0; s < CHAIN_STEPS; s++) {
        chain->steps[s] = (struct chain_step){ t_ns, bytes, s % 3 != 0 };
        chain->copied_bytes += bytes;
        t_ns += random_below(seed, second / 2);
        bytes = rank % 2 ? bytes * 3 / 2 : bytes + 4096;
    }
    chain->step_count = CHAIN_STEPS;
    chain->last_bytes = chain->steps[CHAIN_STEPS - 1].bytes;
    chain->reallocs = CHAIN_STEPS - 1;
    chain->moves = 10;
}

static void fill_chains(struct chains_result *chains, uint64_t *seed)
{
    for (size_t i = 1; i < 10; i++) {
        chains->reallocs_histogram[i] = 9000 >> (i * 5 / 4);
        chains->count += chains->reallocs_histogram[i];
    }
    chains->reallocs_p50 = chains->moves_p50 = 2;
    chains->reallocs_p95 = chains->moves_p95 = 17;
    chains->reallocs_max = chains->moves_max = 300;
    chains->geometric = 900;
    chains->arithmetic = 400;
    chains->irregular = 150;
    chains->top_count = TOP_CHAINS;
    for (size_t i = 0; i < TOP_CHAINS; i++)
        fill_chain(&chains->top[i], i, seed);
}

static void fill_size_pairs(struct realloc_result *realloc, uint64_t *seed)
{
    realloc->size_pairs = allocate(400, sizeof *realloc->size_pairs);
    for (uint8_t old = 4; old < 24; old++) {
        for (uint8_t step = 0; step < 4; step++) {
            uint64_t count = 1 + random_below(seed, UINT64_C(30000) >> (old / 3 + 2 * step));
            realloc->size_pairs[realloc->size_pair_count++] =
                (struct size_pair){ old, (uint8_t)(old + step), count, count / 2 };
        }
    }
}

static void fill_realloc(struct realloc_result *realloc, uint64_t *seed)
{
    for (size_t i = 4; i < 24; i++) {
        struct old_size_result *by = &realloc->by_old_size[i];
        by->in_place = 1 + random_below(seed, 90000 >> i);
        by->moved = by->in_place * i / 24;
        realloc->in_place += by->in_place;
        realloc->moved += by->moved;
    }
    realloc->failed = 3;
    realloc->count = realloc->in_place + realloc->moved + realloc->failed;
    realloc->grow = realloc->count * 9 / 10;
    realloc->shrink = realloc->count / 20;
    realloc->paired = realloc->moved;
    realloc->move_rate = (struct rate){ 0.31, 0.29, 0.33 };
    realloc->grow_move_rate = (struct rate){ 0.35, 0.33, 0.37 };
    realloc->shrink_move_rate = (struct rate){ 0.02, 0.01, 0.05 };
    realloc->copy_amplification = 1.7;
    struct growth_result *growth = &realloc->growth;
    for (size_t i = 100; i < 180; i++)
        growth->histogram[i] = (i > 128 && i < 134 ? 400u : 0u) + random_below(seed, 40);
    growth->histogram[137] = 2500;
    growth->histogram[144] = 4200;
    growth->values = 12000;
    growth->geomean = growth->p50 = 1.42;
    growth->p5 = 1.02;
    growth->p25 = 1.2;
    growth->p75 = growth->p95 = 2;
    realloc->avoidable_moves = 321;
    realloc->avoidable_bytes = 1234567;
    fill_size_pairs(realloc, seed);
    fill_chains(&realloc->chains, seed);
}

static void fill_sources(struct measures *m, uint64_t *seed)
{
    static const uint32_t codes[] = { 1, 2, 3, 4, 9, 77 };
    m->source_count = sizeof codes / sizeof codes[0];
    m->sources = allocate(m->source_count, sizeof *m->sources);
    for (size_t i = 0; i < m->source_count; i++) {
        struct source_result *s = &m->sources[i];
        *s = (struct source_result){ .code = codes[i], .is_rest = i == m->source_count - 1 };
        s->allocs = 100000 >> i;
        s->alloc_bytes = s->allocs * 130;
        s->frees = s->allocs * 4 / 5;
        s->in_place = 4000 >> i;
        s->moved = s->in_place * (i + 1) / 6;
        s->failed = i == 3 ? 40 : 0;
        s->reallocs = s->in_place + s->moved + s->failed;
        s->move_rate = (struct rate){ 0.2, 0.19, 0.21 };
        s->growth_p50 = 1.5;
        s->copied_bytes = s->moved * 900;
        for (size_t k = 8 + i; k < 34; k++) {
            s->lifetimes[k] =
                (k > 14 && k < 20 ? 3000 : 100) + random_below(seed, 200 + 90 * k * i);
            m->lifetimes[k] += s->lifetimes[k];
        }
    }
    m->transition_count = 1;
    m->transitions = allocate(1, sizeof *m->transitions);
    *m->transitions = (struct source_transition){ 1, 2, 17 };
}

static void fill_sizes(struct measures *m, uint64_t *seed)
{
    m->sizes = allocate(60, sizeof *m->sizes);
    for (uint64_t octave = 4; octave < 18; octave++) {
        for (uint64_t quarter = 0; quarter < 4; quarter++) {
            struct size_result *s = &m->sizes[m->size_count++];
            s->low = (UINT64_C(1) << octave) + (quarter << (octave - 2));
            s->high = s->low + (UINT64_C(1) << (octave - 2));
            s->allocs = 1 + random_below(seed, (UINT64_C(800000) >> octave) + 1);
            s->bytes = s->allocs * s->low;
            s->live_at_peak = s->allocs / 5;
            s->live_bytes_at_peak = s->live_at_peak * s->low;
        }
    }
}

static void fill_map(struct address_map_result *map, uint64_t *seed)
{
    *map = (struct address_map_result){ 0, SECONDS * second, 512, 300, NULL, NULL };
    map->rows = allocate(map->row_count, sizeof *map->rows);
    map->cells = allocate(map->columns * map->row_count, 1);
    for (size_t r = 0; r < map->row_count; r++) {
        map->rows[r].address = 0x1d0a0000000 + (uint64_t)(r > 120 ? r + 900 : r) * 65536;
        map->rows[r].bytes = 65536;
        size_t born = r * 300 / map->row_count + random_below(seed, 10);
        uint64_t kept = random_below(seed, 60);
        for (size_t c = born; c < map->columns; c++) {
            uint64_t most = c < 307 ? 255 : kept > 40 ? 0 : 10 + kept * 2;
            uint64_t wobble = random_below(seed, 12), now = (c - born) * 12;
            now = now < most ? now : most;
            map->cells[c * map->row_count + r] = (uint8_t)(now > wobble ? now - wobble : now);
        }
    }
}

static void fill_measures(struct measures *m, uint64_t scale, bool is_heap, uint64_t *seed)
{
    forget_everything(m);
    fill_timeline(m, scale, seed);
    for (size_t i = 0; i < OCCUPANCY_BINS; i++) {
        m->occupancy_at_live_peak[i] = 40 + i * i * 30 + random_below(seed, 50);
        m->occupancy_at_end[i] = 1600 / (i + 1) + random_below(seed, 50);
    }
    fill_gaps(&m->gaps_at_live_peak, 1, seed);
    fill_gaps(&m->gaps_at_end, 3, seed);
    m->traffic =
        (struct traffic_result){ 200000, 26000000, 160000, 20000000, 3, 5000, 5000, 12, 0, 40000 };
    fill_realloc(&m->realloc, seed);
    fill_sources(m, seed);
    fill_sizes(m, seed);
    m->censored = 40000;
    if (is_heap)
        fill_map(&m->address_map, seed);
}

static char *copy_of(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(allocate(size, 1), text, size);
}

static void fill_trace(struct result *result)
{
    result->path = copy_of("made-up.etl");
    result->to_ns = SECONDS * second;
    struct trace_info *trace = &result->trace;
    trace->file_bytes = 123456789;
    trace->pointer_bytes = 8;
    trace->cpu_count = 8;
    trace->os_build = 22621;
    trace->clock = CLOCK_QPC;
    trace->clock_hz = 10000000;
    trace->start_filetime = 132999999999999999;
    trace->buffers = 1800;
    trace->events = 1700000;
    trace->heap_events = 1500000;
    trace->duration_ns = SECONDS * second;
    trace->read_to_end = true;
}

struct result synthetic_result(size_t heap_count)
{
    struct result result = { 0 };
    uint64_t seed = 7;
    fill_trace(&result);
    fill_measures(&result.totals, 40000000, false, &seed);
    result.loss_count = 2;
    result.losses[0] = (struct loss_span){ 4 * second, 4 * second + second / 4 };
    result.losses[1] = (struct loss_span){ 7 * second, 7 * second + 1000 };
    anomaly_add(&result.anomalies, ANOMALY_events_lost, 1234, 65536);
    anomaly_add(&result.anomalies, ANOMALY_free_of_unknown, 12, 131072);
    result.process_count = heap_count > 1 ? 2 : 1;
    result.processes = allocate(result.process_count, sizeof *result.processes);
    for (size_t p = 0; p < result.process_count; p++) {
        struct process_result *process = &result.processes[p];
        process->pid = 4000 + (uint32_t)p;
        process->image = copy_of(p ? SYNTHETIC_HOSTILE_IMAGE : "server.exe");
        process->start_ns = process->end_ns = RESULT_UNKNOWN;
        fill_measures(&process->totals, 20000000, false, &seed);
        process->heap_count = p ? heap_count / 2 : heap_count - heap_count / 2;
        process->heaps = allocate(process->heap_count, sizeof *process->heaps);
        for (size_t h = 0; h < process->heap_count; h++) {
            struct heap_result *heap = &process->heaps[h];
            *heap = (struct heap_result){ .handle = 0x1d0a0000000 + h * 0x100000,
                                          .ordinal = (uint32_t)h + 1,
                                          .flags = 2,
                                          .created_in_trace = h > 0,
                                          .destroyed_ns = RESULT_UNKNOWN };
            fill_measures(&heap->measures, 20000000 >> (h < 20 ? h : 20), true, &seed);
        }
    }
    return result;
}

static struct result one_heap(void)
{
    struct result result = { 0 };
    fill_trace(&result);
    result.process_count = 1;
    result.processes = allocate(1, sizeof *result.processes);
    result.processes->heap_count = 1;
    result.processes->heaps = allocate(1, sizeof *result.processes->heaps);
    result.processes->start_ns = result.processes->end_ns = RESULT_UNKNOWN;
    result.processes->heaps->ordinal = 1;
    result.processes->heaps->destroyed_ns = RESULT_UNKNOWN;
    forget_everything(&result.totals);
    forget_everything(&result.processes->totals);
    forget_everything(&result.processes->heaps->measures);
    return result;
}

struct result synthetic_empty_result(void)
{
    return one_heap();
}

static void fill_extreme_lists(struct measures *m)
{
    const uint64_t most = UINT64_MAX - 1;
    m->source_count = 1;
    m->sources = allocate(1, sizeof *m->sources);
    *m->sources = (struct source_result){
        .code = UINT32_MAX, .allocs = most, .reallocs = most, .moved = most, .growth_p50 = NAN
    };
    for (size_t i = 0; i < LIFETIME_CLASSES; i++)
        m->lifetimes[i] = m->sources->lifetimes[i] = most;
    m->size_count = 1;
    m->sizes = allocate(1, sizeof *m->sizes);
    *m->sizes = (struct size_result){ UINT64_MAX / 2 + 1, UINT64_MAX, most, most, most, most };
    m->realloc.size_pair_count = OLD_SIZE_CLASSES * OLD_SIZE_CLASSES;
    m->realloc.size_pairs = allocate(m->realloc.size_pair_count, sizeof *m->realloc.size_pairs);
    for (size_t i = 0; i < m->realloc.size_pair_count; i++)
        m->realloc.size_pairs[i] =
            (struct size_pair){ (uint8_t)(i / OLD_SIZE_CLASSES), (uint8_t)(i % OLD_SIZE_CLASSES),
                                most, most };
    m->timeline.interval_ns = UINT64_C(1) << 52;
    m->timeline.rows = allocate(2048, sizeof *m->timeline.rows);
    for (uint64_t i = 0; i < 2048; i++) {
        struct timeline_row *row = &m->timeline.rows[m->timeline.count++];
        row->t_ns = i << 52;
        for (size_t c = 0; c < TIMELINE_CURVES; c++)
            row->curves[c] = (struct timeline_value){ true, 0, most, i % 2 ? most : 0 };
        row->events = row->reallocs = row->moved = row->copied_bytes = most >> 12;
        for (size_t s = 0; s < SOURCE_SLOTS; s++)
            row->source_events[s] = (i * 31 + s * 17) % 97;
    }
}

static void fill_noise_map(struct address_map_result *map)
{
    uint64_t seed = 99;
    *map = (struct address_map_result){ 0, UINT64_MAX, 512, 512, NULL, NULL };
    map->rows = allocate(map->row_count, sizeof *map->rows);
    map->cells = allocate(map->columns * map->row_count, 1);
    for (size_t i = 0; i < map->row_count; i++)
        map->rows[i].address = UINT64_MAX / 512 * i;
    for (size_t i = 0; i < map->columns * map->row_count; i++)
        map->cells[i] = (uint8_t)random_below(&seed, 256);
}

struct result synthetic_extreme_result(void)
{
    const uint64_t most = UINT64_MAX - 1;
    struct result result = one_heap();
    struct heap_result *heap = result.processes->heaps;
    struct measures *m = &heap->measures;
    heap->handle = UINT64_MAX;
    heap->ordinal = UINT32_MAX;
    result.to_ns = UINT64_MAX;
    result.processes->image = copy_of(SYNTHETIC_HOSTILE_IMAGE);
    for (size_t i = 0; i < LEVEL_COUNT; i++)
        m->levels[i] = (struct level_result){ true, most, most, 1.8e19, most, most };
    for (size_t i = 0; i < OCCUPANCY_BINS; i++)
        m->occupancy_at_live_peak[i] = m->occupancy_at_end[i] = most;
    m->gaps_at_end.known = m->gaps_at_live_peak.known = true;
    m->gaps_at_end.count = m->gaps_at_live_peak.count = most;
    for (size_t i = 0; i < GAP_CLASSES; i++)
        m->gaps_at_end.classes[i] = m->gaps_at_live_peak.classes[i] =
            (struct gap_class){ most, most };
    m->realloc.count = m->realloc.moved = m->realloc.copied_bytes = most;
    for (size_t i = 0; i < OLD_SIZE_CLASSES; i++)
        m->realloc.by_old_size[i] = (struct old_size_result){ most, most, most, most };
    m->realloc.growth.values = most;
    for (size_t i = 0; i < GROWTH_BINS; i++)
        m->realloc.growth.histogram[i] = most;
    for (size_t i = 0; i < CHAIN_CLASSES; i++)
        m->realloc.chains.reallocs_histogram[i] = most;
    m->realloc.chains.count = most;
    m->realloc.chains.top_count = 1;
    m->realloc.chains.top[0].step_count = 2;
    m->realloc.chains.top[0].steps[1] = (struct chain_step){ most, most, true };
    fill_extreme_lists(m);
    fill_noise_map(&m->address_map);
    result.loss_count = LOSS_SPANS;
    for (uint64_t i = 0; i < LOSS_SPANS; i++)
        result.losses[i] = (struct loss_span){ i << 58, (i << 58) + (UINT64_C(1) << 50) };
    return result;
}

static void release_measures(struct measures *m)
{
    free(m->realloc.size_pairs);
    free(m->sources);
    free(m->transitions);
    free(m->sizes);
    free(m->timeline.rows);
    free(m->address_map.rows);
    free(m->address_map.cells);
}

void synthetic_release(struct result *result)
{
    for (size_t p = 0; p < result->process_count; p++) {
        struct process_result *process = &result->processes[p];
        for (size_t h = 0; h < process->heap_count; h++)
            release_measures(&process->heaps[h].measures);
        release_measures(&process->totals);
        free(process->heaps);
        free(process->image);
    }
    release_measures(&result->totals);
    stacks_result_release(&result->stacks);
    free(result->processes);
    free(result->path);
    *result = (struct result){ 0 };
}
