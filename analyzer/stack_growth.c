/* By what ratio the reallocs of one call stack change sizes: as struct growth, in little memory. */
#include "analyzer/stack_growth.h"

#include <stdlib.h>
#include <string.h>

enum { BELOW = 0, FIRST_BIN = 1, ABOVE = GROWTH_BINS + 1, BINS };

/* Room for values grows in these steps, each when the one before it is full. */
enum { ROOM_FEW = 4, ROOM_SOME = 16 };

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET,
                     "no memory for the growth of a call stack");
}

static bool reserve_values(struct stack_growth *growth, size_t room, struct error *err)
{
    double *values = realloc(growth->values, room * sizeof *values);
    if (!values)
        return no_memory(err);
    growth->values = values;
    return true;
}

bool stack_growth_reserve(struct stack_growth *growth, struct error *err)
{
    switch (growth->count) {
    case 0:
        return reserve_values(growth, ROOM_FEW, err);
    case ROOM_FEW:
        return reserve_values(growth, ROOM_SOME, err);
    case ROOM_SOME:
        return reserve_values(growth, GROWTH_KEPT, err);
    case GROWTH_KEPT:
        if (!growth->bins)
            growth->bins = calloc(BINS, sizeof *growth->bins);
        return growth->bins || no_memory(err);
    default:
        return true;
    }
}

static uint64_t *bin_of(const struct stack_growth *growth, double ratio)
{
    int bin = growth_bin(ratio);
    return &growth->bins[bin < 0 ? BELOW : bin < GROWTH_BINS ? FIRST_BIN + bin : ABOVE];
}

void stack_growth_count(struct stack_growth *growth, const struct resize *resize)
{
    if (resize->from == 0 || resize->to == 0)
        return;
    double ratio = (double)resize->to / (double)resize->from;
    if (growth->count < GROWTH_KEPT) {
        growth->values[growth->count++] = ratio;
        return;
    }
    for (size_t i = 0; growth->values && i < GROWTH_KEPT; i++)
        *bin_of(growth, growth->values[i]) += 1;
    free(growth->values);
    growth->values = NULL;
    *bin_of(growth, ratio) += 1;
    growth->count++;
}

void stack_growth_add_to(const struct stack_growth *growth, struct growth *sum)
{
    struct growth more = { .count = growth->count };
    if (growth->count > GROWTH_KEPT) {
        more.below = growth->bins[BELOW];
        more.above = growth->bins[ABOVE];
        memcpy(more.histogram, growth->bins + FIRST_BIN, sizeof more.histogram);
    }
    for (size_t i = 0; growth->count <= GROWTH_KEPT && i < growth->count; i++) {
        more.values[i] = growth->values[i];
        int bin = growth_bin(growth->values[i]);
        *(bin < 0 ? &more.below : bin < GROWTH_BINS ? &more.histogram[bin] : &more.above) += 1;
    }
    growth_add(sum, &more);
}

void stack_growth_release(struct stack_growth *growth)
{
    free(growth->values);
    free(growth->bins);
    *growth = (struct stack_growth){ 0 };
}
