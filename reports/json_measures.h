/* What is measured of a heap, a process or the trace, as members of a JSON object. */
#ifndef REPORTS_JSON_MEASURES_H
#define REPORTS_JSON_MEASURES_H

#include "analyzer/result.h"
#include "reports/json_writer.h"
#include "reports/stack_selection.h"

/*
 * Writes the members that a heap and totals have in common into the open object. `stacks` are those
 * of the result that are kept; NULL: it has none.
 */
void json_measures(struct json_writer *json, const struct measures *measures,
                   const struct stack_selection *stacks);

/* The same for a sum over traces: what adds up, and what follows from it. */
void json_measures_sum(struct json_writer *json, const struct measures *sum);

/* The member "sums" (json_sums.c). */
void json_sums(struct json_writer *json, const struct measure_sums *sums);

/* The member "realloc" (json_realloc.c). */
void json_realloc(struct json_writer *json, const struct realloc_result *r,
                  const struct stack_selection *stacks);

/* A member: {"value", "low", "high"}, or null when there was nothing to take a share of. */
void json_rate(struct json_writer *json, const char *key, struct rate rate);

#endif
