/* Numbers as text, without the system's locale. */
#include "reports/number.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "00" to "99": two digits a division. */
static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";

char *put_decimal(char *at, uint64_t number)
{
    char digits[DECIMAL_MAX];
    char *first = digits + sizeof digits;
    while (number >= 10) {
        first -= 2;
        memcpy(first, digit_pairs + 2 * (number % 100), 2);
        number /= 100;
    }
    /* What is left is 0 to 9: the leading digit, unless the pairs already used it up. */
    if (number > 0 || first == digits + sizeof digits)
        *--first = (char)('0' + number);
    size_t count = (size_t)(digits + sizeof digits - first);
    memcpy(at, first, count);
    return at + count;
}

char *put_address(char *at, uint64_t address)
{
    int digits = (64 - __builtin_clzll(address | 1) + 3) / 4;
    *at++ = '0';
    *at++ = 'x';
    for (int i = digits - 1; i >= 0; i--)
        *at++ = "0123456789abcdef"[address >> (4 * i) & 15];
    return at;
}

size_t double_text(char out[NUMBER_TEXT_SIZE], double number)
{
    const double exact_below = 9007199254740992.0; /* 2^53 */
    out[0] = '\0';
    if (!isfinite(number))
        return 0;
    if (fabs(number) < exact_below && fabs(number - trunc(number)) <= 0) {
        bool is_negative = number < 0; /* so that -0.0 is "0" */
        char *at = out;
        if (is_negative)
            *at++ = '-';
        at = put_decimal(at, (uint64_t)fabs(number));
        *at = '\0';
        return (size_t)(at - out);
    }
    /*
     * Any text of up to DBL_DIG digits survives the way to a double and back, so the first
     * precision that reads back is also the shortest ("%g" drops zeros at the end).
     */
    int length = 0;
    for (int precision = DBL_DIG; precision <= DBL_DECIMAL_DIG; precision++) {
        length = snprintf(out, NUMBER_TEXT_SIZE, "%.*g", precision, number);
        if (fabs(strtod(out, NULL) - number) <= 0)
            break;
    }
    return (size_t)length;
}
