/* How reallocs end: in place, moved, failed; and what the moves copy. */
#include "analyzer/moves.h"

#include "analyzer/power_class.h"
#include "analyzer/rate.h"

#include <math.h>
#include <string.h>

static struct move_counts *direction_of(struct moves *moves, const struct resize *resize)
{
    if (resize->to > resize->from)
        return &moves->grow;
    return resize->to < resize->from ? &moves->shrink : &moves->same;
}

void moves_count(struct moves *moves, const struct resize *resize)
{
    uint64_t copied_bytes = resize_copied_bytes(resize);
    struct move_counts *direction = direction_of(moves, resize);
    direction->in_place += !resize->moved;
    direction->moved += resize->moved;
    moves->from_zero += resize->from == 0;
    moves->to_zero += resize->from > 0 && resize->to == 0;
    moves->copied_bytes += copied_bytes;
    moves->grown_bytes += resize_grown_bytes(resize);

    struct old_size_result *old_size = &moves->by_old_size[power_class(resize->from)];
    old_size->in_place += !resize->moved;
    old_size->moved += resize->moved;
    old_size->copied_bytes += copied_bytes;
}

void moves_count_failed(struct moves *moves, uint64_t old_size)
{
    moves->failed++;
    moves->by_old_size[power_class(old_size)].failed++;
}

static void direction_add(struct move_counts *sum, const struct move_counts *more)
{
    sum->in_place += more->in_place;
    sum->moved += more->moved;
}

void moves_add(struct moves *sum, const struct moves *more)
{
    direction_add(&sum->grow, &more->grow);
    direction_add(&sum->shrink, &more->shrink);
    direction_add(&sum->same, &more->same);
    sum->failed += more->failed;
    sum->paired += more->paired;
    sum->standalone += more->standalone;
    sum->from_zero += more->from_zero;
    sum->to_zero += more->to_zero;
    sum->copied_bytes += more->copied_bytes;
    sum->grown_bytes += more->grown_bytes;
    for (size_t i = 0; i < OLD_SIZE_CLASSES; i++) {
        struct old_size_result *to = &sum->by_old_size[i];
        const struct old_size_result *from = &more->by_old_size[i];
        to->in_place += from->in_place;
        to->moved += from->moved;
        to->failed += from->failed;
        to->copied_bytes += from->copied_bytes;
    }
}

static uint64_t total(const struct move_counts *direction)
{
    return direction->in_place + direction->moved;
}

static struct rate rate_of_moves(const struct move_counts *direction)
{
    return rate_of(direction->moved, total(direction));
}

void moves_report(const struct moves *moves, struct realloc_result *out)
{
    struct move_counts all = { 0 };
    direction_add(&all, &moves->grow);
    direction_add(&all, &moves->shrink);
    direction_add(&all, &moves->same);

    out->in_place = all.in_place;
    out->moved = all.moved;
    out->failed = moves->failed;
    out->count = total(&all) + moves->failed;
    out->paired = moves->paired;
    out->standalone = moves->standalone;
    out->grow = total(&moves->grow);
    out->shrink = total(&moves->shrink);
    out->same = total(&moves->same);
    out->from_zero = moves->from_zero;
    out->to_zero = moves->to_zero;
    out->move_rate = rate_of_moves(&all);
    out->grow_move_rate = rate_of_moves(&moves->grow);
    out->shrink_move_rate = rate_of_moves(&moves->shrink);
    out->copied_bytes = moves->copied_bytes;
    out->copy_amplification = NAN;
    if (moves->grown_bytes > 0)
        out->copy_amplification = (double)moves->copied_bytes / (double)moves->grown_bytes;
    memcpy(out->by_old_size, moves->by_old_size, sizeof out->by_old_size);
}
