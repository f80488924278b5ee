/* What each address of a process meant last. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* tdestroy */
#endif
#include "decoder/image_ranges.h"

#include <search.h>
#include <stdlib.h>

/* Ranges that overlap are equal: as those in the tree do not, this is an order of them. */
static int compare_ranges(const void *left, const void *right)
{
    const struct image_range *a = left;
    const struct image_range *b = right;
    if (a->space != b->space)
        return a->space < b->space ? -1 : 1;
    if (a->end <= b->base)
        return -1;
    return b->end <= a->base;
}

void image_ranges_release(struct image_ranges *ranges)
{
    tdestroy(ranges->root, free); /* to remove them one by one would balance what is left */
    ranges->root = NULL;
}

const struct image_range *image_ranges_find(const struct image_ranges *ranges,
                                            const struct image_range *like)
{
    struct image_range *const *found = tfind(like, &ranges->root, compare_ranges);
    return found ? *found : NULL;
}

bool image_ranges_add(struct image_ranges *ranges, const struct image_range *range)
{
    struct image_range *copy = malloc(sizeof *copy);
    if (!copy)
        return false;
    *copy = *range;
    if (tsearch(copy, &ranges->root, compare_ranges))
        return true;
    free(copy);
    return false;
}

void image_ranges_remove(struct image_ranges *ranges, const struct image_range *range)
{
    tdelete(range, &ranges->root, compare_ranges);
    free((struct image_range *)range);
}
