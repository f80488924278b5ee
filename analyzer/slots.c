/* A map from offsets in a page to small values, as one packed array. */
#include "analyzer/slots.h"

#include <assert.h>
#include <string.h>

static size_t index_bytes(uint32_t capacity)
{
    return capacity >= SLOTS_CELLED ? sizeof(struct slots_index) : 0;
}

static size_t array_bytes(uint32_t capacity)
{
    return index_bytes(capacity) + capacity * sizeof(struct slot);
}

static void free_array(struct slots *slots, struct arena *arena)
{
    if (slots->capacity)
        arena_give_back(arena, (char *)slots->many - index_bytes(slots->capacity),
                        array_bytes(slots->capacity));
}

/* A half to spare, or up to as much again: there are few capacities, each half as large again. */
static uint16_t capacity_for(uint32_t count)
{
    uint32_t wanted = count + count / 2 + 1, capacity = 3;
    while (capacity < wanted)
        capacity = (capacity + capacity / 2 + 1) | 1;
    return (uint16_t)(capacity < SLOTS_MAX ? capacity : SLOTS_MAX);
}

static void use_cell(struct slots_index *index, uint32_t offset, uint32_t place)
{
    uint32_t cell = offset >> SLOTS_CELL_SHIFT;
    index->words[cell / 64].used |= UINT64_C(1) << cell % 64;
    index->at[cell] = (uint8_t)place;
}

/* The bits of [offset, end) in that word of the index. */
static uint64_t bits_in_word(uint32_t offset, uint32_t end, uint32_t word)
{
    uint32_t first = offset >> SLOTS_CELL_SHIFT, last = (end - 1) >> SLOTS_CELL_SHIFT;
    uint64_t bits = UINT64_MAX;
    if (first / 64 == word)
        bits &= UINT64_MAX << first % 64;
    if (last / 64 == word)
        bits &= UINT64_MAX >> (63 - last % 64);
    return first / 64 <= word && word <= last / 64 ? bits : 0;
}

void slots_take_words(struct slots *slots, uint32_t offset, uint32_t end)
{
    struct slots_word *words = slots_index(slots)->words;
    uint64_t twice = 0;
    for (uint32_t i = 0; i < SLOTS_CELLS / 64; i++) {
        uint64_t bits = bits_in_word(offset, end, i);
        twice |= words[i].taken & bits;
        words[i].taken |= bits;
    }
    slots->is_disjoint = twice == 0;
}

void slots_give_back_words(struct slots *slots, uint32_t offset, uint32_t end)
{
    struct slots_word *words = slots_index(slots)->words;
    for (uint32_t i = 0; i < SLOTS_CELLS / 64; i++)
        words[i].taken &= ~bits_in_word(offset, end, i);
}

/* Makes the index, if no two slots share a cell. */
static void index_cells(struct slots *slots)
{
    slots->is_celled = false;
    slots->is_disjoint = false;
    if (slots->capacity < SLOTS_CELLED || slots->count > SLOTS_CELLS)
        return;
    struct slots_index *index = slots_index(slots);
    memset(index->words, 0, sizeof index->words);
    for (uint32_t i = 0; i < slots->count; i++) {
        if (slots_cell_is_used(index, slots->many[i].offset >> SLOTS_CELL_SHIFT))
            return;
        use_cell(index, slots->many[i].offset, i);
    }
    slots->is_celled = true;
    slots->is_disjoint = true;
    for (uint32_t i = 0; i < slots->count; i++)
        slots_take_cells(slots, slots->many[i].offset, slots->many[i].end);
}

/* Copies the slots in order of offset. */
static void copy_in_order(struct slots *slots, struct slot *out)
{
    const struct slot *array = slots_array(slots);
    uint32_t place = slots_next(slots, 0);
    for (uint32_t i = 0; i < slots->count; i++) {
        out[i] = array[place];
        place = slots_next(slots, out[i].offset + 1u);
    }
}

static void put_in_order(struct slots *slots)
{
    struct slot ordered[SLOTS_CELLS];
    copy_in_order(slots, ordered);
    memcpy(slots->many, ordered, slots->count * sizeof *ordered);
    slots->is_celled = false;
    slots->is_disjoint = false;
}

