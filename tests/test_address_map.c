/* Address maps, against the state of every granule after every event. */
#include "analyzer/address_map.h"
#include "tests/by_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *seed;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

struct world {
    struct block_pool *pool;
    struct occupancy occupancy;
    struct block_table *table;
    struct map_budget *budget;
    struct address_map map;
    struct error err;
};

static void world_open(struct world *world, uint64_t first_ns)
{
    *world = (struct world){ 0 };
    world->pool = block_pool_new(&world->err);
    assert_non_null(world->pool);
    world->table = block_table_new(world->pool, &world->occupancy, &world->err);
    assert_non_null(world->table);
    world->budget = map_budget_new(&world->err);
    assert_non_null(world->budget);
    address_map_start(&world->map, first_ns);
}

static void world_close(struct world *world)
{
    address_map_release(&world->map);
    map_budget_free(world->budget);
    block_table_free(world->table);
    block_pool_free(world->pool);
}

static void insert(struct world *world, uint64_t t_ns, uint64_t address, uint64_t size)
{
    bool overlaps;
    struct block block = { .size = size };
    assert_true(address_map_before(&world->map, world->budget, t_ns, world->table, &world->err));
    assert_non_null(block_table_insert(world->table, address, &block, &overlaps, &world->err));
}

static void erase(struct world *world, uint64_t t_ns, uint64_t address)
{
    assert_true(address_map_before(&world->map, world->budget, t_ns, world->table, &world->err));
    block_table_remove(world->table, address);
}

static struct address_map_result report(struct world *world, uint64_t end_ns)
{
    struct address_map_result out;
    assert_true(
        address_map_report(&world->map, world->budget, end_ns, world->table, &out, &world->err));
    return out;
}

static void result_free(struct address_map_result *result)
{
    free(result->rows);
    free(result->cells);
}

enum { GRANULE = 1 << 16, GRANULES = 24, STEPS = 3000, SLOTS = 40 };

/* Live bytes of each granule after an event at t_ns. */
struct state {
    uint64_t t_ns;
    uint32_t bytes[GRANULES];
};

/* Slot `slot` is 20000 bytes of address space, with holes that leave some granules untouched. */
static uint64_t address_of(size_t slot)
{
    return slot * 20000 + (slot > 20 ? 5 * GRANULE : 0);
}

static void count_bytes(struct state *state, uint64_t address, uint64_t size, bool adds)
{
    uint64_t end = address + size;
    for (uint64_t at = address, next; at < end; at = next) {
        next = (at / GRANULE + 1) * GRANULE < end ? (at / GRANULE + 1) * GRANULE : end;
        uint32_t bytes = (uint32_t)(next - at);
        state->bytes[at / GRANULE] += adds ? bytes : 0 - bytes;
    }
}

/* The state when column `column` ends. */
static const struct state *state_at(const struct state *states, size_t count,
                                    const struct address_map_result *map, size_t column)
{
    uint64_t interval = (map->t1_ns - map->t0_ns) / map->columns;
    size_t last = 0;
    while (last + 1 < count && (states[last + 1].t_ns - map->t0_ns) / interval <= column)
        last++;
    return &states[last];
}

static uint8_t slow_shade(uint32_t bytes)
{
    uint32_t shade = (bytes * 255u * 2 + GRANULE) / (2 * GRANULE);
    return (uint8_t)(bytes && !shade ? 1 : shade);
}

static void check(const struct address_map_result *map, const struct state *states, size_t count)
{
    uint64_t interval = (map->t1_ns - map->t0_ns) / map->columns;
    assert_true((interval & (interval - 1)) == 0);
    assert_true(map->columns <= MAP_COLUMNS && map->row_count <= MAP_ROWS);
    assert_int_equal(map->t0_ns, states[0].t_ns);
    bool has_row[GRANULES] = { false };
    for (size_t column = 0; column < map->columns; column++) {
        const struct state *state = state_at(states, count, map, column);
        for (size_t row = 0; row < map->row_count; row++) {
            uint64_t granule = map->rows[row].address / GRANULE;
            assert_int_equal(map->rows[row].bytes, GRANULE);
            has_row[granule] = true;
            assert_int_equal(map->cells[column * map->row_count + row],
                             slow_shade(state->bytes[granule]));
        }
        for (size_t granule = 0; granule < GRANULES; granule++)
            assert_true(has_row[granule] || state->bytes[granule] == 0);
    }
    for (size_t row = 1; row < map->row_count; row++)
        assert_true(map->rows[row - 1].address < map->rows[row].address);
}

static void run(uint64_t seed, size_t steps, uint64_t step_ns)
{
    struct state *states = calloc(steps, sizeof *states);
    assert_non_null(states);
    uint64_t sizes[SLOTS] = { 0 };
    uint64_t t_ns = next_random(&seed) % 1000;
    struct world world;
    world_open(&world, t_ns);
    for (size_t i = 0; i < steps; i++) {
        size_t slot = next_random(&seed) % SLOTS;
        if (i)
            states[i] = states[i - 1];
        states[i].t_ns = t_ns;
        if (sizes[slot]) {
            erase(&world, t_ns, address_of(slot));
            count_bytes(&states[i], address_of(slot), sizes[slot], false);
            sizes[slot] = 0;
        } else {
            sizes[slot] = 1 + next_random(&seed) % 19999;
            insert(&world, t_ns, address_of(slot), sizes[slot]);
            count_bytes(&states[i], address_of(slot), sizes[slot], true);
        }
        t_ns += next_random(&seed) % 4 ? next_random(&seed) % step_ns : 0;
    }
    uint64_t end_ns = states[steps - 1].t_ns + next_random(&seed) % (step_ns * 100);
    struct address_map_result map = report(&world, end_ns);
    assert_non_null(map.cells);
    assert_true(map.t1_ns > end_ns);
    check(&map, states, steps);
    result_free(&map);
    world_close(&world);
    free(states);
}

