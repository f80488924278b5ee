/* Of some targets: mutations that keep an input together, FUZZ_MUTATE makes them. */
#include "tests/fuzz/target.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    return FUZZ_MUTATE(data, size, size_max, (uint64_t)seed + 1, LLVMFuzzerMutate);
}
