/* The numbers of struct stack_counts one by one, for what is done to each of them. */
#ifndef ANALYZER_STACK_COUNTS_H
#define ANALYZER_STACK_COUNTS_H

#include "analyzer/result.h"

#include <assert.h>

/* What events do, and what is live at two moments. */
#define STACK_EVENT_COUNT_LIST(X)                                                                  \
    X(allocs)                                                                                      \
    X(alloc_bytes)                                                                                 \
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
#define STACK_LIVE_COUNT_LIST(X)                                                                   \
    X(live_blocks_at_peak)                                                                         \
    X(live_bytes_at_peak)                                                                          \
    X(live_blocks_at_end)                                                                          \
    X(live_bytes_at_end)                                                                           \
    X(pinned_pages_at_peak)                                                                        \
    X(pinned_waste_at_peak)                                                                        \
    X(pinned_pages_at_end)                                                                         \
    X(pinned_waste_at_end)

#define X(name) +1
static_assert(sizeof(struct stack_counts) ==
                  (STACK_EVENT_COUNT_LIST(X) STACK_LIVE_COUNT_LIST(X)) * sizeof(uint64_t),
              "every number is in one of the lists");
#undef X

static inline void stack_counts_add(struct stack_counts *sum, const struct stack_counts *more)
{
#define X(name) sum->name += more->name;
    STACK_EVENT_COUNT_LIST(X)
    STACK_LIVE_COUNT_LIST(X)
#undef X
}

static inline bool stack_counts_are_empty(const struct stack_counts *counts)
{
#define X(name) &&counts->name == 0
    return true STACK_EVENT_COUNT_LIST(X) STACK_LIVE_COUNT_LIST(X);
#undef X
}

#endif
