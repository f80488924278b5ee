/* The section of a page about call stacks. */
#ifndef REPORTS_HTML_STACKS_H
#define REPORTS_HTML_STACKS_H

#include "analyzer/result.h"
#include "decoder/error.h"
#include "reports/stack_names.h"

#include <stdbool.h>
#include <stdio.h>

/* Nothing for a trace without stacks. False with ERROR_NO_MEMORY. */
bool html_put_stacks(const struct result *result, FILE *out, struct error *err);

/* A function and where it is, cut to what a table holds. */
void html_put_place(const struct stacks_result *stacks, struct place place, FILE *out);

#endif
