/* Classes of block sizes: 0, 1, 2 and 3 bytes alone, then four to an octave. */
#include "analyzer/size_class.h"

#include <assert.h>

uint64_t size_class_low(size_t i)
{
    assert(i < SIZE_CLASSES);
    return i < 4 ? i : (4 + (i & 3)) << (i / 4 - 1);
}

uint64_t size_class_high(size_t i)
{
    return i + 1 < SIZE_CLASSES ? size_class_low(i + 1) : UINT64_MAX;
}
