/* The formats of an export, and what all of them share. */
#include "reports/export.h"

#include <string.h>

const struct export_format export_formats[] = {
    { "folded", "folded stacks, for flame graphs", true, false, export_folded_write },
    { "pprof", "a profile for pprof", true, true, export_pprof_write },
    { "speedscope", "a profile for speedscope.app", true, false, export_speedscope_write },
    { "perfetto", "counters for Perfetto and chrome://tracing", false, false,
      export_perfetto_write },
};
const size_t export_format_count = sizeof export_formats / sizeof export_formats[0];

const struct export_format *export_format_find(const char *name)
{
    for (size_t i = 0; i < export_format_count; i++)
        if (strcmp(export_formats[i].name, name) == 0)
            return &export_formats[i];
    return NULL;
}

bool export_weight_find(const char *name, enum stack_field *out)
{
    for (int i = 0; i < STACK_FIELD_COUNT; i++) {
        if (strcmp(stack_field_names[i], name) == 0) {
            *out = (enum stack_field)i;
            return true;
        }
    }
    return false;
}

const char *export_unit(enum stack_field field)
{
    const char *name = stack_field_names[field];
    return strstr(name, "bytes") || strstr(name, "waste") ? "bytes" : "count";
}
