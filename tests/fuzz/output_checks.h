/* What must hold for anything that a report wrote, whatever the trace called itself. */
#ifndef TESTS_FUZZ_OUTPUT_CHECKS_H
#define TESTS_FUZZ_OUTPUT_CHECKS_H

#include <stddef.h>

/*
 * Checks what the report format of that name wrote: valid UTF-8 of printable letters; a CSV of no
 * formula; a page of no tag, attribute or address but our own; JSON that parses. A promise that is
 * broken ends the program (FUZZ_PROMISE). `text` ends with a NUL at `size`.
 */
void check_output(const char *format, const char *text, size_t size);

#endif
