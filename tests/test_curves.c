/* Levels and timeline of one heap together: worked example E1. */
#include "analyzer/curves.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct step {
    uint64_t t_us, live_bytes, live_blocks;
    struct timeline_flow flow;
} steps[] = {
    { 0, 100, 1, { .counts = TIMELINE_EVENT + TIMELINE_SOURCE(2) } },
    { 10, 150, 1, { .counts = TIMELINE_EVENT + TIMELINE_SOURCE(2), .reallocs = 1 } },
    { 20, 450, 2, { .counts = TIMELINE_EVENT } },
    { 21, 300, 1, { .counts = TIMELINE_EVENT } },
    { 22, 300, 1, { .counts = TIMELINE_EVENT, .reallocs = 1, .moved = 1, .copied_bytes = 150 } },
    { 40, 0, 0, { .counts = TIMELINE_EVENT } },
};
enum { STEPS = sizeof steps / sizeof *steps };

static struct occupancy occupancy_of(const struct step *step)
{
    return (struct occupancy){ .live_bytes = step->live_bytes,
                               .live_blocks = step->live_blocks,
                               .touched_pages = step->live_blocks };
}

static void feed(struct curves *curves, size_t from, size_t to)
{
    static const struct space unknown;
    struct error err = { 0 };
    for (size_t i = from; i < to; i++) {
        struct occupancy after = occupancy_of(&steps[i]);
        curves_before(curves);
        assert_true(curves_after(curves, steps[i].t_us * 1000, i + 1, &after, &unknown,
                                 &steps[i].flow, &err));
    }
}

static struct measures report(struct curves *curves, uint64_t end_ns)
{
    struct measures out = { 0 };
    struct error err = { 0 };
    struct occupancy occupancy = occupancy_of(&steps[STEPS - 1]);
    assert_true(curves_report(curves, end_ns, &occupancy, &out, &err));
    curves_release(curves);
    return out;
}

static void answers_worked_example_1(void **state)
{
    (void)state;
    struct curves curves = { 0 };
    curves_start(&curves, 0);
    feed(&curves, 0, STEPS);
    struct measures got = report(&curves, 40000);
    assert_true(got.levels[LEVEL_live_bytes].mean == 216.25);
    assert_true(got.levels[LEVEL_live_blocks].mean == 1.025);
    assert_int_equal(got.timeline.count, STEPS);
    uint64_t reallocs = 0, moved = 0, copied_bytes = 0, by_source = 0;
    for (size_t i = 0; i < got.timeline.count; i++) {
        reallocs += got.timeline.rows[i].reallocs;
        moved += got.timeline.rows[i].moved;
        copied_bytes += got.timeline.rows[i].copied_bytes;
        by_source += got.timeline.rows[i].source_events[2];
    }
    assert_int_equal(reallocs, 2);
    assert_int_equal(moved, 1);
    assert_int_equal(copied_bytes, 150);
    assert_int_equal(by_source, 2);
    assert_true(!isnan(got.creep_bytes_per_hour)); /* rows at 20, 21, 22 and 40 us */
    free(got.timeline.rows);
}

static void begins_anew_with_what_is_there(void **state)
{
    (void)state;
    static const struct space unknown;
    struct curves curves = { 0 };
    curves_start(&curves, 0);
    feed(&curves, 0, 3);
    struct occupancy there = occupancy_of(&steps[2]);
    curves_restart(&curves, 20500, 3, &there, &unknown);
    feed(&curves, 3, STEPS);
    struct measures got = report(&curves, 40500);
    assert_int_equal(got.first_ns, 20500);
    assert_int_equal(got.levels[LEVEL_live_bytes].peak, 450);
    assert_int_equal(got.levels[LEVEL_live_bytes].peak_ns, 20500);
    double mean = (450 * 500 + 300 * 19000.0) / 20000;
    assert_true(fabs(got.levels[LEVEL_live_bytes].mean - mean) < 1e-9);
    assert_int_equal(got.timeline.count, 3);
    assert_int_equal(got.timeline.rows[0].curves[TIMELINE_live_bytes].max, 450);
    free(got.timeline.rows);
}

static void ends_its_creep_where_it_was_marked(void **state)
{
    (void)state;
    struct curves curves = { 0 };
    curves_start(&curves, 0);
    feed(&curves, 0, STEPS);
    struct occupancy last = occupancy_of(&steps[STEPS - 1]);
    curves_before(&curves);
    curves_mark_end(&curves, 40000, &last);
    struct measures got = report(&curves, 9000000);
    assert_int_equal(got.last_ns, 40000);
    assert_true(got.levels[LEVEL_live_bytes].mean == 216.25);
    assert_true(!isnan(got.creep_bytes_per_hour));
    free(got.timeline.rows);
}

