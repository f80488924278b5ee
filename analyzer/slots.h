/*
 * A map from offsets in a page to small values, in order of offset.
 *
 * It is an array of 8-byte slots without holes. One slot is kept inline; from SLOTS_BUCKETED slots
 * on, counts for each sixteenth of the page say where to look. So any alignment is served by the
 * same code, a slot costs little more than its 8 bytes, and neighbours are neighbours.
 */
#ifndef ANALYZER_SLOTS_H
#define ANALYZER_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SLOTS_BUCKETS = 16,
    SLOTS_BUCKET_SHIFT = 8, /* a bucket is 256 bytes of the page */
    SLOTS_BUCKETED = 16,    /* arrays with at least this capacity have buckets before the slots */
    SLOTS_MAX = 4096,
};

struct slot {
    uint16_t offset; /* the key: 0 to 4095 */
    uint16_t end;    /* 0 to 4096; whatever the user makes of it */
    uint32_t value;
};

/* Zero-filled is empty. */
struct slots {
    union {
        struct slot one;   /* if capacity is 0 */
        struct slot *many; /* owned */
    };
    uint16_t count;
    uint16_t capacity;
};

static inline struct slot *slots_array(struct slots *slots)
{
    return slots->capacity ? slots->many : &slots->one;
}

/* For each bucket, the number of slots in it and before it. */
static inline uint16_t *slots_buckets(struct slots *slots)
{
    return (uint16_t *)slots->many - SLOTS_BUCKETS;
}

/* How many slots have a smaller offset: the index of `offset`, there or yet to be inserted. */
static inline uint32_t slots_rank(struct slots *slots, uint32_t offset)
{
    const struct slot *array = slots_array(slots);
    uint32_t rank = 0;
    uint32_t end = slots->count;
    if (slots->capacity >= SLOTS_BUCKETED) {
        const uint16_t *buckets = slots_buckets(slots);
        uint32_t bucket = offset >> SLOTS_BUCKET_SHIFT;
        rank = bucket > 0 ? buckets[bucket - 1] : 0;
        end = buckets[bucket];
    }
    while (rank < end && array[rank].offset < offset)
        rank++;
    return rank;
}

/* Whether the slot of that rank exists and has that offset. */
static inline bool slots_has(struct slots *slots, uint32_t rank, uint32_t offset)
{
    return rank < slots->count && slots_array(slots)[rank].offset == offset;
}

/* Gives a full array, of fewer than SLOTS_MAX slots, more room. False: no memory. */
bool slots_grow(struct slots *slots);

/* Makes room for one more slot, of which there are fewer than SLOTS_MAX. False: no memory. */
static inline bool slots_reserve(struct slots *slots)
{
    return slots->count < slots->capacity || slots->count == 0 || slots_grow(slots);
}

/* Inserts at `rank`, which slots_rank gave for an offset that is not there; room is reserved. */
void slots_insert(struct slots *slots, uint32_t rank, struct slot slot);

/* Removes the slot at `rank`. Room for one more is left. */
void slots_remove(struct slots *slots, uint32_t rank);

/* Empties it. */
void slots_release(struct slots *slots);

#endif
