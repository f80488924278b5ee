/* Blocks of a heap that are gone, but were live at a live peak that still stands. */
#include "analyzer/past.h"

#include "analyzer/past_sort.h"

#include <assert.h>
#include <string.h>

enum { PAST_SIZE_BITS = 64 - PAST_PEAKS, FIRST_CAPACITY = 16 };

void past_init(struct past *past, const uint64_t *heap_peak, const uint64_t *process_peak,
               const uint64_t *trace_peak)
{
    static const uint64_t no_peak = 0;
    *past = (struct past){ .peaks = { heap_peak ? heap_peak : &no_peak,
                                      process_peak ? process_peak : &no_peak,
                                      trace_peak ? trace_peak : &no_peak } };
}

void past_release(struct past *past)
{
    huge_release(&past->entry_memory);
    huge_release(&past->stack_memory);
    past->entries = NULL;
    past->stacks = NULL;
    past->count = past->capacity = 0;
}

/* A peak that has moved was made after everything noted so far was gone: it needs none of it. */
static void take_peaks(struct past *past)
{
    bool is_all_stale = true;
    for (unsigned i = 0; i < PAST_PEAKS; i++) {
        uint64_t peak = *past->peaks[i];
        if (peak != past->seen[i])
            past->stale[i] = past->count;
        past->seen[i] = peak;
        is_all_stale &= peak == 0 || past->stale[i] == past->count;
    }
    if (!is_all_stale)
        return;
    past->count = 0;
    for (unsigned i = 0; i < PAST_PEAKS; i++)
        past->stale[i] = 0;
}

static uint64_t has_moved(const struct past *past, enum past_peak which)
{
    return *past->peaks[which] ^ past->seen[which];
}

static void look_at_peaks(struct past *past)
{
    if (has_moved(past, PAST_HEAP) | has_moved(past, PAST_PROCESS) | has_moved(past, PAST_TRACE))
        take_peaks(past);
}

/* The peaks that entry number `i` was live at and that still stand. */
static uint64_t standing_peaks(const struct past *past, size_t i)
{
    uint64_t standing = 0;
    for (unsigned which = 0; which < PAST_PEAKS; which++)
        standing |= i >= past->stale[which] ? UINT64_C(1) << which : 0;
    return past->entries[i].size_and_peaks & standing;
}

/* So many entries, from the first on, may be of older peaks: those after them stand as they are. */
static size_t doubtful_count(const struct past *past)
{
    size_t count = 0;
    for (unsigned which = 0; which < PAST_PEAKS; which++)
        count = past->stale[which] > count ? past->stale[which] : count;
    return count;
}

/* Moves all entries from number `from` on down to number `to`. */
static void move_down(struct past *past, size_t from, size_t to)
{
    const size_t count = past->count - from;
    past->count = to + count;
    if (from == to || count == 0)
        return;
    memmove(&past->entries[to], &past->entries[from], count * sizeof past->entries[0]);
    if (past->stacks)
        memmove(&past->stacks[to], &past->stacks[from], count * sizeof past->stacks[0]);
}

/* Drops the entries no peak needs any more. */
static void sweep(struct past *past)
{
    const uint64_t all_peaks = (1 << PAST_PEAKS) - 1;
    const size_t doubtful = doubtful_count(past);
    size_t kept = 0;
    for (size_t i = 0; i < doubtful; i++) {
        uint64_t peaks = standing_peaks(past, i);
        if (!peaks)
            continue;
        past->entries[kept].address = past->entries[i].address;
        past->entries[kept].size_and_peaks = (past->entries[i].size_and_peaks & ~all_peaks) | peaks;
        if (past->stacks)
            past->stacks[kept] = past->stacks[i];
        kept++;
    }
    move_down(past, doubtful, kept);
    for (unsigned which = 0; which < PAST_PEAKS; which++)
        past->stale[which] = 0;
}

static bool no_memory(size_t capacity, struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET,
                     "no memory to remember %zu blocks of a peak", capacity);
}

static bool grow_stacks(struct past *past, size_t capacity, struct error *err)
{
    if (!huge_grow(&past->stack_memory, capacity * sizeof *past->stacks))
        return no_memory(capacity, err);
    past->stacks = past->stack_memory.memory;
    return true;
}

