/* Peaks, means and values at the live peak and the end, against sums done the slow way. */
#include "tests/levels_model.h"

#include "analyzer/levels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Levels, and points that they have not taken yet. */
struct run {
    struct levels levels;
    struct points points;
    size_t run_length; /* points to be taken at once */
};

static struct run run_of(size_t run_length)
{
    return (struct run){ .run_length = run_length };
}

static void check_ranges(const struct sweep_ranges *ranges, const struct points *points)
{
    uint64_t low = UINT64_MAX, high = 0;
    for (size_t i = 0; i < points->count; i++) {
        uint64_t blocks = points->of[POINT_live_blocks][i];
        low = blocks < low ? blocks : low;
        high = blocks > high ? blocks : high;
    }
    assert_true(ranges->low[POINT_live_blocks] == low && ranges->high[POINT_live_blocks] == high);
}

static void settle(struct run *run)
{
    struct sweep_ranges ranges;
    if (run->points.count == 0)
        return;
    levels_take(&run->levels, &run->points, &ranges);
    check_ranges(&ranges, &run->points);
    run->points.count = 0;
}

/* The state before is that of `before`, or nothing. */
static void feed_step(struct run *run, const struct level_step *before,
                      const struct level_step *step, uint64_t change)
{
    static const struct level_step nothing;
    const struct level_step *old = before ? before : &nothing;
    bool is_first = !levels_has_values(&run->levels);
    levels_before(&run->levels);
    levels_rise(&run->levels, change, &step->occupancy);
    if (is_first || memcmp(&old->space, &step->space, sizeof old->space) != 0) {
        settle(run);
        levels_take_space(&run->levels, step->t_ns, &step->space, step->occupancy.live_bytes);
    }
    points_add(&run->points, step->t_ns, &step->occupancy);
    if (run->points.count == run->run_length)
        settle(run);
}

/* Feeds steps[0, count), of which the first happens when all is empty. */
static void feed(struct run *run, const struct level_step *steps, size_t count)
{
    levels_start(&run->levels, steps[0].t_ns);
    for (size_t i = 0; i < count; i++)
        feed_step(run, i ? &steps[i - 1] : NULL, &steps[i], i + 1);
    settle(run);
}

static struct measures measure_in_runs(const struct level_step *steps, size_t count,
                                       uint64_t end_ns, size_t run_length)
{
    struct run run = run_of(run_length);
    struct measures out = { 0 };
    feed(&run, steps, count);
    levels_report(&run.levels, end_ns, &steps[count - 1].occupancy, &out);
    return out;
}

static struct measures measure(const struct level_step *steps, size_t count, uint64_t end_ns)
{
    return measure_in_runs(steps, count, end_ns, POINTS_MAX);
}

/* ---- random steps ---- */

static uint64_t next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *seed;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t below(uint64_t *seed, uint64_t limit)
{
    return next_random(seed) % limit;
}

static void random_space(uint64_t *seed, struct space *space)
{
    space->committed_heaps = (uint32_t)below(seed, 2);
    space->reserved_heaps = (uint32_t)below(seed, 3);
    space->free_heaps = (uint32_t)below(seed, 2);
    space->committed_bytes = space->committed_heaps ? below(seed, 4) << 12 : 0;
    space->reserved_bytes = space->reserved_heaps ? below(seed, 8) << 12 : 0;
    space->free_bytes = space->free_heaps ? below(seed, 4) << 11 : 0;
    space->large_uncommitted_bytes = below(seed, 3) << 12;
}

