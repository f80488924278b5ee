/*
 * A map from offsets in a page to small values, in order of offset.
 *
 * It is an array of 8-byte slots without holes. One slot is kept inline, a few in order of offset.
 * From SLOTS_CELLED slots on they lie in any order, and an index of the page's cells of 16 bytes
 * tells which of them starts in a cell: so nothing is searched or moved. That holds one slot a
 * cell, which is what heaps do; a page in which two share one goes back to the order of offset,
 * and so any alignment is served. Memory is of the caller's arena, always the same one.
 *
 * The index also knows which cells lie within slots, from offset to end, until two slots have had
 * one in common. So whether a range is free is mostly told without a look at its neighbours.
 */
#ifndef ANALYZER_SLOTS_H
#define ANALYZER_SLOTS_H

#include "analyzer/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SLOTS_CELL_SHIFT = 4,
    SLOTS_CELLS = 256,
    SLOTS_CELLED = 16, /* arrays with at least this capacity have an index before the slots */
    SLOTS_MAX = 4096,
    SLOTS_NONE = SLOTS_MAX, /* no place in the array */
};

struct slot {
    uint16_t offset; /* the key: 0 to 4095 */
    uint16_t end;    /* 0 to 4096; at or below the offset: the slot is empty, and takes no cells */
    uint32_t value;
};

struct slots_index {
    /* Of each 64 cells a bit; side by side, because most look-ups ask for both. */
    struct slots_word {
        uint64_t used;  /* a slot has its offset there */
        uint64_t taken; /* if is_disjoint: a slot has some of it */
    } words[SLOTS_CELLS / 64];
    uint8_t at[SLOTS_CELLS]; /* by cell, if used: its place in the array */
};

/* Zero-filled is empty. */
struct slots {
    union {
        struct slot one;   /* if capacity is 0 */
        struct slot *many; /* owned; from the arena */
    };
    uint16_t count;
    uint16_t capacity;
    bool is_celled;   /* the index holds; else the array is in order of offset */
    bool is_disjoint; /* celled, and no two slots have taken the same cell */
};

static inline struct slot *slots_array(struct slots *slots)
{
    return slots->capacity ? slots->many : &slots->one;
}

static inline struct slot slots_at(const struct slots *slots, uint32_t place)
{
    return slots->capacity ? slots->many[place] : slots->one;
}

/* Which slot of the array it is, if below the count; else it is none. Any address will do. */
static inline size_t slots_number(const struct slots *slots, const struct slot *slot)
{
    const struct slot *array = slots->capacity ? slots->many : &slots->one;
    return ((uintptr_t)slot - (uintptr_t)array) / sizeof *slot;
}

static inline struct slots_index *slots_index(const struct slots *slots)
{
    return (struct slots_index *)(void *)slots->many - 1;
}

static inline bool slots_cell_is_used(const struct slots_index *index, uint32_t cell)
{
    return index->words[cell / 64].used >> cell % 64 & 1;
}

/* The rest of slots_take_cells and slots_give_back_cells. */
void slots_take_words(struct slots *slots, uint32_t offset, uint32_t end);
void slots_give_back_words(struct slots *slots, uint32_t offset, uint32_t end);

/* The cells of [offset, end), which is not empty: the word they are in, and their bits there. */
struct slots_cells {
    uint32_t word;
    bool is_one_word; /* else it is not told: they are in several */
    uint64_t bits;
};

static inline struct slots_cells slots_cells_of(uint32_t offset, uint32_t end)
{
    uint32_t first = offset >> SLOTS_CELL_SHIFT, last = (end - 1) >> SLOTS_CELL_SHIFT;
    return (struct slots_cells){
        .word = first / 64,
        .is_one_word = first / 64 == last / 64,
        .bits = UINT64_MAX >> (63 - (last - first) % 64) << first % 64,
    };
}

/* For a slot that comes (or grows) in a map that may be disjoint: takes its cells. */
static inline void slots_take_cells(struct slots *slots, uint32_t offset, uint32_t end)
{
    if (end <= offset || !slots->is_disjoint)
        return;
    const struct slots_cells cells = slots_cells_of(offset, end);
    if (!cells.is_one_word) {
        slots_take_words(slots, offset, end);
        return;
    }
    uint64_t *taken = &slots_index(slots)->words[cells.word].taken;
    slots->is_disjoint = (*taken & cells.bits) == 0;
    *taken |= cells.bits;
}

/* For a slot that goes. */
static inline void slots_give_back_cells(struct slots *slots, uint32_t offset, uint32_t end)
{
    if (end <= offset || !slots->is_disjoint)
        return;
    const struct slots_cells cells = slots_cells_of(offset, end);
    if (cells.is_one_word)
        slots_index(slots)->words[cells.word].taken &= ~cells.bits;
    else
        slots_give_back_words(slots, offset, end);
}

/* How many slots of an array in order have a smaller offset. */
uint32_t slots_rank(const struct slots *slots, uint32_t offset);

/* The rest of slots_find, for a map without index. */
uint32_t slots_find_in_order(const struct slots *slots, uint32_t offset);

/* The place of that offset in the array; SLOTS_NONE: it is not there. */
static inline uint32_t slots_find(const struct slots *slots, uint32_t offset)
{
    if (!slots->is_celled)
        return slots_find_in_order(slots, offset);
    const struct slots_index *index = slots_index(slots);
    uint32_t cell = offset >> SLOTS_CELL_SHIFT;
    if (!slots_cell_is_used(index, cell) || slots->many[index->at[cell]].offset != offset)
        return SLOTS_NONE;
    return index->at[cell];
}

