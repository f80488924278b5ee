/* A ledger with a few heaps, to apply events to by hand. */
#ifndef TESTS_LEDGER_BENCH_H
#define TESTS_LEDGER_BENCH_H

#include "analyzer/ledger.h"
#include "analyzer/stack_table.h"

enum { BENCH_HEAPS = 4 };

struct bench {
    struct ledger ledger;
    struct block_pool *pool;
    struct heap *heaps[BENCH_HEAPS];
    size_t heap_count;
    size_t heap;     /* that the next events are of */
    uint32_t source; /* of the next events; at first 3 */
    uint32_t stack;  /* the same; at first none */
    struct stack_table stacks;
    struct process_stacks *process_stacks; /* NULL until bench_count_stacks */
    uint64_t offset;                       /* of the last event */
};

/* Fails the test when there is no memory, as everything here does on any error. */
struct bench *bench_new(size_t heap_count);
void bench_free(struct bench *bench);

/* From now on all heaps, which are of one process, count by call stack. */
void bench_count_stacks(struct bench *bench);

/* All steps of an event; afterwards the heap must be consistent if it has few blocks. */
void bench_apply(struct bench *bench, const struct event *event);
void bench_alloc(struct bench *bench, uint64_t time_ns, uint32_t thread, uint64_t address,
                 uint64_t size);
void bench_free_block(struct bench *bench, uint64_t time_ns, uint32_t thread, uint64_t address);
void bench_realloc(struct bench *bench, uint64_t time_ns, uint32_t thread, uint64_t address,
                   uint64_t old_address, uint64_t size, uint64_t old_size);

/* The trace ends: closes all heaps that are left, and the ledger. */
void bench_close(struct bench *bench);

/* bench_close, then what counts_report and sizes_report say of the first heap. */
void bench_finish(struct bench *bench, struct measures *out);
void bench_release(struct bench *bench, struct measures *measures); /* of bench_finish */

#endif