static void random_steps(uint64_t *seed, struct level_step *steps, size_t count)
{
    bool has_space = below(seed, 2);
    uint64_t t_ns = below(seed, 1000);
    struct level_step now = { 0 };
    for (size_t i = 0; i < count; i++) {
        now.t_ns = t_ns;
        now.occupancy.live_bytes = below(seed, 5) ? below(seed, 20000) : 0;
        now.occupancy.live_blocks = below(seed, 30);
        now.occupancy.touched_pages =
            now.occupancy.live_bytes ? now.occupancy.live_bytes / 4096 + 1 + below(seed, 3) : 0;
        now.occupancy.pinned_pages = below(seed, 9);
        now.occupancy.pinned_waste_bytes = below(seed, 9000);
        now.occupancy.histogram[below(seed, OCCUPANCY_BINS)] = below(seed, 100);
        if (has_space && below(seed, 4) == 0)
            random_space(seed, &now.space);
        steps[i] = now;
        t_ns += below(seed, 3) ? below(seed, 1000) : 0;
    }
}

static void agrees_with_the_definitions_on_random_steps(void **state)
{
    (void)state;
    enum { STEPS = 60 };
    struct level_step steps[STEPS];
    for (uint64_t round = 0; round < 2000; round++) {
        uint64_t seed = round;
        size_t count = 1 + below(&seed, STEPS);
        random_steps(&seed, steps, count);
        uint64_t end_ns = steps[count - 1].t_ns + below(&seed, 2) * below(&seed, 5000);
        struct measures got = measure_in_runs(steps, count, end_ns, 1 + below(&seed, POINTS_MAX));
        level_steps_check(steps, count, end_ns, &got);
    }
}

static void is_the_same_to_the_last_digit_in_runs_of_any_length(void **state)
{
    (void)state;
    enum { STEPS = 60 };
    struct level_step steps[STEPS];
    for (uint64_t round = 0; round < 500; round++) {
        uint64_t seed = round;
        random_steps(&seed, steps, STEPS);
        uint64_t end_ns = steps[STEPS - 1].t_ns + 100;
        struct measures alone = measure_in_runs(steps, STEPS, end_ns, 1);
        size_t run_length = 2 + below(&seed, POINTS_MAX - 1);
        struct measures got = measure_in_runs(steps, STEPS, end_ns, run_length);
        assert_memory_equal(&got.sums, &alone.sums, sizeof got.sums);
        assert_memory_equal(got.levels, alone.levels, sizeof got.levels);
        assert_memory_equal(got.ratios, alone.ratios, sizeof got.ratios);
    }
}

static void starts_anew_with_what_is_there(void **state)
{
    (void)state;
    enum { STEPS = 40, FROM = 15 };
    struct level_step steps[STEPS];
    for (uint64_t round = 0; round < 200; round++) {
        uint64_t seed = round;
        random_steps(&seed, steps, STEPS);
        struct run run = run_of(1 + round % POINTS_MAX);
        feed(&run, steps, FROM);

        struct level_step *first = &steps[FROM - 1]; /* is there when time comes to --from */
        first->t_ns = steps[FROM].t_ns;
        levels_start(&run.levels, first->t_ns);
        feed_step(&run, NULL, first, FROM);
        for (size_t i = FROM; i < STEPS; i++)
            feed_step(&run, &steps[i - 1], &steps[i], i + 1);
        settle(&run);
        struct measures got = { 0 };
        uint64_t end_ns = steps[STEPS - 1].t_ns + 7;
        levels_report(&run.levels, end_ns, &steps[STEPS - 1].occupancy, &got);
        level_steps_check(first, STEPS - FROM + 1, end_ns, &got);
    }
}

static void ends_with_what_was_before_the_mark(void **state)
{
    (void)state;
    enum { STEPS = 40 };
    static const struct level_step gone = { 0 };
    struct level_step steps[STEPS];
    for (uint64_t round = 0; round < 200; round++) {
        uint64_t seed = round;
        random_steps(&seed, steps, STEPS);
        const struct level_step *last = &steps[STEPS - 1];
        uint64_t end_ns = last->t_ns + 50;
        struct run run = run_of(1 + round % POINTS_MAX);
        feed(&run, steps, STEPS);
        levels_before(&run.levels);
        levels_mark_end(&run.levels, end_ns, &last->occupancy);
        levels_take_space(&run.levels, end_ns, &gone.space, 0);
        points_add(&run.points, end_ns, &gone.occupancy);
        settle(&run);

        struct measures got = { 0 };
        levels_report(&run.levels, end_ns + 12345, &gone.occupancy, &got);
        assert_int_equal(got.last_ns, end_ns); /* what ends it is an event of its own */
        got.last_ns = last->t_ns;
        level_steps_check(steps, STEPS, end_ns, &got);
    }
}

