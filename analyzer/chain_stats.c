/* What became of the chains of a heap, a process or the trace. */
#include "analyzer/chain_stats.h"

#include "analyzer/power_class.h"
#include "decoder/stacks.h"

#include <stdlib.h>
#include <string.h>

static bool is_before(const struct chain_result *a, const struct chain_result *b)
{
    if (a->copied_bytes != b->copied_bytes)
        return a->copied_bytes > b->copied_bytes;
    if (a->first_ns != b->first_ns)
        return a->first_ns < b->first_ns;
    return a->address < b->address;
}

/* A place among the top chains for one that ranks as `chain` does; NULL: it is not among them. */
static struct chain_result *make_place(struct chain_stats *stats, const struct chain_result *chain)
{
    size_t place = stats->top_count;
    while (place > 0 && is_before(chain, &stats->top[place - 1]))
        place--;
    if (place == TOP_CHAINS)
        return NULL;
    if (stats->top_count < TOP_CHAINS)
        stats->top_count++;
    memmove(&stats->top[place + 1], &stats->top[place],
            (stats->top_count - place - 1) * sizeof stats->top[0]);
    return &stats->top[place];
}

static bool reserve_top(struct chain_stats *stats, struct error *err)
{
    if (!stats->top)
        stats->top = calloc(TOP_CHAINS, sizeof *stats->top);
    return stats->top ||
           error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to count chains");
}

bool chain_stats_count(struct chain_stats *stats, const struct chain *chain,
                       const struct chain_end *end, struct error *err)
{
    if (chain->reallocs == 0)
        return true;
    if (!reserve_top(stats, err) || !tally_count(&stats->reallocs, chain->reallocs, 1, err) ||
        !tally_count(&stats->moves, chain->moves, 1, err))
        return false;
    stats->copied_bytes += chain->copied_bytes;
    stats->classes[chain_class(chain)]++;
    stats->reallocs_histogram[power_class(chain->reallocs)]++;

    struct chain_result result = {
        .address = end->address,
        .first_bytes = chain->first_bytes,
        .last_bytes = end->bytes,
        .reallocs = chain->reallocs,
        .moves = chain->moves,
        .copied_bytes = chain->copied_bytes,
        .first_ns = end->first_ns,
        .last_ns = end->last_ns,
        .first_stack = end->first_stack,
        .costliest_stack = chain->costliest_stack,
    };
    struct chain_result *place = make_place(stats, &result);
    if (place) {
        *place = result;
        place->step_count = path_report(chain->path, place->steps);
    }
    return true;
}

bool chain_stats_add(struct chain_stats *sum, const struct chain_stats *more, struct error *err)
{
    if (!reserve_top(sum, err) || !tally_add(&sum->reallocs, &more->reallocs, err) ||
        !tally_add(&sum->moves, &more->moves, err))
        return false;
    sum->copied_bytes += more->copied_bytes;
    for (size_t i = 0; i <= CHAIN_IRREGULAR; i++)
        sum->classes[i] += more->classes[i];
    for (size_t i = 0; i < CHAIN_CLASSES; i++)
        sum->reallocs_histogram[i] += more->reallocs_histogram[i];
    for (size_t i = 0; i < more->top_count; i++) {
        struct chain_result *place = make_place(sum, &more->top[i]);
        if (!place)
            break;
        *place = more->top[i];
    }
    return true;
}

static uint32_t id_or_none(uint32_t id)
{
    return id == STACK_NONE ? RESULT_NO_STACK : id;
}

void chain_stats_report(struct chain_stats *stats, struct chains_result *out)
{
    struct tally_quantiles reallocs = tally_quantiles(&stats->reallocs);
    struct tally_quantiles moves = tally_quantiles(&stats->moves);
    *out = (struct chains_result){
        .count = stats->reallocs.count,
        .reallocs_p50 = reallocs.p50,
        .reallocs_p95 = reallocs.p95,
        .reallocs_max = reallocs.max,
        .moves_p50 = moves.p50,
        .moves_p95 = moves.p95,
        .moves_max = moves.max,
        .copied_bytes = stats->copied_bytes,
        .geometric = stats->classes[CHAIN_GEOMETRIC],
        .arithmetic = stats->classes[CHAIN_ARITHMETIC],
        .irregular = stats->classes[CHAIN_IRREGULAR],
        .top_count = stats->top_count,
    };
    memcpy(out->reallocs_histogram, stats->reallocs_histogram, sizeof out->reallocs_histogram);
    for (size_t i = 0; i < stats->top_count; i++) {
        out->top[i] = stats->top[i];
        out->top[i].first_stack = id_or_none(stats->top[i].first_stack);
        out->top[i].costliest_stack = id_or_none(stats->top[i].costliest_stack);
    }
}

void chain_stats_release(struct chain_stats *stats)
{
    tally_release(&stats->reallocs);
    tally_release(&stats->moves);
    free(stats->top);
    *stats = (struct chain_stats){ 0 };
}
