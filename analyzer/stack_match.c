/* Which call stacks got worse from one build to another. */
#include "analyzer/stack_match.h"

#include "analyzer/stack_counts.h"
#include "analyzer/stack_key.h"

#include <stdlib.h>

/* Out of memory is a return value: a failed add leaves hh.tbl NULL (uthash user guide). */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

const char *const stack_weight_names[STACK_WEIGHT_COUNT] = {
#define X(name) #name,
    STACK_WEIGHT_LIST(X)
#undef X
};

uint64_t stack_weight(const struct stack_counts *counts, enum stack_weight weight)
{
    switch (weight) {
#define X(name)                                                                                    \
    case STACK_WEIGHT_##name:                                                                      \
        return counts->name;
        STACK_WEIGHT_LIST(X)
#undef X
    default:
        return 0;
    }
}

/* A key and its place in the list. */
struct match_node {
    size_t index;
    struct stack_key *key; /* owned */
    UT_hash_handle hh;
};

struct stack_match_table {
    struct stack_names names;
    struct match_node *nodes; /* in order of the list */
    size_t room;              /* of the list */
    bool has_functions;       /* some result has them */
    bool lacks_functions;     /* some has not */
};

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to match call stacks");
}

static bool reserve_match(struct stack_matching *matching)
{
    struct stack_match_table *table = matching->table;
    if (matching->count < table->room)
        return true;
    size_t room = table->room ? 2 * table->room : 64;
    struct stack_match *list = realloc(matching->list, room * sizeof *list);
    if (!list)
        return false;
    matching->list = list;
    table->room = room;
    return true;
}

/* The match with that key (NULL: no memory), which is taken. NULL: no memory. */
static struct stack_match *match_of(struct stack_matching *matching, struct stack_key *key)
{
    struct stack_match_table *table = matching->table;
    struct match_node *node = NULL;
    if (key)
        HASH_FIND(hh, table->nodes, key, stack_key_size(key), node);
    if (node) {
        free(key);
        return &matching->list[node->index];
    }
    node = key && reserve_match(matching) ? calloc(1, sizeof *node) : NULL;
    if (node) {
        node->index = matching->count;
        node->key = key;
        HASH_ADD_KEYPTR(hh, table->nodes, key, stack_key_size(key), node);
    }
    if (!node || !node->hh.tbl) {
        free(node);
        free(key);
        return NULL;
    }
    struct stack_match *match = &matching->list[matching->count++];
    *match = (struct stack_match){ 0 };
    return match;
}

static bool add_rows(struct stack_matching *matching, enum stack_side side,
                     const struct stacks_result *stacks, const struct stack_key_names *names)
{
    for (size_t i = 0; i < stacks->row_count; i++) {
        struct stack_match *match =
            match_of(matching, stack_key_of(names, stacks, &stacks->rows[i]));
        if (!match)
            return false;
        stack_counts_add(&match->counts[side], &stacks->rows[i].counts);
        match->rows[side]++;
    }
    return true;
}

bool stack_matching_add(struct stack_matching *matching, enum stack_side side,
                        const struct result *result, struct error *err)
{
    if (!result->stacks.known)
        return true;
    if (!matching->table)
        matching->table = calloc(1, sizeof *matching->table);
    if (!matching->table)
        return no_memory(err);
    struct stack_key_names names = { 0 };
    bool is_fine = stack_key_names_find(&matching->table->names, result, &names) &&
                   add_rows(matching, side, &result->stacks, &names);
    stack_key_names_release(&names);
    bool *kind = result->stacks.has_names ? &matching->table->has_functions
                                          : &matching->table->lacks_functions;
    *kind = true;
    matching->runs[side]++;
    return is_fine || no_memory(err);
}

static void forget_nodes(struct match_node *nodes)
{
    struct match_node *node = nodes;
    HASH_CLEAR(hh, nodes); /* drops the table only; the nodes stay linked */
    while (node) {
        struct match_node *next = node->hh.next;
        free(node->key);
        free(node);
        node = next;
    }
}

