/* The granules of a heap in order of address: a crit-bit tree. */
#include "analyzer/span.h"

#include <assert.h>

static bool is_branch(const struct span *span)
{
    return span->child[0] != NULL;
}

static unsigned side_of(const struct span *branch, uint64_t number)
{
    return number >> branch->bit & 1;
}

/* The highest number that the span may hold. */
static uint64_t last_of(const struct span *span)
{
    return is_branch(span) ? span->first | ((UINT64_C(2) << span->bit) - 1) : span->first;
}

static struct granule *outermost(struct span *span, unsigned side)
{
    while (is_branch(span))
        span = span->child[side];
    return (struct granule *)span;
}

struct granule *span_tree_find(const struct span_tree *tree, uint64_t number)
{
    struct span *span = tree->root;
    if (!span)
        return NULL;
    while (is_branch(span))
        span = span->child[side_of(span, number)];
    return span->first == number ? (struct granule *)span : NULL;
}

void span_mark_stale(struct span *span)
{
    for (; span && !span->is_stale; span = span->parent)
        span->is_stale = true;
}

int64_t span_cover_above(const struct span *span)
{
    int64_t cover = 0;
    for (const struct span *above = span->parent; above; above = above->parent)
        cover += above->cover;
    return cover;
}

static uint32_t count_starting(const struct span *branch)
{
    return (uint32_t)(branch->child[0]->starts > 0) + (uint32_t)(branch->child[1]->starts > 0);
}

void span_note_starts(struct span *granule)
{
    for (struct span *branch = granule->parent; branch; branch = branch->parent) {
        uint32_t before = branch->starts;
        branch->starts = count_starting(branch);
        if ((before > 0) == (branch->starts > 0))
            return;
    }
}

static void put_in_place_of(struct span_tree *tree, const struct span *old, struct span *new)
{
    new->parent = old->parent;
    if (!old->parent)
        tree->root = new;
    else
        old->parent->child[old->parent->child[1] == old] = new;
}

/* Puts `granule` beside `sibling`, which has none of its numbers, under a new `branch`. */
static void join(struct span_tree *tree, struct span *branch, struct span *sibling,
                 struct span *granule)
{
    unsigned bit = 63 - (unsigned)__builtin_clzll(sibling->first ^ granule->first);
    branch->bit = (uint8_t)bit;
    branch->first = granule->first & ~((UINT64_C(2) << bit) - 1);
    branch->tree = tree;
    put_in_place_of(tree, sibling, branch);
    unsigned side = side_of(branch, granule->first);
    branch->child[side] = granule;
    branch->child[!side] = sibling;
    granule->parent = sibling->parent = branch;
    branch->starts = count_starting(branch);
    branch->is_stale = granule->is_stale = true;
    span_mark_stale(branch->parent);
}

/* Links a new granule to its neighbours; what lies over the gap it is in lies over it. */
static void link_neighbours(struct span_tree *tree, struct granule *granule)
{
    const struct span *branch = granule->span.parent;
    if (branch && branch->child[1] == &granule->span) {
        granule->before = outermost(branch->child[0], 1);
        granule->span.after = granule->before->span.after;
    } else {
        granule->span.after = branch ? outermost(branch->child[1], 0) : NULL;
        granule->before = granule->span.after ? granule->span.after->before : NULL;
    }
    if (granule->span.after)
        granule->span.after->before = granule;
    if (!granule->before) {
        tree->head = granule;
        granule->span.cover = -span_cover_above(&granule->span);
        return;
    }
    granule->before->span.after = granule;
    granule_changed(granule->before); /* its gap ends here now */
    granule->span.cover =
        (int64_t)granule_gap_cover(granule->before) - span_cover_above(&granule->span);
}

static void give_back(struct span_tree *tree, struct span *span)
{
    arena_give_back(tree->arena, span,
                    is_branch(span) ? sizeof(struct span) : sizeof(struct granule));
}

struct granule *span_tree_add(struct span_tree *tree, uint64_t number)
{
    struct granule *granule = arena_take_zeroed(tree->arena, sizeof *granule);
    struct span *branch = tree->root ? arena_take_zeroed(tree->arena, sizeof *branch) : NULL;
    if (!granule || (tree->root && !branch)) {
        if (granule)
            arena_give_back(tree->arena, granule, sizeof *granule);
        if (branch)
            arena_give_back(tree->arena, branch, sizeof *branch);
        return NULL;
    }
    granule->span.first = number;
    granule->span.tree = tree;
    granule->span.is_stale = true;
    struct span *sibling = tree->root;
    while (sibling && is_branch(sibling) && number >= sibling->first && number <= last_of(sibling))
        sibling = sibling->child[side_of(sibling, number)];
    if (sibling)
        join(tree, branch, sibling, &granule->span);
    else
        tree->root = &granule->span;
    link_neighbours(tree, granule);
    return granule;
}

static void unlink_neighbours(struct span_tree *tree, struct granule *granule)
{
    if (granule->span.after)
        granule->span.after->before = granule->before;
    if (granule->before) {
        granule->before->span.after = granule->span.after;
        granule_changed(granule->before);
    } else {
        tree->head = granule->span.after;
    }
}

void span_tree_remove(struct span_tree *tree, struct granule *granule)
{
    assert(granule->span.starts == 0 && granule->lasts == 0 && granule->leaving == 0);
    unlink_neighbours(tree, granule);
    struct span *branch = granule->span.parent;
    if (!branch) {
        tree->root = NULL;
    } else {
        struct span *sibling = branch->child[branch->child[0] == &granule->span];
        put_in_place_of(tree, branch, sibling);
        if (is_branch(sibling))
            tree->covered_branches -= sibling->cover != 0;
        tree->covered_branches -= branch->cover != 0;
        sibling->cover += branch->cover;
        if (is_branch(sibling))
            tree->covered_branches += sibling->cover != 0;
        span_mark_stale(sibling->parent);
        give_back(tree, branch);
    }
    give_back(tree, &granule->span);
}

/* The first granule of the span in which a block starts; there is one. */
static struct granule *first_start(struct span *span)
{
    while (is_branch(span))
        span = span->child[span->child[0]->starts == 0];
    return (struct granule *)span;
}

struct granule *span_tree_next_start(const struct span_tree *tree, uint64_t number)
{
    struct span *later = NULL; /* the nearest span that lies wholly after `number` */
    struct span *span = tree->root;
    while (span && span->starts > 0 && number <= last_of(span)) {
        if (number <= span->first)
            return first_start(span);
        unsigned side = side_of(span, number);
        if (side == 0 && span->child[1]->starts > 0)
            later = span->child[1];
        span = span->child[side];
    }
    return later ? first_start(later) : NULL;
}

/* Without recursion or stack: from the left, each branch is freed after its second child. */
void span_tree_release(struct span_tree *tree)
{
    struct span *span = tree->root;
    while (span) {
        while (is_branch(span))
            span = span->child[0];
        struct span *parent = span->parent;
        while (parent && parent->child[1] == span) {
            give_back(tree, span);
            span = parent;
            parent = span->parent;
        }
        give_back(tree, span);
        span = parent ? parent->child[1] : NULL;
    }
    *tree = (struct span_tree){ .arena = tree->arena };
}
