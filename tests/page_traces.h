/* Traces for looking at: heaps that live like those of programs, and processes of hostile names. */
#ifndef TESTS_PAGE_TRACES_H
#define TESTS_PAGE_TRACES_H

#include <stdbool.h>

/*
 * Writes one.etl (one heap), many.etl (200 heaps of 20 processes with hostile names) and lost.etl
 * (three heaps; buffers and the end of the file are missing) into `folder`. Each has all Sources,
 * EXTEND and CONTRACT. False: they could not be written.
 */
bool page_traces_write(const char *folder);

#endif
