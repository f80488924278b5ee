/* Curves over time in one pass and bounded memory. */
#include "analyzer/timeline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert((int)TIMELINE_live_bytes == (int)LEVEL_live_bytes &&
                  (int)TIMELINE_live_blocks == (int)LEVEL_live_blocks &&
                  (int)TIMELINE_touched_bytes == (int)LEVEL_touched_bytes &&
                  (int)TIMELINE_committed_bytes == (int)LEVEL_committed_bytes &&
                  (int)TIMELINE_reserved_bytes == (int)LEVEL_reserved_bytes &&
                  (int)TIMELINE_free_bytes == (int)LEVEL_free_bytes &&
                  (int)TIMELINE_pinned_pages == (int)LEVEL_pinned_pages,
              "a curve has the number of its level");

enum { CURVES_KNOWN = (1 << TIMELINE_CURVES) - 1 };

enum { NO_SHIFT = 64 }; /* there are no neighbours */

void timeline_release(struct timeline *timeline)
{
    free(timeline->rows);
    *timeline = (struct timeline){ 0 };
}

/*
 * Rows are made zero-filled, so many at a time, when the first of them is opened: one by one, in
 * line, that takes twice as long, and all that there is room for is memory that may not be used.
 */
enum { ROWS_AT_A_TIME = 8 };
static_assert(TIMELINE_ROWS % ROWS_AT_A_TIME == 0, "there is room for those made at a time");

/* So many are made, when so many have been opened. */
static size_t rows_made(size_t opened)
{
    return (opened + ROWS_AT_A_TIME - 1) / ROWS_AT_A_TIME * ROWS_AT_A_TIME;
}

static void rows_clear(struct timeline *timeline, size_t first, size_t end)
{
    memset(&timeline->rows[first], 0, (end - first) * sizeof *timeline->rows);
}

bool timeline_copy(struct timeline *to, const struct timeline *from, struct error *err)
{
    struct timeline_row *rows = malloc((from->capacity + 1) * sizeof *rows);
    if (!rows)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu timeline rows",
                         from->capacity);
    if (from->count)
        memcpy(rows, from->rows, rows_made(from->count) * sizeof *rows);
    *to = *from;
    to->rows = rows;
    return true;
}

static void carry(struct timeline *timeline, const struct level_values *values)
{
    timeline->known = values->known & CURVES_KNOWN;
    for (size_t i = 0; i < TIMELINE_CURVES; i++)
        timeline->last[i] = values->of[i];
}

void timeline_restart(struct timeline *timeline, const struct level_values *values)
{
    timeline->count = 0;
    timeline->row_end_ns = 0;
    timeline->interval_shift = 0;
    carry(timeline, values);
}

static void row_close(const struct timeline *timeline, struct timeline_row *row)
{
    for (size_t i = 0; i < TIMELINE_CURVES; i++)
        if (timeline->is_met & 1u << i)
            row->curves[i] = (struct timeline_value){ true, timeline->min[i], timeline->max[i],
                                                      timeline->last[i] };
}

static void row_reopen(struct timeline *timeline, const struct timeline_row *row)
{
    timeline->is_met = 0;
    for (size_t i = 0; i < TIMELINE_CURVES; i++) {
        timeline->min[i] = row->curves[i].min;
        timeline->max[i] = row->curves[i].max;
        timeline->is_met |= row->curves[i].known ? 1u << i : 0;
    }
}

static void value_merge(struct timeline_value *to, const struct timeline_value *value,
                        const struct timeline_value *next)
{
    if (!value->known || !next->known) {
        *to = value->known ? *value : *next;
        return;
    }
    *to = (struct timeline_value){
        .known = true,
        .min = value->min < next->min ? value->min : next->min,
        .max = value->max > next->max ? value->max : next->max,
        .last = next->last,
    };
}

