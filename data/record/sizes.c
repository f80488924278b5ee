/* The size of each live block: a hash table with open addressing and linear probing. */
#include "data/record/sizes.h"

#include "data/record/sys.h"

#include <stdatomic.h>

/*
 * uthash would want a malloc for each block, and this lives inside malloc. Two words an entry, at
 * most two thirds full; a removal shifts the entries behind it back, so that there are no graves
 * and a program that runs for days does not slow down.
 */
struct entry {
    uint64_t address; /* 0: free */
    uint64_t size;
};

enum { FIRST_BITS = 12, LAST_BITS = 36 };

static struct entry *entries;
static unsigned bits; /* 2 ** bits entries; 0 before the first */
static uint64_t count;
static volatile bool changing; /* between two consistent states */

static uint64_t home_of(uint64_t address, unsigned table_bits)
{
    return (address >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> (64 - table_bits);
}

static struct entry *find(struct entry *table, unsigned table_bits, uint64_t address)
{
    uint64_t mask = (UINT64_C(1) << table_bits) - 1;
    uint64_t at = home_of(address, table_bits);
    while (table[at].address != 0 && table[at].address != address)
        at = (at + 1) & mask;
    return &table[at];
}

static uint64_t table_bytes(unsigned table_bits)
{
    return table_bits ? sizeof(struct entry) << table_bits : 0;
}

static bool grow(void)
{
    unsigned wider = bits ? bits + 1 : FIRST_BITS;
    if (wider > LAST_BITS)
        return false;
    struct entry *table = sys_map_private(table_bytes(wider));
    if (!table)
        return false;
    for (uint64_t at = 0; at < table_bytes(bits) / sizeof *entries; at++)
        if (entries[at].address != 0)
            *find(table, wider, entries[at].address) = entries[at];
    struct entry *old = entries;
    uint64_t old_bytes = table_bytes(bits);
    entries = table;
    bits = wider;
    if (old)
        sys_unmap(old, old_bytes);
    return true;
}

static void begin_change(void)
{
    changing = true;
    atomic_signal_fence(memory_order_seq_cst);
}

static void end_change(void)
{
    atomic_signal_fence(memory_order_seq_cst);
    changing = false;
}

void sizes_put(uint64_t address, uint64_t size)
{
    begin_change();
    bool has_room = bits && count < (UINT64_C(1) << bits) / 3 * 2;
    if (has_room || grow()) {
        struct entry *entry = find(entries, bits, address);
        count += entry->address == 0;
        *entry = (struct entry){ .address = address, .size = size };
    }
    end_change();
}

/* Fills the hole at `hole` with those behind it that would have liked to be there. */
static void close_hole(uint64_t hole)
{
    uint64_t mask = (UINT64_C(1) << bits) - 1;
    for (uint64_t at = (hole + 1) & mask; entries[at].address != 0; at = (at + 1) & mask) {
        uint64_t home = home_of(entries[at].address, bits);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            entries[hole] = entries[at];
            hole = at;
        }
    }
    entries[hole].address = 0;
}

bool sizes_take(uint64_t address, uint64_t *size)
{
    if (!bits)
        return false;
    struct entry *entry = find(entries, bits, address);
    if (entry->address == 0)
        return false;
    *size = entry->size;
    begin_change();
    count--;
    close_hole((uint64_t)(entry - entries));
    end_change();
    return true;
}

void sizes_after_fork(void)
{
    if (!changing)
        return;
    entries = NULL;
    bits = 0;
    count = 0;
    changing = false;
}
