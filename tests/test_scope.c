/* Scopes that share their curves until they part, against scopes that never do. */
#include "analyzer/scope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { EVENTS = 300 };

static const struct timeline_flow one_event = { .counts = TIMELINE_EVENT };

struct part {
    struct occupancy occupancy;
    struct space space;
    struct scope scope;
};

static void join(struct part *part)
{
    part->scope.occupancy = &part->occupancy;
    part->scope.space = &part->space;
}

static void change(struct part *part, uint64_t event)
{
    part->occupancy.live_bytes = event * 7919 % 1000 * 10;
    part->occupancy.live_blocks = event * 31 % 17;
    part->occupancy.touched_pages = part->occupancy.live_bytes / 4096 + 1;
    part->occupancy.histogram[event % OCCUPANCY_BINS]++;
    if (event % 50 == 7) {
        part->space.committed_heaps = 1;
        part->space.committed_bytes = event << 12;
        part->space.version++;
    }
}

/* One event, seen by all parts: the smaller before the larger. */
static void happen(struct part *const *parts, size_t count, uint64_t event)
{
    struct error err = { 0 };
    for (size_t i = 0; i < count; i++)
        scope_before(&parts[i]->scope);
    for (size_t i = 0; i < count; i++) {
        change(parts[i], event);
        assert_true(scope_after(&parts[i]->scope, event * 10, event, &one_event, &err));
    }
    const uint64_t *peak = &parts[0]->scope.curves.levels.peak_change;
    for (size_t i = 1; i < count; i++)
        assert_int_equal(parts[i]->scope.curves.levels.peak_change, *peak);
}

static struct measures report(struct part *part)
{
    struct measures out = { 0 };
    struct error err = { 0 };
    assert_true(curves_report(&part->scope.curves, EVENTS * 10, &part->occupancy, &out, &err));
    scope_release(&part->scope);
    return out;
}

static void check_same(struct part *a, struct part *b)
{
    struct measures one = report(a), other = report(b);
    assert_memory_equal(one.levels, other.levels, sizeof one.levels);
    assert_memory_equal(one.ratios, other.ratios, sizeof one.ratios);
    assert_memory_equal(&one.sums, &other.sums, sizeof one.sums);
    assert_memory_equal(one.occupancy_at_live_peak, other.occupancy_at_live_peak,
                        sizeof one.occupancy_at_live_peak);
    assert_int_equal(one.last_ns, other.last_ns);
    assert_int_equal(one.timeline.count, other.timeline.count);
    for (size_t i = 0; i < one.timeline.count; i++) {
        const struct timeline_row *x = &one.timeline.rows[i], *y = &other.timeline.rows[i];
        assert_int_equal(x->t_ns, y->t_ns);
        assert_int_equal(x->events, y->events);
        assert_int_equal(x->curves[TIMELINE_live_bytes].max, y->curves[TIMELINE_live_bytes].max);
    }
    free(one.timeline.rows);
    free(other.timeline.rows);
}

static void is_as_if_it_had_always_been_apart(void **state)
{
    (void)state;
    for (uint64_t parts_at = 1; parts_at <= EVENTS; parts_at += 13) {
        struct part heap = { 0 }, larger = { 0 }, apart = { 0 };
        struct part *const parts[] = { &heap, &larger, &apart };
        struct error err = { 0 };
        join(&heap);
        join(&larger);
        join(&apart);
        scope_begin(&heap.scope, 5);
        scope_begin_as(&larger.scope, &heap.scope);
        scope_begin(&apart.scope, 5);
        for (uint64_t event = 1; event < EVENTS; event++) {
            if (event == parts_at) {
                assert_true(scope_part(&larger.scope, &err));
                scope_mark_end(&heap.scope, event * 10);
            }
            bool is_parted = event >= parts_at;
            happen(parts + is_parted, 3 - is_parted, event);
        }
        assert_true(scope_part(&larger.scope, &err));
        check_same(&larger, &apart);
        scope_release(&heap.scope);
    }
}

static void parts_from_a_twin_of_a_twin(void **state)
{
    (void)state;
    struct part heap = { 0 }, process = { 0 }, trace = { 0 }, apart = { 0 };
    struct part *const parts[] = { &heap, &process, &trace, &apart };
    struct error err = { 0 };
    join(&heap);
    join(&process);
    join(&trace);
    join(&apart);
    scope_begin(&heap.scope, 0);
    scope_begin_as(&process.scope, &heap.scope);
    scope_begin_as(&trace.scope, &process.scope);
    scope_begin(&apart.scope, 0);
    for (uint64_t event = 1; event < EVENTS; event++)
        happen(parts, 4, event);
    assert_true(scope_part(&trace.scope, &err));
    assert_ptr_equal(process.scope.twin, &heap.scope);
    check_same(&trace, &apart);
    scope_release(&heap.scope);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_as_if_it_had_always_been_apart),
        cmocka_unit_test(parts_from_a_twin_of_a_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