/*
 * Whether that offset is there; `*place` is its place in the array, or that where slots_insert_at
 * would put it.
 */
static inline bool slots_seek(const struct slots *slots, uint32_t offset, uint32_t *place)
{
    if (slots->is_celled) {
        *place = slots_find(slots, offset);
        return *place != SLOTS_NONE;
    }
    *place = slots_rank(slots, offset);
    return *place < slots->count && slots_at(slots, *place).offset == offset;
}

/* The rest of slots_next and slots_previous, for when the cell's word of the index has none. */
uint32_t slots_next_beyond(const struct slots *slots, uint32_t offset);
uint32_t slots_previous_beyond(const struct slots *slots, uint32_t offset);

/* The place of the lowest offset from `offset` (0 to 4096) on, or SLOTS_NONE. */
static inline uint32_t slots_next(const struct slots *slots, uint32_t offset)
{
    if (!slots->is_celled || offset >= SLOTS_CELLS << SLOTS_CELL_SHIFT)
        return slots_next_beyond(slots, offset);
    const struct slots_index *index = slots_index(slots);
    uint32_t cell = offset >> SLOTS_CELL_SHIFT;
    uint64_t used = index->words[cell / 64].used >> cell % 64;
    if (used & 1 && slots->many[index->at[cell]].offset < offset)
        used &= ~UINT64_C(1);
    return used ? index->at[cell + (uint32_t)__builtin_ctzll(used)]
                : slots_next_beyond(slots, offset);
}

/* The place of the highest offset below `offset` (0 to 4096), or SLOTS_NONE. */
static inline uint32_t slots_previous(const struct slots *slots, uint32_t offset)
{
    if (!slots->is_celled || offset >= SLOTS_CELLS << SLOTS_CELL_SHIFT)
        return slots_previous_beyond(slots, offset);
    const struct slots_index *index = slots_index(slots);
    uint32_t cell = offset >> SLOTS_CELL_SHIFT;
    uint64_t used = index->words[cell / 64].used << (63 - cell % 64);
    if (used >> 63 && slots->many[index->at[cell]].offset >= offset)
        used &= ~(UINT64_C(1) << 63);
    return used ? index->at[cell - (uint32_t)__builtin_clzll(used)]
                : slots_previous_beyond(slots, offset);
}

/* Gives a full array, of fewer than SLOTS_MAX slots, more room. False: no memory. */
bool slots_grow(struct slots *slots, struct arena *arena);

/* Makes room for one more slot, of which there are fewer than SLOTS_MAX. False: no memory. */
static inline bool slots_reserve(struct slots *slots, struct arena *arena)
{
    return slots->count < slots->capacity || slots->count == 0 || slots_grow(slots, arena);
}

/* The rest of slots_insert_at and slots_remove. */
uint32_t slots_insert_in_order(struct slots *slots, uint32_t place, struct slot slot);
void slots_remove_in_order(struct slots *slots, uint32_t place, struct arena *arena);
void slots_shrink(struct slots *slots, struct arena *arena);

/*
 * Inserts an offset that is not there, and that slots_seek has found this place for; room is
 * reserved, then or since. Returns its place.
 */
static inline uint32_t slots_insert_at(struct slots *slots, uint32_t place, uint32_t offset,
                                       uint32_t end, uint32_t value)
{
    const struct slot slot = { (uint16_t)offset, (uint16_t)end, value };
    uint32_t cell = offset >> SLOTS_CELL_SHIFT;
    if (!slots->is_celled || slots_cell_is_used(slots_index(slots), cell))
        return slots_insert_in_order(slots, place, slot);
    struct slots_index *index = slots_index(slots);
    index->words[cell / 64].used |= UINT64_C(1) << cell % 64;
    index->at[cell] = (uint8_t)slots->count;
    slots->many[slots->count] = slot;
    slots_take_cells(slots, offset, end);
    return slots->count++;
}

static inline void slots_insert(struct slots *slots, struct slot slot)
{
    uint32_t place;
    slots_seek(slots, slot.offset, &place);
    slots_insert_at(slots, place, slot.offset, slot.end, slot.value);
}

/* Removes the slot at that place. Room for one more is left; places of others may change. */
static inline void slots_remove(struct slots *slots, uint32_t place, struct arena *arena)
{
    if (!slots->is_celled || slots->count == 1) {
        slots_remove_in_order(slots, place, arena);
        return;
    }
    /* The last one takes its place. */
    struct slots_index *index = slots_index(slots);
    struct slot gone = slots->many[place];
    uint32_t cell = gone.offset >> SLOTS_CELL_SHIFT;
    index->words[cell / 64].used &= ~(UINT64_C(1) << cell % 64);
    slots_give_back_cells(slots, gone.offset, gone.end);
    struct slot last = slots->many[--slots->count];
    slots->many[place] = last;
    index->at[last.offset >> SLOTS_CELL_SHIFT] = (uint8_t)place;
    if (slots->count < slots->capacity / 4)
        slots_shrink(slots, arena);
}

/* Gives the slot at that place another end. */
static inline void slots_set_end(struct slots *slots, uint32_t place, uint32_t end)
{
    struct slot *slot = &slots_array(slots)[place];
    slots_give_back_cells(slots, slot->offset, slot->end);
    slots_take_cells(slots, slot->offset, end);
    slot->end = (uint16_t)end;
}

/* Empties it. */
void slots_release(struct slots *slots, struct arena *arena);

/* Whether the cells that slots take are those that the index says. For checks. */
bool slots_are_consistent(const struct slots *slots);

#endif
