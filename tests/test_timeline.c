/* Timelines, against rows made afresh from all events. */
#include "analyzer/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct moment {
    uint64_t t_ns;
    struct level_values values;
    struct timeline_flow flow;
};

static uint64_t next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *seed;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static struct moment random_moment(uint64_t *seed, uint64_t t_ns)
{
    struct moment m = { .t_ns = t_ns, .values = { .known = KNOWN_occupancy } };
    uint64_t r = next_random(seed);
    m.values.known |= r & KNOWN_space;
    for (unsigned i = 0; i < LEVEL_COUNT; i++)
        m.values.of[i] = m.values.known & 1u << i ? next_random(seed) % 1000 : 0;
    m.values.of[LEVEL_touched_bytes] <<= PAGE_SHIFT;
    uint64_t source = (r >> 10 & 1) ? TIMELINE_SOURCE((r >> 11) % SOURCE_SLOTS) : 0;
    m.flow = (struct timeline_flow){ .counts = TIMELINE_EVENT + source,
                                     .reallocs = r >> 8 & 1,
                                     .moved = (r >> 8 & 1) ? r >> 9 & 1 : 0,
                                     .copied_bytes = (r >> 8 & 1) ? r >> 40 : 0 };
    return m;
}

static void meet(struct timeline_value *value, const struct level_values *values, size_t curve)
{
    if (!(values->known & 1u << curve))
        return;
    uint64_t now = values->of[curve];
    if (!value->known)
        *value = (struct timeline_value){ true, now, now, now };
    value->min = now < value->min ? now : value->min;
    value->max = now > value->max ? now : value->max;
    value->last = now;
}

/* The row of moments [from, to), the slow way; `before`: what was carried in, or NULL. */
static struct timeline_row slow_row(const struct moment *moments, size_t from, size_t to,
                                    const struct level_values *before)
{
    struct timeline_row row = { 0 };
    for (size_t curve = 0; curve < TIMELINE_CURVES; curve++) {
        if (before)
            meet(&row.curves[curve], before, curve);
        for (size_t i = from; i < to; i++)
            meet(&row.curves[curve], &moments[i].values, curve);
    }
    for (size_t i = from; i < to; i++) {
        const struct timeline_flow *flow = &moments[i].flow;
        row.events += moments[i].flow.counts & TIMELINE_COUNTS_MAX;
        row.reallocs += flow->reallocs;
        row.moved += flow->moved;
        row.copied_bytes += flow->copied_bytes;
        for (size_t slot = 0; slot < SOURCE_SLOTS; slot++)
            row.source_events[slot] += flow->counts / TIMELINE_SOURCE(slot) & TIMELINE_COUNTS_MAX;
    }
    return row;
}

static void check_row(const struct timeline_row *got, const struct timeline_row *expected)
{
    for (size_t i = 0; i < TIMELINE_CURVES; i++) {
        assert_int_equal(got->curves[i].known, expected->curves[i].known);
        assert_int_equal(got->curves[i].min, expected->curves[i].min);
        assert_int_equal(got->curves[i].max, expected->curves[i].max);
        assert_int_equal(got->curves[i].last, expected->curves[i].last);
    }
    assert_int_equal(got->events, expected->events);
    assert_int_equal(got->reallocs, expected->reallocs);
    assert_int_equal(got->moved, expected->moved);
    assert_int_equal(got->copied_bytes, expected->copied_bytes);
    assert_memory_equal(got->source_events, expected->source_events, sizeof got->source_events);
}

static void check(const struct timeline_result *got, const struct moment *moments, size_t count,
                  const struct level_values *before)
{
    uint64_t interval = got->interval_ns;
    assert_true(interval > 0 && (interval & (interval - 1)) == 0);
    assert_true(got->count <= TIMELINE_ROWS);
    size_t i = 0, row = 0;
    for (; i < count; row++) {
        size_t first = i;
        while (i < count && moments[i].t_ns / interval == moments[first].t_ns / interval)
            i++;
        assert_true(row < got->count);
        assert_int_equal(got->rows[row].t_ns, moments[first].t_ns / interval * interval);
        struct timeline_row expected =
            slow_row(moments, first, i, first ? &moments[first - 1].values : before);
        check_row(&got->rows[row], &expected);
    }
    assert_int_equal(got->count, row);
}

