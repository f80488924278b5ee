/* The values of one metric in the runs of one build. */
#ifndef ANALYZER_SAMPLE_H
#define ANALYZER_SAMPLE_H

#include "analyzer/comparison.h"

/* In ascending order. Zero-filled is empty. */
struct values {
    double *list;
    size_t count, room;
};

bool values_reserve(struct values *values, size_t room, struct error *err);
void values_release(struct values *values);

/*
 * Takes the known values of a metric (by its place in metric_list) in place of what was there;
 * there must be room for all runs. Per million allocations, runs without an allocation have no
 * value.
 */
void values_take(struct values *values, const struct merged_scope *scope, size_t metric,
                 bool is_per_million);

/* Takes what the program allocated in each run. */
void values_take_allocs(struct values *values, const struct merged_scope *scope);

/* All but `raw`, which is for the caller to fill. */
struct sample sample_of(const struct values *values);

#endif
