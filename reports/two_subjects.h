/* What of two builds is drawn: the whole traces, and the heaps that matter, each with its base. */
#ifndef REPORTS_TWO_SUBJECTS_H
#define REPORTS_TWO_SUBJECTS_H

#include "reports/chart.h"
#include "reports/compare_report.h"

enum { TWO_HEAPS_MAX = 6 }; /* drawn, whatever the report's `top` */

struct two_subjects {
    struct chart_subject *list; /* of the new build; each leads to its base */
    struct chart_subject *bases;
    size_t *scopes; /* of the comparison, in rising order */
    size_t count;
};

/*
 * Everything, unless it is but one heap, and the heaps with most numbers that regressed, ties by
 * live peak. None if a build has no run to draw. False with ERROR_NO_MEMORY. Borrows the report's
 * results.
 */
bool two_subjects_choose(const struct compare_report *report, struct two_subjects *out,
                         struct error *err);
void two_subjects_release(struct two_subjects *subjects); /* safe on a zero-filled one */

/* The index of the subject for a scope; `count` if it has none. */
size_t two_subjects_find(const struct two_subjects *subjects, size_t scope);

#endif
