/* What an option's argument means. */
#include "reports/cli/options.h"

#include <stdlib.h>
#include <string.h>

bool parse_flag(const char *argument, void *target, struct error *err)
{
    (void)argument;
    (void)err;
    *(bool *)target = true;
    return true;
}

bool parse_text(const char *argument, void *target, struct error *err)
{
    if (argument[0] == '\0')
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "an option has an empty value");
    *(const char **)target = argument;
    return true;
}

/* The digits at `*text`, which is moved past them. False: none, or too many. */
static bool read_digits(const char **text, unsigned base, uint64_t *number)
{
    static const char digits[] = "0123456789abcdef";
    const char *start = *text;
    *number = 0;
    for (;; ++*text) {
        char letter = **text;
        if (letter >= 'A' && letter <= 'F')
            letter = (char)(letter - 'A' + 'a');
        const char *digit = letter ? strchr(digits, letter) : NULL;
        if (!digit || digit - digits >= (int)base)
            return *text > start;
        unsigned value = (unsigned)(digit - digits);
        if (*number > (UINT64_MAX - value) / base)
            return false;
        *number = *number * base + value;
    }
}

bool parse_count(const char *argument, void *target, struct error *err)
{
    const char *text = argument;
    uint64_t number;
    if (!read_digits(&text, 10, &number) || *text || number == 0 || number > SIZE_MAX)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "'%.40s' is no count above 0",
                         argument);
    *(size_t *)target = (size_t)number;
    return true;
}

bool parse_fraction(const char *argument, void *target, struct error *err)
{
    char *end;
    double number = strtod(argument, &end);
    bool is_plain = argument[strspn(argument, "0123456789.")] == '\0';
    if (!is_plain || *end || end == argument || !(number > 0 && number < 1))
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "'%.40s' is not between 0 and 1",
                         argument);
    *(double *)target = number;
    return true;
}

/* "", "B", or a power of 1024 with nothing, "B" or "iB" behind it. */
static bool find_byte_shift(const char *unit, unsigned *shift)
{
    static const char powers[] = "KMGT";
    const char *power = *unit ? strchr(powers, *unit >= 'a' ? *unit - 'a' + 'A' : *unit) : NULL;
    *shift = power ? 10 * (unsigned)(power - powers + 1) : 0;
    unit += power != NULL;
    return *unit == '\0' || strcmp(unit, "B") == 0 || (power && strcmp(unit, "iB") == 0);
}

bool parse_bytes(const char *argument, void *target, struct error *err)
{
    const char *text = argument;
    uint64_t number;
    unsigned shift;
    bool is_fine = read_digits(&text, 10, &number) && find_byte_shift(text, &shift) && number > 0 &&
                   number <= UINT64_MAX >> shift;
    if (!is_fine)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "'%.40s' is no size such as 4096, 512M or 8G", argument);
    *(uint64_t *)target = number << shift;
    return true;
}

static const struct time_unit {
    const char *name;
    uint64_t ns;
} time_units[] = {
    { "", 1 },           { "ns", 1 },          { "us", 1000 },         { "ms", 1000000 },
    { "s", 1000000000 }, { "m", 60000000000 }, { "min", 60000000000 }, { "h", 3600000000000 },
};

static const struct time_unit *find_time_unit(const char *name)
{
    for (size_t i = 0; i < sizeof time_units / sizeof time_units[0]; i++)
        if (strcmp(time_units[i].name, name) == 0)
            return &time_units[i];
    return NULL;
}

/* Adds the digits behind a point, as far as they are whole nanoseconds. */
static bool add_fraction(const char *digits, size_t count, uint64_t unit_ns, uint64_t *ns)
{
    uint64_t place_ns = unit_ns;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned)(digits[i] - '0');
        if (digit == 0 && place_ns == 0)
            continue;
        if (place_ns == 0 || (place_ns % 10 != 0 && place_ns * digit % 10 != 0))
            return false;
        uint64_t more_ns = place_ns * digit / 10; /* below 3.6e13, so no product is too large */
        if (*ns > UINT64_MAX - more_ns)
            return false;
        *ns += more_ns;
        place_ns = place_ns % 10 == 0 ? place_ns / 10 : 0;
    }
    return true;
}

bool parse_time(const char *argument, void *target, struct error *err)
{
    const char *text = argument;
    const char *fraction = NULL;
    size_t fraction_digits = 0;
    uint64_t whole, ns;
    bool is_fine = read_digits(&text, 10, &whole);
    if (is_fine && *text == '.') {
        fraction = text + 1;
        fraction_digits = strspn(fraction, "0123456789");
        text = fraction + fraction_digits;
        is_fine = fraction_digits > 0;
    }
    const struct time_unit *unit = is_fine ? find_time_unit(text) : NULL;
    if (!unit)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "'%.40s' is no time such as 1.5s, 250ms, 10us or 12345 (ns)", argument);
    is_fine = whole <= UINT64_MAX / unit->ns;
    ns = is_fine ? whole * unit->ns : 0;
    if (!is_fine || !add_fraction(fraction, fraction_digits, unit->ns, &ns))
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "'%.40s' is too long a time, or not of whole nanoseconds", argument);
    *(uint64_t *)target = ns;
    return true;
}

bool parse_heap(const char *argument, void *target, struct error *err)
{
    struct heap_choice *choice = target;
    const char *text = argument;
    bool is_ordinal = *text == '#';
    bool is_hex = !is_ordinal && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    uint64_t number;
    text += is_ordinal ? 1 : is_hex ? 2 : 0;
    if (!read_digits(&text, is_hex ? 16 : 10, &number) || *text || number == 0 ||
        (is_ordinal && number > UINT32_MAX))
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "'%.40s' is no heap such as #1 or 0x10000", argument);
    *choice = is_ordinal ? (struct heap_choice){ .ordinal = (uint32_t)number }
                         : (struct heap_choice){ .handle = number };
    return true;
}
