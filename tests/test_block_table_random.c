/* Block tables against a plain array of blocks that is searched and added up at every step. */
#include "tests/table_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Random inserts, removals and resizes, with addresses and sizes of one kind. */
struct regime {
    const char *name;
    uint64_t (*address)(void);
    uint64_t (*size)(void);
    size_t blocks; /* about so many live at a time */
    size_t steps;
};

static uint64_t random_state;

/* SplitMix64, so that a failure can be repeated. */
static uint64_t random_bits(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t below(uint64_t limit)
{
    return random_bits() % limit;
}

static uint64_t every_64_bytes(void)
{
    return 0x7fe0000 + 64 * below(100);
}

static uint64_t every_16_bytes(void)
{
    return 0x7ffe000 + 16 * below(400);
}

static uint64_t any_byte_of_a_page(void)
{
    return 0x10000ff0 + below(300);
}

static uint64_t few_addresses(void)
{
    return 0x1ffe0 + 0x3ff8 * below(6);
}

static uint64_t in_some_pages(void)
{
    return 0xabc0f000 + below(40) * PAGE_BYTES + 8 * below(3);
}

static uint64_t in_some_granules(void)
{
    return 0x55550000 + (below(60) << GRANULE_SHIFT) + 0x7ff8 * below(3);
}

static uint64_t anywhere(void)
{
    uint64_t at = random_bits() >> below(64);
    return below(2) ? at : UINT64_MAX - at;
}

static uint64_t to_64(void)
{
    return below(65);
}

static uint64_t to_a_page(void)
{
    return below(8) ? below(40) : below(5000);
}

static uint64_t to_some_pages(void)
{
    return below(20 * PAGE_BYTES);
}

static uint64_t to_some_granules(void)
{
    return below(3) ? below(100) : below(UINT64_C(60) << GRANULE_SHIFT);
}

static uint64_t of_any_size(void)
{
    return random_bits() >> below(64);
}

static struct regime regimes[] = {
    { "random_blocks_that_never_overlap", every_64_bytes, to_64, 60, 4000 },
    { "random_dense_blocks", every_16_bytes, to_a_page, 60, 4000 },
    { "random_odd_blocks", any_byte_of_a_page, to_a_page, 60, 4000 },
    { "random_blocks_at_few_addresses", few_addresses, to_some_pages, 4, 4000 },
    { "random_blocks_over_pages", in_some_pages, to_some_pages, 30, 4000 },
    { "random_blocks_over_granules", in_some_granules, to_some_granules, 40, 4000 },
    { "random_blocks_anywhere", anywhere, of_any_size, 30, 4000 },
    { "random_small_blocks_anywhere", anywhere, to_64, 60, 3000 },
    { "random_blocks_anywhere_in_granules", in_some_granules, of_any_size, 20, 3000 },
};

static void random_step(struct table_bench *bench, const struct regime *regime)
{
    size_t t = below(TABLES);
    struct block_model *model = &bench->model[t];
    uint64_t address = regime->address();
    bool is_free = block_model_find(model, address) == model->count;
    if (is_free && model->count < BLOCK_MODEL_MAX && below(2 * regime->blocks) >= model->count) {
        table_bench_insert(bench, t, address, regime->size());
        return;
    }
    if (model->count == 0)
        return;
    address = model->blocks[below(model->count)].address;
    if (below(3) == 0)
        table_bench_resize(bench, t, address, regime->size());
    else
        table_bench_remove(bench, t, address);
}

static void empty_a_table(struct table_bench *bench)
{
    struct error err = { 0 };
    block_table_free(bench->table[1]);
    bench->table[1] = block_table_new(bench->pool, &bench->heap[1], &err);
    assert_non_null(bench->table[1]);
    bench->model[1].count = 0;
}

static void agrees_with_the_model(void **state)
{
    const struct regime *regime = *state;
    struct table_bench bench;
    table_bench_set_up(&bench);
    random_state = 20240229;
    for (size_t step = 0; step < regime->steps; step++) {
        if (step % 1000 == 999)
            empty_a_table(&bench);
        random_step(&bench, regime);
        table_bench_check(&bench);
        for (size_t t = 0; t < TABLES; t++)
            table_bench_check_from(bench.table[t], &bench.model[t], regime->address(), below(2));
    }
    while (bench.model[0].count > 0) {
        table_bench_remove(&bench, 0, bench.model[0].blocks[0].address);
        table_bench_check(&bench);
    }
    table_bench_tear_down(&bench);
}

int main(void)
{
    enum { REGIMES = sizeof regimes / sizeof *regimes };
    struct CMUnitTest tests[REGIMES];
    for (size_t i = 0; i < REGIMES; i++)
        tests[i] =
            (struct CMUnitTest){ regimes[i].name, agrees_with_the_model, NULL, NULL, &regimes[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
