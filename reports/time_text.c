/* Points in time as text, by arithmetic alone: no locale, no time zone of the system. */
#include "reports/time_text.h"

#include <inttypes.h>
#include <stdio.h>

enum { TICKS_PER_SECOND = 10000000, SECONDS_PER_DAY = 86400 };
enum { DAYS_PER_400_YEARS = 146097, DAYS_PER_100_YEARS = 36524, DAYS_PER_4_YEARS = 1461 };

struct date {
    uint64_t year;
    unsigned month, day; /* from 1 */
};

/* 1601-01-01 is the first day of a cycle of 400 years, so leap days need no correction. */
static struct date date_of(uint64_t days_since_1601)
{
    static const unsigned char month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    struct date date = { .year = 1601 + 400 * (days_since_1601 / DAYS_PER_400_YEARS), .month = 1 };
    uint64_t days = days_since_1601 % DAYS_PER_400_YEARS;
    uint64_t centuries = days / DAYS_PER_100_YEARS;
    if (centuries == 4) /* 31 December of the year that ends the cycle */
        centuries = 3;
    days -= centuries * DAYS_PER_100_YEARS;
    uint64_t fours = days / DAYS_PER_4_YEARS;
    days -= fours * DAYS_PER_4_YEARS;
    uint64_t years = days / 365;
    if (years == 4) /* 31 December of a leap year */
        years = 3;
    days -= years * 365;
    date.year += 100 * centuries + 4 * fours + years;

    unsigned is_leap = years == 3 && (fours != 24 || centuries == 3);
    for (unsigned month = 0;; month++, date.month++) {
        unsigned length = month_days[month] + (month == 1 ? is_leap : 0);
        if (days < length)
            break;
        days -= length;
    }
    date.day = (unsigned)days + 1;
    return date;
}

void filetime_text(char out[TIME_TEXT_SIZE], uint64_t filetime)
{
    uint64_t seconds = filetime / TICKS_PER_SECOND;
    struct date date = date_of(seconds / SECONDS_PER_DAY);
    unsigned second_of_day = (unsigned)(seconds % SECONDS_PER_DAY);
    snprintf(out, TIME_TEXT_SIZE, "%04" PRIu64 "-%02u-%02uT%02u:%02u:%02u.%07" PRIu64 "Z",
             date.year, date.month, date.day, second_of_day / 3600, second_of_day / 60 % 60,
             second_of_day % 60, filetime % TICKS_PER_SECOND);
}
