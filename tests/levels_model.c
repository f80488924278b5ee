/* Levels the slow way: definitions, read off a list of what each event left behind. */
#include "tests/levels_model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

bool is_near(double a, long double b)
{
    if (isnan(a) || isnan((double)b))
        return isnan(a) && isnan((double)b);
    return fabsl((long double)a - b) <= 1e-11L * (1 + fabsl(b));
}

static bool slow_level(const struct level_step *s, unsigned level, uint64_t *value)
{
    const struct occupancy *o = &s->occupancy;
    const uint64_t values[LEVEL_COUNT] = {
        o->live_bytes,
        o->live_blocks,
        o->touched_pages * PAGE_BYTES,
        s->space.committed_bytes,
        s->space.reserved_bytes,
        s->space.free_bytes,
        o->pinned_pages,
        o->pinned_waste_bytes,
    };
    *value = values[level];
    return level == LEVEL_committed_bytes  ? s->space.committed_heaps > 0
           : level == LEVEL_reserved_bytes ? s->space.reserved_heaps > 0
           : level == LEVEL_free_bytes     ? s->space.free_heaps > 0
                                           : true;
}

static long double slow_ratio(const struct level_step *s, unsigned ratio)
{
    uint64_t live, touched, committed, reserved, free_bytes;
    slow_level(s, LEVEL_live_bytes, &live);
    slow_level(s, LEVEL_touched_bytes, &touched);
    bool has_c = slow_level(s, LEVEL_committed_bytes, &committed);
    bool has_r = slow_level(s, LEVEL_reserved_bytes, &reserved);
    bool has_f = slow_level(s, LEVEL_free_bytes, &free_bytes);
    long double room = (long double)reserved - s->space.large_uncommitted_bytes;
    switch (ratio) {
    case RATIO_page_fragmentation:
        return touched ? 1 - (long double)live / touched : (long double)NAN;
    case RATIO_page_excess:
        return live ? (long double)s->occupancy.touched_pages / ceill(live / 4096.0L) - 1
                    : (long double)NAN;
    case RATIO_commit_waste:
        return has_c && committed ? 1 - (long double)live / committed : (long double)NAN;
    case RATIO_external_free:
        return has_c && has_f && committed ? (long double)free_bytes / committed : (long double)NAN;
    default:
        return has_c && has_r && room > 0 ? 1 - committed / room : (long double)NAN;
    }
}

static long double slow_frag(const struct level_step *s, bool is_committed)
{
    uint64_t basis;
    bool is_known =
        slow_level(s, is_committed ? LEVEL_committed_bytes : LEVEL_touched_bytes, &basis);
    return is_known && s->occupancy.live_bytes ? (long double)basis / s->occupancy.live_bytes - 1
                                               : (long double)NAN;
}

/* How long the state after step `i` lasts. */
static uint64_t lasts(const struct level_step *steps, size_t count, size_t i, uint64_t end_ns)
{
    return (i + 1 < count ? steps[i + 1].t_ns : end_ns) - steps[i].t_ns;
}

static size_t slow_live_peak(const struct level_step *steps, size_t count)
{
    size_t peak = 0;
    for (size_t i = 1; i < count; i++)
        if (steps[i].occupancy.live_bytes > steps[peak].occupancy.live_bytes)
            peak = i;
    return peak;
}

static void check_level(const struct level_step *steps, size_t count, uint64_t end_ns,
                        unsigned level, const struct level_result *got)
{
    long double integral = 0, span = 0;
    uint64_t value = 0, peak = 0, peak_ns = 0;
    bool known = false;
    for (size_t i = 0; i < count; i++) {
        if (!slow_level(&steps[i], level, &value))
            continue;
        if (!known || value > peak) {
            peak = value;
            peak_ns = steps[i].t_ns;
        }
        known = true;
        integral += (long double)value * lasts(steps, count, i, end_ns);
        span += lasts(steps, count, i, end_ns);
    }
    assert_int_equal(got->known, known);
    if (known) {
        assert_int_equal(got->peak, peak);
        assert_int_equal(got->peak_ns, peak_ns);
    }
    assert_true(is_near(got->mean, span > 0 ? integral / span : (long double)NAN));
    bool is_known_then = slow_level(&steps[slow_live_peak(steps, count)], level, &value);
    assert_int_equal(got->at_live_peak, is_known_then ? value : RESULT_UNKNOWN);
    bool is_known_now = slow_level(&steps[count - 1], level, &value);
    assert_int_equal(got->end, is_known_now ? value : RESULT_UNKNOWN);
}

