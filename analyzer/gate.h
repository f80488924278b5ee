/* What must not get worse, and by how much. Plain data; reports/cli/gate_text.h reads it. */
#ifndef ANALYZER_GATE_H
#define ANALYZER_GATE_H

#include "analyzer/metric_list.h"

enum { GATE_TEXT_SIZE = 160 };
enum gate_scope { GATE_TOTAL, GATE_PROCESS, GATE_HEAP, GATE_EVERY_HEAP };

/*
 * Fires when the metric rises by more than every limit that is set; if `is_falling`, when it falls
 * by more. Limits are in the unit in which the metric is compared: volumes per million allocations
 * of the program, fractions as fractions.
 */
struct gate {
    char text[GATE_TEXT_SIZE];    /* as it was written */
    char process[GATE_TEXT_SIZE]; /* label as in struct compared_scope; "": any, or the totals */
    enum gate_scope scope;
    uint32_t ordinal; /* of the heap in the base, for GATE_HEAP */
    const struct metric *metric;
    bool is_falling;
    double relative; /* share of the base's value; NAN: no such limit */
    double absolute; /* NAN: no such limit */
};

#endif
