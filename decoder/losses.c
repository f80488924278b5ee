/* When events were lost: spans of time, in order and apart, as many as a picture can show. */
#include "decoder/losses.h"

#include <assert.h>
#include <string.h>

/* Takes out the span after `i`, whose time goes to the one at `i`. */
static void join_next(struct losses *losses, size_t i)
{
    struct loss_span *spans = losses->spans;
    if (spans[i + 1].to_ns > spans[i].to_ns)
        spans[i].to_ns = spans[i + 1].to_ns;
    losses->count--;
    memmove(&spans[i + 1], &spans[i + 2], (losses->count - i - 1) * sizeof *spans);
}

static void join_nearest(struct losses *losses)
{
    const struct loss_span *spans = losses->spans;
    size_t nearest = 0;
    uint64_t least_ns = UINT64_MAX;
    for (size_t i = 0; i + 1 < losses->count; i++) {
        uint64_t between_ns = spans[i + 1].from_ns - spans[i].to_ns;
        if (between_ns < least_ns) {
            least_ns = between_ns;
            nearest = i;
        }
    }
    join_next(losses, nearest);
}

/* Grows the span at `i` to `span`, and over those after it that it reaches then. */
static void widen(struct losses *losses, size_t i, struct loss_span span)
{
    struct loss_span *at = &losses->spans[i];
    at->from_ns = span.from_ns < at->from_ns ? span.from_ns : at->from_ns;
    at->to_ns = span.to_ns > at->to_ns ? span.to_ns : at->to_ns;
    while (i + 1 < losses->count && losses->spans[i + 1].from_ns <= at->to_ns)
        join_next(losses, i);
}

void losses_add(struct losses *losses, uint64_t from_ns, uint64_t to_ns)
{
    assert(from_ns <= to_ns && losses->count <= LOSS_SPANS);
    struct loss_span span = { from_ns, to_ns }, *spans = losses->spans;
    size_t i = 0;
    while (i < losses->count && spans[i].to_ns < from_ns)
        i++;
    if (i < losses->count && spans[i].from_ns <= to_ns) {
        widen(losses, i, span);
        return;
    }
    if (losses->count == LOSS_SPANS) {
        join_nearest(losses);
        losses_add(losses, from_ns, to_ns); /* once more: now there is room */
        return;
    }
    memmove(&spans[i + 1], &spans[i], (losses->count - i) * sizeof *spans);
    spans[i] = span;
    losses->count++;
}
