/*
 * Results of any number of traces as one: what adds up is added up, and of every trace, the runs,
 * one row with all its single numbers is kept. Rows are in an order that depends on their numbers
 * alone, processes and heaps in that of their keys; so merging is associative and commutative, to
 * the last byte.
 *
 *     struct merged merged = { 0 };
 *     for each result:
 *         merged_add_result(&merged, &result, &err);
 *     merged_finish(&merged);
 */
#ifndef ANALYZER_MERGED_H
#define ANALYZER_MERGED_H

#include "analyzer/metric_list.h"
#include "analyzer/result.h"
#include "decoder/error.h"

enum { MERGED_SCOPES_MAX = 65536 }; /* heaps and processes, all in all */

/* A heap, a process or everything, over all traces in which it was. */
struct merged_scope {
    struct measures sum; /* complete after merged_finish */
    size_t run_count;
    size_t run_room;
    uint64_t *runs; /* private to merged.c */
};

/* What a heap is known by in another trace (metrics.md, section 7). */
struct heap_key {
    bool is_first;         /* number 1 of its process, its CREATE seen: the only one of its kind */
    bool created_in_trace; /* else its flags are not known */
    uint32_t flags;
    uint32_t order; /* from 1, among the others with the same flags */
};

struct merged_heap {
    struct heap_key key;
    uint32_t ordinal; /* its number in its process; the smallest, where traces differ */
    struct merged_scope scope;
};

struct merged_process {
    char *image;    /* NULL: unknown */
    uint32_t order; /* from 1, among those of the same image in a trace */
    struct merged_scope totals;
    struct merged_heap **heaps; /* in order of key */
    size_t heap_count;
};

struct merged {
    uint64_t traces, traces_with_loss;
    uint64_t traces_with_stacks; /* call stacks are left out of the sum (stack_match.h has them) */
    uint64_t events, heap_events;
    uint64_t anomalies[ANOMALY_COUNT];
    struct merged_scope totals;
    struct merged_process **processes; /* in order of image and order */
    size_t process_count;
    size_t scope_count;
};

/* False with ERROR_NO_MEMORY or ERROR_LIMIT; then `sum` is only good for merged_release. */
bool merged_add_result(struct merged *sum, const struct result *result, struct error *err);
bool merged_add(struct merged *sum, const struct merged *more, struct error *err);

/* After the last addition: puts the runs in order and works out what follows from the sums. */
void merged_finish(struct merged *merged);

void merged_release(struct merged *merged); /* safe on a zero-filled one */

/* For who reads a merged result back. `key` and `image` are copied. NULL fills `err`. */
struct merged_process *merged_process_at(struct merged *merged, const char *image, uint32_t order,
                                         struct error *err);
struct merged_heap *merged_heap_at(struct merged *merged, struct merged_process *process,
                                   const struct heap_key *key, struct error *err);

/* What of one result became that process or heap of a merged one; NULL: nothing did. */
const struct process_result *merged_process_in(const struct result *result,
                                               const struct merged_process *process);
const struct heap_result *merged_heap_in(const struct process_result *process,
                                         const struct merged_heap *heap);

/* A number of one run, and what the program allocated in all of that run: its work. */
struct metric_value merged_run_value(const struct merged_scope *scope, size_t run, size_t metric);
uint64_t merged_run_allocs(const struct merged_scope *scope, size_t run);

/* Adds a run: `values` by the order of metric_list. False with ERROR_NO_MEMORY. */
bool merged_run_add(struct merged_scope *scope, uint64_t allocs, const struct metric_value *values,
                    struct error *err);

/* Before, equal or after 0. */
int heap_key_compare(const struct heap_key *a, const struct heap_key *b);

#endif