/* Some results have functions and some have not: all are matched by modules anew. */
static bool drop_functions(struct stack_matching *matching)
{
    struct stack_match_table *table = matching->table;
    struct stack_matching shorter = { .table = table };
    struct match_node *nodes = table->nodes;
    table->nodes = NULL;
    table->room = 0;
    bool is_fine = true;
    for (struct match_node *node = nodes; is_fine && node; node = node->hh.next) {
        struct stack_match *match = match_of(&shorter, stack_key_by_module(node->key));
        is_fine = match != NULL;
        for (size_t side = 0; is_fine && side < STACK_SIDES; side++) {
            stack_counts_add(&match->counts[side], &matching->list[node->index].counts[side]);
            match->rows[side] += matching->list[node->index].rows[side];
        }
    }
    forget_nodes(nodes);
    free(matching->list);
    matching->list = shorter.list;
    matching->count = shorter.count;
    return is_fine;
}

static bool name_match(const struct stack_names *names, const struct stack_key *key,
                       struct stack_match *match)
{
    match->image = stack_names_text(names, key->image);
    match->frames = calloc(key->frame_count + 1, sizeof *match->frames);
    if (!match->frames)
        return false;
    match->frame_count = key->frame_count;
    for (size_t i = 0; i < key->frame_count; i++)
        match->frames[i] = (struct stack_match_frame){
            .module = stack_names_text(names, key->frames[i].module),
            .function = stack_names_text(names, key->frames[i].function),
        };
    return true;
}

static void weigh(struct stack_matching *matching, struct stack_match *match)
{
    for (unsigned w = 0; w < STACK_WEIGHT_COUNT; w++) {
        for (size_t side = 0; side < STACK_SIDES; side++)
            if (matching->runs[side] > 0)
                match->per_run[side][w] =
                    (double)stack_weight(&match->counts[side], (enum stack_weight)w) /
                    (double)matching->runs[side];
        match->change[w] = match->per_run[STACK_SIDE_NOW][w] - match->per_run[STACK_SIDE_BASE][w];
    }
}

struct ranked {
    double change;
    size_t index;
};

static int by_change(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->change != y->change)
        return x->change > y->change ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static bool rank(struct stack_matching *matching, unsigned weight, size_t top,
                 struct ranked *ranked)
{
    size_t count = 0;
    for (size_t i = 0; i < matching->count; i++)
        if (matching->list[i].change[weight] > 0)
            ranked[count++] = (struct ranked){ matching->list[i].change[weight], i };
    qsort(ranked, count, sizeof *ranked, by_change);
    if (count > top)
        count = top;
    matching->worst[weight] = calloc(count + 1, sizeof *matching->worst[weight]);
    if (!matching->worst[weight])
        return false;
    for (size_t i = 0; i < count; i++)
        matching->worst[weight][i] = ranked[i].index;
    matching->worst_count[weight] = count;
    return true;
}

static bool rank_all(struct stack_matching *matching, size_t top)
{
    struct ranked *ranked = calloc(matching->count + 1, sizeof *ranked);
    bool is_fine = ranked != NULL;
    for (unsigned w = 0; is_fine && w < STACK_WEIGHT_COUNT; w++)
        is_fine = rank(matching, w, top, ranked);
    free(ranked);
    return is_fine;
}

bool stack_matching_finish(struct stack_matching *matching, size_t top, struct error *err)
{
    struct stack_match_table *table = matching->table;
    matching->is_comparable =
        matching->runs[STACK_SIDE_BASE] > 0 && matching->runs[STACK_SIDE_NOW] > 0;
    if (!table)
        return true;
    matching->has_functions = !table->lacks_functions;
    if (table->has_functions && table->lacks_functions && !drop_functions(matching))
        return no_memory(err);
    for (const struct match_node *node = table->nodes; node; node = node->hh.next) {
        if (!name_match(&table->names, node->key, &matching->list[node->index]))
            return no_memory(err);
        weigh(matching, &matching->list[node->index]);
    }
    return !matching->is_comparable || rank_all(matching, top) || no_memory(err);
}

void stack_matching_release(struct stack_matching *matching)
{
    struct stack_match_table *table = matching->table;
    for (size_t i = 0; i < matching->count; i++)
        free(matching->list[i].frames);
    free(matching->list);
    for (unsigned w = 0; w < STACK_WEIGHT_COUNT; w++)
        free(matching->worst[w]);
    if (table) {
        forget_nodes(table->nodes);
        stack_names_release(&table->names);
        free(table);
    }
    *matching = (struct stack_matching){ 0 };
}
