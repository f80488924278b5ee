/* Many tests at once: the step-down correction of Holm (1979). */
#ifndef ANALYZER_HOLM_H
#define ANALYZER_HOLM_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes of each of `count` p-values the one that may be held against alpha, so that the chance of
 * any false alarm among them all stays below it. False with ERROR_NO_MEMORY.
 */
bool holm_adjust(double *p, size_t count, struct error *err);

#endif
