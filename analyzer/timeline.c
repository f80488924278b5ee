/* Curves over time in one pass and bounded memory. */
#include "analyzer/timeline.h"

#include <assert.h>
#include <stdlib.h>

static_assert((int)TIMELINE_live_bytes == (int)LEVEL_live_bytes &&
                  (int)TIMELINE_live_blocks == (int)LEVEL_live_blocks &&
                  (int)TIMELINE_touched_bytes == (int)LEVEL_touched_bytes &&
                  (int)TIMELINE_committed_bytes == (int)LEVEL_committed_bytes &&
                  (int)TIMELINE_reserved_bytes == (int)LEVEL_reserved_bytes &&
                  (int)TIMELINE_free_bytes == (int)LEVEL_free_bytes &&
                  (int)TIMELINE_pinned_pages == (int)LEVEL_pinned_pages,
              "a curve has the number of its level");

enum { CURVES_KNOWN = (1 << TIMELINE_CURVES) - 1 };

void timeline_release(struct timeline *timeline)
{
    free(timeline->rows);
    *timeline = (struct timeline){ 0 };
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

/* `next` happened after `row`, and both are one interval now. */
static void row_merge(struct timeline_row *row, const struct timeline_row *next)
{
    for (size_t i = 0; i < TIMELINE_CURVES; i++) {
        struct timeline_value *value = &row->curves[i];
        const struct timeline_value *more = &next->curves[i];
        if (!value->known)
            *value = *more;
        if (!more->known)
            continue;
        value->min = value->min < more->min ? value->min : more->min;
        value->max = value->max > more->max ? value->max : more->max;
        value->last = more->last;
    }
    row->events += next->events;
    row->reallocs += next->reallocs;
    row->moved += next->moved;
    row->copied_bytes += next->copied_bytes;
    for (size_t i = 0; i < SOURCE_SLOTS; i++)
        row->source_events[i] += next->source_events[i];
}

/*
 * Doubles the interval; at most 63 times in all, so that what an event costs is bounded. A row that
 * finds no partner begins earlier: the value it came in with held there too.
 */
static void rows_double(struct timeline *timeline)
{
    timeline->interval_shift++;
    size_t kept = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        struct timeline_row *row = &timeline->rows[i];
        uint64_t t_ns = row->t_ns >> timeline->interval_shift << timeline->interval_shift;
        if (kept && timeline->rows[kept - 1].t_ns == t_ns) {
            row_merge(&timeline->rows[kept - 1], row);
            continue;
        }
        if (kept != i)
            timeline->rows[kept] = *row;
        timeline->rows[kept++].t_ns = t_ns;
    }
    timeline->count = kept;
}

static bool rows_reserve(struct timeline *timeline, struct error *err)
{
    if (timeline->count < timeline->capacity)
        return true;
    size_t capacity = timeline->capacity ? timeline->capacity * 2 : 8;
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
    timeline->rows[timeline->count++] = (struct timeline_row){
        .t_ns = t_ns >> timeline->interval_shift << timeline->interval_shift,
    };
}

/* Makes the last row that of `t_ns`, and open. */
static bool row_seek(struct timeline *timeline, uint64_t t_ns, struct error *err)
{
    if (timeline->count)
        row_close(timeline, &timeline->rows[timeline->count - 1]);
    while (timeline->count == TIMELINE_ROWS) {
        rows_double(timeline);
        struct timeline_row *last = &timeline->rows[timeline->count - 1];
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

static inline void take(struct timeline *timeline, size_t curve, uint64_t value)
{
    if (value < timeline->min[curve])
        timeline->min[curve] = value;
    if (value > timeline->max[curve])
        timeline->max[curve] = value;
    timeline->last[curve] = value;
}

/* Curves that may begin and end at any time. */
static void take_space(struct timeline *timeline, const struct level_values *values)
{
    for (size_t i = TIMELINE_committed_bytes; i <= TIMELINE_free_bytes; i++) {
        uint32_t bit = 1u << i;
        if (!(values->known & bit))
            continue;
        if (!(timeline->is_met & bit))
            timeline->min[i] = timeline->max[i] = values->of[i];
        timeline->is_met |= bit;
        take(timeline, i, values->of[i]);
    }
    timeline->known = values->known & CURVES_KNOWN;
}

/* Whether space says anything that the open row has not met as its last. */
static bool is_other_space(const struct timeline *timeline, const struct level_values *values)
{
    uint64_t differs = (values->known & CURVES_KNOWN) ^ timeline->known;
    for (size_t i = TIMELINE_committed_bytes; i <= TIMELINE_free_bytes; i++)
        differs |= values->of[i] ^ timeline->last[i];
    return differs != 0;
}

static void add_flow(struct timeline_row *row, const struct timeline_flow *flow)
{
    row->events += flow->events;
    if (flow->has_source)
        row->source_events[flow->source_slot]++;
    if (!flow->reallocs)
        return;
    row->reallocs += flow->reallocs;
    row->moved += flow->moved;
    row->copied_bytes += flow->copied_bytes;
}

bool timeline_add(struct timeline *timeline, uint64_t t_ns, const struct level_values *values,
                  const struct timeline_flow *flow, struct error *err)
{
    if (!timeline->known) /* nothing was before the first event */
        carry(timeline, values);
    if (!is_in_last_row(timeline, t_ns) && !row_seek(timeline, t_ns, err))
        return false;
    take(timeline, TIMELINE_live_bytes, values->of[LEVEL_live_bytes]);
    take(timeline, TIMELINE_live_blocks, values->of[LEVEL_live_blocks]);
    take(timeline, TIMELINE_touched_bytes, values->of[LEVEL_touched_bytes]);
    take(timeline, TIMELINE_pinned_pages, values->of[LEVEL_pinned_pages]);
    if (is_other_space(timeline, values))
        take_space(timeline, values);
    add_flow(&timeline->rows[timeline->count - 1], flow);
    return true;
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
