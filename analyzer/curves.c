/* Everything one heap, one process or the trace is over time. */
#include "analyzer/curves.h"

#include "analyzer/creep.h"

#include <assert.h>

static_assert((int)POINTS_MAX <= (int)TIMELINE_COUNTS_MAX, "a run can be counted");

void curves_start(struct curves *curves, uint64_t t_ns)
{
    levels_start(&curves->levels, t_ns);
}

void curves_release(struct curves *curves)
{
    timeline_release(&curves->timeline);
    *curves = (struct curves){ 0 };
}

bool curves_copy(struct curves *to, const struct curves *from, struct error *err)
{
    struct timeline timeline;
    if (!timeline_copy(&timeline, &from->timeline, err))
        return false;
    *to = *from;
    to->timeline = timeline;
    to->levels.is_ended = false;
    return true;
}

static void take_row(struct curves *curves, const struct sweep_ranges *ranges)
{
    timeline_take(&curves->timeline, &curves->points, ranges);
    timeline_count(&curves->timeline, curves->counts);
    curves->counts = 0;
}

/*
 * The open row gets the points that are its own. Levels take them when there are more: what they do
 * for one point or many costs some 700 instructions, and rows of few points are most of them in
 * short traces and in small heaps.
 */
static void close_row(struct curves *curves)
{
    if (curves->in_rows == curves->points.count)
        return;
    struct sweep_ranges ranges;
    sweep_ranges(&curves->points, curves->in_rows, &ranges);
    take_row(curves, &ranges);
    curves->in_rows = curves->points.count;
}

void curves_settle(struct curves *curves)
{
    struct sweep_ranges ranges;
    if (curves->points.count == 0)
        return;
    levels_take(&curves->levels, &curves->points, &ranges);
    if (curves->in_rows)
        close_row(curves);
    else
        take_row(curves, &ranges);
    curves->settled += curves->points.count;
    curves->points.count = curves->in_rows = 0;
}

static void take_space(struct curves *curves, uint64_t t_ns, const struct occupancy *occupancy,
                       const struct space *space)
{
    levels_take_space(&curves->levels, t_ns, space, occupancy->live_bytes);
    curves->space_version = space->version;
}

void curves_restart(struct curves *curves, uint64_t t_ns, uint64_t change,
                    const struct occupancy *occupancy, const struct space *space)
{
    struct sweep_ranges ranges;
    levels_start(&curves->levels, t_ns);
    levels_rise(&curves->levels, change, occupancy);
    take_space(curves, t_ns, occupancy, space);
    curves->points.count = 0;
    points_add(&curves->points, t_ns, occupancy);
    levels_take(&curves->levels, &curves->points, &ranges);
    curves->points.count = curves->in_rows = 0;
    curves->counts = curves->settled = 0;
    timeline_restart(&curves->timeline, &curves->levels.now);
    levels_before(&curves->levels);
}

/* The first row begins with what the first event left. */
static struct level_values values_after(const struct levels *levels,
                                        const struct occupancy *occupancy)
{
    struct level_values values = levels->now;
    values.of[LEVEL_live_bytes] = occupancy->live_bytes;
    values.of[LEVEL_live_blocks] = occupancy->live_blocks;
    values.of[LEVEL_touched_bytes] = occupancy->touched_pages << PAGE_SHIFT;
    values.of[LEVEL_pinned_pages] = occupancy->pinned_pages;
    values.of[LEVEL_pinned_waste_bytes] = occupancy->pinned_waste_bytes;
    return values;
}

bool curves_turn(struct curves *curves, uint64_t t_ns, const struct occupancy *occupancy,
                 const struct space *space, struct error *err)
{
    bool is_first = !curves->levels.now.known;
    if (is_first || curves->space_version != space->version) {
        curves_settle(curves);
        take_space(curves, t_ns, occupancy, space);
    }
    if (!timeline_is_in_row(&curves->timeline, t_ns)) {
        close_row(curves);
        const struct level_values values = values_after(&curves->levels, occupancy);
        if (!timeline_seek(&curves->timeline, t_ns, &values, err))
            return false;
    }
    timeline_take_space(&curves->timeline, &curves->levels.now);
    return true;
}

void curves_mark_end(struct curves *curves, uint64_t t_ns, const struct occupancy *occupancy)
{
    curves_settle(curves);
    levels_mark_end(&curves->levels, t_ns, occupancy);
}

bool curves_report(struct curves *curves, uint64_t end_ns, const struct occupancy *occupancy,
                   struct measures *out, struct error *err)
{
    const struct levels *levels = &curves->levels;
    curves_settle(curves);
    levels_report(levels, end_ns, occupancy, out);
    timeline_report(&curves->timeline, &out->timeline);
    if (levels->is_ended)
        end_ns = out->last_ns;
    return creep_slope(&out->timeline, out->first_ns, end_ns, out->basis_is_committed,
                       &out->creep_bytes_per_hour, err);
}
