/* What a pointer goes through by realloc: one chain for each block that was ever reallocated. */
#include "analyzer/chains.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { SLAB_SHIFT = 10, CHAINS_A_SLAB = 1 << SLAB_SHIFT };

/*
 * Equal fractions of whole numbers may differ by rounding when they are compared as doubles; no two
 * different ones of believable sizes that matter are this close.
 */
static const double rounding = 1e-12;

void chain_count(struct chain *chain, const struct resize *resize, uint64_t time_ns)
{
    chain->reallocs++;
    chain->moves += resize->moved;
    chain->copied_bytes += resize_copied_bytes(resize);
    struct chain_step step = { time_ns, resize->to_bytes, resize->moved };
    path_note(chain->path, &step, chain->copied_bytes);
    if (resize->to <= resize->from)
        return;
    double ratio = INFINITY;
    if (resize->from_bytes > 0)
        ratio = (double)resize->to_bytes / (double)resize->from_bytes;
    uint64_t difference = resize_grown_bytes(resize);
    bool is_first = chain->grows++ == 0;
    if (is_first || ratio < chain->smallest_ratio)
        chain->smallest_ratio = ratio;
    if (is_first || ratio > chain->largest_ratio)
        chain->largest_ratio = ratio;
    if (is_first || difference < chain->smallest_difference)
        chain->smallest_difference = difference;
    if (is_first || difference > chain->largest_difference)
        chain->largest_difference = difference;
}

void chain_note_stack(struct chain *chain, const struct resize *resize, uint32_t stack)
{
    uint64_t bytes = resize_copied_bytes(resize);
    if (!resize->moved || (chain->moves > 1 && bytes <= chain->costliest_bytes))
        return;
    chain->costliest_bytes = bytes;
    chain->costliest_stack = stack;
}

enum chain_class chain_class(const struct chain *chain)
{
    enum { GROWS_TO_JUDGE = 4 };
    if (chain->grows < GROWS_TO_JUDGE)
        return CHAIN_SHORT;
    if (isfinite(chain->largest_ratio) &&
        chain->largest_ratio <= 1.2 * chain->smallest_ratio * (1 + rounding) &&
        chain->smallest_ratio >= 1.1 * (1 - rounding))
        return CHAIN_GEOMETRIC;
    /* largest <= 1.2 × smallest, in whole numbers that cannot overflow */
    uint64_t spread = chain->largest_difference - chain->smallest_difference;
    if (spread <= chain->smallest_difference / 5)
        return CHAIN_ARITHMETIC;
    return CHAIN_IRREGULAR;
}

void chains_release(struct chains *chains)
{
    for (size_t i = 0; i < chains->slab_count; i++)
        free(chains->slabs[i]);
    free(chains->slabs);
    free(chains->spare);
    paths_release(&chains->paths);
    *chains = (struct chains){ 0 };
}

/* A slab more, and room to note every chain in it as spare: so that ending a chain cannot fail. */
static bool grow(struct chains *chains)
{
    size_t count = chains->slab_count + 1;
    struct chain **slabs = realloc(chains->slabs, count * sizeof *slabs);
    if (!slabs)
        return false;
    chains->slabs = slabs;
    uint32_t *spare = realloc(chains->spare, count * CHAINS_A_SLAB * sizeof *spare);
    if (!spare)
        return false;
    chains->spare = spare;
    slabs[count - 1] = calloc(CHAINS_A_SLAB, sizeof **slabs);
    if (!slabs[count - 1])
        return false;
    chains->slab_count = count;
    return true;
}

bool chains_reserve(struct chains *chains, struct error *err)
{
    if (!paths_reserve(&chains->paths, err))
        return false;
    if (chains->spare_count > 0 || chains->used < chains->slab_count << SLAB_SHIFT)
        return true;
    if (chains->slab_count == (size_t)UINT32_MAX >> SLAB_SHIFT)
        return error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                         "more than %zu reallocated blocks; --process takes fewer",
                         chains->slab_count << SLAB_SHIFT);
    if (!grow(chains))
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu chains",
                         (chains->slab_count + 1) << SLAB_SHIFT);
    return true;
}

/* Index i lives in slot i - 1, because 0 means no chain. */
struct chain *chains_at(const struct chains *chains, uint32_t index)
{
    assert(index > 0 && index <= chains->used);
    uint32_t slot = index - 1;
    return &chains->slabs[slot >> SLAB_SHIFT][slot & (CHAINS_A_SLAB - 1)];
}

uint32_t chains_start(struct chains *chains, uint64_t identity, uint64_t first_bytes,
                      uint64_t first_ns)
{
    uint32_t index =
        chains->spare_count > 0 ? chains->spare[--chains->spare_count] : ++chains->used;
    struct chain *chain = chains_at(chains, index);
    *chain = (struct chain){ .identity = identity, .first_bytes = first_bytes };
    chain->path = paths_begin(&chains->paths, &chain->path);
    if (first_ns != RESULT_UNKNOWN)
        path_note(chain->path, &(struct chain_step){ .time_ns = first_ns, .bytes = first_bytes },
                  0);
    return index;
}

void chains_end(struct chains *chains, uint32_t index)
{
    paths_end(&chains->paths, chains_at(chains, index)->path);
    chains->spare[chains->spare_count++] = index;
}

size_t chains_live(const struct chains *chains)
{
    return chains->used - chains->spare_count;
}
