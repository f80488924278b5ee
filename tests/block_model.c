/* What a block table must answer, worked out from a plain array of blocks at every question. */
#include "tests/block_model.h"

#include <assert.h>
#include <stdlib.h>

static uint64_t last_byte(uint64_t address, uint64_t size)
{
    return size - 1 > UINT64_MAX - address ? UINT64_MAX : address + size - 1;
}

size_t block_model_find(const struct block_model *model, uint64_t address)
{
    size_t index = 0;
    while (index < model->count && model->blocks[index].address != address)
        index++;
    return index;
}

void block_model_insert(struct block_model *model, uint64_t address, uint64_t size, uint64_t since)
{
    assert(model->count < BLOCK_MODEL_MAX);
    model->blocks[model->count].address = address;
    model->blocks[model->count].size = size;
    model->blocks[model->count].since = since;
    model->count++;
}

void block_model_remove(struct block_model *model, size_t index)
{
    model->blocks[index] = model->blocks[--model->count];
}

bool block_model_overlaps(const struct block_model *model, uint64_t address, uint64_t size)
{
    for (size_t i = 0; i < model->count && size > 0; i++) {
        uint64_t other = model->blocks[i].address;
        uint64_t other_size = model->blocks[i].size;
        if (other_size > 0 && other <= last_byte(address, size) &&
            address <= last_byte(other, other_size))
            return true;
    }
    return false;
}

size_t block_model_from(const struct block_model *model, uint64_t address)
{
    size_t best = model->count;
    for (size_t i = 0; i < model->count; i++)
        if (model->blocks[i].address >= address &&
            (best == model->count || model->blocks[i].address < model->blocks[best].address))
            best = i;
    return best;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return (*x > *y) - (*x < *y);
}

/* The units of 2^shift bytes at which some block begins or ends to lie in a unit, or may. */
static size_t breaks_of(const struct block_model *model, unsigned shift, uint64_t *breaks)
{
    size_t count = 0;
    for (size_t i = 0; i < model->count; i++) {
        if (model->blocks[i].size == 0)
            continue;
        uint64_t first = model->blocks[i].address >> shift;
        uint64_t last = last_byte(model->blocks[i].address, model->blocks[i].size) >> shift;
        breaks[count++] = first;
        breaks[count++] = first + 1;
        breaks[count++] = last;
        breaks[count++] = last + 1;
    }
    qsort(breaks, count, sizeof *breaks, compare_numbers);
    return count;
}

size_t block_model_granule_breaks(const struct block_model *model, uint64_t *breaks)
{
    return breaks_of(model, GRANULE_SHIFT, breaks);
}

/* Users of a page, and their bytes in it. */
static uint64_t users_of(const struct block_model *model, uint64_t page, uint64_t *bytes)
{
    uint64_t users = 0;
    uint64_t begin = page << PAGE_SHIFT;
    uint64_t end = begin + (PAGE_BYTES - 1);
    *bytes = 0;
    for (size_t i = 0; i < model->count; i++) {
        if (model->blocks[i].size == 0)
            continue;
        uint64_t first = model->blocks[i].address;
        uint64_t last = last_byte(first, model->blocks[i].size);
        if (first > end || last < begin)
            continue;
        users++;
        *bytes += (last < end ? last : end) - (first > begin ? first : begin) + 1;
    }
    return users;
}

struct occupancy block_model_occupancy(const struct block_model *model)
{
    struct occupancy sums = { .live_blocks = model->count };
    for (size_t i = 0; i < model->count; i++)
        sums.live_bytes += model->blocks[i].size;
    uint64_t breaks[4 * BLOCK_MODEL_MAX];
    size_t count = breaks_of(model, PAGE_SHIFT, breaks);
    for (size_t i = 0; i + 1 < count; i++) {
        uint64_t pages = breaks[i + 1] - breaks[i];
        uint64_t bytes;
        uint64_t users = users_of(model, breaks[i], &bytes);
        if (users == 0)
            continue;
        uint64_t bin = bytes < PAGE_BYTES ? 10 * bytes / PAGE_BYTES : 9;
        sums.touched_pages += pages;
        sums.histogram[bin < 9 ? bin : 9] += pages;
        if (users > 1)
            continue;
        sums.pinned_pages += pages;
        sums.pinned_waste_bytes += pages * (PAGE_BYTES - bytes);
    }
    return sums;
}

uint32_t block_model_granule_bytes(const struct block_model *model, uint64_t number)
{
    uint32_t sum = 0;
    for (uint64_t p = 0; p < 16; p++) {
        uint64_t bytes;
        users_of(model, number * 16 + p, &bytes);
        sum += (uint32_t)(bytes < PAGE_BYTES ? bytes : PAGE_BYTES);
    }
    return sum;
}
