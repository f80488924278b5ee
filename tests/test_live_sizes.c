/* Sizes live at a moment, by size class. */
#include "analyzer/live_sizes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* E1 at its live peak: 150 and 300 bytes are live. */
static void answers_worked_example_1(void **state)
{
    (void)state;
    struct live_sizes sizes = { 0 };
    live_sizes_block(&sizes, 300);
    live_sizes_block(&sizes, 150);
    for (size_t i = 0; i < SIZE_CLASSES; i++) {
        uint64_t low = size_class_low(i);
        assert_int_equal(sizes.blocks[i], low == 128 || low == 256);
        assert_int_equal(sizes.bytes[i], low == 128 ? 150 : low == 256 ? 300 : 0);
    }
}

static void adds_up_the_ends_of_the_classes(void **state)
{
    (void)state;
    struct live_sizes sum = { 0 };
    live_sizes_block(&sum, 9);
    live_sizes_block(&sum, 0);
    live_sizes_block(&sum, 8);
    live_sizes_block(&sum, UINT64_MAX);
    assert_int_equal(sum.blocks[size_class_of(8)], 2);
    assert_int_equal(sum.bytes[size_class_of(8)], 17);
    assert_int_equal(sum.blocks[0], 1);
    assert_int_equal(sum.bytes[0], 0);
    assert_int_equal(sum.bytes[SIZE_CLASSES - 1], UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_worked_example_1),
        cmocka_unit_test(adds_up_the_ends_of_the_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
