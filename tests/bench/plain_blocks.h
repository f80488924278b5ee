/* Live blocks kept the plain way, one uthash node each: what the block table is measured against.
 */
#ifndef TESTS_BENCH_PLAIN_BLOCKS_H
#define TESTS_BENCH_PLAIN_BLOCKS_H

#include "decoder/event.h"

struct plain_blocks;

/* Aborts without memory. */
struct plain_blocks *plain_blocks_new(void);
void plain_blocks_free(struct plain_blocks *blocks);

/* Applies an ALLOC, FREE or REALLOC; a move is what its ALLOC and FREE say. */
void plain_blocks_apply(struct plain_blocks *blocks, const struct event *event);

uint64_t plain_blocks_live_bytes(const struct plain_blocks *blocks);

#endif
