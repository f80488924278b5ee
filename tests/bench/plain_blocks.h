/*
 * Live blocks kept the plain way, with uthash as it comes: a table of blocks a heap, a node of
 * malloc's a block, and what an event of blocks is counted for at the least. What the block table
 * and the report are measured against.
 */
#ifndef TESTS_BENCH_PLAIN_BLOCKS_H
#define TESTS_BENCH_PLAIN_BLOCKS_H

#include "decoder/event.h"

struct plain_blocks;

/* Aborts without memory. */
struct plain_blocks *plain_blocks_new(void);
void plain_blocks_free(struct plain_blocks *blocks);

/*
 * Applies an event. A realloc that moves is what its ALLOC and FREE say; a heap that ends takes its
 * blocks with it.
 */
void plain_blocks_apply(struct plain_blocks *blocks, const struct event *event);

/* The most that were live at once, in all heaps. */
uint64_t plain_blocks_peak(const struct plain_blocks *blocks);

#endif
