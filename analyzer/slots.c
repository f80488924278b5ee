/* A map from offsets in a page to small values, as one packed array. */
#include "analyzer/slots.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static size_t bytes_for(uint32_t capacity)
{
    size_t buckets = capacity >= SLOTS_BUCKETED ? SLOTS_BUCKETS * sizeof(uint16_t) : 0;
    return capacity * sizeof(struct slot) + buckets;
}

/* A quarter to spare; odd, because glibc's chunks hold 8 bytes more than a multiple of 16. */
static uint16_t capacity_for(uint32_t count)
{
    uint32_t capacity = (count + count / 4 + 2) | 1;
    return (uint16_t)(capacity < SLOTS_MAX ? capacity : SLOTS_MAX);
}

static void count_buckets(struct slots *slots)
{
    if (slots->capacity < SLOTS_BUCKETED)
        return;
    uint16_t *buckets = slots_buckets(slots);
    uint32_t rank = 0;
    for (uint32_t bucket = 0; bucket < SLOTS_BUCKETS; bucket++) {
        while (rank < slots->count && slots->many[rank].offset >> SLOTS_BUCKET_SHIFT == bucket)
            rank++;
        buckets[bucket] = (uint16_t)rank;
    }
}

static bool set_capacity(struct slots *slots, uint16_t capacity)
{
    struct slot one = slots->one;
    struct slot *many = realloc(slots->capacity ? slots->many : NULL, bytes_for(capacity));
    if (!many)
        return false;
    if (slots->capacity == 0)
        many[0] = one;
    slots->many = many;
    slots->capacity = capacity;
    count_buckets(slots);
    return true;
}

bool slots_reserve(struct slots *slots)
{
    assert(slots->count < SLOTS_MAX);
    uint32_t room = slots->capacity ? slots->capacity : 1;
    return slots->count < room || set_capacity(slots, capacity_for(slots->count));
}

void slots_insert(struct slots *slots, uint32_t rank, struct slot slot)
{
    struct slot *array = slots_array(slots);
    assert(slots->count < (slots->capacity ? slots->capacity : 1));
    memmove(array + rank + 1, array + rank, (slots->count - rank) * sizeof *array);
    array[rank] = slot;
    slots->count++;
    if (slots->capacity < SLOTS_BUCKETED)
        return;
    uint16_t *buckets = slots_buckets(slots);
    for (uint32_t b = slot.offset >> SLOTS_BUCKET_SHIFT; b < SLOTS_BUCKETS; b++)
        buckets[b]++;
}

void slots_remove(struct slots *slots, uint32_t rank)
{
    if (slots->count == 1) {
        slots_release(slots);
        return;
    }
    struct slot *array = slots->many;
    uint32_t bucket = array[rank].offset >> SLOTS_BUCKET_SHIFT;
    slots->count--;
    memmove(array + rank, array + rank + 1, (slots->count - rank) * sizeof *array);
    if (slots->capacity < SLOTS_BUCKETED)
        return;
    uint16_t *buckets = slots_buckets(slots);
    for (uint32_t b = bucket; b < SLOTS_BUCKETS; b++)
        buckets[b]--;
    if (slots->count < slots->capacity / 4)
        set_capacity(slots, capacity_for(slots->count)); /* refused: it just stays large */
}

void slots_release(struct slots *slots)
{
    if (slots->capacity)
        free(slots->many);
    *slots = (struct slots){ 0 };
}
