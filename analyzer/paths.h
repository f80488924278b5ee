/* The sizes chains went through, step by step, as far as memory for that goes. */
#ifndef ANALYZER_PATHS_H
#define ANALYZER_PATHS_H

#include "analyzer/result.h"
#include "decoder/error.h"

/*
 * Paths are kept for the chains that might be among those that copy most: when there are so many,
 * the half that has copied least is dropped.
 */
enum { PATHS_MAX = 1 << 14 };

struct path;

/* Zero-filled is empty. */
struct paths {
    struct path **all; /* owned; room for PATHS_MAX */
    size_t count;      /* in use; */
    size_t made;       /* those behind them are spare */
};

/* Makes sure that the next paths_begin succeeds. False with ERROR_NO_MEMORY. */
bool paths_reserve(struct paths *paths, struct error *err);

/*
 * Begins an empty path and returns it. `*owner` is where the caller keeps it; it becomes NULL when
 * the path is dropped. Only after paths_reserve.
 */
struct path *paths_begin(struct paths *paths, struct path **owner);

void paths_end(struct paths *paths, struct path *path); /* NULL is fine */
void paths_release(struct paths *paths);                /* zero-fills */

/* Appends a step; `copied_bytes` is what the chain has copied so far. NULL is fine. */
void path_note(struct path *path, const struct chain_step *step, uint64_t copied_bytes);

/* Writes the path's steps, evenly thinned, and returns their number; 0 for NULL. */
size_t path_report(const struct path *path, struct chain_step steps[CHAIN_STEPS]);

#endif
