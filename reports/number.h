/* Numbers as text, without the system's locale. */
#ifndef REPORTS_NUMBER_H
#define REPORTS_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum {
    DECIMAL_MAX = 20,      /* digits of the largest uint64_t */
    ADDRESS_MAX = 2 + 16,  /* "0x" and its hexadecimal digits */
    NUMBER_TEXT_SIZE = 32, /* room for any double, with its NUL */
};

/*
 * Writes `number` at `at`, which has room for DECIMAL_MAX; returns the end. No NUL: what the room
 * has behind the end may be anything afterwards.
 */
char *put_decimal(char *at, uint64_t number);

/* The same for "0x…" in lower case, with room for ADDRESS_MAX. */
char *put_address(char *at, uint64_t address);

/*
 * Writes the shortest decimal text that reads back as `number`, NUL-terminated, and returns its
 * length: "0.1", "150", "1e+300". A whole number below 2^53 has no exponent. What is not finite
 * gives "" and 0, for there is no number to show.
 */
size_t double_text(char out[NUMBER_TEXT_SIZE], double number);

#endif