/* `next` happened after `row`, and both are one interval now: `to`, which may be `row`. */
static void row_merge(struct timeline_row *to, const struct timeline_row *row,
                      const struct timeline_row *next)
{
    for (size_t i = 0; i < TIMELINE_CURVES; i++)
        value_merge(&to->curves[i], &row->curves[i], &next->curves[i]);
    to->events = row->events + next->events;
    to->reallocs = row->reallocs + next->reallocs;
    to->moved = row->moved + next->moved;
    to->copied_bytes = row->copied_bytes + next->copied_bytes;
    for (size_t i = 0; i < SOURCE_SLOTS; i++)
        to->source_events[i] = row->source_events[i] + next->source_events[i];
}

/* The shift of the smallest interval that has both times, of which `b_ns` is the later. */
static unsigned shift_of_both(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns ? 64 - (unsigned)__builtin_clzll(a_ns ^ b_ns) : 0;
}

/* There is a row of `t_ns` after `row_ns`. */
static void note_neighbours(struct timeline *timeline, uint64_t row_ns, uint64_t t_ns)
{
    unsigned shift = shift_of_both(row_ns, t_ns);
    timeline->merge_shift = shift < timeline->merge_shift ? shift : timeline->merge_shift;
}

/*
 * Doubles the interval until two rows fall together (no more than two ever do); at most 63 times
 * in all, so that what an event costs is bounded. A row that finds no partner begins earlier: the
 * value it came in with held there too.
 */
static void rows_merge(struct timeline *timeline, unsigned shift)
{
    struct timeline_row *rows = timeline->rows;
    size_t kept = 0, count = timeline->count;
    timeline->interval_shift = shift;
    timeline->merge_shift = NO_SHIFT;
    for (size_t i = 0; i < count; kept++) {
        uint64_t t_ns = rows[i].t_ns >> shift << shift;
        bool is_pair = i + 1 < count && rows[i + 1].t_ns >> shift << shift == t_ns;
        if (is_pair)
            row_merge(&rows[kept], &rows[i], &rows[i + 1]);
        else if (kept != i)
            memmove(&rows[kept], &rows[i],
                    sizeof *rows); /* assigned, it takes three times as long */
        rows[kept].t_ns = t_ns;
        if (kept)
            note_neighbours(timeline, rows[kept - 1].t_ns, t_ns);
        i += is_pair ? 2 : 1;
    }
    timeline->count = kept;
    rows_clear(timeline, kept, rows_made(kept));
}

static bool rows_reserve(struct timeline *timeline, struct error *err)
{
    if (timeline->count < timeline->capacity)
        return true;
    size_t capacity = timeline->capacity ? timeline->capacity * 2 : ROWS_AT_A_TIME;
    struct timeline_row *rows = realloc(timeline->rows, capacity * sizeof *rows);
    if (!rows)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu timeline rows",
                         capacity);
    timeline->rows = rows;
    timeline->capacity = capacity;
    return true;
}

/* The curves of the interval begin with what was carried in. */
static void row_open(struct timeline *timeline, uint64_t t_ns)
{
    timeline->is_met = timeline->known;
    for (size_t i = 0; i < TIMELINE_CURVES; i++)
        timeline->min[i] = timeline->max[i] = timeline->last[i];
    if (timeline->count % ROWS_AT_A_TIME == 0)
        rows_clear(timeline, timeline->count, timeline->count + ROWS_AT_A_TIME);
    struct timeline_row *row = &timeline->rows[timeline->count++];
    row->t_ns = t_ns >> timeline->interval_shift << timeline->interval_shift;
    if (timeline->count > 1)
        note_neighbours(timeline, row[-1].t_ns, row->t_ns);
    else
        timeline->merge_shift = NO_SHIFT;
}

