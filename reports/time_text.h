/* Points in time as text, by arithmetic alone: no locale, no time zone of the system. */
#ifndef REPORTS_TIME_TEXT_H
#define REPORTS_TIME_TEXT_H

#include <stdint.h>

enum { TIME_TEXT_SIZE = 48 };

/*
 * Writes a FILETIME (UTC, 100 ns since 1601-01-01) as ISO 8601: "2022-06-18T04:26:40.0000000Z",
 * always with the seven digits that a FILETIME has. Any value has a text; late years have five
 * digits.
 */
void filetime_text(char out[TIME_TEXT_SIZE], uint64_t filetime);

#endif
