/* What came of the stack events of a trace. */
#ifndef DECODER_STACK_TALLY_H
#define DECODER_STACK_TALLY_H

#include <stdint.h>

/* Complete when decoder_next has said NEXT_END. */
struct stack_tally {
    uint64_t walks;       /* events with the frames of another event */
    uint64_t kernel_keys; /* events with a key for them, of the kernel's part */
    uint64_t user_keys;
    uint64_t definitions;   /* of keys */
    uint64_t keys_resolved; /* of all uses of keys; 0 unless decoder_want_census */
    uint64_t heap_matched;  /* walks and keys that belong to a heap event that was still there */
    uint64_t heap_keys;     /* keys that gave a heap event its stack */
    uint64_t ids_defined;   /* ids of stacks that such keys stand for, whose definition came */
    uint64_t late;          /* walks and keys more than WAITING_NS after the event they name */
    uint64_t heap_early;    /* heap events given out without a stack before WAITING_NS had passed */
    uint64_t heap_events;   /* heap events that have a stack */
};

#endif
