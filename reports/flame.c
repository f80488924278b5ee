/* A flame graph: the call tree that stacks make, laid out. */
#include "reports/flame.h"

#include <stdlib.h>

/* One level of a stack's way from the root inwards. */
struct step {
    enum flame_kind kind;
    uint32_t process;
    struct place place;
    uint64_t others;
};

struct path {
    const struct stacks_result *stacks;
    const struct step *steps;
    size_t count;
    double weight;
    size_t position; /* decides between equals */
};

struct node {
    struct step step;
    size_t parent;     /* index; the root is its own */
    size_t last_child; /* 0: none, for the root is nobody's child */
    size_t depth;
    double weight;
    double x;
    bool is_drawn;
};

struct tree {
    struct node *nodes;
    size_t count;
};

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a flame graph");
}

static int compare_steps(const struct stacks_result *stacks, const struct step *a,
                         const struct step *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == FLAME_PROCESS)
        return (a->process > b->process) - (a->process < b->process);
    return a->kind == FLAME_PLACE ? place_compare(stacks, a->place, b->place) : 0;
}

static int compare_paths(const void *a, const void *b)
{
    const struct path *x = a, *y = b;
    for (size_t i = 0; i < x->count && i < y->count; i++) {
        int order = compare_steps(x->stacks, &x->steps[i], &y->steps[i]);
        if (order != 0)
            return order;
    }
    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

/* Keeps the outermost FLAME_DEPTH_MAX - `count` functions of a stack; returns the new count. */
static size_t add_places(const struct stacks_result *stacks, const struct stack_row *row,
                         struct step *steps, size_t count)
{
    size_t places = place_count(stacks, row), room = FLAME_DEPTH_MAX - count;
    size_t skipped = places > room ? places - room : 0;
    size_t kept = places - skipped;
    struct place_walk walk = { .row = row };
    struct place place;
    for (size_t at = 0; place_next(stacks, &walk, &place); at++)
        if (at >= skipped)
            steps[count + kept - 1 - (at - skipped)] =
                (struct step){ .kind = FLAME_PLACE, .place = place };
    size_t end = count;
    for (size_t i = count; i < count + kept; i++)
        if (i == count || compare_steps(stacks, &steps[end - 1], &steps[i]) != 0)
            steps[end++] = steps[i];
    return end;
}

static size_t fill_path(const struct result *result, const struct stack_row *row,
                        struct step *steps)
{
    size_t count = 0;
    if (result->process_count > 1)
        steps[count++] = (struct step){ .kind = FLAME_PROCESS, .process = row->process };
    if (row->frame_count > 0)
        return add_places(&result->stacks, row, steps, count);
    steps[count++] = (struct step){ .kind = row->left_out ? FLAME_OTHERS : FLAME_NO_STACK,
                                    .others = row->left_out };
    return count;
}

/* A path's steps that are those of the path before it are nodes already: the last of each level. */
static void add_path(struct tree *tree, const struct path *path)
{
    size_t at = 0;
    tree->nodes[0].weight += path->weight;
    for (size_t i = 0; i < path->count; i++) {
        size_t child = tree->nodes[at].last_child;
        if (child == 0 ||
            compare_steps(path->stacks, &tree->nodes[child].step, &path->steps[i]) != 0) {
            child = tree->count++;
            tree->nodes[child] =
                (struct node){ .step = path->steps[i], .parent = at, .depth = i + 1 };
            tree->nodes[at].last_child = child;
        }
        tree->nodes[child].weight += path->weight;
        at = child;
    }
}

/* Most that the paths of these rows can have. */
static size_t steps_needed(const struct stacks_result *stacks, const struct stack_ranking *ranking)
{
    size_t count = 0;
    for (size_t i = 0; i < ranking->count; i++) {
        size_t places = 2 + place_count(stacks, &stacks->rows[ranking->rows[i]]);
        count += places < FLAME_DEPTH_MAX ? places : FLAME_DEPTH_MAX;
    }
    return count;
}

static bool build_tree(struct tree *tree, const struct result *result, enum stack_rank weight,
                       const struct stack_ranking *ranking, struct error *err)
{
    size_t room = steps_needed(&result->stacks, ranking), used = 0;
    struct step *steps = calloc(room + 1, sizeof *steps);
    struct path *paths = calloc(ranking->count + 1, sizeof *paths);
    tree->nodes = calloc(room + 2, sizeof *tree->nodes); /* and the root, and what is left out */
    bool is_fine = steps && paths && tree->nodes;
    for (size_t i = 0; is_fine && i < ranking->count; i++) {
        const struct stack_row *row = &result->stacks.rows[ranking->rows[i]];
        paths[i] =
            (struct path){ &result->stacks, steps + used, fill_path(result, row, steps + used),
                           (double)stack_rank_amount(row, weight), i };
        used += paths[i].count;
    }
    if (is_fine) {
        qsort(paths, ranking->count, sizeof *paths, compare_paths);
        tree->nodes[tree->count++] = (struct node){ .step.kind = FLAME_ROOT };
        for (size_t i = 0; i < ranking->count; i++)
            add_path(tree, &paths[i]);
    }
    free(steps);
    free(paths);
    return is_fine || no_memory(err);
}

/* Stacks beyond the limit, as a child of the root. */
static void add_rest(struct tree *tree, const struct stack_ranking *ranking)
{
    double rest = (double)ranking->total - tree->nodes[0].weight;
    if (ranking->all == ranking->count || rest <= 0)
        return;
    tree->nodes[tree->count++] = (struct node){
        .step = { .kind = FLAME_OTHERS, .others = ranking->all - ranking->count },
        .depth = 1,
        .weight = rest,
    };
    tree->nodes[0].weight += rest;
}

struct placed {
    const struct node *nodes;
    size_t index;
};

/* Callers before who they call, siblings by weight. */
static int by_parent(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    const struct node *left = &x->nodes[x->index], *right = &y->nodes[y->index];
    if (left->parent != right->parent)
        return left->parent < right->parent ? -1 : 1;
    if (left->weight < right->weight || left->weight > right->weight)
        return left->weight > right->weight ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static int heaviest_first(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The least weight that is drawn: nothing too thin, and not more boxes than the limit. */
static bool least_weight(const struct tree *tree, double *least, struct error *err)
{
    double *weights = calloc(tree->count, sizeof *weights);
    if (!weights)
        return no_memory(err);
    for (size_t i = 0; i < tree->count; i++)
        weights[i] = tree->nodes[i].weight;
    qsort(weights, tree->count, sizeof *weights, heaviest_first);
    *least = weights[0] * FLAME_THINNEST;
    if (tree->count > FLAME_BOXES_MAX && weights[FLAME_BOXES_MAX] > *least)
        *least = weights[FLAME_BOXES_MAX];
    free(weights);
    return true;
}

static void add_box(struct flame *flame, const struct tree *tree, const struct node *node, double x)
{
    double whole = tree->nodes[0].weight;
    flame->boxes[flame->count++] = (struct flame_box){
        .kind = node->step.kind,
        .place = node->step.place,
        .process = node->step.process,
        .others = node->step.others,
        .weight = node->weight,
        .x = x / whole,
        .width = node->weight / whole,
        .depth = node->depth,
    };
    if (node->depth >= flame->depth)
        flame->depth = node->depth + 1;
}

/* The children of one node, from `first` on; returns how many. The thin ones become one box. */
static size_t lay_out_children(struct flame *flame, struct tree *tree, const struct placed *order,
                               size_t first, double least)
{
    size_t parent = tree->nodes[order[first].index].parent, count = 0;
    double x = tree->nodes[parent].x;
    struct node thin = { .step.kind = FLAME_OTHERS, .depth = tree->nodes[parent].depth + 1 };
    for (; first + count < tree->count && count < tree->count; count++) {
        struct node *node = &tree->nodes[order[first + count].index];
        if (node->parent != parent)
            break;
        node->x = x;
        x += node->weight;
        if (node->weight >= least && flame->count < FLAME_BOXES_MAX) {
            add_box(flame, tree, node, node->x);
            node->is_drawn = true;
        } else {
            thin.weight += node->weight;
            thin.step.others++;
        }
    }
    /* What a parent that is not drawn calls is thin too, and shows in the sum beside it. */
    if (tree->nodes[parent].is_drawn && thin.weight >= tree->nodes[0].weight * FLAME_THINNEST)
        add_box(flame, tree, &thin, x - thin.weight);
    return count;
}

static bool lay_out(struct flame *flame, struct tree *tree, struct error *err)
{
    double least = 0;
    struct placed *order = calloc(tree->count, sizeof *order);
    /* Each drawn box may have one beneath it for what is too thin. */
    flame->boxes = calloc(2 * FLAME_BOXES_MAX + 1, sizeof *flame->boxes);
    if (!order || !flame->boxes) {
        free(order);
        return no_memory(err);
    }
    if (!least_weight(tree, &least, err)) {
        free(order);
        return false;
    }
    for (size_t i = 0; i < tree->count; i++)
        order[i] = (struct placed){ tree->nodes, i };
    qsort(order + 1, tree->count - 1, sizeof *order, by_parent); /* the root stays first */
    add_box(flame, tree, &tree->nodes[0], 0);
    tree->nodes[0].is_drawn = true;
    for (size_t i = 1; i < tree->count;)
        i += lay_out_children(flame, tree, order, i, least);
    free(order);
    return true;
}

bool flame_make(struct flame *flame, const struct result *result, enum stack_rank weight,
                struct error *err)
{
    struct tree tree = { 0 };
    struct stack_ranking ranking;
    *flame = (struct flame){ 0 };
    if (!stack_ranking_make(&ranking, &result->stacks, weight, FLAME_STACKS_MAX, err))
        return false;
    bool is_fine = ranking.count == 0 || build_tree(&tree, result, weight, &ranking, err);
    if (is_fine && ranking.count > 0) {
        add_rest(&tree, &ranking);
        is_fine = lay_out(flame, &tree, err);
    }
    free(tree.nodes);
    stack_ranking_release(&ranking);
    return is_fine;
}

void flame_release(struct flame *flame)
{
    free(flame->boxes);
    *flame = (struct flame){ 0 };
}
