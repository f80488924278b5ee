/* What a block table must answer, worked out from a plain array of blocks at every question. */
#ifndef TESTS_BLOCK_MODEL_H
#define TESTS_BLOCK_MODEL_H

#include "analyzer/block_table.h"

enum { BLOCK_MODEL_MAX = 128 };

struct block_model {
    struct {
        uint64_t address, size;
        uint64_t since; /* tells blocks apart */
    } blocks[BLOCK_MODEL_MAX];
    size_t count;
};

/* The index of the block that starts at `address`, or `count`. */
size_t block_model_find(const struct block_model *model, uint64_t address);

void block_model_insert(struct block_model *model, uint64_t address, uint64_t size, uint64_t since);
void block_model_remove(struct block_model *model, size_t index);

/* Whether a block of `size` bytes at `address` would share a byte with one that is there. */
bool block_model_overlaps(const struct block_model *model, uint64_t address, uint64_t size);

/* The index of the block with the lowest start from `address` on, or `count`. */
size_t block_model_from(const struct block_model *model, uint64_t address);

/* All sums, by interval arithmetic on pages. */
struct occupancy block_model_occupancy(const struct block_model *model);

/* Live bytes of the granule with that number, each page capped at 4096. */
uint32_t block_model_granule_bytes(const struct block_model *model, uint64_t number);

/*
 * The numbers of the granules at which the bytes may change, in rising order, at most
 * 4 * BLOCK_MODEL_MAX: between two of them all granules are alike. Returns how many.
 */
size_t block_model_granule_breaks(const struct block_model *model, uint64_t *breaks);

#endif
