/* Live blocks kept the plain way, one uthash node each: what the block table is measured against.
 */
#include "tests/bench/plain_blocks.h"

#include <stdlib.h>

#include <uthash.h>

struct key {
    uint64_t heap, address;
};

struct node {
    struct key key;
    uint64_t size, born_ns;
    UT_hash_handle hh;
};

struct plain_blocks {
    struct node *nodes;
    uint64_t live_bytes;
};

struct plain_blocks *plain_blocks_new(void)
{
    struct plain_blocks *blocks = calloc(1, sizeof *blocks);
    if (!blocks)
        abort();
    return blocks;
}

void plain_blocks_free(struct plain_blocks *blocks)
{
    struct node *node = blocks->nodes;
    HASH_CLEAR(hh, blocks->nodes); /* drops the table only; the nodes stay linked */
    while (node) {
        struct node *next = node->hh.next;
        free(node);
        node = next;
    }
    free(blocks);
}

static void add(struct plain_blocks *blocks, const struct event *event, struct key key)
{
    struct node *node = malloc(sizeof *node);
    if (!node)
        abort();
    *node = (struct node){ .key = key, .size = event->size, .born_ns = event->time_ns };
    HASH_ADD(hh, blocks->nodes, key, sizeof node->key, node);
    blocks->live_bytes += node->size;
}

static void drop(struct plain_blocks *blocks, struct node *node)
{
    blocks->live_bytes -= node->size;
    HASH_DEL(blocks->nodes, node);
    free(node);
}

void plain_blocks_apply(struct plain_blocks *blocks, const struct event *event)
{
    const struct key key = { event->heap, event->address };
    struct node *node;
    if (event->kind != EVENT_alloc && event->kind != EVENT_free && event->kind != EVENT_realloc)
        return;
    HASH_FIND(hh, blocks->nodes, &key, sizeof key, node);
    if (event->kind == EVENT_free) {
        if (node)
            drop(blocks, node);
    } else if (node) {
        blocks->live_bytes += event->size - node->size;
        node->size = event->size;
    } else {
        add(blocks, event, key);
    }
}

uint64_t plain_blocks_live_bytes(const struct plain_blocks *blocks)
{
    return blocks->live_bytes;
}
