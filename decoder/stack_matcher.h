/*
 * From stack walk events to the stacks of heap events: struct event.stack.
 *
 * A stack names its event by time stamp, process and thread. It may come in two or three parts,
 * each of them a list of frames or a key: what the kernel ran for the event and what the program
 * did. The program's part is the stack of a heap event; the kernel's part is only while there is no
 * other, and gets an id all the same. Of several parts of one side the first counts.
 */
#ifndef DECODER_STACK_MATCHER_H
#define DECODER_STACK_MATCHER_H

#include "decoder/anomaly.h"
#include "decoder/stack_event.h"
#include "decoder/stack_keys.h"
#include "decoder/stack_tally.h"
#include "decoder/stacks.h"
#include "decoder/waiting.h"

struct stack_matcher {
    struct waiting waiting;
    struct stacks *stacks;
    struct stack_keys keys;     /* of heap events: the values are ids */
    struct stack_keys all_keys; /* of any event, if wants_census: the values count uses */
    bool wants_census;
    uint64_t window_ticks; /* WAITING_NS */
    struct stack_tally *tally;
    uint64_t frames[STACK_FRAMES_MAX]; /* scratch */
};

bool stack_matcher_init(struct stack_matcher *matcher, uint64_t ticks_per_second,
                        struct stack_tally *tally, struct error *err);
void stack_matcher_release(struct stack_matcher *matcher); /* safe on zero-filled */

/*
 * Takes a stack event (is_stack_event). Counts what makes no sense (payload_undecodable), comes
 * after a limit (stack_dropped) or after its event has left (stack_too_late). False is
 * ERROR_NO_MEMORY.
 */
bool stack_matcher_take(struct stack_matcher *matcher, const struct event_header *header,
                        uint64_t offset, struct anomalies *anomalies, struct error *err);

#endif
