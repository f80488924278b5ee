/* Call stacks made by hand, for tests of reports. */
#ifndef TESTS_RESULT_STACKS_H
#define TESTS_RESULT_STACKS_H

#include "analyzer/result.h"

/* A function that is HTML, a formula, a terminal escape and no UTF-8. */
#define HOSTILE_FUNCTION "=<script>alert(1)</script>\";\x1b[31m\xe2\x80\xae\xff,&'"

/*
 * fixture_rich with stacks: of both processes, with and without names, inlined functions, hostile
 * names, a frame in no module, a deep stack, rows without frames and one of what was left out.
 * Row 0 copies most, by grow_log; row 1 pins most, by keep_node.
 */
void fixture_stacks(struct result *out);

/*
 * Adds `count` stacks of a program of some hundred functions to a result without any; sums are not
 * those of its totals. With `is_named` false there are no symbols.
 */
void add_many_stacks(struct result *result, size_t count, bool is_named);

#endif