static void goes_on_when_an_event_comes_after_the_mark(void **state)
{
    (void)state;
    enum { STEPS = 40, MARK = 20 };
    struct level_step steps[STEPS];
    for (uint64_t round = 0; round < 200; round++) {
        uint64_t seed = round;
        random_steps(&seed, steps, STEPS);
        struct run run = run_of(1 + round % POINTS_MAX);
        levels_start(&run.levels, steps[0].t_ns);
        for (size_t i = 0; i < STEPS; i++) {
            if (i == MARK) {
                settle(&run);
                levels_before(&run.levels);
                levels_mark_end(&run.levels, steps[i].t_ns, &steps[i - 1].occupancy);
            }
            feed_step(&run, i ? &steps[i - 1] : NULL, &steps[i], i + 1);
        }
        settle(&run);
        struct measures got = { 0 };
        uint64_t end_ns = steps[STEPS - 1].t_ns + 7;
        levels_report(&run.levels, end_ns, &steps[STEPS - 1].occupancy, &got);
        level_steps_check(steps, STEPS, end_ns, &got);
    }
}

/* ---- known answers ---- */

static struct level_step blocks_at(uint64_t t_us, uint64_t live_bytes, uint64_t live_blocks)
{
    return (struct level_step){ .t_ns = t_us * 1000,
                                .occupancy = { .live_bytes = live_bytes,
                                               .live_blocks = live_blocks,
                                               .touched_pages = live_blocks } };
}

static void answers_worked_example_1(void **state)
{
    (void)state;
    const struct level_step steps[] = {
        blocks_at(0, 100, 1),  blocks_at(10, 150, 1), blocks_at(20, 450, 2),
        blocks_at(21, 300, 1), blocks_at(22, 300, 1), blocks_at(40, 0, 0),
    };
    struct measures got = measure(steps, sizeof steps / sizeof *steps, 40000);
    const struct level_result *bytes = &got.levels[LEVEL_live_bytes];
    assert_true(bytes->mean == 216.25);
    assert_int_equal(bytes->peak, 450);
    assert_int_equal(bytes->peak_ns, 20000);
    assert_int_equal(bytes->at_live_peak, 450);
    assert_int_equal(bytes->end, 0);
    const struct level_result *blocks = &got.levels[LEVEL_live_blocks];
    assert_true(blocks->mean == 1.025);
    assert_int_equal(blocks->peak, 2);
    assert_int_equal(blocks->at_live_peak, 2);
    assert_false(got.levels[LEVEL_committed_bytes].known);
    assert_int_equal(got.levels[LEVEL_committed_bytes].at_live_peak, RESULT_UNKNOWN);
    assert_true(isnan(got.levels[LEVEL_committed_bytes].mean));
    assert_int_equal(got.first_ns, 0);
    assert_int_equal(got.last_ns, 40000);
}

static void answers_worked_example_2(void **state)
{
    (void)state;
    const struct level_step steps[] = { blocks_at(0, 100, 1), blocks_at(10, 150, 1),
                                        blocks_at(22, 300, 1), blocks_at(40, 0, 0) };
    struct measures got = measure(steps, sizeof steps / sizeof *steps, 40000);
    assert_true(got.levels[LEVEL_live_bytes].mean == 205);
    assert_int_equal(got.levels[LEVEL_live_bytes].peak, 300);
    assert_int_equal(got.levels[LEVEL_live_bytes].peak_ns, 22000);
}

