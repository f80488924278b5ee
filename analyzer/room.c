/* Which moves of growing blocks had room to grow in place, and what stood in the others' way. */
#include "analyzer/room.h"

#include "analyzer/power_class.h"

#include <string.h>

/* Whether a block of `from` bytes at `address` could have grown to `to` below `limit`. */
static bool has_room(uint64_t address, const struct resize *resize, uint64_t limit)
{
    enum { HEADER_BYTES = 16 }; /* of the next block; that of a heap of 64-bit Windows */
    if (resize->from > limit - address)
        return false;
    uint64_t gap_bytes = limit - address - resize->from;
    return gap_bytes >= HEADER_BYTES && gap_bytes - HEADER_BYTES >= resize->to - resize->from;
}

enum room_verdict room_judge(struct room *room, uint64_t old_address, const struct resize *resize,
                             const struct neighbour *next)
{
    if (!next)
        return ROOM_UNKNOWN;
    if (!has_room(old_address, resize, next->address)) {
        room->blockers[power_class(next->size)]++;
        return ROOM_TAKEN;
    }
    room->avoidable_moves++;
    room->avoidable_bytes += resize_copied_bytes(resize);
    return ROOM_ENOUGH;
}

void room_add(struct room *sum, const struct room *more)
{
    sum->avoidable_moves += more->avoidable_moves;
    sum->avoidable_bytes += more->avoidable_bytes;
    for (size_t i = 0; i < OLD_SIZE_CLASSES; i++)
        sum->blockers[i] += more->blockers[i];
}

void room_report(const struct room *room, struct realloc_result *out)
{
    out->avoidable_moves = room->avoidable_moves;
    out->avoidable_bytes = room->avoidable_bytes;
    memcpy(out->blockers, room->blockers, sizeof out->blockers);
}
