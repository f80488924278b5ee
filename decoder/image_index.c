/* Finds the image at an address and a time. */
#include "decoder/image_index.h"

#include <stdlib.h>

/* Where the meaning of addresses may change. */
struct edge {
    uint32_t space;
    uint64_t address;
};

struct image_index {
    const struct image_span *spans;
    struct edge *edges; /* in order, each once */
    size_t edge_count;
    size_t *list_ends; /* by node: leaf i is node edge_count + i, the parent of n is n / 2 */
    uint32_t *lists;   /* numbers of spans, node after node, in order of load_ns */
};

static int compare_edges(const void *left, const void *right)
{
    const struct edge *a = left;
    const struct edge *b = right;
    if (a->space != b->space)
        return a->space < b->space ? -1 : 1;
    return (a->address > b->address) - (a->address < b->address);
}

static void collect_edges(struct image_index *index, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        index->edges[2 * i] = (struct edge){ index->spans[i].space, index->spans[i].base };
        index->edges[2 * i + 1] = (struct edge){ index->spans[i].space, index->spans[i].end };
    }
    qsort(index->edges, 2 * count, sizeof *index->edges, compare_edges);
    for (size_t i = 0; i < 2 * count; i++)
        if (i == 0 || compare_edges(&index->edges[i], &index->edges[i - 1]) != 0)
            index->edges[kept++] = index->edges[i];
    index->edge_count = kept;
}

/* How many edges are not behind `edge`: the number of its leaf, plus one. */
static size_t rank(const struct image_index *index, struct edge edge)
{
    size_t low = 0;
    size_t high = index->edge_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_edges(&index->edges[middle], &edge) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The nodes that together are all the leaves of a span: at most two of each level. */
static size_t nodes_of(const struct image_index *index, const struct image_span *span,
                       size_t nodes[2 * 8 * sizeof(size_t)])
{
    size_t count = 0;
    size_t left = index->edge_count + rank(index, (struct edge){ span->space, span->base }) - 1;
    size_t right = index->edge_count + rank(index, (struct edge){ span->space, span->end }) - 1;
    for (; left < right; left /= 2, right /= 2) {
        if (left & 1)
            nodes[count++] = left++;
        if (right & 1)
            nodes[count++] = --right;
    }
    return count;
}

/* A number with the time it is sorted by. */
struct dated {
    uint64_t load_ns;
    uint32_t number;
};

static int compare_dates(const void *left, const void *right)
{
    const struct dated *a = left;
    const struct dated *b = right;
    if (a->load_ns != b->load_ns)
        return a->load_ns < b->load_ns ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static struct dated *sort_by_date(const struct image_span *spans, size_t count)
{
    struct dated *order = malloc((count + 1) * sizeof *order);
    if (!order)
        return NULL;
    for (size_t i = 0; i < count; i++)
        order[i] = (struct dated){ spans[i].load_ns, (uint32_t)i };
    qsort(order, count, sizeof *order, compare_dates);
    return order;
}

/* Counts how long each list gets, then fills them: list_ends are their starts in between. */
static bool fill_lists(struct image_index *index, const struct dated *order, size_t count)
{
    size_t nodes[2 * 8 * sizeof(size_t)];
    size_t node_count = 2 * index->edge_count;
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t n = nodes_of(index, &index->spans[i], nodes); n-- > 0;)
            index->list_ends[nodes[n]]++;
    for (size_t node = 0; node < node_count; node++) {
        size_t length = index->list_ends[node];
        index->list_ends[node] = total;
        total += length;
    }
    index->lists = malloc((total + 1) * sizeof *index->lists);
    if (!index->lists)
        return false;
    for (size_t i = 0; i < count; i++)
        for (size_t n = nodes_of(index, &index->spans[order[i].number], nodes); n-- > 0;)
            index->lists[index->list_ends[nodes[n]]++] = order[i].number;
    return true;
}

struct image_index *image_index_new(const struct image_span *spans, size_t count)
{
    struct image_index *index = calloc(1, sizeof *index);
    struct dated *order = sort_by_date(spans, count);
    if (!index || !order)
        goto no_memory;
    index->spans = spans;
    index->edges = malloc((2 * count + 1) * sizeof *index->edges);
    if (!index->edges)
        goto no_memory;
    collect_edges(index, count);
    index->list_ends = calloc(2 * index->edge_count + 1, sizeof *index->list_ends);
    if (!index->list_ends || !fill_lists(index, order, count))
        goto no_memory;
    free(order);
    return index;

no_memory:
    free(order);
    image_index_free(index);
    return NULL;
}

void image_index_free(struct image_index *index)
{
    if (!index)
        return;
    free(index->edges);
    free(index->list_ends);
    free(index->lists);
    free(index);
}

/* The best span so far of those that hold the address at some time. */
struct search {
    const struct image_span *spans;
    uint64_t time_ns;
    size_t holding, next, last; /* SIZE_MAX: none */
};

static void consider_next(struct search *search, size_t number)
{
    const struct image_span *spans = search->spans;
    if (search->next == SIZE_MAX || spans[number].load_ns < spans[search->next].load_ns ||
        (spans[number].load_ns == spans[search->next].load_ns && number < search->next))
        search->next = number;
}

static void consider_last(struct search *search, size_t number)
{
    const struct image_span *spans = search->spans;
    if (spans[number].unload_ns > search->time_ns)
        search->holding = number;
    else if (search->last == SIZE_MAX || spans[number].unload_ns > spans[search->last].unload_ns ||
             (spans[number].unload_ns == spans[search->last].unload_ns && number < search->last))
        search->last = number;
}

static void search_list(struct search *search, const uint32_t *list, size_t count)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (search->spans[list[middle]].load_ns <= search->time_ns)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0)
        consider_last(search, list[low - 1]);
    if (low < count)
        consider_next(search, list[low]);
}

size_t image_index_find(const struct image_index *index, uint32_t space, uint64_t address,
                        uint64_t time_ns)
{
    struct search search = { index->spans, time_ns, SIZE_MAX, SIZE_MAX, SIZE_MAX };
    size_t leaf = rank(index, (struct edge){ space, address });
    if (leaf == 0)
        return SIZE_MAX;
    for (size_t node = index->edge_count + leaf - 1; node > 0; node /= 2) {
        size_t start = index->list_ends[node - 1];
        search_list(&search, index->lists + start, index->list_ends[node] - start);
    }
    if (search.holding != SIZE_MAX)
        return search.holding;
    return search.next != SIZE_MAX ? search.next : search.last;
}
