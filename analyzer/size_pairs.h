/* From which sizes to which reallocs go. */
#ifndef ANALYZER_SIZE_PAIRS_H
#define ANALYZER_SIZE_PAIRS_H

#include "analyzer/resize.h"
#include "analyzer/result.h"
#include "decoder/error.h"

struct size_pairs_row; /* all new classes of one old class */

/* By old class; NULL: none. Owned. Zero-filled is empty. */
struct size_pairs {
    struct size_pairs_row *rows[OLD_SIZE_CLASSES];
};

/* Makes sure that reallocs of a block of `old_size` can be counted. False with ERROR_NO_MEMORY. */
bool size_pairs_reserve(struct size_pairs *pairs, uint64_t old_size, struct error *err);

/* Only after size_pairs_reserve of resize->from. */
void size_pairs_count(struct size_pairs *pairs, const struct resize *resize);

/* False with ERROR_NO_MEMORY and a part added. */
bool size_pairs_add(struct size_pairs *sum, const struct size_pairs *more, struct error *err);

/* Fills size_pairs of `out`. False with ERROR_NO_MEMORY. */
bool size_pairs_report(const struct size_pairs *pairs, struct realloc_result *out,
                       struct error *err);

void size_pairs_release(struct size_pairs *pairs); /* zero-fills */

#endif
