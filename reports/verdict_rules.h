/* The rules behind the verdict: each judges one heap by one kind of finding. */
#ifndef REPORTS_VERDICT_RULES_H
#define REPORTS_VERDICT_RULES_H

#include "reports/verdict.h"

#include <stdbool.h>

struct verdict_subject {
    const struct heap_result *heap;
    const struct measures *m; /* of the heap */
    bool has_loss;            /* of the trace */
};

/* Whether it stands out; if so, fills the number, the bytes and the sentence of `out`. */
extern bool (*const verdict_rules[FINDING_COUNT])(const struct verdict_subject *subject,
                                                  struct finding *out);

#endif
