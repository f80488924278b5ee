/* Everything about a heap that adds up: a process's and the trace's are the sums of their heaps'.
 */
#ifndef ANALYZER_COUNTS_H
#define ANALYZER_COUNTS_H

#include "analyzer/block_table.h"
#include "analyzer/chain_stats.h"
#include "analyzer/growth.h"
#include "analyzer/lifetimes.h"
#include "analyzer/moves.h"
#include "analyzer/room.h"
#include "analyzer/size_pairs.h"
#include "analyzer/sizes.h"
#include "analyzer/sources.h"

/*
 * Zero-filled is empty. Some 10 KB, and 4 KB more for each Source. What every event would count is
 * counted by Source only: counts_traffic and sources_lifetimes sum it up.
 */
struct counts {
    struct sources sources;
    struct traffic_result rare; /* but allocs, frees and their bytes, which stay 0 */
    struct moves moves;
    struct size_pairs size_pairs;
    struct chain_stats chains;
    struct room room;
    struct sizes sizes;
    uint64_t censored;
};

/* What a program freed, for counting it and for taking it back. */
struct counted_free {
    const struct block *block; /* NULL: not known, it was allocated before the trace */
    uint64_t time_ns;
    uint8_t source;
};

/* A chain that began in the trace has ended; `source` is its last. Part of counts_free. */
static inline void counts_lifetime(struct counts *counts, uint64_t lifetime_ns, uint8_t source,
                                   uint64_t times)
{
    lifetimes_count(&counts->sources.of[source]->lifetimes, lifetime_ns, times);
}

/*
 * Count an event `times` times; (uint64_t)-1 takes it back. The counts of the Sources named must
 * have been made (sources_make); `source` is one of them.
 */
static inline void counts_alloc(struct counts *counts, struct source_counts *source, uint64_t bytes,
                                uint64_t times)
{
    sizes_count(&counts->sizes, bytes, times);
    source->allocs += times;
    source->alloc_bytes += bytes * times;
}

static inline void counts_free(struct counts *counts, struct counted_free freed, uint64_t times)
{
    const struct block *block = freed.block;
    struct source_counts *source = counts->sources.of[freed.source];
    source->frees += times;
    if (!block) {
        counts->rare.free_of_unknown += times;
        return;
    }
    source->free_bytes += block->size * times;
    if (block->born_ns != BORN_BEFORE_TRACE)
        counts_lifetime(counts, freed.time_ns - block->born_ns, block->source, times);
}

/* A successful realloc. size_pairs_reserve and sources_make must have been called. */
void counts_realloc(struct counts *counts, const struct resize *resize, uint8_t source);

/* Everything that was allocated and freed so far. */
struct traffic_result counts_traffic(const struct counts *counts);

/* False with ERROR_NO_MEMORY and a part added. */
bool counts_add(struct counts *sum, const struct counts *more, struct error *err);

/*
 * Fills traffic, realloc, sources, transitions, lifetimes and censored of `out`, which was
 * zero-filled; sizes_report has the sizes. False with ERROR_NO_MEMORY.
 */
bool counts_report(struct counts *counts, const struct source_codes *codes, struct measures *out,
                   struct error *err);

/*
 * Whether the sums over size class and over Source equal the totals, where these are kept: frees
 * and lifetimes are counted by Source alone.
 */
bool counts_are_consistent(const struct counts *counts);

void counts_release(struct counts *counts); /* zero-fills */

#endif
