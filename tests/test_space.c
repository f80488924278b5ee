/* What the heap manager says of its address space, and what that adds up to. */
#include "analyzer/space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { UNKNOWN = -1 };

/* An event and the heap's committed, reserved and free bytes after it. */
struct space_case {
    struct event event;
    int64_t committed, reserved, free;
};

static void assert_space(const struct space *space, const struct space_case *c)
{
    assert_int_equal(space->committed_heaps, c->committed != UNKNOWN);
    assert_int_equal(space->reserved_heaps, c->reserved != UNKNOWN);
    assert_int_equal(space->free_heaps, c->free != UNKNOWN);
    assert_int_equal(space->committed_bytes, c->committed == UNKNOWN ? 0 : c->committed);
    assert_int_equal(space->reserved_bytes, c->reserved == UNKNOWN ? 0 : c->reserved);
    assert_int_equal(space->free_bytes, c->free == UNKNOWN ? 0 : c->free);
}

static void run(const struct space_case *cases, size_t count)
{
    struct space trace = { 0 }, process = { .parent = &trace }, heap = { .parent = &process };
    for (size_t i = 0; i < count; i++) {
        assert_true(space_apply(&heap, &cases[i].event));
        assert_space(&heap, &cases[i]);
        assert_space(&process, &cases[i]);
        assert_space(&trace, &cases[i]);
    }
    space_end(&heap);
    static const struct space_case nothing = { .committed = -1, .reserved = -1, .free = -1 };
    assert_space(&heap, &nothing);
    assert_space(&trace, &nothing);
}

static void reports_replace_guesses(void **state)
{
    (void)state;
    static const struct space_case cases[] = {
        { { .kind = EVENT_create,
            .has = EVENT_HAS_SPACE,
            .committed_bytes = 100,
            .reserved_bytes = 1000 },
          100,
          1000,
          UNKNOWN },
        { { .kind = EVENT_commit, .size = 50 }, 150, 1000, UNKNOWN },
        { { .kind = EVENT_decommit, .size = 200 }, 0, 1000, UNKNOWN },
        { { .kind = EVENT_range_create, .size = 7 }, 0, 1000, UNKNOWN },
        { { .kind = EVENT_range_reserve, .size = 500 }, 0, 1500, UNKNOWN },
        { { .kind = EVENT_range_release, .size = 100 }, 0, 1400, UNKNOWN },
        { { .kind = EVENT_range_destroy, .size = 100 }, 0, 1400, UNKNOWN },
        { { .kind = EVENT_extend, .committed_bytes = 30, .reserved_bytes = 40, .free_bytes = 5 },
          30,
          40,
          5 },
        { { .kind = EVENT_commit, .size = 50 }, 30, 40, 5 },
        { { .kind = EVENT_range_reserve, .size = 50 }, 30, 40, 5 },
        { { .kind = EVENT_alloc, .size = 50 }, 30, 40, 5 },
        { { .kind = EVENT_snapshot, .committed_bytes = 31 }, 31, 0, 0 },
    };
    run(cases, sizeof cases / sizeof cases[0]);
}

static void nothing_is_known_of_an_old_create(void **state)
{
    (void)state;
    static const struct space_case cases[] = {
        { { .kind = EVENT_create }, UNKNOWN, UNKNOWN, UNKNOWN },
        { { .kind = EVENT_commit, .size = 50 }, UNKNOWN, UNKNOWN, UNKNOWN },
        { { .kind = EVENT_range_reserve, .size = 5 }, UNKNOWN, UNKNOWN, UNKNOWN },
        { { .kind = EVENT_range_rundown, .size = 70 }, UNKNOWN, 70, UNKNOWN },
        { { .kind = EVENT_range_create, .size = 90 }, UNKNOWN, 70, UNKNOWN },
        { { .kind = EVENT_range_release, .size = 90 }, UNKNOWN, 0, UNKNOWN },
    };
    run(cases, sizeof cases / sizeof cases[0]);
}

static void heaps_add_up_and_leave(void **state)
{
    (void)state;
    struct space process = { 0 }, a = { .parent = &process }, b = { .parent = &process };
    struct event event = { .kind = EVENT_snapshot,
                           .has = EVENT_HAS_LARGE_UNCOMMITTED,
                           .committed_bytes = 10,
                           .reserved_bytes = 20,
                           .large_uncommitted_bytes = 3 };
    space_apply(&a, &event);
    space_apply(&b, &event);
    assert_int_equal(process.committed_bytes, 20);
    assert_int_equal(process.committed_heaps, 2);
    assert_int_equal(process.large_uncommitted_bytes, 6);
    space_end(&a);
    assert_int_equal(process.reserved_bytes, 20);
    assert_int_equal(process.reserved_heaps, 1);
    assert_int_equal(process.large_uncommitted_bytes, 3);
    space_end(&b);
    space_end(&b);
    assert_int_equal(process.reserved_heaps, 0);
    assert_int_equal(process.committed_bytes, 0);
}

static void unbelievable_sizes_are_cut(void **state)
{
    (void)state;
    struct space heap = { 0 };
    struct event event = { .kind = EVENT_extend, .committed_bytes = UINT64_MAX };
    assert_false(space_apply(&heap, &event));
    assert_int_equal(heap.committed_bytes, SPACE_BYTES_MAX);
    space_end(&heap);
    event = (struct event){ .kind = EVENT_range_create, .size = 5 };
    assert_true(space_apply(&heap, &event));
    event = (struct event){ .kind = EVENT_range_reserve, .size = UINT64_MAX };
    assert_false(space_apply(&heap, &event));
    assert_int_equal(heap.reserved_bytes, SPACE_BYTES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_replace_guesses),
        cmocka_unit_test(nothing_is_known_of_an_old_create),
        cmocka_unit_test(heaps_add_up_and_leave),
        cmocka_unit_test(unbelievable_sizes_are_cut),
    };
    return cmocka_run_group_tests_name("space", tests, NULL, NULL);
}
