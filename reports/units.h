/* Numbers for people: three digits and a unit. Machines get theirs exact, from JSON and CSV. */
#ifndef REPORTS_UNITS_H
#define REPORTS_UNITS_H

#include <stdint.h>

/* Short enough to return: `printf("%s", units_bytes(n).text)`. Never more than 12 columns. */
struct unit_text {
    char text[24];
};

/* Every one of these gives "-" for what is unknown: RESULT_UNKNOWN or NAN. */
struct unit_text units_bytes(uint64_t bytes);    /* "512 B", "1.50 KiB", "16.0 EiB" */
struct unit_text units_mean_bytes(double bytes); /* the same; a negative one has its sign */
struct unit_text units_count(uint64_t count);    /* "999999", then "1.23 M" */
struct unit_text units_time(uint64_t ns);        /* "40 ns", "1.50 ms", "2 min 05 s" */
struct unit_text units_percent(double fraction); /* 0.5 is "50.0 %" */
struct unit_text units_ratio(double ratio);      /* "1.73" */

#endif
