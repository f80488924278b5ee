/* Classes of block sizes: 0, 1, 2 and 3 bytes alone, then four to an octave. */
#ifndef ANALYZER_SIZE_CLASS_H
#define ANALYZER_SIZE_CLASS_H

#include <stddef.h>
#include <stdint.h>

enum { SIZE_CLASSES = 252 };

/* The class of blocks of `size` bytes, below SIZE_CLASSES; larger sizes never have lower classes.
 */
static inline size_t size_class_of(uint64_t size)
{
    if (size < 4)
        return (size_t)size;
    unsigned octave = 63 - (unsigned)__builtin_clzll(size);
    return (octave - 1) * 4 + (size_t)(size >> (octave - 2) & 3);
}

/*
 * The sizes of class `i` are [low, high) bytes. Nothing above UINT64_MAX can be said, so that is
 * the high of the last class, and belongs to it.
 */
uint64_t size_class_low(size_t i);
uint64_t size_class_high(size_t i);

#endif
