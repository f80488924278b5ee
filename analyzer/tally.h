/* How often each whole number occurred, for exact quantiles of small numbers. */
#ifndef ANALYZER_TALLY_H
#define ANALYZER_TALLY_H

#include "decoder/error.h"

/* Values below it are nearly all there are: they are counted without a look-up. */
enum { TALLY_SMALL = 8 };

/* Zero-filled is empty. */
struct tally {
    uint64_t small[TALLY_SMALL]; /* how often each of them occurred */
    struct tally_entry *entries; /* owned; of the others */
    uint64_t count;              /* of all values, each as often as it occurred */
};

/* The rest of tally_count. */
bool tally_count_large(struct tally *tally, uint64_t value, uint64_t times, struct error *err);

/* Counts `value` `times` times. False with ERROR_NO_MEMORY and nothing changed. */
static inline bool tally_count(struct tally *tally, uint64_t value, uint64_t times,
                               struct error *err)
{
    if (value >= TALLY_SMALL)
        return tally_count_large(tally, value, times, err);
    tally->small[value] += times;
    tally->count += times;
    return true;
}

/* Adds what `more` counted to `sum`. False with ERROR_NO_MEMORY and a part added. */
bool tally_add(struct tally *sum, const struct tally *more, struct error *err);

struct tally_quantiles {
    uint64_t p50, p95, max; /* by nearest rank; RESULT_UNKNOWN without values */
};

/* Sorts the tally, which changes nothing but its inner order. */
struct tally_quantiles tally_quantiles(struct tally *tally);

void tally_release(struct tally *tally); /* zero-fills it */

#endif
