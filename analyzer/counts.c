/* Everything about a heap that adds up: a process's and the trace's are the sums of their heaps'.
 */
#include "analyzer/counts.h"

#include <string.h>

void counts_realloc(struct counts *counts, const struct resize *resize, uint8_t source)
{
    moves_count(&counts->moves, resize);
    size_pairs_count(&counts->size_pairs, resize);
    struct source_counts *of_source = counts->sources.of[source];
    of_source->in_place += !resize->moved;
    of_source->moved += resize->moved;
    of_source->copied_bytes += resize_copied_bytes(resize);
    growth_count(&of_source->growth, resize);
}

struct traffic_result counts_traffic(const struct counts *counts)
{
    struct traffic_result traffic = counts->rare;
    for (size_t i = 0; i < SOURCE_INDICES; i++) {
        const struct source_counts *source = counts->sources.of[i];
        if (!source)
            continue;
        traffic.allocs += source->allocs;
        traffic.alloc_bytes += source->alloc_bytes;
        traffic.frees += source->frees;
        traffic.free_bytes += source->free_bytes;
    }
    return traffic;
}

static void rare_add(struct traffic_result *sum, const struct traffic_result *more)
{
    sum->failed_allocs += more->failed_allocs;
    sum->realloc_internal_allocs += more->realloc_internal_allocs;
    sum->realloc_internal_frees += more->realloc_internal_frees;
    sum->free_of_unknown += more->free_of_unknown;
    sum->destroyed_blocks += more->destroyed_blocks;
    sum->temporary += more->temporary;
}

bool counts_add(struct counts *sum, const struct counts *more, struct error *err)
{
    rare_add(&sum->rare, &more->rare);
    moves_add(&sum->moves, &more->moves);
    room_add(&sum->room, &more->room);
    sizes_add(&sum->sizes, &more->sizes);
    sum->censored += more->censored;
    return size_pairs_add(&sum->size_pairs, &more->size_pairs, err) &&
           chain_stats_add(&sum->chains, &more->chains, err) &&
           sources_add(&sum->sources, &more->sources, err);
}

bool counts_report(struct counts *counts, const struct source_codes *codes, struct measures *out,
                   struct error *err)
{
    out->traffic = counts_traffic(counts);
    moves_report(&counts->moves, &out->realloc);
    const struct growth growth = sources_growth(&counts->sources);
    growth_report(&growth, &out->realloc.growth);
    chain_stats_report(&counts->chains, &out->realloc.chains);
    room_report(&counts->room, &out->realloc);
    out->sums.growth_ln = growth.log_sum;
    out->sums.growth_values = growth.count;
    out->sums.grown_bytes = counts->moves.grown_bytes;
    out->sums.grow_moved = counts->moves.grow.moved;
    out->sums.shrink_moved = counts->moves.shrink.moved;
    const struct lifetimes lifetimes = sources_lifetimes(&counts->sources);
    memcpy(out->lifetimes, lifetimes.classes, sizeof out->lifetimes);
    out->censored = counts->censored;
    return size_pairs_report(&counts->size_pairs, &out->realloc, err) &&
           sources_report(&counts->sources, codes, out, err);
}

static bool sizes_agree(const struct counts *counts)
{
    uint64_t allocs = 0, bytes = 0;
    for (size_t i = 0; i < SIZE_CLASSES; i++) {
        allocs += counts->sizes.of[i].allocs;
        bytes += counts->sizes.of[i].bytes;
    }
    const struct traffic_result traffic = counts_traffic(counts);
    return allocs == traffic.allocs && bytes == traffic.alloc_bytes;
}

static bool sources_agree(const struct counts *counts)
{
    struct source_counts sum = { 0 };
    for (size_t i = 0; i < SOURCE_INDICES; i++) {
        const struct source_counts *source = counts->sources.of[i];
        if (!source)
            continue;
        sum.in_place += source->in_place;
        sum.moved += source->moved;
        sum.failed += source->failed;
        sum.copied_bytes += source->copied_bytes;
    }
    struct realloc_result reallocs = { 0 };
    moves_report(&counts->moves, &reallocs);
    return sum.in_place == reallocs.in_place && sum.moved == reallocs.moved &&
           sum.failed == reallocs.failed && sum.copied_bytes == reallocs.copied_bytes;
}

bool counts_are_consistent(const struct counts *counts)
{
    return sizes_agree(counts) && sources_agree(counts) &&
           counts->moves.paired + counts->moves.standalone ==
               counts->moves.grow.moved + counts->moves.shrink.moved + counts->moves.same.moved;
}

void counts_release(struct counts *counts)
{
    size_pairs_release(&counts->size_pairs);
    chain_stats_release(&counts->chains);
    sources_release(&counts->sources);
    *counts = (struct counts){ 0 };
}
