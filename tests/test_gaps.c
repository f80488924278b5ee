/* Gaps between live blocks, against a map of bytes. */
#include "analyzer/gaps.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct extent {
    uint64_t address, size;
};

static struct gaps_result gaps_of(const struct extent *blocks, size_t count)
{
    struct gaps gaps = { 0 };
    for (size_t i = 0; i < count; i++)
        gaps_block(&gaps, blocks[i].address, blocks[i].size);
    gaps_finish(&gaps);
    return gaps.result;
}

#define KNOWN_BLOCKS 5

static void names_known_gaps(void **state)
{
    (void)state;
    static const struct {
        struct extent blocks[KNOWN_BLOCKS];
        size_t block_count;
        uint64_t count, bytes, largest;
    } cases[] = {
        { { { 0 } }, 0, 0, 0, 0 },
        { { { 0x20000, 16 } }, 1, 0, 0, 0 },
        /* E4, and E4 after the free */
        { { { 0x20000, 4096 }, { 0x21000, 16 }, { 0x21010, 4096 } }, 3, 0, 0, 0 },
        { { { 0x20000, 4096 }, { 0x21010, 4096 } }, 2, 1, 16, 16 },
        /* E5 */
        { { { 0x20000, 16 }, { 0x20400, 16 }, { 0x50000, 16 } }, 3, 2, 65504, 64496 },
        /* a whole granule between: both remainders count */
        { { { 0x2fff0, 8 }, { 0x40004, 1 } }, 2, 2, 12, 8 },
        /* no whole granule between */
        { { { 0x2fff0, 16 }, { 0x3ffff, 1 } }, 2, 1, 0xffff, 0xffff },
        { { { 0x2fff0, 16 }, { 0x40000, 1 } }, 2, 0, 0, 0 },
        { { { 0x30001, 1 }, { 0x4ffff, 1 } }, 2, 1, 0x1fffd, 0x1fffd },
        /* a block of nothing is a neighbour, and touches nothing */
        { { { 0x20000, 16 }, { 0x20100, 0 }, { 0x20200, 16 } }, 3, 2, 0x1f0, 0x100 },
        { { { 0x20000, 16 }, { 0x20008, 0 }, { 0x20010, 16 } }, 3, 0, 0, 0 },
        /* the furthest end counts, not the last */
        { { { 0x20000, 0x100 }, { 0x20010, 16 }, { 0x20110, 16 } }, 3, 1, 16, 16 },
        /* the end of the address space */
        { { { 0, 1 }, { UINT64_MAX - 7, 100 } }, 2, 2, 0xffff + 0xfff8, 0xffff },
        { { { UINT64_MAX - 15, 4 }, { UINT64_MAX, 1 } }, 2, 1, 11, 11 },
        { { { UINT64_MAX - 15, 16 }, { UINT64_MAX, UINT64_MAX } }, 2, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct gaps_result got = gaps_of(cases[i].blocks, cases[i].block_count);
        assert_true(got.known);
        assert_int_equal(got.count, cases[i].count);
        assert_int_equal(got.bytes, cases[i].bytes);
        assert_int_equal(got.largest, cases[i].largest);
        assert_true(got.count ? got.fragmentation == 1 - (double)got.largest / (double)got.bytes
                              : isnan(got.fragmentation));
    }
}

static void answers_worked_example_5(void **state)
{
    (void)state;
    static const struct extent blocks[] = { { 0x20000, 16 }, { 0x20400, 16 }, { 0x50000, 16 } };
    struct gaps_result got = gaps_of(blocks, 3);
    assert_true(fabs(got.fragmentation - 0.01538837) < 1e-8);
    assert_int_equal(got.classes[9].count, 1); /* 1008 */
    assert_int_equal(got.classes[9].bytes, 1008);
    assert_int_equal(got.classes[15].count, 1); /* 64496 */
    assert_int_equal(got.classes[15].bytes, 64496);
}

static int compare(const void *a, const void *b)
{
    const struct extent *x = a, *y = b;
    return (x->address > y->address) - (x->address < y->address);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *seed;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

enum { MAP_BYTES = 1 << 20, GRANULE = 1 << 16 };

/* Runs of bytes that no block holds, whole empty granules left out, on a map of bytes. */
static struct gaps_result slow_gaps(const struct extent *blocks, size_t count)
{
    struct gaps_result out = { .known = true };
    uint8_t *map = calloc(MAP_BYTES, 1);
    assert_non_null(map);
    uint64_t end = 0;
    for (size_t i = 0; i < count; i++) {
        memset(map + blocks[i].address, 1, blocks[i].size);
        if (blocks[i].address + blocks[i].size > end)
            end = blocks[i].address + blocks[i].size;
    }
    for (uint64_t granule = 0; granule < MAP_BYTES; granule += GRANULE)
        if (!memchr(map + granule, 1, GRANULE))
            memset(map + granule, 2, GRANULE);
    for (uint64_t at = count ? blocks[0].address : end; at < end; at++) {
        uint64_t from = at;
        while (at < end && map[at] == 0)
            at++;
        uint64_t bytes = at - from;
        if (bytes == 0)
            continue;
        out.count++;
        out.bytes += bytes;
        out.largest = bytes > out.largest ? bytes : out.largest;
    }
    free(map);
    return out;
}

static void agrees_with_a_map_of_bytes(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 300; round++) {
        uint64_t seed = round;
        struct extent blocks[40];
        size_t count = next_random(&seed) % 40;
        uint64_t span = round % 3 ? MAP_BYTES - 70000 : 70000;
        for (size_t i = 0; i < count; i++)
            blocks[i] = (struct extent){ next_random(&seed) % span,
                                         1 + next_random(&seed) % (round % 2 ? 40 : 70000) };
        qsort(blocks, count, sizeof *blocks, compare);
        struct gaps_result got = gaps_of(blocks, count);
        struct gaps_result expected = slow_gaps(blocks, count);
        assert_int_equal(got.count, expected.count);
        assert_int_equal(got.bytes, expected.bytes);
        assert_int_equal(got.largest, expected.largest);
        uint64_t class_count = 0, class_bytes = 0;
        for (size_t i = 0; i < GAP_CLASSES; i++) {
            class_count += got.classes[i].count;
            class_bytes += got.classes[i].bytes;
            assert_true(got.classes[i].bytes >= got.classes[i].count << i);
            assert_true(got.classes[i].bytes >> i <= got.classes[i].count * 2);
        }
        assert_int_equal(class_count, got.count);
        assert_int_equal(class_bytes, got.bytes);
    }
}

static void adds_up_heaps(void **state)
{
    (void)state;
    static const struct extent one[] = { { 0x1000, 16 }, { 0x1020, 16 } };
    static const struct extent two[] = { { 0x1000, 16 }, { 0x1018, 16 }, { 0x1058, 1 } };
    struct gaps_result sum = { 0 }, a = gaps_of(one, 2), b = gaps_of(two, 3);
    assert_false(sum.known);
    gaps_add(&sum, &a);
    gaps_add(&sum, &b);
    assert_true(sum.known);
    assert_int_equal(sum.count, 3);
    assert_int_equal(sum.bytes, 16 + 8 + 48);
    assert_int_equal(sum.largest, 48);
    assert_true(sum.fragmentation == 1 - 48.0 / 72);
    assert_int_equal(sum.classes[4].bytes, 16);
    assert_int_equal(sum.classes[5].bytes, 48);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_known_gaps),
        cmocka_unit_test(answers_worked_example_5),
        cmocka_unit_test(agrees_with_a_map_of_bytes),
        cmocka_unit_test(adds_up_heaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
