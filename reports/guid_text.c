/* GUIDs as text. */
#include "reports/guid_text.h"

#include <string.h>

/* Where each byte of a GUID stands in its text: Data1, Data2 and Data3 are little-endian. */
static const uint8_t positions[16] = { 6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34 };

void guid_text(char out[GUID_TEXT_SIZE], const uint8_t guid[16])
{
    static const char digits[] = "0123456789abcdef";
    memcpy(out, "........-....-....-....-............", GUID_TEXT_SIZE);
    for (size_t i = 0; i < 16; i++) {
        out[positions[i]] = digits[guid[i] >> 4];
        out[positions[i] + 1] = digits[guid[i] & 15];
    }
}

static bool read_digit(char letter, uint8_t *out)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = letter ? strchr(digits, letter) : NULL;
    *out = at ? (uint8_t)(at - digits) : 0;
    return at != NULL;
}

bool guid_read(const char *text, uint8_t out[16])
{
    if (strlen(text) != GUID_TEXT_SIZE - 1)
        return false;
    for (size_t i = 8; i <= 23; i += 5)
        if (text[i] != '-')
            return false;
    for (size_t i = 0; i < 16; i++) {
        uint8_t high, low;
        if (!read_digit(text[positions[i]], &high) || !read_digit(text[positions[i] + 1], &low))
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
