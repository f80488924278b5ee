/* Which heaps matter enough to be drawn. */
#ifndef REPORTS_SUBJECTS_H
#define REPORTS_SUBJECTS_H

#include "reports/chart.h"

#include <stddef.h>

/*
 * The trace, then at most `top` heaps: those that the verdict names, and in turn those with the
 * highest live peak, those that copied most, and those with most memory beyond their live bytes; at
 * least three for these, or half of a `top` up to six. The highest live peak is first.
 * Returns how many; `*out` is the caller's to free. 0 with `*out` NULL: no memory.
 */
size_t subjects_choose(const struct result *result, size_t top, struct chart_subject **out);

#endif