/* Sweeps before it grows, and grows if that did not free half: so a sweep is paid by its notes. */
static bool reserve_entries(struct past *past, size_t notes, struct error *err)
{
    if (past->capacity - past->count >= notes)
        return true;
    sweep(past);
    if (past->count + notes <= past->capacity / 2)
        return true;
    size_t capacity = past->capacity ? past->capacity * 2 : FIRST_CAPACITY;
    while (capacity - past->count < notes)
        capacity *= 2;
    if (!huge_grow(&past->entry_memory, capacity * sizeof *past->entries))
        return no_memory(capacity, err);
    past->entries = past->entry_memory.memory;
    if (past->stacks && !grow_stacks(past, capacity, err))
        return false;
    past->capacity = capacity;
    return true;
}

/* Room for stacks is made when the first one comes; what was noted before had none. */
static bool reserve_stacks(struct past *past, struct error *err)
{
    if (past->stacks)
        return true;
    if (!grow_stacks(past, past->capacity, err))
        return false;
    memset(past->stacks, 0, past->count * sizeof *past->stacks);
    return true;
}

bool past_reserve(struct past *past, size_t notes, bool with_stacks, struct error *err)
{
    look_at_peaks(past);
    return reserve_entries(past, notes, err) && (!with_stacks || reserve_stacks(past, err));
}

/* The bit of the peak, if what came at `since` and went at `until_change` was live at it. */
static uint64_t needs(const struct past *past, enum past_peak which, uint64_t since,
                      uint64_t until_change)
{
    uint64_t peak = past->seen[which];
    return (uint64_t)((since <= peak) & (peak < until_change)) << which;
}

void past_note(struct past *past, uint64_t address, const struct block *block,
               uint64_t until_change)
{
    look_at_peaks(past);
    uint64_t peaks = needs(past, PAST_HEAP, block->since, until_change) |
                     needs(past, PAST_PROCESS, block->since, until_change) |
                     needs(past, PAST_TRACE, block->since, until_change);
    if (!peaks)
        return;
    assert(past->count < past->capacity && block->size >> PAST_SIZE_BITS == 0);
    assert(past->stacks || block->stack == STACK_NONE);
    if (past->stacks)
        past->stacks[past->count] = block->stack;
    past->entries[past->count++] =
        (struct past_entry){ address, block->size << PAST_PEAKS | peaks };
    past->is_sorted = false;
}

static void settle(struct past *past)
{
    look_at_peaks(past);
    if (past->is_sorted)
        return;
    sweep(past);
    past_sort((struct past_range){ past->entries, past->stacks }, past->count);
    past->is_sorted = true;
}

/* After settle, which saw the peaks as they are. */
static void seek_block(const struct past *past, struct block_table *table, struct past_walk *walk)
{
    do {
        walk->has_block = table && block_table_walk(table, &walk->blocks, &walk->block);
        if (!walk->has_block)
            return;
        walk->block_peaks = 0;
        for (unsigned i = 0; i < PAST_PEAKS; i++)
            walk->block_peaks |= (walk->block.block->since <= past->seen[i] ? 1u : 0u) << i;
    } while (walk->block_peaks == 0 && !walk->wants_live);
}

static void seek_entry(const struct past *past, struct past_walk *walk)
{
    while (walk->entry < past->count && !standing_peaks(past, walk->entry))
        walk->entry++;
}

bool past_walk(struct past *past, struct block_table *table, struct past_walk *walk)
{
    if (!walk->has_begun) {
        settle(past);
        seek_block(past, table, walk);
        walk->has_begun = true;
    }
    seek_entry(past, walk);
    bool has_entry = walk->entry < past->count;
    if (!has_entry && !walk->has_block)
        return false;
    if (has_entry &&
        (!walk->has_block || past->entries[walk->entry].address <= walk->block.address)) {
        const struct past_entry *entry = &past->entries[walk->entry];
        walk->stack = past->stacks ? past->stacks[walk->entry] : STACK_NONE;
        walk->peaks = (unsigned)standing_peaks(past, walk->entry++);
        walk->live = NULL;
        walk->address = entry->address;
        walk->size = entry->size_and_peaks >> PAST_PEAKS;
        return true;
    }
    walk->live = walk->block.block;
    walk->address = walk->block.address;
    walk->size = walk->block.block->size;
    walk->stack = walk->block.block->stack;
    walk->peaks = walk->block_peaks;
    seek_block(past, table, walk);
    return true;
}
