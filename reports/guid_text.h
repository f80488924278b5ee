/* GUIDs as text. */
#ifndef REPORTS_GUID_TEXT_H
#define REPORTS_GUID_TEXT_H

#include <stdbool.h>
#include <stdint.h>

enum { GUID_TEXT_SIZE = 37 };

/* "01234567-89ab-cdef-0123-456789abcdef": the first three groups are little-endian numbers. */
void guid_text(char out[GUID_TEXT_SIZE], const uint8_t guid[16]);

/* False: it is not written so. */
bool guid_read(const char *text, uint8_t out[16]);

#endif
