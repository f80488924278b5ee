/* Numbers as text, without the system's locale. */
#include "reports/number.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Digits lie in the bytes of a word, the first of them in the lowest. Eight are made at once, and
 * zeros in front are shifted out: there is no branch on how many digits a number has, which nothing
 * can predict.
 */
enum { WORD_DIGITS = 8, EIGHT_DIGITS = 100000000 };

static inline void put_word(char *at, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(at, &word, sizeof word); /* gcc does not always make one store of eight shifted bytes */
}

/*
 * The digits of a number below EIGHT_DIGITS. Products with 10486 / 2^20 and 103 / 2^10 are the
 * quotients by 100 and by 10 of all that occurs, and stay within their part of the word.
 */
static inline uint64_t eight_digits(uint32_t number)
{
    uint64_t fours = number / 10000 | (uint64_t)(number % 10000) << 32;
    uint64_t hundreds = fours * 10486 >> 20 & 0x0000007F0000007F;
    uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
    uint64_t tens = twos * 103 >> 10 & 0x000F000F000F000F;
    return tens | (twos - tens * 10) << 8;
}

/* The same for a hexadecimal number. */
static inline uint64_t eight_nibbles(uint32_t number)
{
    uint64_t fours = (number | (uint64_t)number << 16) & 0x0000FFFF0000FFFF;
    uint64_t twos = (fours | fours << 8) & 0x00FF00FF00FF00FF;
    return __builtin_bswap64((twos | twos << 4) & 0x0F0F0F0F0F0F0F0F);
}

static const uint64_t zeros = 0x3030303030303030;

/* Without zeros in front. */
static inline char *put_leading(char *at, uint32_t number)
{
    uint64_t digits = eight_digits(number);
    unsigned skipped = (unsigned)__builtin_ctzll(digits | UINT64_C(1) << 63) / 8;
    put_word(at, (digits + zeros) >> 8 * skipped);
    return at + WORD_DIGITS - skipped;
}

static inline char *put_following(char *at, uint32_t number)
{
    put_word(at, eight_digits(number) + zeros);
    return at + WORD_DIGITS;
}

char *put_decimal(char *at, uint64_t number)
{
    if (number < 10) { /* many are 0 */
        *at = (char)('0' + number);
        return at + 1;
    }
    if (number < EIGHT_DIGITS)
        return put_leading(at, (uint32_t)number);
    uint64_t high = number / EIGHT_DIGITS;
    at = high < EIGHT_DIGITS ? put_leading(at, (uint32_t)high)
                             : put_following(put_leading(at, (uint32_t)(high / EIGHT_DIGITS)),
                                             (uint32_t)(high % EIGHT_DIGITS));
    return put_following(at, (uint32_t)(number % EIGHT_DIGITS));
}

/* "0" to "9", and "a" to "f": what is above 9 passes 15 with 6 more. */
static inline uint64_t letters(uint64_t nibbles)
{
    uint64_t above_9 = (nibbles + 0x0606060606060606) >> 4 & 0x0101010101010101;
    return nibbles + zeros + above_9 * ('a' - '0' - 10);
}

char *put_address(char *at, uint64_t address)
{
    unsigned digits = (64 - (unsigned)__builtin_clzll(address | 1) + 3) / 4;
    uint64_t from_top = address << (64 - 4 * digits);
    at[0] = '0';
    at[1] = 'x';
    put_word(at + 2, letters(eight_nibbles((uint32_t)(from_top >> 32))));
    put_word(at + 2 + WORD_DIGITS, letters(eight_nibbles((uint32_t)from_top)));
    return at + 2 + digits;
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
