/* What a pointer goes through by realloc: one chain for each block that was ever reallocated. */
#ifndef ANALYZER_CHAINS_H
#define ANALYZER_CHAINS_H

#include "analyzer/paths.h"
#include "analyzer/resize.h"
#include "decoder/error.h"

#include <stddef.h>

/*
 * Which allocation a chain began with: the number of its change, the same for as long as the chain
 * lives, whatever its address. 0: it began before the trace.
 */
#define IDENTITY_BEFORE_TRACE 0

struct chain {
    uint64_t identity;
    struct path *path; /* NULL: not kept */
    uint64_t first_bytes;
    uint64_t reallocs, moves; /* successful ones, counted */
    uint64_t copied_bytes;
    uint64_t costliest_bytes; /* that one move copied, at most */
    uint32_t costliest_stack; /* of the first such move; STACK_NONE: no move with a stack */
    uint64_t grows;
    double smallest_ratio, largest_ratio;             /* of the grows; infinite from 0 bytes */
    uint64_t smallest_difference, largest_difference; /* of the grows, bytes */
};

/* Takes a realloc into the chain's counts. */
void chain_count(struct chain *chain, const struct resize *resize, uint64_t time_ns);

/* After chain_count of a move: `stack` did it. */
void chain_note_stack(struct chain *chain, const struct resize *resize, uint32_t stack);

enum chain_class { CHAIN_SHORT, CHAIN_GEOMETRIC, CHAIN_ARITHMETIC, CHAIN_IRREGULAR };

/* How a chain grows; CHAIN_SHORT: too seldom to say. */
enum chain_class chain_class(const struct chain *chain);

/* All chains of an analysis, by index; 0 is no chain. Zero-filled is empty. */
struct chains {
    struct chain **slabs; /* owned, of CHAINS_A_SLAB each: a chain never moves */
    size_t slab_count;
    uint32_t *spare; /* owned: indices given back */
    size_t spare_count;
    uint32_t used; /* indices ever taken */
    struct paths paths;
};

void chains_release(struct chains *chains); /* zero-fills */

/* Makes sure that the next chains_start succeeds. False with ERROR_NO_MEMORY or ERROR_LIMIT. */
bool chains_reserve(struct chains *chains, struct error *err);

/*
 * Begins a chain with an allocation of `first_bytes` at `first_ns` (RESULT_UNKNOWN: before the
 * trace) and returns its index. Only after chains_reserve.
 */
uint32_t chains_start(struct chains *chains, uint64_t identity, uint64_t first_bytes,
                      uint64_t first_ns);

/* The chain `index`, which must not be 0 and not be given back. */
struct chain *chains_at(const struct chains *chains, uint32_t index);

/* Fetches what chains_end will touch, for who knows that it comes soon. */
static inline __attribute__((always_inline)) void chains_expect_end(const struct chain *chain)
{
    __builtin_prefetch(chain->path, 1);
}

/* Gives the chain back; its index will be another's. */
void chains_end(struct chains *chains, uint32_t index);

/* How many chains there are: for checks. */
size_t chains_live(const struct chains *chains);

#endif