/* Opens a row for `t_ns`, which is in none, or the last one again when it now is. */
static bool row_seek(struct timeline *timeline, uint64_t t_ns, struct error *err)
{
    if (timeline->count)
        row_close(timeline, &timeline->rows[timeline->count - 1]);
    if (timeline->count == TIMELINE_ROWS) {
        note_neighbours(timeline, timeline->rows[timeline->count - 1].t_ns, t_ns);
        rows_merge(timeline, timeline->merge_shift);
        const struct timeline_row *last = &timeline->rows[timeline->count - 1];
        if (t_ns >> timeline->interval_shift == last->t_ns >> timeline->interval_shift) {
            row_reopen(timeline, last);
            return true;
        }
    }
    if (!rows_reserve(timeline, err))
        return false;
    row_open(timeline, t_ns);
    return true;
}

static bool is_in_last_row(const struct timeline *timeline, uint64_t t_ns)
{
    return timeline->count &&
           t_ns >> timeline->interval_shift ==
               timeline->rows[timeline->count - 1].t_ns >> timeline->interval_shift;
}

bool timeline_seek(struct timeline *timeline, uint64_t t_ns, const struct level_values *values,
                   struct error *err)
{
    if (!timeline->known) /* nothing was before the first event */
        carry(timeline, values);
    if (!is_in_last_row(timeline, t_ns) && !row_seek(timeline, t_ns, err))
        return false;
    /* The row that ends with time itself has none, and is looked for at every event. */
    timeline->row_end_ns =
        timeline->rows[timeline->count - 1].t_ns + (UINT64_C(1) << timeline->interval_shift);
    return true;
}

/* A value, times 2^shift, is that of a curve. */
static inline void take_curve(struct timeline *timeline, enum timeline_curve curve,
                              const struct points *points, const struct sweep_ranges *ranges,
                              enum point_value which, unsigned shift)
{
    uint64_t low = ranges->low[which] << shift, min = timeline->min[curve];
    uint64_t high = ranges->high[which] << shift, max = timeline->max[curve];
    timeline->min[curve] = low < min ? low : min;
    timeline->max[curve] = high > max ? high : max;
    timeline->last[curve] = points->of[which][points->count - 1] << shift;
}

void timeline_take(struct timeline *timeline, const struct points *points,
                   const struct sweep_ranges *ranges)
{
    take_curve(timeline, TIMELINE_live_bytes, points, ranges, POINT_live_bytes, 0);
    take_curve(timeline, TIMELINE_live_blocks, points, ranges, POINT_live_blocks, 0);
    take_curve(timeline, TIMELINE_touched_bytes, points, ranges, POINT_touched_pages, PAGE_SHIFT);
    take_curve(timeline, TIMELINE_pinned_pages, points, ranges, POINT_pinned_pages, 0);
}

void timeline_take_space(struct timeline *timeline, const struct level_values *values)
{
    for (size_t i = TIMELINE_committed_bytes; i <= TIMELINE_free_bytes; i++) {
        uint32_t bit = 1u << i;
        uint64_t value = values->of[i];
        if (!(values->known & bit))
            continue;
        bool is_first = !(timeline->is_met & bit);
        timeline->is_met |= bit;
        timeline->min[i] = is_first || value < timeline->min[i] ? value : timeline->min[i];
        timeline->max[i] = is_first || value > timeline->max[i] ? value : timeline->max[i];
        timeline->last[i] = value;
    }
    timeline->known = values->known & CURVES_KNOWN;
}

static_assert(8 + 8 * SOURCE_SLOTS == 64, "the counts fit, and have no more slots than there are");

void timeline_count(struct timeline *timeline, uint64_t counts)
{
    struct timeline_row *row = &timeline->rows[timeline->count - 1];
    uint64_t *sum = row->source_events;
    row->events += (uint8_t)counts;
    for (counts >>= 8; counts; counts >>= 8)
        *sum++ += (uint8_t)counts;
}

void timeline_report(struct timeline *timeline, struct timeline_result *out)
{
    if (timeline->count)
        row_close(timeline, &timeline->rows[timeline->count - 1]);
    *out = (struct timeline_result){
        .interval_ns = UINT64_C(1) << timeline->interval_shift,
        .count = timeline->count,
        .rows = timeline->rows,
    };
    *timeline = (struct timeline){ 0 };
}
