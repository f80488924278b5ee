/* What libFuzzer calls: one program a target, FUZZ_RUN is its function. */
#include "tests/fuzz/driver_memory.h"
#include "tests/fuzz/target.h"

/* Set for targets that may be refused memory. */
#ifndef FUZZ_ALLOCATION_MAX
#define FUZZ_ALLOCATION_MAX SIZE_MAX
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_report_share = 8;
    fuzz_allocation_max = FUZZ_ALLOCATION_MAX;
    FUZZ_RUN(data, size);
    fuzz_allocation_max = SIZE_MAX;
    return 0;
}
