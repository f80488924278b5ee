/* Whole numbers of 128 bits as decimal text. */
#include "reports/wide_text.h"

#include <string.h>

static void put(char *out, u128 number)
{
    char digits[WIDE_TEXT_SIZE];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    do {
        digits[--at] = (char)('0' + (int)(number % 10));
        number /= 10;
    } while (number > 0);
    memcpy(out, digits + at, sizeof digits - at);
}

void u128_text(char out[WIDE_TEXT_SIZE], u128 number)
{
    put(out, number);
}

void i128_text(char out[WIDE_TEXT_SIZE], i128 number)
{
    bool is_negative = number < 0;
    if (is_negative)
        *out = '-';
    put(out + is_negative, is_negative ? (u128)0 - (u128)number : (u128)number);
}

bool u128_read(const char *text, u128 *number)
{
    *number = 0;
    if (*text == '\0')
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        unsigned digit = (unsigned)(*text - '0');
        if (__builtin_mul_overflow(*number, (u128)10, number) ||
            __builtin_add_overflow(*number, (u128)digit, number))
            return false;
    }
    return true;
}

bool i128_read(const char *text, i128 *number)
{
    bool is_negative = *text == '-';
    u128 size;
    if (!u128_read(text + is_negative, &size) || size >> 127)
        return false;
    *number = is_negative ? -(i128)size : (i128)size;
    return true;
}
