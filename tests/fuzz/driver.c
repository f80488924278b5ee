/* What libFuzzer calls: one program a target, FUZZ_RUN is its function. */
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_report_share = 8;
    FUZZ_RUN(data, size);
    return 0;
}
