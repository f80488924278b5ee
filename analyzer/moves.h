/* How reallocs end: in place, moved, failed; and what the moves copy. */
#ifndef ANALYZER_MOVES_H
#define ANALYZER_MOVES_H

#include "analyzer/resize.h"
#include "analyzer/result.h"

/* Reallocs of one direction of size, by how they ended. */
struct move_counts {
    uint64_t in_place, moved;
};

/* Zero-filled is empty. */
struct moves {
    struct move_counts grow, shrink, same;
    uint64_t failed;
    uint64_t paired, standalone; /* of the moved ones */
    uint64_t from_zero, to_zero;
    uint64_t copied_bytes, grown_bytes;
    struct old_size_result by_old_size[OLD_SIZE_CLASSES];
};

void moves_count(struct moves *moves, const struct resize *resize);
void moves_count_failed(struct moves *moves, uint64_t old_size);
void moves_add(struct moves *sum, const struct moves *more);

/* Fills all of `out` but growth, chains, avoidable moves and blockers. */
void moves_report(const struct moves *moves, struct realloc_result *out);

#endif