static void agrees_with_the_state_after_every_event(void **state)
{
    (void)state;
    static const uint64_t step_ns[] = { 1, 3, 1000, UINT64_C(1) << 36 };
    for (size_t i = 0; i < sizeof step_ns / sizeof *step_ns; i++)
        for (uint64_t seed = 0; seed < 4; seed++)
            run(seed, seed ? STEPS : 1 + (size_t)i, step_ns[i]);
}

static void merges_neighbours_beyond_the_rows(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 0);
    for (uint64_t i = 0; i < 1500; i++)
        insert(&world, i, i * GRANULE, GRANULE / 2);
    struct address_map_result map = report(&world, 1500);
    assert_int_equal(map.row_count, 500);
    for (size_t row = 0; row < map.row_count; row++) {
        assert_int_equal(map.rows[row].address, row * 3 * GRANULE);
        assert_int_equal(map.rows[row].bytes, 3 * GRANULE);
        assert_int_equal(map.cells[(map.columns - 1) * map.row_count + row], 128);
    }
    result_free(&map);
    world_close(&world);
}

/* Sum of shares over a column, in bytes: what it says is live. */
static double live_in(const struct address_map_result *map, size_t column)
{
    double bytes = 0;
    for (size_t row = 0; row < map->row_count; row++)
        bytes += map->cells[column * map->row_count + row] / 255.0 * (double)map->rows[row].bytes;
    return bytes;
}

static void takes_larger_granules_when_there_are_too_many(void **state)
{
    (void)state;
    enum { BLOCKS = 9000 };
    struct world world;
    world_open(&world, 0);
    for (uint64_t i = 0; i < BLOCKS; i++) /* not in order */
        insert(&world, i / 500, i * 7919 % BLOCKS * GRANULE, GRANULE);
    struct address_map_result map = report(&world, BLOCKS / 500);
    assert_int_equal(map.columns, 19);
    assert_true(map.row_count <= MAP_ROWS && map.row_count > MAP_ROWS / 4);
    double all = (double)BLOCKS * GRANULE;
    assert_true(live_in(&map, map.columns - 1) > all * 0.99);
    assert_true(live_in(&map, map.columns - 1) < all * 1.01);
    double half = live_in(&map, 8) / all;
    assert_true(half > 0.49 && half < 0.51);
    result_free(&map);
    world_close(&world);
}

static void takes_in_blocks_as_large_as_an_address_space(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 0);
    insert(&world, 5, 0x20000, 16);
    insert(&world, 6, UINT64_C(1) << 47, UINT64_C(1) << 46);
    insert(&world, 7, UINT64_MAX - 100, 5);
    erase(&world, 1000000, 0x20000);
    struct address_map_result map = report(&world, UINT64_MAX);
    assert_true(map.columns > MAP_COLUMNS / 2 && map.row_count <= MAP_ROWS);
    assert_int_equal(map.t1_ns, UINT64_MAX);
    double live = live_in(&map, 1);
    assert_true(live > 0.9 * (double)(UINT64_C(1) << 46));
    assert_true(live < 1.1 * (double)(UINT64_C(1) << 46));
    result_free(&map);
    world_close(&world);
}

static void goes_on_with_an_earlier_column_when_looking_costs_too_much(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 0);
    for (uint64_t i = 0; i < 4000; i++)
        insert(&world, 0, i * GRANULE, 100);
    for (uint64_t i = 0; i < 8000; i++) { /* far more looks than the budget allows */
        erase(&world, 1 + 2 * i, i % 4000 * GRANULE);
        insert(&world, 2 + 2 * i, i % 4000 * GRANULE, 100);
    }
    struct address_map_result map = report(&world, 16000);
    assert_int_equal(map.row_count, 500);
    for (size_t row = 0; row < map.row_count; row++)
        assert_int_equal(map.cells[(map.columns - 1) * map.row_count + row], 1);
    result_free(&map);
    world_close(&world);
}

static void is_empty_for_a_heap_that_never_held_a_byte(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 10);
    struct address_map_result map = report(&world, 20);
    assert_null(map.cells);
    assert_null(map.rows);
    assert_int_equal(map.columns, 0);
    world_close(&world);
}

static void gives_no_map_of_what_was_never_started(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 10);
    address_map_release(&world.map); /* as when memory ran out */
    insert(&world, 11, 0x20000, 16);
    insert(&world, UINT64_MAX, 0x30000, 16);
    struct address_map_result map = report(&world, UINT64_MAX);
    assert_null(map.cells);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_state_after_every_event),
        cmocka_unit_test(merges_neighbours_beyond_the_rows),
        cmocka_unit_test(takes_larger_granules_when_there_are_too_many),
        cmocka_unit_test(takes_in_blocks_as_large_as_an_address_space),
        cmocka_unit_test(goes_on_with_an_earlier_column_when_looking_costs_too_much),
        cmocka_unit_test(is_empty_for_a_heap_that_never_held_a_byte),
        cmocka_unit_test(gives_no_map_of_what_was_never_started),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
