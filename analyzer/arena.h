/*
 * Memory for many small pieces: slots of pages, granules. It is taken from the system in huge
 * pages, where there are any, because what a block is found through is touched in no order: with
 * small pages, most of these touches miss the address translation too.
 *
 * Pieces of one size (rounded up to 16 bytes) are given out again to pieces of that size only; so
 * whoever asks should ask for few sizes.
 */
#ifndef ANALYZER_ARENA_H
#define ANALYZER_ARENA_H

#include <stddef.h>

enum {
    ARENA_PIECE_SHIFT = 4,
    ARENA_PIECE_MAX = 4096, /* bytes; larger ones are the allocator's */
    ARENA_SIZES = (ARENA_PIECE_MAX >> ARENA_PIECE_SHIFT) + 1,
};

/* Zero-filled is empty; the fields are private to arena.c. */
struct arena {
    struct arena_piece *free[ARENA_SIZES]; /* by size >> ARENA_PIECE_SHIFT */
    struct arena_chunk *chunks;
    struct arena_large *larges; /* pieces above ARENA_PIECE_MAX that are given out */
    char *next;                 /* of the last chunk: what was never given out; */
    size_t left;
    size_t bytes; /* of all chunks */
};

/*
 * `bytes`, 1 or more, aligned to 16; up to ARENA_PIECE_MAX, whole cache lines are aligned to these.
 * NULL: no memory.
 */
void *arena_take(struct arena *arena, size_t bytes);

/* The same, zero-filled. */
void *arena_take_zeroed(struct arena *arena, size_t bytes);

/* Gives back a piece of that arena and that size. */
void arena_give_back(struct arena *arena, void *piece, size_t bytes);

/* Frees all pieces, given back or not. */
void arena_release(struct arena *arena);

#endif
