/*
 * Memory that runs out when a test wants it: allocations of the program's own code are counted and
 * refused. Only in programs that are linked with --wrap (tests/CMakeLists.txt); those of the C
 * library are not touched.
 */
#ifndef TESTS_FAILING_MEMORY_H
#define TESTS_FAILING_MEMORY_H

#include "decoder/error.h"

#include <stddef.h>

/* From here on allocation `failing` is refused, and if `is_lasting` all behind it. */
void begin_refusing(size_t failing, bool is_lasting);

/*
 * Ends that. Returns whether one was refused: then it went without, or the error says so. A run
 * that none was refused must have worked, and a test in which that does not hold fails.
 */
bool end_refusing(bool is_done, const struct error *err);

#endif
