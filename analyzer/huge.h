/*
 * Memory for one array that grows, in huge pages: it touches each page for the first time, and with
 * small pages that costs more than what is written there.
 */
#ifndef ANALYZER_HUGE_H
#define ANALYZER_HUGE_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-filled is empty. */
struct huge {
    void *memory; /* owned */
    size_t bytes; /* all may be used */
};

/*
 * Makes it at least so large; it may lie elsewhere then, with what was in it. From some MiB on, the
 * system moves it without a copy. False: no memory, and nothing changed.
 */
bool huge_grow(struct huge *huge, size_t bytes);

void huge_release(struct huge *huge); /* then it is empty */

#endif
