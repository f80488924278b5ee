/* Results made by hand, for tests of reports. Free them with result_release. */
#ifndef TESTS_RESULT_FIXTURE_H
#define TESTS_RESULT_FIXTURE_H

#include "analyzer/result.h"

/* Nothing: a whole trace without heap events. */
void fixture_empty(struct result *out);

/* Worked example E1 of the metrics: one heap, one block, one realloc in place and one that moves.
 */
void fixture_e1(struct result *out);

/*
 * Everything at once: two processes with hostile names, three heaps, data loss, every list filled,
 * every kind of unknown, numbers beyond 2^63.
 */
void fixture_rich(struct result *out);

#define FIXTURE_HOSTILE_NAME "=cmd|'/c calc'!A0,\"\xe2\x80\xae\x1b[31m\xff\xd0\xb6.exe"

#endif
