/* Whole numbers of 128 bits as decimal text: JSON's numbers would lose their end. */
#ifndef REPORTS_WIDE_TEXT_H
#define REPORTS_WIDE_TEXT_H

#include "analyzer/result.h"

#include <stdbool.h>

enum { WIDE_TEXT_SIZE = 48 };

void u128_text(char out[WIDE_TEXT_SIZE], u128 number);
void i128_text(char out[WIDE_TEXT_SIZE], i128 number);

/* False: not such a number, to the end of the text, or out of range. */
bool u128_read(const char *text, u128 *number);
bool i128_read(const char *text, i128 *number);

#endif
