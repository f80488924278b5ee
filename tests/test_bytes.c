/* Tests of decoder/bytes.h: no read leaves the window, and a failure sticks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder/bytes.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t sample[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe };

/* A heap copy of exactly its size, so that a sanitizer sees the first byte past it. */
static uint8_t *exact_copy(size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, sample, size);
    return copy;
}

static void reads_little_endian_one_after_the_other(void **state)
{
    (void)state;
    struct bytes b = bytes_over(sample, sizeof sample);
    assert_int_equal(bytes_u8(&b), 0x01);
    assert_int_equal(bytes_u16(&b), 0x4523);
    assert_int_equal(bytes_u32(&b), 0xcdab8967);
    assert_int_equal(b.left, 2);
    assert_false(b.overrun);

    b = bytes_over(sample + 1, 8);
    assert_true(bytes_u64(&b) == UINT64_C(0xfeefcdab89674523));
    assert_int_equal(b.left, 0);
    assert_false(b.overrun);
}

static void reads_pointers_of_the_width_asked_for(void **state)
{
    (void)state;
    struct bytes b = bytes_over(sample, sizeof sample);
    assert_true(bytes_pointer(&b, 4) == 0x67452301);
    assert_int_equal(b.left, 5);
    b = bytes_over(sample, sizeof sample);
    assert_true(bytes_pointer(&b, 8) == UINT64_C(0xefcdab8967452301));
    assert_int_equal(b.left, 1);
}

static void gives_zero_past_the_end_and_remembers_it(void **state)
{
    (void)state;
    for (size_t size = 0; size < 8; size++) {
        uint8_t *copy = exact_copy(size);
        struct bytes b = bytes_over(copy, size);
        assert_true(bytes_u64(&b) == 0);
        assert_true(b.overrun);
        /* What is left would do for this one, but a record that failed once stays failed. */
        assert_int_equal(bytes_u8(&b), 0);
        assert_null(bytes_take(&b, 0));
        free(copy);
    }
}

static void takes_no_more_than_there_is_whatever_the_size(void **state)
{
    (void)state;
    static const size_t sizes[] = { sizeof sample + 1, SIZE_MAX / 2, SIZE_MAX };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct bytes b = bytes_over(sample, sizeof sample);
        assert_null(bytes_take(&b, sizes[i]));
        assert_true(b.overrun);
    }
    struct bytes b = bytes_over(sample, sizeof sample);
    assert_ptr_equal(bytes_take(&b, sizeof sample), sample);
    assert_false(b.overrun);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_little_endian_one_after_the_other),
        cmocka_unit_test(reads_pointers_of_the_width_asked_for),
        cmocka_unit_test(gives_zero_past_the_end_and_remembers_it),
        cmocka_unit_test(takes_no_more_than_there_is_whatever_the_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
