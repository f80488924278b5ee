/* A timeline made coarse enough for a picture: min, max and last survive, sums add up. */
#include "reports/timeline_points.h"

bool timeline_span(const struct timeline_result *timeline, uint64_t *from_ns, uint64_t *to_ns)
{
    if (timeline->count == 0)
        return false;
    *from_ns = timeline->rows[0].t_ns;
    *to_ns = timeline->rows[timeline->count - 1].t_ns;
    if (timeline->interval_ns < UINT64_MAX - *to_ns)
        *to_ns += timeline->interval_ns;
    return true;
}

struct timeline_points timeline_points_over(const struct timeline_result *timeline, size_t most)
{
    struct timeline_points points = { .timeline = timeline, .width_ns = 1 };
    uint64_t from_ns, to_ns;
    if (!timeline_span(timeline, &from_ns, &to_ns))
        return points;
    uint64_t interval = timeline->interval_ns ? timeline->interval_ns : 1;
    uint64_t intervals = (to_ns - from_ns) / interval;
    points.width_ns = interval * (intervals / most + 1);
    return points;
}

static void take_in_value(struct timeline_value *sum, const struct timeline_value *value)
{
    if (!value->known)
        return;
    if (!sum->known) {
        *sum = *value;
        return;
    }
    sum->min = value->min < sum->min ? value->min : sum->min;
    sum->max = value->max > sum->max ? value->max : sum->max;
    sum->last = value->last;
}

static void take_in_row(struct timeline_row *sum, const struct timeline_row *row)
{
    for (size_t c = 0; c < TIMELINE_CURVES; c++)
        take_in_value(&sum->curves[c], &row->curves[c]);
    sum->events += row->events;
    sum->reallocs += row->reallocs;
    sum->moved += row->moved;
    sum->copied_bytes += row->copied_bytes;
    for (size_t s = 0; s < SOURCE_SLOTS; s++)
        sum->source_events[s] += row->source_events[s];
}

bool timeline_points_next(struct timeline_points *points, struct timeline_row *out)
{
    const struct timeline_result *timeline = points->timeline;
    if (points->next >= timeline->count)
        return false;
    uint64_t origin_ns = timeline->rows[0].t_ns;
    *out = timeline->rows[points->next++];
    uint64_t point = (out->t_ns - origin_ns) / points->width_ns;
    out->t_ns = origin_ns + point * points->width_ns;
    while (points->next < timeline->count &&
           (timeline->rows[points->next].t_ns - origin_ns) / points->width_ns == point)
        take_in_row(out, &timeline->rows[points->next++]);
    return true;
}