/* Whether `interval_ns` is the smallest that needs no more than the limit of rows. */
static bool is_smallest_interval(uint64_t interval_ns, const struct moment *moments, size_t count)
{
    if (interval_ns == 1)
        return true;
    size_t rows = 0;
    for (size_t i = 0; i < count; i++)
        rows += i == 0 ||
                moments[i].t_ns / (interval_ns / 2) != moments[i - 1].t_ns / (interval_ns / 2);
    return rows > TIMELINE_ROWS;
}

/* A timeline, and points: it has taken so many of them. */
struct run {
    struct timeline timeline;
    struct points points;
    uint32_t taken;
};

static void settle(struct run *run)
{
    struct sweep_ranges ranges;
    if (run->taken == run->points.count)
        return;
    sweep_ranges(&run->points, run->taken, &ranges);
    timeline_take(&run->timeline, &run->points, &ranges);
    run->taken = run->points.count;
}

static void keep(struct run *run, const struct moment *moment)
{
    const uint64_t *values = moment->values.of;
    const struct occupancy occupancy = {
        .live_bytes = values[LEVEL_live_bytes],
        .live_blocks = values[LEVEL_live_blocks],
        .touched_pages = values[LEVEL_touched_bytes] >> PAGE_SHIFT,
        .pinned_pages = values[LEVEL_pinned_pages],
    };
    points_add(&run->points, moment->t_ns, &occupancy);
    if (run->points.count < POINTS_MAX && moment->t_ns % 5)
        return;
    settle(run);
    run->points.count = run->taken = 0;
}

static void feed(struct run *run, const struct moment *moment)
{
    struct error err = { 0 };
    if (!timeline_is_in_row(&run->timeline, moment->t_ns)) {
        settle(run);
        assert_true(timeline_seek(&run->timeline, moment->t_ns, &moment->values, &err));
    }
    timeline_take_space(&run->timeline, &moment->values);
    timeline_count_realloc(&run->timeline, &moment->flow);
    timeline_count(&run->timeline, moment->flow.counts);
    keep(run, moment);
}

static void check_run(uint64_t seed, size_t count, uint64_t step_mask, bool restarts)
{
    struct moment *moments = calloc(count, sizeof *moments);
    assert_non_null(moments);
    uint64_t t_ns = next_random(&seed) % 5000;
    for (size_t i = 0; i < count; i++) {
        moments[i] = random_moment(&seed, t_ns);
        t_ns += next_random(&seed) & next_random(&seed) & step_mask;
    }
    struct run run = { 0 };
    size_t from = restarts ? count / 3 : 0;
    for (size_t i = 0; i < count; i++) {
        if (restarts && i == from) {
            settle(&run);
            timeline_restart(&run.timeline, &moments[i - 1].values);
        }
        feed(&run, &moments[i]);
    }
    settle(&run);
    struct timeline_result got;
    timeline_report(&run.timeline, &got);
    check(&got, moments + from, count - from, restarts ? &moments[from - 1].values : NULL);
    assert_true(is_smallest_interval(got.interval_ns, moments + from, count - from));
    free(got.rows);
    timeline_release(&run.timeline);
    free(moments);
}

static void agrees_with_rows_made_afresh(void **state)
{
    (void)state;
    static const uint64_t step_masks[] = { 0, 1, 0xf, 0xfff, 0xfffff0, UINT64_C(0xff) << 40 };
    static const size_t counts[] = { 1, 2, 100, 2047, 2048, 2049, 10000 };
    for (size_t m = 0; m < sizeof step_masks / sizeof *step_masks; m++)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
            for (uint64_t seed = 0; seed < 3; seed++)
                check_run(seed, counts[c], step_masks[m], counts[c] > 2 && seed == 1);
}

static void reaches_the_end_of_time(void **state)
{
    (void)state;
    struct run run = { 0 };
    uint64_t seed = 1;
    for (uint64_t i = 0; i <= TIMELINE_ROWS * 2; i++) {
        struct moment m = random_moment(&seed, i * (UINT64_MAX / (TIMELINE_ROWS * 2)));
        feed(&run, &m);
    }
    settle(&run);
    struct timeline_result got;
    timeline_report(&run.timeline, &got);
    assert_true(got.count <= TIMELINE_ROWS && got.count >= TIMELINE_ROWS / 4);
    free(got.rows);
}

static void is_empty_without_an_event(void **state)
{
    (void)state;
    struct timeline timeline = { 0 };
    struct timeline_result got;
    timeline_report(&timeline, &got);
    assert_int_equal(got.count, 0);
    assert_int_equal(got.interval_ns, 1);
    free(got.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_rows_made_afresh),
        cmocka_unit_test(reaches_the_end_of_time),
        cmocka_unit_test(is_empty_without_an_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
