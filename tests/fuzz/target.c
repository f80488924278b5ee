/* The list of the fuzz targets. */
#include "tests/fuzz/target.h"

#include <stdio.h>
#include <stdlib.h>

#define X(name) { #name, fuzz_##name },
const struct fuzz_target fuzz_targets[] = { FUZZ_TARGET_LIST(X) };
#undef X
const size_t fuzz_target_count = sizeof fuzz_targets / sizeof fuzz_targets[0];

void fuzz_broken(const char *promise, const char *file, int line)
{
    fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, promise);
    abort();
}
