/* Which function of a process is to blame for what a verdict finds. */
#ifndef REPORTS_BLAME_H
#define REPORTS_BLAME_H

#include "reports/culprit.h"
#include "reports/stack_rank.h"
#include "reports/verdict.h"

#define BLAME_SHARE_MIN 0.05 /* below it the fault is spread, and to name one would mislead */
#define BLAME_SHARE_MOST 0.5 /* from it on it is one culprit's fault, and not only mostly */

/* The culprit of most of a weight in a process, over all stacks that lead to it. */
struct blame {
    bool is_known; /* false: no stack has any of it */
    struct place place;
    uint64_t amount; /* of the weight */
    uint64_t total;  /* over all stacks of the process; both saturate */
};

/* False with ERROR_NO_MEMORY. */
bool blame_make(const struct stacks_result *stacks, uint32_t process, enum stack_rank weight,
                struct blame *out, struct error *err);

/*
 * A sentence about a finding, its first letter included and its full stop not: "At fault:
 * app.exe!grow (93.1 % of the bytes that moves copied)"; "" when nobody stands out. Hostile. False
 * with ERROR_NO_MEMORY.
 */
enum { BLAME_TEXT_SIZE = 2 * PLACE_TEXT_SIZE + 256 };
bool blame_finding(const struct result *result, const struct finding *finding,
                   char out[BLAME_TEXT_SIZE], struct error *err);

#endif
