/* Sorting by address: each entry comes out once, in order, and with its stack. */
#include "analyzer/past_sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { COUNT_MAX = 5000 };

/* Addresses differ in these bits only, at random. */
static const struct kind {
    const char *name;
    uint64_t bits;
} kinds[] = {
    { "nothing_to_sort", 0 },
    { "one_bit", UINT64_C(1) << 37 },
    { "the_highest_and_the_lowest_bit", UINT64_C(1) << 63 | 1 },
    { "the_cells_of_a_page", 0xff0 },
    { "the_bytes_of_a_page", 0xfff },
    { "a_heap", 0x3fffff0 },
    { "heaps_far_apart", 0x600000fffff0 },
    { "anything", UINT64_MAX },
};

static uint64_t next_random(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *random ^ *random >> 32;
}

static uint32_t stack_of(uint64_t number)
{
    return (uint32_t)(number * 7 + 1);
}

/* `addresses` are those that came in, by number. */
static void check(const struct past_entry *entries, const uint32_t *stacks, size_t count,
                  const uint64_t *addresses)
{
    bool has_come[COUNT_MAX] = { false };
    for (size_t i = 0; i < count; i++) {
        const uint64_t number = entries[i].size_and_peaks;
        assert_true(number < count && !has_come[number]);
        has_come[number] = true;
        assert_int_equal(entries[i].address, addresses[number]);
        assert_true(i == 0 || entries[i - 1].address <= entries[i].address);
        if (stacks)
            assert_int_equal(stacks[i], stack_of(number));
    }
}

/* Exactly as much memory as there are entries, so that ASan sees a step beyond. */
static void sort_and_check(const uint64_t *addresses, size_t count, bool has_stacks)
{
    struct past_entry *entries = malloc(count * sizeof *entries + (count == 0));
    uint32_t *stacks = has_stacks ? malloc(count * sizeof *stacks + (count == 0)) : NULL;
    assert_true(entries && (stacks || !has_stacks));
    for (size_t i = 0; i < count; i++) {
        entries[i] = (struct past_entry){ addresses[i], i };
        if (stacks)
            stacks[i] = stack_of(i);
    }
    past_sort((struct past_range){ entries, stacks }, count);
    check(entries, stacks, count, addresses);
    free(stacks);
    free(entries);
}

static void sorts_any_number_of_entries(void **state)
{
    const struct kind *kind = *state;
    static uint64_t addresses[COUNT_MAX];
    uint64_t random = 1;
    for (size_t count = 0; count <= COUNT_MAX; count += 1 + count / 8) {
        for (size_t i = 0; i < count; i++)
            addresses[i] = UINT64_C(0x7f0012345678) ^ (next_random(&random) & kind->bits);
        sort_and_check(addresses, count, false);
        sort_and_check(addresses, count, true);
    }
}

/* Most of them far apart from the rest, or in turns from both ends. */
static void sorts_what_is_in_an_odd_order(void **state)
{
    (void)state;
    static uint64_t addresses[COUNT_MAX];
    for (size_t i = 0; i < COUNT_MAX; i++)
        addresses[i] = UINT64_C(1) << i % 64;
    sort_and_check(addresses, COUNT_MAX, true);
    for (size_t i = 0; i < COUNT_MAX; i++)
        addresses[i] = i % 2 ? i * 16 : (COUNT_MAX - i) * 16;
    sort_and_check(addresses, COUNT_MAX, true);
    for (size_t i = 0; i < COUNT_MAX; i++)
        addresses[i] = (COUNT_MAX - i) * 48;
    sort_and_check(addresses, COUNT_MAX, true);
}

int main(void)
{
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    struct CMUnitTest tests[KINDS + 1];
    for (size_t i = 0; i < KINDS; i++)
        tests[i] = (struct CMUnitTest){ .name = kinds[i].name,
                                        .test_func = sorts_any_number_of_entries,
                                        .initial_state = (void *)&kinds[i] };
    tests[KINDS] = (struct CMUnitTest)cmocka_unit_test(sorts_what_is_in_an_odd_order);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
