/* Runs of made-up builds of a program: traces in memory, and what they measure. */
#ifndef TESTS_BUILD_SAMPLE_H
#define TESTS_BUILD_SAMPLE_H

#include "analyzer/merged.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct build_plan {
    const char *image;       /* NULL: "app.exe" */
    uint64_t seed;           /* of a run: sizes and growth vary by it, a few percent */
    unsigned growth_percent; /* of a buffer that grows by realloc; 0: 200 */
    bool pins_pages;         /* its first heap keeps every fourth of many blocks */
    unsigned work;           /* how often it does the same; 0: 1 */
    unsigned heaps;          /* 0: 2; further ones have other flags and larger blocks */
    uint32_t events_lost;    /* as the header of the trace says */
    bool is_attached;        /* the heaps were there before the trace */
};

/* A trace of a run; the caller's to free. */
uint8_t *build_trace(const struct build_plan *plan, size_t *size);

/* Writes it to a file. */
void build_trace_file(const struct build_plan *plan, const char *path);

/* The result of a run; result_release it. */
struct result build_result(const struct build_plan *plan);

/* `runs` runs with seeds from plan->seed on, added up and finished; merged_release it. */
struct merged build_merged(const struct build_plan *plan, size_t runs);

/* What merged_json_write writes, as a string to be freed. */
char *merged_text(const struct merged *merged, size_t *size);

#endif
