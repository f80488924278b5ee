/*
 * Blocks of the past by address: digit by digit from the highest, in place, because they may fill
 * half the memory.
 */
#include "analyzer/past_sort.h"

#include <stdbool.h>
#include <string.h>

enum {
    DIGIT_BITS = 9,
    DIGITS = 1 << DIGIT_BITS,
    CELL_BITS = 8, /* mostly, those of the cells of 16 bytes in a page */
    CELLS = 1 << CELL_BITS,
    FEWER = 8, /* insertion sort is faster than cells, */
    FEW = 32,  /* and than a digit more */
};

static struct past_range range_from(struct past_range range, size_t first)
{
    return (struct past_range){ range.entries + first, range.stacks ? range.stacks + first : NULL };
}

static inline void swap(struct past_range range, size_t a, size_t b)
{
    struct past_entry entry = range.entries[a];
    range.entries[a] = range.entries[b];
    range.entries[b] = entry;
    if (!range.stacks)
        return;
    uint32_t stack = range.stacks[a];
    range.stacks[a] = range.stacks[b];
    range.stacks[b] = stack;
}

/* The first entries, up to one that differs from the first in a bit of `same`. */
struct run {
    size_t count;
    uint64_t differ; /* the bits in which their addresses differ */
    bool is_sorted;
};

static struct run first_run(struct past_range range, size_t count, uint64_t same)
{
    struct run run = { .is_sorted = true };
    const uint64_t first = range.entries[0].address;
    uint64_t before = first;
    for (; run.count < count; run.count++) {
        const uint64_t address = range.entries[run.count].address;
        if ((address ^ first) & same)
            break;
        run.differ |= address ^ first;
        run.is_sorted &= before <= address;
        before = address;
    }
    return run;
}

static void sort_few(struct past_range range, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct past_entry entry = range.entries[i];
        const uint32_t stack = range.stacks ? range.stacks[i] : 0;
        size_t at = i;
        for (; at > 0 && range.entries[at - 1].address > entry.address; at--) {
            range.entries[at] = range.entries[at - 1];
            if (range.stacks)
                range.stacks[at] = range.stacks[at - 1];
        }
        range.entries[at] = entry;
        if (range.stacks)
            range.stacks[at] = stack;
    }
}

/*
 * Up to CELLS entries that differ only in the CELL_BITS bits from `shift` on: each is put where the
 * others before it end, which no guess is needed for. A third of the time of another digit for what
 * is left of a page. False, and nothing changed: two have the same address.
 */
static __attribute__((noinline)) bool sort_cells(struct past_range range, size_t count,
                                                 unsigned shift)
{
    struct past_entry entries[CELLS];
    uint32_t stacks[CELLS];
    uint8_t at[CELLS]; /* by cell, if used */
    uint64_t used[CELLS / 64] = { 0 }, twice = 0;
    for (size_t i = 0; i < count; i++) {
        entries[i] = range.entries[i];
        const size_t cell = entries[i].address >> shift & (CELLS - 1);
        const uint64_t bit = UINT64_C(1) << cell % 64;
        at[cell] = (uint8_t)i;
        twice |= used[cell / 64] & bit;
        used[cell / 64] |= bit;
    }
    if (twice)
        return false;
    if (range.stacks)
        memcpy(stacks, range.stacks, count * sizeof *stacks);
    size_t sorted = 0;
    for (size_t word = 0; word < CELLS / 64; word++)
        for (uint64_t left = used[word]; left; left &= left - 1, sorted++) {
            const uint8_t from = at[word * 64 + (size_t)__builtin_ctzll(left)];
            range.entries[sorted] = entries[from];
            if (range.stacks)
                range.stacks[sorted] = stacks[from];
        }
    return true;
}

/*
 * By the digit of `bits` bits from `shift` on. Every swap brings one entry home; that the one it
 * comes back with waits for the next round lets swaps overlap, where following it from home to home
 * takes twice as long. A round leaves at most half of what it found.
 */
static __attribute__((noinline)) void sort_digit(struct past_range range, size_t count,
                                                 unsigned shift, unsigned bits)
{
    const size_t digits = (size_t)1 << bits;
    size_t next[DIGITS], end[DIGITS];
    memset(end, 0, digits * sizeof *end);
    for (size_t i = 0; i < count; i++)
        end[range.entries[i].address >> shift & (digits - 1)]++;
    size_t sum = 0;
    for (size_t digit = 0; digit < digits; digit++) {
        next[digit] = sum;
        sum += end[digit];
        end[digit] = sum;
    }
    for (bool is_done = false; !is_done;) {
        is_done = true;
        for (size_t digit = 0; digit < digits; digit++) {
            for (size_t i = next[digit]; i < end[digit]; i++)
                swap(range, i, next[range.entries[i].address >> shift & (digits - 1)]++);
            is_done &= next[digit] == end[digit];
        }
    }
}

/* Digits are as equal as can be, and leave what cells are for. */
static unsigned digit_bits(unsigned bits)
{
    const unsigned to_sort = bits > CELL_BITS ? bits - CELL_BITS : bits;
    const unsigned digits = (to_sort + DIGIT_BITS - 1) / DIGIT_BITS;
    return (to_sort + digits - 1) / digits;
}

/* `differ` are the bits in which the addresses differ, one or more. */
static void sort(struct past_range range, size_t count, uint64_t differ)
{
    const unsigned top = 64 - (unsigned)__builtin_clzll(differ);
    const unsigned low = (unsigned)__builtin_ctzll(differ);
    const bool is_cells = count > FEWER && count <= CELLS && top - low <= CELL_BITS;
    if (is_cells && sort_cells(range, count, low))
        return;
    if (count <= FEW) {
        sort_few(range, count);
        return;
    }
    const unsigned shift = top - digit_bits(top - low);
    sort_digit(range, count, shift, top - shift);
    for (size_t from = 0; from < count;) {
        const struct past_range rest = range_from(range, from);
        const struct run run = first_run(rest, count - from, UINT64_MAX << shift);
        if (!run.is_sorted)
            sort(rest, run.count, run.differ);
        from += run.count;
    }
}

void past_sort(struct past_range range, size_t count)
{
    if (count == 0)
        return;
    const struct run run = first_run(range, count, 0);
    if (!run.is_sorted)
        sort(range, run.count, run.differ);
}