static bool set_capacity(struct slots *slots, uint16_t capacity, struct arena *arena)
{
    size_t before = index_bytes(capacity);
    char *memory = arena_take(arena, array_bytes(capacity));
    if (!memory)
        return false;
    struct slot *many = (struct slot *)(void *)(memory + before);
    if (slots->is_celled && before == 0)
        copy_in_order(slots, many);
    else
        memcpy(many, slots_array(slots), slots->count * sizeof *many);
    bool has_index = slots->is_disjoint && before > 0;
    if (has_index)
        memcpy(memory, slots_index(slots), before);
    free_array(slots, arena);
    slots->many = many;
    slots->capacity = capacity;
    if (!has_index)
        index_cells(slots);
    return true;
}

bool slots_grow(struct slots *slots, struct arena *arena)
{
    assert(slots->count < SLOTS_MAX);
    return set_capacity(slots, capacity_for(slots->count), arena);
}

uint32_t slots_rank(const struct slots *slots, uint32_t offset)
{
    const struct slot *array = slots->capacity ? slots->many : &slots->one;
    uint32_t low = 0;
    for (uint32_t left = slots->count; left > 0; left /= 2) {
        uint32_t middle = low + left / 2;
        bool is_before = array[middle].offset < offset;
        low = is_before ? middle + 1 : low;
        left -= is_before;
    }
    return low;
}

uint32_t slots_find_in_order(const struct slots *slots, uint32_t offset)
{
    uint32_t rank = slots_rank(slots, offset);
    return rank < slots->count && slots_at(slots, rank).offset == offset ? rank : SLOTS_NONE;
}

uint32_t slots_next_beyond(const struct slots *slots, uint32_t offset)
{
    if (!slots->is_celled) {
        uint32_t rank = slots_rank(slots, offset);
        return rank < slots->count ? rank : SLOTS_NONE;
    }
    const struct slots_index *index = slots_index(slots);
    for (uint32_t word = (offset >> SLOTS_CELL_SHIFT) / 64 + 1; word < SLOTS_CELLS / 64; word++)
        if (index->words[word].used)
            return index->at[word * 64 + (uint32_t)__builtin_ctzll(index->words[word].used)];
    return SLOTS_NONE;
}

uint32_t slots_previous_beyond(const struct slots *slots, uint32_t offset)
{
    if (!slots->is_celled) {
        uint32_t rank = slots_rank(slots, offset);
        return rank > 0 ? rank - 1 : SLOTS_NONE;
    }
    const struct slots_index *index = slots_index(slots);
    for (uint32_t word = (offset >> SLOTS_CELL_SHIFT) / 64; word-- > 0;)
        if (index->words[word].used)
            return index->at[word * 64 + 63 - (uint32_t)__builtin_clzll(index->words[word].used)];
    return SLOTS_NONE;
}

uint32_t slots_insert_in_order(struct slots *slots, uint32_t place, struct slot slot)
{
    assert(slots->count < (slots->capacity ? slots->capacity : 1));
    if (slots->is_celled) {
        put_in_order(slots);
        place = slots_rank(slots, slot.offset);
    }
    struct slot *array = slots_array(slots);
    memmove(array + place + 1, array + place, (slots->count - place) * sizeof *array);
    array[place] = slot;
    slots->count++;
    return place;
}

void slots_shrink(struct slots *slots, struct arena *arena)
{
    /* Refused: it just stays large. */
    set_capacity(slots, capacity_for(slots->count), arena);
}

void slots_remove_in_order(struct slots *slots, uint32_t place, struct arena *arena)
{
    assert(place < slots->count);
    if (slots->count == 1) {
        slots_release(slots, arena);
        return;
    }
    struct slot *array = slots->many;
    slots->count--;
    memmove(array + place, array + place + 1, (slots->count - place) * sizeof *array);
    if (slots->capacity >= SLOTS_CELLED && slots->count < slots->capacity / 4)
        slots_shrink(slots, arena);
}

void slots_release(struct slots *slots, struct arena *arena)
{
    free_array(slots, arena);
    *slots = (struct slots){ 0 };
}

bool slots_are_consistent(const struct slots *slots)
{
    if (!slots->is_disjoint)
        return true;
    struct {
        struct slots_index index;
        struct slot none;
    } again = { 0 };
    struct slots cells = { .many = &again.none, .is_disjoint = true };
    for (uint32_t i = 0; i < slots->count; i++)
        slots_take_cells(&cells, slots->many[i].offset, slots->many[i].end);
    for (uint32_t i = 0; i < SLOTS_CELLS / 64; i++)
        if (again.index.words[i].taken != slots_index(slots)->words[i].taken)
            return false;
    return slots->is_celled && cells.is_disjoint;
}
