/* What stands out in a result: findings by rule, the worst first. Text and page both show them. */
#ifndef REPORTS_VERDICT_H
#define REPORTS_VERDICT_H

#include "analyzer/result.h"

#include <stddef.h>

/* key, where in the report to look for more */
#define FINDING_LIST(X)                                                                            \
    X(failed_allocations, "Heaps")                                                                 \
    X(possible_leak, "Sizes and lifetimes")                                                        \
    X(page_fragmentation, "Fragmentation")                                                         \
    X(pinned_waste, "Fragmentation")                                                               \
    X(scattered_gaps, "Fragmentation")                                                             \
    X(commit_waste, "Fragmentation")                                                               \
    X(external_free, "Fragmentation")                                                              \
    X(peak_to_peak, "Fragmentation")                                                               \
    X(creep, "Fragmentation")                                                                      \
    X(growing_moves, "Reallocs")                                                                   \
    X(small_growth, "Reallocs")                                                                    \
    X(arithmetic_growth, "Reallocs")                                                               \
    X(small_steps, "Reallocs")                                                                     \
    X(avoidable_moves, "Reallocs")                                                                 \
    X(double_residency, "Reallocs")                                                                \
    X(destroyed_blocks, "Heaps")

#define X(key, section) FINDING_##key,
enum finding_kind { FINDING_LIST(X) FINDING_COUNT };
#undef X

struct finding_info {
    const char *key;     /* stable: for anchors and tests */
    const char *section; /* of the report: what to look at */
};
extern const struct finding_info finding_infos[FINDING_COUNT];

/*
 * When something stands out. Shares say that it is bad, floors that it matters: below them nobody
 * would act. Both must be passed.
 */
enum {
    /* Bytes held for nothing: 1 MiB is what a small program can still feel. */
    VERDICT_WASTE_FLOOR = 1 << 20,
    /* Bytes copied: memory copies at some 10 GB/s, so this is under a millisecond. */
    VERDICT_COPY_FLOOR = 8 << 20,
    /* A copied byte costs time once, a wasted one memory all along: so many copies weigh as one. */
    VERDICT_COPIES_A_BYTE = 16,
    /* Grows before a growth factor says something about a program's habit. */
    VERDICT_GROWS_MIN = 64,
    /* A block that grows by a factor g copies at most 1/(g - 1) times its last size: 8 at 1.125. */
    VERDICT_COPIES_OF_ITSELF = 8,
    /* Of a heap's life, before what creeps in it is told in bytes an hour. */
    VERDICT_CREEP_SECONDS = 60,
};
#define VERDICT_PAGE_FRAGMENTATION 0.4 /* of touched bytes: above what size classes alone cost */
#define VERDICT_PINNED 0.25            /* of touched bytes: a quarter is kept by single blocks */
#define VERDICT_GAPS 0.9               /* the largest gap is under a tenth of all free bytes */
#define VERDICT_COMMIT 0.5             /* of committed bytes: twice of what is live */
#define VERDICT_EXTERNAL 0.3           /* of committed bytes are free, as the heap itself says */
#define VERDICT_PEAK_TO_PEAK 0.5       /* the footprint needs half as much again as what is live */
#define VERDICT_CREEP 0.05             /* of the peak footprint, over the second half of a life */
#define VERDICT_LEAK_RISE 0.2          /* of the live peak, over the second half of a life */
#define VERDICT_MOVE_RATE 0.5          /* of growing reallocs, by the low end of the interval */
#define VERDICT_SMALL_GROWTH 1.25      /* growing by g copies 1/(g - 1) bytes for each one gained */
#define VERDICT_ARITHMETIC 0.5         /* of classified chains grow by a fixed step: O(n^2) bytes */
#define VERDICT_AVOIDABLE 0.1          /* of moves had room behind the block */
#define VERDICT_DOUBLE 0.25            /* of the live peak is one block that was moved to grow */

enum { FINDING_SENTENCE_SIZE = 160 };

struct finding {
    enum finding_kind kind;
    const struct process_result *process; /* the heap's */
    const struct heap_result *heap;
    double number;  /* the share, ratio or count that passed the threshold */
    uint64_t bytes; /* at stake: held, or copied, for nothing */
    size_t others;  /* further heaps of which the same is true, to a lesser degree */
    /* One clause without the heap's name and without a full stop; nothing hostile is in it. */
    char sentence[FINDING_SENTENCE_SIZE];
};

/*
 * Fills `findings`, the worst first, at most one of a kind (for the worst heap); returns how many.
 * Failed allocations come first, then by bytes at stake; what another finding about the same heap
 * explains comes after all that nothing explains. Equal ones are in the order of FINDING_LIST.
 * A leak is never claimed in a trace that has lost events, and committed memory is not held against
 * a heap from before the trace, whose older blocks nobody knows.
 */
size_t verdict_find(const struct result *result, struct finding findings[FINDING_COUNT]);

#endif
