/* A result in the formats of other people's tools. */
#ifndef REPORTS_EXPORT_H
#define REPORTS_EXPORT_H

#include "analyzer/result.h"
#include "decoder/error.h"
#include "reports/stack_fields.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct export_request {
    const struct result *result; /* the caller's */
    enum stack_field weight;     /* what a stack is drawn by, where a format has room for one */
};

/* One format. They are listed in export_formats.c and nowhere else. */
struct export_format {
    const char *name;
    const char *about; /* "folded stacks, for flame graphs" */
    bool needs_stacks; /* it is of no use for a result without them */
    bool is_binary;    /* not for a terminal */
    /* Writes it all to `out`, which stays open. False with ERROR_IO, ERROR_NO_MEMORY. */
    bool (*write)(const struct export_request *request, FILE *out, struct error *err);
};

extern const struct export_format export_formats[];
extern const size_t export_format_count;

/* The format of that name, or NULL. */
const struct export_format *export_format_find(const char *name);

/* The field of that name; false: there is none. */
bool export_weight_find(const char *name, enum stack_field *out);
/* "bytes" or "count". */
const char *export_unit(enum stack_field field);

/*
 * export_folded.c: a line a stack, "root;…;leaf weight", the process first. Names have no control
 * characters and no semicolons (written \u{3b}). Stacks without any of the weight are left out.
 */
bool export_folded_write(const struct export_request *request, FILE *out, struct error *err);

/* export_pprof.c: profile.proto of pprof, in gzip, with all weights. */
bool export_pprof_write(const struct export_request *request, FILE *out, struct error *err);

/* export_speedscope.c: the JSON of speedscope.app, a profile for each weight that there is. */
bool export_speedscope_write(const struct export_request *request, FILE *out, struct error *err);

/* export_perfetto.c: JSON of Chromium's tracing, which Perfetto reads: the timelines as counters.
 */
bool export_perfetto_write(const struct export_request *request, FILE *out, struct error *err);

#endif
