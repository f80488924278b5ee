/* How fast what a heap holds beyond its live bytes grows in the long run. */
#ifndef ANALYZER_CREEP_H
#define ANALYZER_CREEP_H

#include "analyzer/result.h"
#include "decoder/error.h"

enum { CREEP_ROWS = 512 };

/*
 * Theil-Sen slope, the median of the slopes between all pairs, of A - L: the last values of the
 * timeline's rows that begin in the second half of [first_ns, end_ns], at most CREEP_ROWS of them,
 * evenly thinned. A is committed or touched bytes. In bytes per hour; NAN with fewer than two rows.
 * False with ERROR_NO_MEMORY.
 */
bool creep_slope(const struct timeline_result *timeline, uint64_t first_ns, uint64_t end_ns,
                 bool basis_is_committed, double *out, struct error *err);

#endif
