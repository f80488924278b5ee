/*
 * The ledger as metrics.md, section 2, says it, in the simplest way that can be: a list of all
 * events with what each turned out to be, and of all live blocks. Every number is counted anew from
 * the list. Slow, and shares no code with analyzer/.
 */
#ifndef TESTS_LEDGER_MODEL_H
#define TESTS_LEDGER_MODEL_H

#include "analyzer/result.h"
#include "decoder/event.h"

enum { MODEL_EVENTS = 1024, MODEL_BLOCKS = 256, MODEL_HEAPS = 4, MODEL_SOURCES = 8 };

enum model_class {
    MODEL_NOTHING, /* ignored, or without effect */
    MODEL_ALLOC,
    MODEL_FREE,
    MODEL_FAILED_ALLOC,
    MODEL_INTERNAL_ALLOC,
    MODEL_INTERNAL_FREE,
    MODEL_FAILED_REALLOC,
    MODEL_IN_PLACE,
    MODEL_MOVED,
};

struct model_block {
    uint64_t address, size;
    size_t chain; /* in model.chains */
    uint32_t source;
    bool source_known;
};

struct model_chain {
    bool is_from_trace;
    size_t first_event; /* of the ALLOC, if it is from the trace */
    uint64_t born_ns, first_bytes;
    size_t heap;
    bool is_freed;
    uint64_t address, last_bytes, freed_ns; /* when it has ended */
};

struct model_event {
    struct event event;
    size_t heap;
    bool counted;
    enum model_class class;
    bool served;
    bool has_unfreed;           /* it ended a block whose FREE is missing, namely */
    struct model_block unfreed; /* this */
    bool is_known;              /* FREE or realloc: the old block was */
    struct model_block block;   /* that block */
    bool is_standalone, is_rule_3, is_avoidable, has_blocker;
    uint64_t blocker_size;
    size_t blocker_chain;
    size_t chain;                            /* of a realloc */
    uint32_t stack;                          /* that did a realloc */
    uint64_t changes;                        /* of the heap before the event */
    struct model_block before[MODEL_BLOCKS]; /* live in the heap before the event */
    size_t before_count;
};

struct model_heap {
    struct model_block live[MODEL_BLOCKS];
    size_t live_count;
    uint64_t changes;
    uint64_t destroyed, censored;
};

struct model {
    struct model_event *events;
    size_t event_count;
    struct model_chain chains[2 * MODEL_EVENTS];
    size_t chain_count;
    struct model_heap heaps[MODEL_HEAPS];
    uint64_t free_missing, old_size_mismatch, overlap;
};

struct model *model_new(void);
void model_free(struct model *model);

/* All of an event at once; `counted`: it is within --from and --to. */
void model_apply(struct model *model, size_t heap, const struct event *event, bool counted);

/* The heap ends with the trace, or before it. */
void model_end_heap(struct model *model, size_t heap, bool is_destroyed);

/* What the list says of a heap. Rates and growth are left out; Sources are by code. */
struct model_counts {
    struct traffic_result traffic;
    struct realloc_result realloc; /* of chains: only once all of them have ended */
    struct source_result sources[MODEL_SOURCES];
    uint64_t transitions[MODEL_SOURCES][MODEL_SOURCES];
    uint64_t lifetimes[LIFETIME_CLASSES];
    uint64_t grown_bytes, censored;
};
void model_count(const struct model *model, size_t heap, struct model_counts *out);

/* The same of a call stack over all heaps; what is live, and pins, is as it is now: at the end. */
struct model_stack {
    uint64_t events; /* with it that count */
    struct stack_counts counts;
    double growth_p50; /* NAN without values; the value itself, however many there are */
    uint64_t growth_values;
};
void model_count_stack(const struct model *model, uint32_t stack, struct model_stack *out);

/* Counts the class of a chain that grew so. */
void model_count_class(const struct model_event *grows[], size_t count, struct chains_result *out);

#endif
