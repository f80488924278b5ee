/* Which moves of growing blocks had room to grow in place, and what stood in the others' way. */
#ifndef ANALYZER_ROOM_H
#define ANALYZER_ROOM_H

#include "analyzer/recent.h"
#include "analyzer/resize.h"
#include "analyzer/result.h"

/* Zero-filled is empty. */
struct room {
    uint64_t avoidable_moves, avoidable_bytes;
    uint64_t blockers[OLD_SIZE_CLASSES]; /* by size class of the block in the way */
};

enum room_verdict {
    ROOM_UNKNOWN, /* nothing after it */
    ROOM_ENOUGH,  /* the move was avoidable */
    ROOM_TAKEN,   /* the next block stood in the way */
};

/*
 * Judges a move of a block at `old_address` that grew. `next` is the block after it just before the
 * move; NULL: there was none.
 */
enum room_verdict room_judge(struct room *room, uint64_t old_address, const struct resize *resize,
                             const struct neighbour *next);

void room_add(struct room *sum, const struct room *more);
void room_report(const struct room *room, struct realloc_result *out);

#endif
