/* Numbers for people: three digits and a unit. */
#include "reports/units.h"

#include "analyzer/result.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static const struct unit_text unknown = { "-" };

/* `value` with three digits in all, or as many as it has before its point. */
static int decimals_of(double value)
{
    double size = fabs(value);
    return size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
}

/* Divides by `step` until the value, as it will be shown, is below the next unit. */
static struct unit_text scaled(double value, double step, const char *const *units, int last)
{
    struct unit_text out;
    int unit = 0;
    while (unit < last && fabs(value) >= step - 0.5) {
        value /= step;
        unit++;
    }
    int decimals = unit == 0 && fabs(value - trunc(value)) <= 0 ? 0 : decimals_of(value);
    snprintf(out.text, sizeof out.text, fabs(value) < 1e5 ? "%.*f%s" : "%.*g%s",
             fabs(value) < 1e5 ? decimals : 3, value, units[unit]);
    return out;
}

struct unit_text units_mean_bytes(double bytes)
{
    static const char *const units[] = { " B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB" };
    return isnan(bytes) ? unknown : scaled(bytes, 1024, units, 6);
}

struct unit_text units_bytes(uint64_t bytes)
{
    return bytes == RESULT_UNKNOWN ? unknown : units_mean_bytes((double)bytes);
}

struct unit_text units_count(uint64_t count)
{
    enum { EXACT_BELOW = 1000000 };
    static const char *const units[] = { "", " k", " M", " G", " T", " P", " E" };
    struct unit_text out;
    if (count == RESULT_UNKNOWN)
        return unknown;
    if (count >= EXACT_BELOW)
        return scaled((double)count, 1000, units, 6);
    snprintf(out.text, sizeof out.text, "%" PRIu64, count);
    return out;
}

/* Two whole units: "2 min 05 s". */
static struct unit_text two_units(uint64_t count, unsigned per_unit, const char *unit,
                                  const char *part)
{
    struct unit_text out;
    snprintf(out.text, sizeof out.text, "%" PRIu64 " %s %02u %s", count / per_unit, unit,
             (unsigned)(count % per_unit), part);
    return out;
}

struct unit_text units_time(uint64_t ns)
{
    enum { NS_PER_SECOND = 1000000000 };
    static const char *const units[] = { " ns", " us", " ms", " s" };
    if (ns == RESULT_UNKNOWN)
        return unknown;
    uint64_t seconds = ns / NS_PER_SECOND;
    if (seconds < 60)
        return scaled((double)ns, 1000, units, 3);
    if (seconds < 3600)
        return two_units(seconds, 60, "min", "s");
    if (seconds < 86400)
        return two_units(seconds / 60, 60, "h", "min");
    return two_units(seconds / 3600, 24, "d", "h");
}

struct unit_text units_percent(double fraction)
{
    struct unit_text out;
    double percent = 100 * fraction;
    if (isnan(fraction))
        return unknown;
    if (fabs(percent) < 99.95)
        snprintf(out.text, sizeof out.text, "%.1f %%", percent);
    else
        snprintf(out.text, sizeof out.text, fabs(percent) < 1e5 ? "%.0f %%" : "%.2e %%", percent);
    return out;
}

struct unit_text units_ratio(double ratio)
{
    struct unit_text out;
    if (isnan(ratio))
        return unknown;
    snprintf(out.text, sizeof out.text, fabs(ratio) < 1e5 ? "%.*f" : "%.*g",
             fabs(ratio) < 1e5 ? decimals_of(ratio) : 3, ratio);
    return out;
}
