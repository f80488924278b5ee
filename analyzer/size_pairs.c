/* From which sizes to which reallocs go. */
#include "analyzer/size_pairs.h"

#include "analyzer/power_class.h"

#include <stdlib.h>

struct size_pairs_row {
    struct {
        uint64_t in_place, moved;
    } to[OLD_SIZE_CLASSES]; /* by new class */
};

static bool make_row(struct size_pairs *pairs, size_t old_class, struct error *err)
{
    if (!pairs->rows[old_class])
        pairs->rows[old_class] = calloc(1, sizeof *pairs->rows[old_class]);
    if (!pairs->rows[old_class])
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to count reallocs");
    return true;
}

bool size_pairs_reserve(struct size_pairs *pairs, uint64_t old_size, struct error *err)
{
    return make_row(pairs, power_class(old_size), err);
}

void size_pairs_count(struct size_pairs *pairs, const struct resize *resize)
{
    struct size_pairs_row *row = pairs->rows[power_class(resize->from)];
    size_t new_class = power_class(resize->to);
    row->to[new_class].in_place += !resize->moved;
    row->to[new_class].moved += resize->moved;
}

bool size_pairs_add(struct size_pairs *sum, const struct size_pairs *more, struct error *err)
{
    for (size_t from = 0; from < OLD_SIZE_CLASSES; from++) {
        if (!more->rows[from])
            continue;
        if (!make_row(sum, from, err))
            return false;
        for (size_t to = 0; to < OLD_SIZE_CLASSES; to++) {
            sum->rows[from]->to[to].in_place += more->rows[from]->to[to].in_place;
            sum->rows[from]->to[to].moved += more->rows[from]->to[to].moved;
        }
    }
    return true;
}

/* Writes the pairs that occurred to `out`, unless that is NULL; returns how many they are. */
static size_t list_pairs(const struct size_pairs *pairs, struct size_pair *out)
{
    size_t count = 0;
    for (uint8_t from = 0; from < OLD_SIZE_CLASSES; from++) {
        for (uint8_t to = 0; pairs->rows[from] && to < OLD_SIZE_CLASSES; to++) {
            uint64_t in_place = pairs->rows[from]->to[to].in_place;
            uint64_t moved = pairs->rows[from]->to[to].moved;
            if (in_place == 0 && moved == 0)
                continue;
            if (out)
                out[count] = (struct size_pair){ from, to, in_place, moved };
            count++;
        }
    }
    return count;
}

bool size_pairs_report(const struct size_pairs *pairs, struct realloc_result *out,
                       struct error *err)
{
    size_t count = list_pairs(pairs, NULL);
    out->size_pair_count = 0;
    if (count == 0)
        return true;
    out->size_pairs = calloc(count, sizeof *out->size_pairs);
    if (!out->size_pairs)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to report reallocs");
    out->size_pair_count = list_pairs(pairs, out->size_pairs);
    return true;
}

void size_pairs_release(struct size_pairs *pairs)
{
    for (size_t i = 0; i < OLD_SIZE_CLASSES; i++)
        free(pairs->rows[i]);
    *pairs = (struct size_pairs){ 0 };
}
