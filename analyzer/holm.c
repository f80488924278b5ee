/* Many tests at once: the step-down correction of Holm (1979). */
#include "analyzer/holm.h"

#include <math.h>
#include <stdlib.h>

struct test {
    double p;
    size_t position;
};

static int by_p(const void *a, const void *b)
{
    const struct test *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

bool holm_adjust(double *p, size_t count, struct error *err)
{
    struct test *tests = calloc(count + 1, sizeof *tests);
    if (!tests)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu tests", count);
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct test){ p[i], i };
    qsort(tests, count, sizeof *tests, by_p);
    double least = 0; /* no adjusted p is below that of a smaller p */
    for (size_t i = 0; i < count; i++) {
        least = fmin(1, fmax(least, tests[i].p * (double)(count - i)));
        p[tests[i].position] = least;
    }
    free(tests);
    return true;
}
