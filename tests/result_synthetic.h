/* Results made up from a seed: like those of real programs, or as hostile as a result can be. */
#ifndef TESTS_RESULT_SYNTHETIC_H
#define TESTS_RESULT_SYNTHETIC_H

#include "analyzer/result.h"

/* An image name that is at once HTML, gnuplot, a path and a terminal escape. */
#define SYNTHETIC_HOSTILE_IMAGE                                                                    \
    "<script>alert('x')</script>\"; system 'id' #/../../\x1b[31m\xe2\x80\xae.exe"

/*
 * A server of `heap_count` heaps in two processes, over ten seconds, with every part of the result
 * filled; the second process has the hostile name. Exits the test on lack of memory.
 */
struct result synthetic_result(size_t heap_count);

/* One process with one heap in which nothing happened: everything unknown or 0. */
struct result synthetic_empty_result(void);

/* One heap with every number at its largest and a map of noise. */
struct result synthetic_extreme_result(void);

void synthetic_release(struct result *result);

#endif
