/* What is counted of a stack, as a list: what is written, read, summed and ranked by. */
#ifndef REPORTS_STACK_FIELDS_H
#define REPORTS_STACK_FIELDS_H

#include "analyzer/result.h"

#include <stddef.h>
#include <stdint.h>

/* Every member of struct stack_counts, in its order. key in result.json and stacks.csv */
#define STACK_FIELD_LIST(X)                                                                        \
    X(allocs)                                                                                      \
    X(alloc_bytes)                                                                                 \
    X(live_blocks_at_peak)                                                                         \
    X(live_bytes_at_peak)                                                                          \
    X(live_blocks_at_end)                                                                          \
    X(live_bytes_at_end)                                                                           \
    X(pinned_pages_at_peak)                                                                        \
    X(pinned_waste_at_peak)                                                                        \
    X(pinned_pages_at_end)                                                                         \
    X(pinned_waste_at_end)                                                                         \
    X(reallocs)                                                                                    \
    X(in_place)                                                                                    \
    X(moved)                                                                                       \
    X(failed)                                                                                      \
    X(copied_bytes)                                                                                \
    X(avoidable_moves)                                                                             \
    X(avoidable_bytes)                                                                             \
    X(geometric)                                                                                   \
    X(arithmetic)                                                                                  \
    X(irregular)                                                                                   \
    X(blockers)

#define X(name) STACK_FIELD_##name,
enum stack_field { STACK_FIELD_LIST(X) STACK_FIELD_COUNT };
#undef X

extern const char *const stack_field_names[STACK_FIELD_COUNT];

uint64_t stack_field_get(const struct stack_counts *counts, enum stack_field field);
void stack_field_set(struct stack_counts *counts, enum stack_field field, uint64_t value);

/* Adds all of `more`; what passes UINT64_MAX stays there. */
void stack_counts_add(struct stack_counts *sum, const struct stack_counts *more);

#endif
