/* What each allocator path (the Source of an event) did. */
#ifndef ANALYZER_SOURCES_H
#define ANALYZER_SOURCES_H

#include "analyzer/growth.h"
#include "analyzer/lifetimes.h"
#include "analyzer/result.h"

enum {
    SOURCE_LOOKASIDE = 1, /* ntetw.h, HEAP_LOG allocation sources */
    SOURCE_LOW_FRAGMENTATION = 2,
    SOURCE_DOCUMENTED_LAST = 5,
};

/* The trace may name any code: the first so many get counts of their own, the others share. */
enum { SOURCE_CODES = 63, SOURCE_REST = SOURCE_CODES, SOURCE_INDICES };

/* The codes an analysis met, by index, in order of appearance. Zero-filled is empty. */
struct source_codes {
    uint32_t codes[SOURCE_CODES];
    uint8_t count;
};

/* The index of `code`, noted if it is new; SOURCE_REST when there is no room for it. */
uint8_t source_codes_index(struct source_codes *codes, uint32_t code);

/* Whether `index` stands for `code`. */
bool source_codes_is(const struct source_codes *codes, uint8_t index, uint32_t code);

/* Of one Source. */
struct source_counts {
    uint8_t index; /* of it in struct sources */
    /* From here on, nothing but counts: sources.c compares them with zeros. */
    uint64_t allocs, alloc_bytes, frees, free_bytes;
    uint64_t in_place, moved, failed, copied_bytes;
    struct growth growth;
    struct lifetimes lifetimes;           /* of chains whose last Source this was */
    uint64_t reallocs_of[SOURCE_INDICES]; /* successful ones, by the block's last Source before */
};

enum { SOURCES_USUAL = 8 };

/* By index; NULL: nothing counted. Owned. Zero-filled is empty. */
struct sources {
    struct source_counts *usual[SOURCES_USUAL]; /* some of them by code: the caller's to set */
    struct source_counts *other;                /* the same of another code; NULL: none */
    uint32_t other_code;
    struct source_counts *of[SOURCE_INDICES];
};

/* The counts of that code if they are there and usual, else NULL. */
static inline struct source_counts *sources_usual(const struct sources *sources, uint32_t code)
{
    if (code < SOURCES_USUAL)
        return sources->usual[code];
    return code == sources->other_code ? sources->other : NULL;
}

static inline void sources_set_other(struct sources *sources, uint32_t code,
                                     struct source_counts *counts)
{
    sources->other = counts;
    sources->other_code = code;
}

/* The counts of `index`, made if there are none. NULL with ERROR_NO_MEMORY. */
struct source_counts *sources_make(struct sources *sources, uint8_t index, struct error *err);

/* Of all Sources. */
struct growth sources_growth(const struct sources *sources);
struct lifetimes sources_lifetimes(const struct sources *sources);

/* False with ERROR_NO_MEMORY and a part added. */
bool sources_add(struct sources *sum, const struct sources *more, struct error *err);

/* Fills sources and transitions of `out`. False with ERROR_NO_MEMORY. */
bool sources_report(const struct sources *sources, const struct source_codes *codes,
                    struct measures *out, struct error *err);

void sources_release(struct sources *sources); /* zero-fills */

#endif