static void goes_on_apart_from_its_copy(void **state)
{
    (void)state;
    struct curves curves = { 0 }, copy = { 0 };
    struct error err = { 0 };
    curves_start(&curves, 0);
    feed(&curves, 0, 3);
    assert_true(curves_copy(&copy, &curves, &err));
    feed(&copy, 3, STEPS);
    struct measures early = report(&curves, 40000), late = report(&copy, 40000);
    assert_int_equal(early.timeline.count, 3);
    assert_int_equal(late.timeline.count, STEPS);
    assert_int_equal(early.levels[LEVEL_live_bytes].end, 450);
    assert_true(late.levels[LEVEL_live_bytes].mean == 216.25);
    free(early.timeline.rows);
    free(late.timeline.rows);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *seed;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Events at most `step_ns` apart; `by_one`: each is taken in at once. */
static struct measures feed_random(uint64_t seed, size_t events, uint64_t step_ns, bool by_one)
{
    struct curves curves = { 0 };
    struct space space = { 0 };
    struct occupancy now = { 0 };
    struct measures out = { 0 };
    struct error err = { 0 };
    uint64_t t_ns = 0;
    curves_start(&curves, 0);
    for (size_t i = 0; i < events; i++) {
        uint64_t r = next_random(&seed);
        const struct timeline_flow flow = { .counts = TIMELINE_EVENT + TIMELINE_SOURCE(r & 3) };
        t_ns += (r >> 2) % (step_ns + 1);
        curves_before(&curves);
        now.live_bytes = (r >> 40) & 0xfffff;
        now.touched_pages = (now.live_bytes >> PAGE_SHIFT) + (r >> 60);
        now.live_blocks = now.pinned_pages = now.touched_pages;
        now.pinned_waste_bytes = r & 0xfff;
        if (r >> 20 & 1 && (r >> 21) % 97 == 0) {
            space.committed_heaps = 1;
            space.committed_bytes = r >> 30;
            space.version++;
        }
        assert_true(curves_after(&curves, t_ns, i + 1, &now, &space, &flow, &err));
        if (by_one)
            curves_settle(&curves);
    }
    assert_true(curves_report(&curves, t_ns, &now, &out, &err));
    curves_release(&curves);
    return out;
}

static void check_same_row(const struct timeline_row *a, const struct timeline_row *b)
{
    for (size_t i = 0; i < TIMELINE_CURVES; i++) {
        assert_int_equal(a->curves[i].known, b->curves[i].known);
        assert_int_equal(a->curves[i].min, b->curves[i].min);
        assert_int_equal(a->curves[i].max, b->curves[i].max);
        assert_int_equal(a->curves[i].last, b->curves[i].last);
    }
    assert_int_equal(a->t_ns, b->t_ns);
    assert_int_equal(a->events, b->events);
    assert_memory_equal(a->source_events, b->source_events, sizeof a->source_events);
}

static void check_same(const struct measures *a, const struct measures *b)
{
    assert_memory_equal(&a->sums, &b->sums, sizeof a->sums);
    for (size_t i = 0; i < LEVEL_COUNT; i++) {
        assert_int_equal(a->levels[i].peak, b->levels[i].peak);
        assert_int_equal(a->levels[i].peak_ns, b->levels[i].peak_ns);
        assert_int_equal(a->levels[i].at_live_peak, b->levels[i].at_live_peak);
    }
    assert_int_equal(a->timeline.count, b->timeline.count);
    for (size_t i = 0; i < a->timeline.count; i++)
        check_same_row(&a->timeline.rows[i], &b->timeline.rows[i]);
}

static void rows_and_runs_may_end_anywhere(void **state)
{
    (void)state;
    static const uint64_t steps_ns[] = { 0, 1, 20, 3000 };
    for (uint64_t seed = 0; seed < 12; seed++) {
        size_t events = 1 + next_random(&(uint64_t){ seed }) % 10000;
        struct measures runs = feed_random(seed, events, steps_ns[seed % 4], false);
        struct measures ones = feed_random(seed, events, steps_ns[seed % 4], true);
        check_same(&runs, &ones);
        free(runs.timeline.rows);
        free(ones.timeline.rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_on_apart_from_its_copy),
        cmocka_unit_test(rows_and_runs_may_end_anywhere),
        cmocka_unit_test(answers_worked_example_1),
        cmocka_unit_test(begins_anew_with_what_is_there),
        cmocka_unit_test(ends_its_creep_where_it_was_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