static void answers_worked_example_4(void **state)
{
    (void)state;
    struct level_step steps[] = {
        { .t_ns = 0,
          .occupancy = { .live_bytes = 8208,
                         .live_blocks = 3,
                         .touched_pages = 3,
                         .pinned_pages = 2 } },
        { .t_ns = 10,
          .occupancy = { .live_bytes = 8192,
                         .live_blocks = 2,
                         .touched_pages = 3,
                         .pinned_pages = 3 } },
    };
    struct measures got = measure(steps, 2, 20);
    const struct ratio_result *fragmentation = &got.ratios[RATIO_page_fragmentation];
    assert_true(fragmentation->at_live_peak == 0.33203125);
    assert_true(is_near(fragmentation->end, 1.0L / 3));
    const struct ratio_result *excess = &got.ratios[RATIO_page_excess];
    assert_true(excess->at_live_peak == 0 && excess->end == 0.5 && excess->mean == 0.25);
    assert_int_equal(got.levels[LEVEL_pinned_pages].at_live_peak, 2);
    assert_int_equal(got.levels[LEVEL_pinned_pages].end, 3);
}

static void knows_no_mean_without_a_span(void **state)
{
    (void)state;
    const struct level_step step = blocks_at(5, 100, 1);
    struct measures got = measure(&step, 1, 5000);
    assert_true(isnan(got.levels[LEVEL_live_bytes].mean));
    assert_true(isnan(got.ratios[RATIO_page_fragmentation].mean));
    assert_true(got.ratios[RATIO_page_fragmentation].known);
    assert_int_equal(got.levels[LEVEL_live_bytes].peak, 100);
    assert_int_equal(got.levels[LEVEL_live_bytes].peak_ns, 5000);
}

static void takes_the_first_event_for_a_peak_of_nothing(void **state)
{
    (void)state;
    const struct level_step steps[] = {
        { .t_ns = 7, .space = { .committed_bytes = 4096, .committed_heaps = 1 } },
        { .t_ns = 9, .space = { .committed_bytes = 8192, .committed_heaps = 1 } },
    };
    struct run run = run_of(POINTS_MAX);
    feed(&run, steps, 2);
    assert_int_equal(run.levels.peak_change, 1);
    struct measures got = measure(steps, 2, 10);
    assert_int_equal(got.levels[LEVEL_live_bytes].peak_ns, 7);
    assert_int_equal(got.levels[LEVEL_committed_bytes].at_live_peak, 4096);
    assert_true(got.ratios[RATIO_commit_waste].peak == 1);
    assert_int_equal(got.ratios[RATIO_commit_waste].peak_ns, 7);
    assert_true(isnan(got.frag_peak_to_peak));
}

static void stays_exact_over_the_largest_values_and_times(void **state)
{
    (void)state;
    const uint64_t huge = UINT64_C(1) << 62;
    const struct level_step steps[] = {
        { .t_ns = 0, .occupancy = { .live_bytes = huge + 1, .live_blocks = 1 } },
        { .t_ns = UINT64_MAX - 1, .occupancy = { .live_bytes = huge, .live_blocks = UINT64_MAX } },
    };
    struct measures got = measure(steps, 2, UINT64_MAX);
    assert_true(got.levels[LEVEL_live_bytes].mean == (double)huge);
    assert_int_equal(got.levels[LEVEL_live_bytes].peak, huge + 1);
    assert_true(is_near(got.levels[LEVEL_live_blocks].mean, 2.0L));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_definitions_on_random_steps),
        cmocka_unit_test(is_the_same_to_the_last_digit_in_runs_of_any_length),
        cmocka_unit_test(starts_anew_with_what_is_there),
        cmocka_unit_test(ends_with_what_was_before_the_mark),
        cmocka_unit_test(goes_on_when_an_event_comes_after_the_mark),
        cmocka_unit_test(answers_worked_example_1),
        cmocka_unit_test(answers_worked_example_2),
        cmocka_unit_test(answers_worked_example_4),
        cmocka_unit_test(knows_no_mean_without_a_span),
        cmocka_unit_test(takes_the_first_event_for_a_peak_of_nothing),
        cmocka_unit_test(stays_exact_over_the_largest_values_and_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
