/* The counts of a stack by number: what is written, read, summed and ranked by. */
#ifndef REPORTS_STACK_FIELDS_H
#define REPORTS_STACK_FIELDS_H

#include "analyzer/result.h"

#include <stddef.h>
#include <stdint.h>

/* In the order of struct stack_counts; their names are those in result.json and stacks.csv. */
#define X(name) STACK_FIELD_##name,
enum stack_field { STACK_COUNT_LIST(X, X) STACK_FIELD_COUNT };
#undef X

extern const char *const stack_field_names[STACK_FIELD_COUNT];

uint64_t stack_field_get(const struct stack_counts *counts, enum stack_field field);
void stack_field_set(struct stack_counts *counts, enum stack_field field, uint64_t value);

/* Adds all of `more`; what passes UINT64_MAX stays there. */
void stack_fields_add(struct stack_counts *sum, const struct stack_counts *more);

#endif
