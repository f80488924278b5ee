/* An array that grows keeps what was in it, small or mapped. */
#include "analyzer/huge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void keeps_what_was_in_it(void **state)
{
    (void)state;
    struct huge huge = { 0 };
    size_t filled = 0;
    for (size_t count = 1; count <= 1 << 20; count += count / 2 + 1) {
        assert_true(huge_grow(&huge, count * sizeof filled));
        assert_true(huge.bytes >= count * sizeof filled);
        size_t *numbers = huge.memory;
        for (size_t i = 0; i < filled; i++)
            assert_true(numbers[i] == i);
        for (; filled < count; filled++)
            numbers[filled] = filled;
    }
    huge_release(&huge);
    assert_null(huge.memory);
    huge_release(&huge);
}

static void stays_as_it_is_when_there_is_no_memory(void **state)
{
    (void)state;
    static const size_t counts[] = { 1 << 10, 1 << 20 };
    for (size_t i = 0; i < 2; i++) {
        struct huge huge = { 0 };
        assert_true(huge_grow(&huge, counts[i] * sizeof i));
        size_t *numbers = huge.memory;
        numbers[counts[i] - 1] = i;
        assert_false(huge_grow(&huge, SIZE_MAX / 2));
        assert_false(huge_grow(&huge, SIZE_MAX - 1));
        assert_ptr_equal(huge.memory, numbers);
        assert_true(numbers[counts[i] - 1] == i);
        huge_release(&huge);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_was_in_it),
        cmocka_unit_test(stays_as_it_is_when_there_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
