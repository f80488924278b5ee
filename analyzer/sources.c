/* What each allocator path (the Source of an event) did. */
#include "analyzer/sources.h"

#include "analyzer/rate.h"

#include <stdlib.h>
#include <string.h>

uint8_t source_codes_index(struct source_codes *codes, uint32_t code)
{
    for (uint8_t i = 0; i < codes->count; i++)
        if (codes->codes[i] == code)
            return i;
    if (codes->count == SOURCE_CODES)
        return SOURCE_REST;
    codes->codes[codes->count] = code;
    return codes->count++;
}

bool source_codes_is(const struct source_codes *codes, uint8_t index, uint32_t code)
{
    return index < codes->count && codes->codes[index] == code;
}

struct source_counts *sources_make(struct sources *sources, uint8_t index, struct error *err)
{
    if (!sources->of[index])
        sources->of[index] = calloc(1, sizeof *sources->of[index]);
    if (sources->of[index])
        sources->of[index]->index = index;
    else
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to count a Source");
    return sources->of[index];
}

static void add(struct source_counts *sum, const struct source_counts *more)
{
    sum->allocs += more->allocs;
    sum->alloc_bytes += more->alloc_bytes;
    sum->frees += more->frees;
    sum->free_bytes += more->free_bytes;
    sum->in_place += more->in_place;
    sum->moved += more->moved;
    sum->failed += more->failed;
    sum->copied_bytes += more->copied_bytes;
    growth_add(&sum->growth, &more->growth);
    lifetimes_add(&sum->lifetimes, &more->lifetimes);
    for (size_t i = 0; i < SOURCE_INDICES; i++)
        sum->reallocs_of[i] += more->reallocs_of[i];
}

struct growth sources_growth(const struct sources *sources)
{
    struct growth sum = { 0 };
    for (size_t i = 0; i < SOURCE_INDICES; i++)
        if (sources->of[i])
            growth_add(&sum, &sources->of[i]->growth);
    return sum;
}

struct lifetimes sources_lifetimes(const struct sources *sources)
{
    struct lifetimes sum = { 0 };
    for (size_t i = 0; i < SOURCE_INDICES; i++)
        if (sources->of[i])
            lifetimes_add(&sum, &sources->of[i]->lifetimes);
    return sum;
}

bool sources_add(struct sources *sum, const struct sources *more, struct error *err)
{
    for (uint8_t i = 0; i < SOURCE_INDICES; i++) {
        if (!more->of[i])
            continue;
        struct source_counts *counts = sources_make(sum, i, err);
        if (!counts)
            return false;
        add(counts, more->of[i]);
    }
    return true;
}

/* The Sources to report, in order of code, the rest last. */
struct order {
    uint8_t indices[SOURCE_INDICES];
    uint8_t count;
    uint32_t place[SOURCE_INDICES]; /* of an index in `indices` */
};

/* Counts are made before it is known whether the event counts, and an ALLOC can be taken back. */
static bool says_something(const struct sources *sources, uint8_t index)
{
    if (!sources->of[index])
        return false;
    static const struct source_counts nothing;
    const size_t counts = offsetof(struct source_counts, allocs);
    if (memcmp((const char *)sources->of[index] + counts, (const char *)&nothing + counts,
               sizeof nothing - counts) != 0)
        return true;
    for (size_t to = 0; to < SOURCE_INDICES; to++)
        if (sources->of[to] && sources->of[to]->reallocs_of[index] > 0)
            return true;
    return false;
}

static void order_by_code(struct order *order, const struct sources *sources,
                          const struct source_codes *codes)
{
    for (uint8_t i = 0; i < SOURCE_INDICES; i++) {
        if (!says_something(sources, i))
            continue;
        uint8_t place = order->count++;
        for (; i != SOURCE_REST && place > 0; place--) {
            if (codes->codes[order->indices[place - 1]] < codes->codes[i])
                break;
            order->indices[place] = order->indices[place - 1];
        }
        order->indices[place] = i;
    }
    for (uint8_t i = 0; i < order->count; i++)
        order->place[order->indices[i]] = i;
}

static void report(const struct source_counts *counts, struct source_result *out)
{
    out->allocs = counts->allocs;
    out->alloc_bytes = counts->alloc_bytes;
    out->frees = counts->frees;
    out->free_bytes = counts->free_bytes;
    out->reallocs = counts->in_place + counts->moved + counts->failed;
    out->in_place = counts->in_place;
    out->moved = counts->moved;
    out->failed = counts->failed;
    out->move_rate = rate_of(counts->moved, counts->moved + counts->in_place);
    out->growth_p50 = growth_median(&counts->growth);
    out->copied_bytes = counts->copied_bytes;
    memcpy(out->lifetimes, counts->lifetimes.classes, sizeof out->lifetimes);
}

static size_t report_transitions(const struct sources *sources, const struct order *order,
                                 struct source_transition *out)
{
    size_t count = 0;
    for (uint32_t from = 0; from < order->count; from++) {
        for (uint32_t to = 0; to < order->count; to++) {
            uint64_t reallocs = sources->of[order->indices[to]]->reallocs_of[order->indices[from]];
            if (reallocs > 0)
                out[count++] = (struct source_transition){ from, to, reallocs };
        }
    }
    return count;
}

bool sources_report(const struct sources *sources, const struct source_codes *codes,
                    struct measures *out, struct error *err)
{
    struct order order = { 0 };
    order_by_code(&order, sources, codes);
    out->source_count = 0;
    out->transition_count = 0;
    if (order.count == 0)
        return true;
    out->sources = calloc(order.count, sizeof *out->sources);
    out->transitions = calloc((size_t)order.count * order.count, sizeof *out->transitions);
    if (!out->sources || !out->transitions)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to report Sources");
    for (uint8_t i = 0; i < order.count; i++) {
        uint8_t index = order.indices[i];
        out->sources[i].is_rest = index == SOURCE_REST;
        out->sources[i].code = index == SOURCE_REST ? 0 : codes->codes[index];
        report(sources->of[index], &out->sources[i]);
    }
    out->source_count = order.count;
    out->transition_count = report_transitions(sources, &order, out->transitions);
    return true;
}

void sources_release(struct sources *sources)
{
    for (size_t i = 0; i < SOURCE_INDICES; i++)
        free(sources->of[i]);
    *sources = (struct sources){ 0 };
}