static void check_ratio(const struct level_step *steps, size_t count, uint64_t end_ns,
                        unsigned ratio, const struct ratio_result *got)
{
    long double integral = 0, span = 0, peak = 0;
    uint64_t peak_ns = 0;
    bool known = false;
    for (size_t i = 0; i < count; i++) {
        long double value = slow_ratio(&steps[i], ratio);
        if (isnan((double)value))
            continue;
        if (!known || (double)value > (double)peak) {
            peak = value;
            peak_ns = steps[i].t_ns;
        }
        known = true;
        integral += value * lasts(steps, count, i, end_ns);
        span += lasts(steps, count, i, end_ns);
    }
    assert_int_equal(got->known, known);
    if (known) {
        assert_true(is_near(got->peak, peak));
        assert_true(got->peak_ns == peak_ns);
    }
    assert_true(is_near(got->mean, span > 0 ? integral / span : (long double)NAN));
    assert_true(
        is_near(got->at_live_peak, slow_ratio(&steps[slow_live_peak(steps, count)], ratio)));
    assert_true(is_near(got->end, slow_ratio(&steps[count - 1], ratio)));
}

static void check_frag(const struct level_step *steps, size_t count, uint64_t end_ns,
                       const struct measures *got)
{
    bool is_committed = false;
    uint64_t basis;
    for (size_t i = 0; i < count; i++)
        is_committed |= slow_level(&steps[i], LEVEL_committed_bytes, &basis);
    long double integral = 0, span = 0, at_footprint_peak = (long double)NAN;
    uint64_t peak = 0;
    bool has_peak = false;
    for (size_t i = 0; i < count; i++) {
        long double value = slow_frag(&steps[i], is_committed);
        if (slow_level(&steps[i], is_committed ? LEVEL_committed_bytes : LEVEL_touched_bytes,
                       &basis) &&
            (!has_peak || basis > peak)) {
            peak = basis;
            at_footprint_peak = value;
            has_peak = true;
        }
        if (isnan((double)value))
            continue;
        integral += value * lasts(steps, count, i, end_ns);
        span += lasts(steps, count, i, end_ns);
    }
    const struct level_step *at_peak = &steps[slow_live_peak(steps, count)];
    uint64_t live_peak = at_peak->occupancy.live_bytes;
    assert_int_equal(got->basis_is_committed, is_committed);
    assert_true(is_near(got->frag_mean, span > 0 ? integral / span : (long double)NAN));
    assert_true(is_near(got->frag_at_live_peak, slow_frag(at_peak, is_committed)));
    assert_true(is_near(got->frag_at_footprint_peak, at_footprint_peak));
    assert_true(is_near(got->frag_peak_to_peak,
                        live_peak ? (long double)peak / live_peak - 1 : (long double)NAN));
}

void level_steps_check(const struct level_step *steps, size_t count, uint64_t end_ns,
                       const struct measures *got)
{
    for (unsigned i = 0; i < LEVEL_COUNT; i++)
        check_level(steps, count, end_ns, i, &got->levels[i]);
    for (unsigned i = 0; i < RATIO_COUNT; i++)
        check_ratio(steps, count, end_ns, i, &got->ratios[i]);
    check_frag(steps, count, end_ns, got);
    const struct level_step *at_peak = &steps[slow_live_peak(steps, count)];
    assert_memory_equal(got->occupancy_at_live_peak, at_peak->occupancy.histogram,
                        sizeof got->occupancy_at_live_peak);
    assert_memory_equal(got->occupancy_at_end, steps[count - 1].occupancy.histogram,
                        sizeof got->occupancy_at_end);
    assert_int_equal(got->first_ns, steps[0].t_ns);
    assert_int_equal(got->last_ns, steps[count - 1].t_ns);
}
