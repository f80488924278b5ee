/* Why a call failed: a code, a place in the file, a sentence. */
#include "decoder/error.h"

#include <stdarg.h>
#include <stdio.h>

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
