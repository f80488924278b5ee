/* Memory for many small pieces, in huge pages. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* madvise */
#endif
#include "analyzer/arena.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    FIRST_CHUNK = 1 << 16,
    HUGE_CHUNK = 1 << 21, /* one huge page */
    CACHE_LINE = 64,
    PIECE_UNIT = 1 << ARENA_PIECE_SHIFT,
};

struct arena_piece {
    struct arena_piece *next;
};

struct arena_chunk {
    struct arena_chunk *next;
    char unused[PIECE_UNIT - sizeof(struct arena_chunk *)];
};

/* Before a larger piece: the others. */
struct arena_large {
    struct arena_large *before, *after;
};
static_assert(sizeof(struct arena_large) % PIECE_UNIT == 0, "larger pieces are aligned too");

static void *take_large(struct arena *arena, size_t bytes)
{
    struct arena_large *large = malloc(sizeof *large + bytes);
    if (!large)
        return NULL;
    *large = (struct arena_large){ .after = arena->larges };
    if (large->after)
        large->after->before = large;
    arena->larges = large;
    return large + 1;
}

static void give_back_large(struct arena *arena, void *piece)
{
    struct arena_large *large = (struct arena_large *)piece - 1;
    if (large->after)
        large->after->before = large->before;
    if (large->before)
        large->before->after = large->after;
    else
        arena->larges = large->after;
    free(large);
}

static size_t round_up(size_t bytes)
{
    return (bytes + PIECE_UNIT - 1) & ~(size_t)(PIECE_UNIT - 1);
}

static struct arena_chunk *new_chunk(size_t bytes)
{
    if (bytes < HUGE_CHUNK)
        return malloc(bytes);
    struct arena_chunk *chunk = aligned_alloc(bytes, bytes);
#ifdef MADV_HUGEPAGE
    if (chunk)
        madvise(chunk, bytes, MADV_HUGEPAGE); /* refused: just slower */
#endif
    return chunk;
}

/* Where a fresh piece of so many bytes begins: those of whole cache lines fill no others. */
static char *begin_of(const struct arena *arena, size_t bytes)
{
    const uintptr_t skip = bytes % CACHE_LINE == 0 ? -(uintptr_t)arena->next % CACHE_LINE : 0;
    return arena->next + skip;
}

/* As large as all before it, up to a huge page: what is never used stays below a half. */
static bool add_chunk(struct arena *arena)
{
    size_t bytes = arena->bytes < FIRST_CHUNK ? FIRST_CHUNK : arena->bytes;
    bytes = bytes < HUGE_CHUNK ? bytes : HUGE_CHUNK;
    struct arena_chunk *chunk = new_chunk(bytes);
    if (!chunk)
        return false;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->next = (char *)(chunk + 1);
    arena->left = bytes - sizeof *chunk;
    arena->bytes += bytes;
    return true;
}

void *arena_take(struct arena *arena, size_t bytes)
{
    if (bytes > ARENA_PIECE_MAX)
        return take_large(arena, bytes);
    bytes = round_up(bytes);
    struct arena_piece **first_free = &arena->free[bytes >> ARENA_PIECE_SHIFT];
    struct arena_piece *piece = *first_free;
    if (piece) {
        *first_free = piece->next;
        return piece;
    }
    if (arena->left < bytes + CACHE_LINE && !add_chunk(arena))
        return NULL;
    char *fresh = begin_of(arena, bytes);
    arena->left -= (size_t)(fresh + bytes - arena->next);
    arena->next = fresh + bytes;
    return fresh;
}

void *arena_take_zeroed(struct arena *arena, size_t bytes)
{
    void *piece = arena_take(arena, bytes);
    return piece ? memset(piece, 0, bytes) : NULL;
}

void arena_give_back(struct arena *arena, void *memory, size_t bytes)
{
    if (bytes > ARENA_PIECE_MAX) {
        give_back_large(arena, memory);
        return;
    }
    struct arena_piece *piece = memory;
    struct arena_piece **first_free = &arena->free[round_up(bytes) >> ARENA_PIECE_SHIFT];
    piece->next = *first_free;
    *first_free = piece;
}

void arena_release(struct arena *arena)
{
    while (arena->larges)
        give_back_large(arena, arena->larges + 1);
    while (arena->chunks) {
        struct arena_chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        free(chunk);
    }
    *arena = (struct arena){ 0 };
}
