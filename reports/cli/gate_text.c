/* Gates as people write them. */
#include "reports/cli/gate_text.h"

#include "reports/cli/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool no_sense(const char *text, const char *why, struct error *err)
{
    return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "gate '%.120s': %s", text, why);
}

static const char *last_of(const char *text, const char *part)
{
    const char *last = NULL;
    while ((text = strstr(text, part)))
        last = text++;
    return last;
}

/* Takes "process[LABEL]." from the front of `*at`. The label may hold brackets of its own. */
static bool read_process(const char **at, struct gate *gate, struct error *err)
{
    static const char opening[] = "process[", closing[] = "].", before_heap[] = "].heap[";
    if (strncmp(*at, opening, strlen(opening)) != 0)
        return true;
    const char *label = *at + strlen(opening);
    const char *end = last_of(label, before_heap);
    if (!end)
        end = last_of(label, closing);
    if (!end || end == label)
        return no_sense(gate->text, "a process is written process[app.exe].", err);
    memcpy(gate->process, label, (size_t)(end - label));
    gate->process[end - label] = '\0';
    gate->scope = GATE_PROCESS;
    *at = end + strlen(closing);
    return true;
}

static bool read_heap(const char **at, struct gate *gate, struct error *err)
{
    static const char opening[] = "heap[", closing[] = "].", every[] = "heap[*].";
    if (strncmp(*at, opening, strlen(opening)) != 0)
        return true;
    if (strncmp(*at, every, strlen(every)) == 0) {
        gate->scope = GATE_EVERY_HEAP;
        *at += strlen(every);
        return true;
    }
    char *end;
    const char *number = *at + strlen(opening) + 1;
    unsigned long ordinal = strtoul(number, &end, 10);
    if (number[-1] != '#' || *number < '1' || *number > '9' || ordinal > UINT32_MAX ||
        strncmp(end, closing, strlen(closing)) != 0)
        return no_sense(gate->text, "a heap is written heap[#1]. or heap[*].", err);
    gate->scope = GATE_HEAP;
    gate->ordinal = (uint32_t)ordinal;
    *at = end + strlen(closing);
    return true;
}

/* The metric that begins with `name` and a dot, or else the one that looks most like it. */
static const char *suggestion(const char *name)
{
    enum { NAMES_MAX = 256 };
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < metric_count && count < NAMES_MAX; i++) {
        size_t length = strlen(name);
        names[count++] = metric_list[i].name;
        if (length > 0 && strncmp(metric_list[i].name, name, length) == 0 &&
            metric_list[i].name[length] == '.')
            return metric_list[i].name;
    }
    return nearest_word(name, names, count);
}

static bool read_metric(const char **at, struct gate *gate, struct error *err)
{
    char name[64];
    size_t length = strcspn(*at, "<>");
    if ((*at)[length] == '\0')
        return no_sense(gate->text, "it has no '>' or '<', as in 'move_rate>+5pt'", err);
    while (length > 0 && (*at)[length - 1] == ' ')
        length--;
    snprintf(name, sizeof name, "%.*s", (int)(length < 60 ? length : 60), *at);
    gate->metric = metric_find(name);
    if (!gate->metric) {
        const char *meant = suggestion(name);
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "unknown metric '%s'%s%s%s", name,
                         meant ? "; did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
    }
    *at += strcspn(*at, "<>");
    gate->is_falling = **at == '<';
    ++*at;
    return true;
}

static const struct limit_unit {
    const char *name;
    const char *unit; /* of the metrics it goes with; NULL: any */
    double scale;
} limit_units[] = {
    { "", NULL, 1 },
    { "pt", "fraction", 0.01 },
    { "B", "bytes", 1 },
    { "KiB", "bytes", 0x1p10 },
    { "MiB", "bytes", 0x1p20 },
    { "GiB", "bytes", 0x1p30 },
    { "TiB", "bytes", 0x1p40 },
    { "ns", "ns", 1 },
    { "us", "ns", 1e3 },
    { "ms", "ns", 1e6 },
    { "s", "ns", 1e9 },
};

static bool take_limit(struct gate *gate, double number, const char *unit, size_t length,
                       struct error *err)
{
    double *limit = &gate->absolute;
    double scale = 0;
    if (length == 1 && *unit == '%') {
        limit = &gate->relative;
        scale = 0.01;
    }
    for (size_t i = 0; i < sizeof limit_units / sizeof limit_units[0]; i++) {
        const struct limit_unit *known = &limit_units[i];
        if (strlen(known->name) == length && strncmp(known->name, unit, length) == 0 &&
            (!known->unit || strcmp(known->unit, gate->metric->unit) == 0))
            scale = known->scale;
    }
    if (scale == 0)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "gate '%.100s': '%.*s' is no unit for %s, which is in %s", gate->text,
                         (int)(length < 20 ? length : 20), unit, gate->metric->name,
                         gate->metric->unit);
    if (!isnan(*limit))
        return no_sense(gate->text, "it has two limits of the same kind", err);
    *limit = number * scale;
    return true;
}

static bool read_limit(const char *at, size_t length, struct gate *gate, struct error *err)
{
    while (length > 0 && *at == ' ')
        at++, length--;
    while (length > 0 && at[length - 1] == ' ')
        length--;
    if (length > 0 && (*at == '+' || (*at == '-' && gate->is_falling)))
        at++, length--;
    size_t digits = strspn(at, "0123456789.");
    char *end = NULL;
    double number = digits > 0 ? strtod(at, &end) : 0;
    if (digits == 0 || digits > length || end != at + digits || !isfinite(number))
        return no_sense(gate->text, "a limit is written +5%, +5pt, +1MiB or +100", err);
    return take_limit(gate, number, at + digits, length - digits, err);
}

bool gate_read(const char *text, struct gate *out, struct error *err)
{
    *out = (struct gate){ .relative = NAN, .absolute = NAN };
    if (strlen(text) >= sizeof out->text)
        return no_sense(text, "it is too long", err);
    memcpy(out->text, text, strlen(text) + 1);
    const char *at = out->text + strspn(out->text, " ");
    if (!read_process(&at, out, err) || !read_heap(&at, out, err) || !read_metric(&at, out, err))
        return false;
    for (;; at++) {
        size_t length = strcspn(at, ",");
        if (!read_limit(at, length, out, err))
            return false;
        at += length;
        if (*at == '\0')
            return true;
    }
}
