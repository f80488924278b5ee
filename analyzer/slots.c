/* A map from offsets in a page to small values, as one packed array. */
#include "analyzer/slots.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static size_t bucket_bytes(uint32_t capacity)
{
    return capacity >= SLOTS_BUCKETED ? SLOTS_BUCKETS * sizeof(uint16_t) : 0;
}

static void free_array(struct slots *slots)
{
    if (slots->capacity)
        free((char *)slots->many - bucket_bytes(slots->capacity));
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
    size_t before = bucket_bytes(capacity);
    char *memory = malloc(before + capacity * sizeof(struct slot));
    if (!memory)
        return false;
    memcpy(memory + before, slots_array(slots), slots->count * sizeof(struct slot));
    free_array(slots);
    slots->many = (struct slot *)(memory + before);
    slots->capacity = capacity;
    count_buckets(slots);
    return true;
}

bool slots_grow(struct slots *slots)
{
    assert(slots->count < SLOTS_MAX);
    return set_capacity(slots, capacity_for(slots->count));
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
    free_array(slots);
    *slots = (struct slots){ 0 };
}
