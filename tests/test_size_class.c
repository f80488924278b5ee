/* Classes of block sizes. */
#include "analyzer/size_class.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void names_the_edges_of_known_sizes(void **state)
{
    (void)state;
    static const struct {
        uint64_t size, low, high;
    } cases[] = {
        { 0, 0, 1 },
        { 1, 1, 2 },
        { 2, 2, 3 },
        { 3, 3, 4 },
        { 4, 4, 5 },
        { 7, 7, 8 },
        { 8, 8, 10 },
        { 9, 8, 10 },
        { 15, 14, 16 },
        { 100, 96, 112 },
        { 150, 128, 160 },
        { 300, 256, 320 },
        { 511, 448, 512 },
        { 512, 512, 640 },
        { UINT64_C(1) << 63, UINT64_C(1) << 63, UINT64_C(5) << 61 },
        { UINT64_MAX, UINT64_C(7) << 61, UINT64_MAX },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t class = size_class_of(cases[i].size);
        assert_true(class < SIZE_CLASSES);
        assert_int_equal(size_class_low(class), cases[i].low);
        assert_int_equal(size_class_high(class), cases[i].high);
    }
}

static void leaves_no_hole_between_classes(void **state)
{
    (void)state;
    assert_int_equal(size_class_low(0), 0);
    for (size_t i = 0; i < SIZE_CLASSES; i++) {
        assert_int_equal(size_class_of(size_class_low(i)), i);
        assert_true(size_class_low(i) < size_class_high(i));
        if (i + 1 < SIZE_CLASSES)
            assert_int_equal(size_class_of(size_class_high(i) - 1), i);
    }
    assert_int_equal(size_class_of(UINT64_MAX), SIZE_CLASSES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_edges_of_known_sizes),
        cmocka_unit_test(leaves_no_hole_between_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
