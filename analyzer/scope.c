/* What is followed over time: a heap, a process, or the trace. */
#include "analyzer/scope.h"

bool scope_part(struct scope *scope, struct error *err)
{
    const struct scope *twin = scope->twin;
    while (twin && twin->twin)
        twin = twin->twin;
    if (!twin)
        return true;
    if (!curves_copy(&scope->curves, &twin->curves, err))
        return false;
    scope->twin = NULL;
    return true;
}
