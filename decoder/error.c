/* Why a call failed: a code, a place in the file, a sentence. */
#include "decoder/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *err, enum error_code code, uint64_t offset, const char *format, ...)
{
    if (err->code != ERROR_NONE)
        return false;
    err->code = code;
    err->offset = offset;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    return false;
}

/* Without the static buffer of strerror. */
bool error_set_system(struct error *err, int number, const char *what, const char *name)
{
    char reason[128];
    if (strerror_r(number, reason, sizeof reason) != 0)
        reason[0] = '\0';
    return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot %s%s%.300s: %s", what, name ? " " : "",
                     name ? name : "", reason);
}
