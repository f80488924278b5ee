/* How often each whole number occurred, for exact quantiles of small numbers. */
#include "analyzer/tally.h"

#include "analyzer/result.h"
#include "analyzer/wide.h"

#include <stdlib.h>

/* Out of memory is a return value: a failed add leaves hh.tbl NULL (uthash user guide). */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct tally_entry {
    uint64_t value; /* key */
    uint64_t count;
    UT_hash_handle hh;
};

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to count chains");
}

bool tally_count_large(struct tally *tally, uint64_t value, uint64_t times, struct error *err)
{
    struct tally_entry *entry;
    HASH_FIND(hh, tally->entries, &value, sizeof value, entry);
    if (!entry) {
        entry = calloc(1, sizeof *entry);
        if (!entry)
            return no_memory(err);
        entry->value = value;
        HASH_ADD(hh, tally->entries, value, sizeof entry->value, entry);
        if (!entry->hh.tbl) {
            free(entry);
            return no_memory(err);
        }
    }
    entry->count += times;
    tally->count += times;
    return true;
}

bool tally_add(struct tally *sum, const struct tally *more, struct error *err)
{
    for (uint64_t value = 0; value < TALLY_SMALL; value++)
        if (!tally_count(sum, value, more->small[value], err))
            return false;
    for (const struct tally_entry *e = more->entries; e; e = e->hh.next)
        if (!tally_count(sum, e->value, e->count, err))
            return false;
    return true;
}

static int by_value(const struct tally_entry *a, const struct tally_entry *b)
{
    return (a->value > b->value) - (a->value < b->value);
}

/* `sorted` must hold more than 0 values. */
static uint64_t quantile(const struct tally *sorted, unsigned percent)
{
    uint64_t rank = (uint64_t)(((u128)sorted->count * percent + 99) / 100);
    uint64_t seen = 0;
    for (uint64_t value = 0; value < TALLY_SMALL; value++) {
        seen += sorted->small[value];
        if (seen >= rank)
            return value;
    }
    const struct tally_entry *entry = sorted->entries;
    for (seen += entry->count; seen < rank; seen += entry->count)
        entry = entry->hh.next;
    return entry->value;
}

struct tally_quantiles tally_quantiles(struct tally *tally)
{
    if (tally->count == 0)
        return (struct tally_quantiles){ RESULT_UNKNOWN, RESULT_UNKNOWN, RESULT_UNKNOWN };
    HASH_SORT(tally->entries, by_value);
    return (struct tally_quantiles){
        .p50 = quantile(tally, 50),
        .p95 = quantile(tally, 95),
        .max = quantile(tally, 100),
    };
}

void tally_release(struct tally *tally)
{
    struct tally_entry *entry = tally->entries;
    HASH_CLEAR(hh, tally->entries); /* drops the table only; the entries stay linked */
    while (entry) {
        struct tally_entry *next = entry->hh.next;
        free(entry);
        entry = next;
    }
    *tally = (struct tally){ 0 };
}
