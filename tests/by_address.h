/* Changes of a block table by address, for tests: the ledger has found the place already. */
#ifndef TESTS_BY_ADDRESS_H
#define TESTS_BY_ADDRESS_H

#include "analyzer/block_table.h"

static inline struct block *block_table_insert(struct block_table *table, uint64_t address,
                                               const struct block *block, bool *overlaps,
                                               struct error *err)
{
    const struct block_place place = block_table_place(table, address);
    return block_table_insert_at(table, &place, block, overlaps, err);
}

static inline void block_table_remove(struct block_table *table, uint64_t address)
{
    const struct block_place place = block_table_place(table, address);
    block_table_remove_at(table, &place);
}

static inline bool block_table_resize(struct block_table *table, uint64_t address, uint64_t size,
                                      struct error *err)
{
    const struct block_place place = block_table_place(table, address);
    return block_table_resize_at(table, &place, size, err);
}

#endif
