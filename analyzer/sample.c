/* The values of one metric in the runs of one build. */
#include "analyzer/sample.h"

#include <math.h>
#include <stdlib.h>

static const double million = 1e6;

bool values_reserve(struct values *values, size_t room, struct error *err)
{
    if (room <= values->room)
        return true;
    double *list = realloc(values->list, room * sizeof *list);
    if (!list)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu runs", room);
    values->list = list;
    values->room = room;
    return true;
}

void values_release(struct values *values)
{
    free(values->list);
    *values = (struct values){ 0 };
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void sort(struct values *values)
{
    if (values->count > 1)
        qsort(values->list, values->count, sizeof *values->list, by_value);
}

void values_take(struct values *values, const struct merged_scope *scope, size_t metric,
                 bool is_per_million)
{
    values->count = 0;
    for (size_t run = 0; run < scope->run_count; run++) {
        struct metric_value value = merged_run_value(scope, run, metric);
        double number = value.is_whole ? (double)value.whole : value.fraction;
        uint64_t allocs = merged_run_allocs(scope, run);
        if (!value.known || !isfinite(number) || (is_per_million && allocs == 0))
            continue;
        values->list[values->count++] = is_per_million ? number * million / (double)allocs : number;
    }
    sort(values);
}

void values_take_allocs(struct values *values, const struct merged_scope *scope)
{
    values->count = 0;
    for (size_t run = 0; run < scope->run_count; run++)
        values->list[values->count++] = (double)merged_run_allocs(scope, run);
    sort(values);
}

/* The value of rank ⌈percent × count / 100⌉. */
static double nearest_rank(const struct values *values, size_t percent)
{
    size_t rank = (values->count / 100) * percent + ((values->count % 100) * percent + 99) / 100;
    return values->list[rank ? rank - 1 : 0];
}

struct sample sample_of(const struct values *values)
{
    size_t n = values->count;
    if (n == 0)
        return (struct sample){ .median = NAN, .low = NAN, .high = NAN };
    double below = values->list[(n - 1) / 2], above = values->list[n / 2];
    return (struct sample){
        .count = n,
        .median = below + (above - below) / 2,
        .low = nearest_rank(values, 25),
        .high = nearest_rank(values, 75),
    };
}
