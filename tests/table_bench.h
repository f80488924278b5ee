/* Two block tables, each beside its model, and how to compare them. */
#ifndef TESTS_TABLE_BENCH_H
#define TESTS_TABLE_BENCH_H

#include "analyzer/block_table.h"
#include "tests/block_model.h"

enum { TABLES = 2 };

/* Two heaps of one process, over one pool, each with its model. */
struct table_bench {
    struct block_pool *pool;
    struct occupancy trace, process, heap[TABLES];
    struct block_table *table[TABLES];
    struct block_model model[TABLES];
    uint64_t step;
};

void table_bench_set_up(struct table_bench *bench);

/* Frees the tables, blocks and all, and asserts that every sum is 0 again. */
void table_bench_tear_down(struct table_bench *bench);

/* Change table `t` and its model alike; an insert compares whether it overlaps. */
void table_bench_insert(struct table_bench *bench, size_t t, uint64_t address, uint64_t size);
void table_bench_resize(struct table_bench *bench, size_t t, uint64_t address, uint64_t size);
void table_bench_remove(struct table_bench *bench, size_t t, uint64_t address);

/* Asserts that all sums up to the top, both walks and all neighbours are those of the models. */
void table_bench_check(struct table_bench *bench);

/* Asserts that block_table_after agrees with the model. */
void table_bench_check_from(struct block_table *table, const struct block_model *model,
                            uint64_t address, bool or_at);

void assert_same_sums(const struct occupancy *got, const struct occupancy *expected);

#endif
