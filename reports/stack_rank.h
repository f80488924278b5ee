/* By what stacks are ranked and drawn, and the greatest of them. */
#ifndef REPORTS_STACK_RANK_H
#define REPORTS_STACK_RANK_H

#include "analyzer/result.h"
#include "decoder/error.h"
#include "reports/stack_fields.h"
#include "reports/units.h"

#include <stdbool.h>

/* field of struct stack_counts; as a title; as the whole of which something is a share; bytes? */
#define STACK_RANK_LIST(X)                                                                         \
    X(copied_bytes, "copied by moves", "the bytes that moves copied", true)                        \
    X(pinned_waste_at_end, "pinned waste at the end", "the pinned waste at the end", true)         \
    X(live_bytes_at_peak, "live at the peak", "the bytes live at the peak", true)                  \
    X(alloc_bytes, "allocated", "the bytes allocated", true)                                       \
    X(pinned_waste_at_peak, "pinned waste at the peak", "the pinned waste at the peak", true)      \
    X(live_bytes_at_end, "live at the end", "the bytes live at the end", true)                     \
    X(avoidable_bytes, "copied with room behind the block",                                        \
      "the bytes copied with room behind the block", true)                                         \
    X(blockers, "in the way of moves", "the moves that a block was in the way of", false)          \
    X(arithmetic, "growing by a fixed step", "the blocks that grow by a fixed step", false)

#define X(field, title, whole, is_bytes) STACK_RANK_##field,
enum stack_rank { STACK_RANK_LIST(X) STACK_RANK_COUNT };
#undef X

struct stack_rank_info {
    enum stack_field field;
    const char *key;   /* of the field */
    const char *title; /* "copied by moves" */
    const char *whole; /* "the bytes that moves copied" */
    bool is_bytes;
};
extern const struct stack_rank_info stack_ranks[STACK_RANK_COUNT];

uint64_t stack_rank_amount(const struct stack_row *row, enum stack_rank weight);

/* "1.50 MiB", or "12" of what is not bytes. */
struct unit_text stack_rank_text(enum stack_rank weight, uint64_t amount);

/* Rows of a result, as indices. */
struct stack_ranking {
    uint32_t *rows; /* owned */
    size_t count;
    size_t all;     /* rows that have any of the weight */
    uint64_t total; /* of the weight, over all rows; UINT64_MAX when it is more than that */
};

/*
 * The `top` rows of the greatest weight, the greatest first, equal ones in their order; rows
 * without any of it are left out. False with ERROR_NO_MEMORY.
 */
bool stack_ranking_make(struct stack_ranking *ranking, const struct stacks_result *stacks,
                        enum stack_rank weight, size_t top, struct error *err);
void stack_ranking_release(struct stack_ranking *ranking); /* safe on a zero-filled one */

#endif
