/* What adds up: growth, moves, chains, paths, Sources, sizes; and that sums equal the whole. */
#include "analyzer/counts.h"
#include "analyzer/rate.h"

#include <math.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_near(double value, double expected)
{
    assert_true(fabs(value - expected) <= 1e-12 * fabs(expected));
}

static struct resize resize_of(uint64_t from, uint64_t to, bool moved)
{
    return (struct resize){
        .from = from, .to = to, .from_bytes = from, .to_bytes = to, .moved = moved
    };
}

static void rates_have_a_wilson_interval(void **state)
{
    (void)state;
    struct rate rate = rate_of(1, 2);
    assert_near(rate.value, 0.5);
    assert_near(rate.low, 0.09453120573423074);
    assert_near(rate.high, 0.9054687942657693);
    assert_true(isnan(rate_of(0, 0).value) && isnan(rate_of(0, 0).low));
    rate = rate_of(0, 1);
    assert_true(rate.low == 0);
    assert_near(rate.high, 0.7934506856227626);
    assert_true(rate_of(UINT64_MAX, UINT64_MAX).high == 1);
}

struct exact_case {
    uint64_t from, to;
    unsigned exact_1, exact_1_5, exact_2;
};

static void ratios_are_told_apart_to_the_byte(void **state)
{
    (void)state;
    static const struct exact_case cases[] = {
        { 7, 7, 1, 0, 0 },
        { 1000, 1484, 0, 0, 0 },
        { 1000, 1485, 0, 1, 0 },
        { 1000, 1515, 0, 1, 0 },
        { 1000, 1516, 0, 0, 0 },
        { 1000, 1979, 0, 0, 0 },
        { 1000, 1980, 0, 0, 1 },
        { 1000, 2020, 0, 0, 1 },
        { 1000, 2021, 0, 0, 0 },
        { UINT64_MAX / 2, UINT64_MAX - 1, 0, 0, 1 },
        { UINT64_MAX, UINT64_MAX, 1, 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct growth growth = { 0 };
        struct resize resize = resize_of(cases[i].from, cases[i].to, false);
        growth_count(&growth, &resize);
        assert_int_equal(growth.exact_1, cases[i].exact_1);
        assert_int_equal(growth.exact_1_5, cases[i].exact_1_5);
        assert_int_equal(growth.exact_2, cases[i].exact_2);
    }
}

static void count_ratio(struct growth *growth, uint64_t from, uint64_t to, unsigned times)
{
    struct resize resize = resize_of(from, to, false);
    while (times-- > 0)
        growth_count(growth, &resize);
}

static void quantiles_are_values_up_to_63_and_bins_beyond(void **state)
{
    (void)state;
    struct growth growth = { 0 };
    struct growth_result out;
    growth_report(&growth, &out);
    assert_true(isnan(out.p50) && isnan(out.geomean));

    for (uint64_t i = 63; i > 0; i--)
        count_ratio(&growth, 100, 100 + i, 1);
    growth_report(&growth, &out);
    assert_near(out.p5, 1.04);
    assert_near(out.p25, 1.16);
    assert_near(out.p50, 1.32);
    assert_near(out.p95, 1.60);

    count_ratio(&growth, 100, 132, 1);
    growth_report(&growth, &out);
    assert_near(out.p50, exp2((6 + 0.5) / 16)); /* log2 1.32 × 16 = 6.4 */
    assert_int_equal(out.values, 64);
}

static void ratios_beyond_the_bins_are_counted_apart(void **state)
{
    (void)state;
    struct growth growth = { 0 };
    struct growth_result out;
    count_ratio(&growth, 256, 1, 1);  /* the lowest bin */
    count_ratio(&growth, 257, 1, 60); /* below */
    count_ratio(&growth, 1, 256, 60); /* above */
    count_ratio(&growth, 1, 0, 1);    /* no ratio */
    growth_report(&growth, &out);
    assert_int_equal(out.values, 121);
    assert_int_equal(out.histogram[0], 1);
    assert_int_equal(out.below, 60);
    assert_int_equal(out.above, 60);
    assert_near(out.p5, exp2(-8));
    assert_near(out.p50, exp2(-8 + 0.5 / 16));
    assert_near(out.p95, 256);
}

static void growth_adds_up_in_any_order(void **state)
{
    (void)state;
    for (unsigned each = 10; each <= 40; each += 15) {
        struct growth a = { 0 }, b = { 0 }, whole = { 0 }, ab = { 0 }, ba = { 0 };
        for (unsigned i = 0; i < each; i++) {
            count_ratio(&a, 16, 16 + 7 * i, 1);
            count_ratio(&b, 900, 1 + 100 * i, 1);
            count_ratio(&whole, 900, 1 + 100 * i, 1);
            count_ratio(&whole, 16, 16 + 7 * i, 1);
        }
        growth_add(&ab, &a);
        growth_add(&ab, &b);
        growth_add(&ba, &b);
        growth_add(&ba, &a);
        struct growth_result x, y, z;
        growth_report(&ab, &x);
        growth_report(&ba, &y);
        growth_report(&whole, &z);
        assert_memory_equal(&x, &y, sizeof x);
        assert_memory_equal(&x, &z, sizeof x);
    }
}

struct class_case {
    uint64_t sizes[6];
    enum chain_class class;
};

static void chains_are_classed_by_their_steps(void **state)
{
    (void)state;
    static const struct class_case cases[] = {
        { { 16, 32, 64, 128, 0 }, CHAIN_SHORT },
        { { 16, 32, 64, 128, 256, 0 }, CHAIN_GEOMETRIC },
        { { 1000, 1100, 1210, 1331, 1498, 0 }, CHAIN_GEOMETRIC },
        { { 12005, 18865, 29645, 46585, 87846, 0 }, CHAIN_GEOMETRIC }, /* 66/35 = 1.2 × 11/7 */
        { { 100, 200, 300, 400, 520, 0 }, CHAIN_ARITHMETIC },
        { { 100, 200, 300, 400, 521, 0 }, CHAIN_IRREGULAR },
        { { 1000, 1050, 1100, 1150, 1200, 0 }, CHAIN_ARITHMETIC },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct chain chain = { 0 };
        for (const uint64_t *size = cases[i].sizes; size[1]; size++) {
            struct resize resize = resize_of(size[0], size[1], true);
            chain_count(&chain, &resize, 0);
        }
        assert_int_equal(chain_class(&chain), cases[i].class);
    }
}

static void a_chain_from_nothing_is_not_geometric(void **state)
{
    (void)state;
    struct chain chain = { 0 };
    for (uint64_t size = 0; size < 64; size += 16) {
        struct resize resize = resize_of(size, size + 16, false);
        chain_count(&chain, &resize, 0);
    }
    assert_int_equal(chain_class(&chain), CHAIN_ARITHMETIC);
}

static void count_chain(struct chain_stats *stats, uint64_t address, uint64_t copied,
                        uint64_t first_ns)
{
    struct chain chain = { .first_bytes = 8, .reallocs = 1 + copied / 2, .copied_bytes = copied };
    struct chain_end end = { .address = address, .bytes = 16, .first_ns = first_ns };
    struct error err = { 0 };
    assert_true(chain_stats_count(stats, &chain, &end, &err));
}

static void the_chains_that_copied_most_are_listed(void **state)
{
    (void)state;
    struct chain_stats stats = { 0 }, other = { 0 };
    struct chains_result out;
    struct error err = { 0 };
    for (uint64_t i = 0; i < 30; i++)
        count_chain(i % 2 ? &stats : &other, 100 + i, i * 7 % 30, 5);
    count_chain(&other, 1, 29, 4);
    count_chain(&other, 2, 29, 5);
    assert_true(chain_stats_add(&stats, &other, &err));
    chain_stats_report(&stats, &out);
    assert_int_equal(out.count, 32);
    assert_int_equal(out.top_count, TOP_CHAINS);
    assert_int_equal(out.top[0].address, 1);   /* born first */
    assert_int_equal(out.top[1].address, 2);   /* lower address */
    assert_int_equal(out.top[2].address, 117); /* 17 × 7 mod 30 = 29 */
    for (size_t i = 3; i < TOP_CHAINS; i++)
        assert_int_equal(out.top[i].copied_bytes, 31 - i);
    assert_int_equal(out.reallocs_max, 15);
    assert_int_equal(out.reallocs_p50, 8);
    chain_stats_release(&stats);
    chain_stats_release(&other);
}

static void a_long_path_is_thinned_evenly(void **state)
{
    (void)state;
    for (uint64_t length = 1; length < 200; length++) {
        struct paths paths = { 0 };
        struct path *path = NULL;
        struct error err = { 0 };
        assert_true(paths_reserve(&paths, &err));
        path = paths_begin(&paths, &path);
        for (uint64_t i = 0; i < length; i++)
            path_note(path, &(struct chain_step){ .time_ns = i, .bytes = 2 * i }, i);
        struct chain_step steps[CHAIN_STEPS];
        size_t count = path_report(path, steps);
        assert_int_equal(count < CHAIN_STEPS / 2 ? length : count, count);
        assert_true(count <= CHAIN_STEPS);
        assert_int_equal(steps[0].time_ns, 0);
        assert_int_equal(steps[count - 1].time_ns, length - 1);
        for (size_t i = 2; i + 1 < count; i++)
            assert_int_equal(steps[i].time_ns - steps[i - 1].time_ns, steps[1].time_ns);
        paths_release(&paths);
    }
}

static void the_paths_that_copied_least_are_dropped(void **state)
{
    (void)state;
    enum { PATHS = 2 * PATHS_MAX };
    struct paths paths = { 0 };
    struct path **kept = calloc(PATHS, sizeof(struct path *));
    assert_non_null(kept);
    struct error err = { 0 };
    for (uint64_t i = 0; i < PATHS; i++) {
        assert_true(paths_reserve(&paths, &err));
        kept[i] = paths_begin(&paths, &kept[i]);
        path_note(kept[i], &(struct chain_step){ .time_ns = i }, i % 100 == 0 ? PATHS - i : 0);
        assert_true(paths.count <= PATHS_MAX);
    }
    for (uint64_t i = 0; i < PATHS; i += 100)
        assert_non_null(kept[i]);
    for (uint64_t i = 0; i < PATHS; i++)
        paths_end(&paths, kept[i]);
    assert_int_equal(paths.count, 0);
    paths_release(&paths);
    free(kept);
}

static void sources_beyond_the_limit_share_the_rest(void **state)
{
    (void)state;
    struct source_codes codes = { 0 };
    struct counts counts = { 0 }, sum = { 0 };
    struct error err = { 0 };
    for (uint32_t code = 100; code > 0; code--) {
        uint8_t index = source_codes_index(&codes, code);
        assert_int_equal(index, source_codes_index(&codes, code));
        struct source_counts *source = sources_make(&counts.sources, index, &err);
        assert_non_null(source);
        counts_alloc(&counts, source, code, 1);
        counts_alloc(&counts, source, code, 1);
        counts_alloc(&counts, source, code, (uint64_t)-1);
    }
    assert_true(counts_are_consistent(&counts));
    assert_true(counts_add(&sum, &counts, &err));
    assert_true(counts_add(&sum, &counts, &err));
    assert_true(counts_are_consistent(&sum));

    struct measures out = { 0 };
    assert_true(sources_report(&sum.sources, &codes, &out, &err));
    assert_int_equal(out.source_count, SOURCE_CODES + 1);
    for (uint32_t i = 0; i < SOURCE_CODES; i++) {
        assert_int_equal(out.sources[i].code, 38 + i);
        assert_int_equal(out.sources[i].allocs, 2);
        assert_false(out.sources[i].is_rest);
    }
    assert_true(out.sources[SOURCE_CODES].is_rest);
    assert_int_equal(out.sources[SOURCE_CODES].allocs, 2 * 37);
    assert_int_equal(out.sources[SOURCE_CODES].alloc_bytes, 37 * 38);
    free(out.sources);
    free(out.transitions);
    counts_release(&counts);
    counts_release(&sum);
}

static void sizes_join_what_was_allocated_and_what_is_live(void **state)
{
    (void)state;
    struct sizes sizes = { 0 };
    struct live_sizes live = { 0 };
    struct measures out = { 0 };
    struct error err = { 0 };
    sizes_count(&sizes, 100, 2);
    live_sizes_block(&live, 150);
    assert_true(sizes_report(&sizes, &live, &out, &err));
    assert_int_equal(out.size_count, 2);
    assert_int_equal(out.sizes[0].low, 96);
    assert_int_equal(out.sizes[0].high, 112);
    assert_int_equal(out.sizes[0].bytes, 200);
    assert_int_equal(out.sizes[0].live_at_peak, 0);
    assert_int_equal(out.sizes[1].low, 128);
    assert_int_equal(out.sizes[1].high, 160);
    assert_int_equal(out.sizes[1].allocs, 0);
    assert_int_equal(out.sizes[1].live_bytes_at_peak, 150);
    free(out.sizes);
}

static void amplification_is_null_without_growth(void **state)
{
    (void)state;
    struct moves moves = { 0 };
    struct realloc_result out = { 0 };
    struct resize shrink = resize_of(100, 50, true);
    moves_count(&moves, &shrink);
    moves_report(&moves, &out);
    assert_true(isnan(out.copy_amplification));
    assert_true(isnan(out.grow_move_rate.value));
    assert_true(out.shrink_move_rate.value == 1);
    assert_int_equal(out.copied_bytes, 50);
    assert_int_equal(out.by_old_size[7].moved, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_have_a_wilson_interval),
        cmocka_unit_test(ratios_are_told_apart_to_the_byte),
        cmocka_unit_test(quantiles_are_values_up_to_63_and_bins_beyond),
        cmocka_unit_test(ratios_beyond_the_bins_are_counted_apart),
        cmocka_unit_test(growth_adds_up_in_any_order),
        cmocka_unit_test(chains_are_classed_by_their_steps),
        cmocka_unit_test(a_chain_from_nothing_is_not_geometric),
        cmocka_unit_test(the_chains_that_copied_most_are_listed),
        cmocka_unit_test(a_long_path_is_thinned_evenly),
        cmocka_unit_test(the_paths_that_copied_least_are_dropped),
        cmocka_unit_test(sources_beyond_the_limit_share_the_rest),
        cmocka_unit_test(sizes_join_what_was_allocated_and_what_is_live),
        cmocka_unit_test(amplification_is_null_without_growth),
    };
    return cmocka_run_group_tests_name("counts", tests, NULL, NULL);
}
