/* Why a call failed: a code, a place in the file, a sentence. */
#ifndef DECODER_ERROR_H
#define DECODER_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

/* Five codes, because a caller can do five different things. */
enum error_code {
    ERROR_NONE = 0,
    ERROR_IO,          /* the system refused to open, read, write or start something */
    ERROR_NOT_A_TRACE, /* not an ETL file, or of a kind we do not read */
    ERROR_LIMIT,       /* one of our limits was reached; the message names it */
    ERROR_NO_MEMORY,
    ERROR_USAGE,    /* the caller asked for something that makes no sense */
    ERROR_INTERNAL, /* one of our own invariants failed */
};

#define ERROR_NO_OFFSET UINT64_MAX

/*
 * Lives in the caller's stack frame and owns nothing. Start it as `struct error err = {0};` and
 * pass it down; it is filled once, where the fault is found, because only that function knows the
 * offset.
 */
struct error {
    enum error_code code;
    uint64_t offset;   /* bytes from the start of the trace, or ERROR_NO_OFFSET */
    char message[512]; /* one clause, lower case, no full stop: "cannot open 'a.etl'" */
};

/*
 * Fills `err`; one that is already filled keeps its first fault. Always returns false, so that a
 * function that fails says `return error_set(err, ...);`.
 */
bool error_set(struct error *err, enum error_code code, uint64_t offset, const char *format, ...)
    PRINTF_LIKE(4, 5);

/*
 * The same for what the system refused: ERROR_IO with "cannot WHAT NAME: its own reason". `number`
 * is errno; `name` may be NULL.
 */
bool error_set_system(struct error *err, int number, const char *what, const char *name);

#endif
