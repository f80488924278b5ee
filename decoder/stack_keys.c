/* Stack keys that were used and wait for their definition. */
#include "decoder/stack_keys.h"

#include <search.h>
#include <stdlib.h>

struct node {
    struct stack_use use;
    uint64_t value;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Any use of the key is as good as another. */
static int compare_keys(const void *left, const void *right)
{
    const struct stack_use *a = left;
    const struct stack_use *b = right;
    int order = compare_numbers(a->key, b->key);
    return order ? order : a->is_kernel - b->is_kernel;
}

static int compare_uses(const void *left, const void *right)
{
    const struct stack_use *a = left;
    const struct stack_use *b = right;
    int order = compare_keys(left, right);
    if (order == 0)
        order = compare_numbers(a->process, b->process);
    return order ? order : compare_numbers(a->generation, b->generation);
}

static void drop(struct stack_keys *keys, struct node *node)
{
    tdelete(node, &keys->root, compare_uses);
    free(node);
    keys->count--;
}

void stack_keys_release(struct stack_keys *keys)
{
    while (keys->root)
        drop(keys, *(struct node **)keys->root);
}

uint64_t *stack_keys_use(struct stack_keys *keys, const struct stack_use *use, struct error *err)
{
    struct node *const *found = tfind(use, &keys->root, compare_uses);
    if (found)
        return &(*found)->value;
    if (keys->count == STACK_KEYS_MAX)
        return NULL;
    struct node *node = calloc(1, sizeof *node);
    if (node)
        node->use = *use;
    if (!node || !tsearch(node, &keys->root, compare_uses)) {
        free(node);
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the keys of call stacks");
        return NULL;
    }
    keys->count++;
    return &node->value;
}

bool stack_keys_take(struct stack_keys *keys, uint64_t key, bool is_kernel, uint64_t *value)
{
    const struct stack_use wanted = { .key = key, .is_kernel = is_kernel };
    struct node *const *found = tfind(&wanted, &keys->root, compare_keys);
    if (!found)
        return false;
    struct node *node = *found;
    *value = node->value;
    drop(keys, node);
    return true;
}
