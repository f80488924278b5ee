/* What `heapfrag info` shows, and its two ways to show it. */
#ifndef REPORTS_CLI_INFO_H
#define REPORTS_CLI_INFO_H

#include "decoder/decoder.h"

#include <stdio.h>

/* All of it is the decoder's. */
struct info {
    const char *path;
    const struct trace_info *trace;
    const struct anomalies *anomalies;
    const struct processes *processes;
    const struct images *images;
    const struct stacks *stacks;
    const struct census *census; /* NULL: there was no memory for one */
};

/* Whether writing worked is for the caller to ask `out`. */
void info_write_text(const struct info *info, FILE *out); /* info_text.c */
void info_write_json(const struct info *info, FILE *out); /* info_json.c */

#endif
