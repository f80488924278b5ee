/* The entry of a function: .eh_frame_hdr has a table that leads to it. */
#include "data/record/cfi_entry.h"

/* The record at `at` of .eh_frame, behind its length; an empty one ends the section. */
static struct cursor record_at(uintptr_t at, uintptr_t start, uintptr_t end)
{
    const uint64_t length_is_long = 0xFFFFFFF0;
    struct cursor c = { .is_bad = at < start || at >= end };
    if (c.is_bad)
        return c;
    c.at = (const uint8_t *)at;
    c.end = (const uint8_t *)end;
    uint64_t length = read_fixed(&c, 4);
    if (length == 0 || length >= length_is_long)
        c.is_bad = true;
    return c.is_bad ? c : read_part(&c, length);
}

/* The letters of the augmentation say what its data holds. */
static void read_augmentation(struct cursor *c, const char *letters, struct entry *entry)
{
    if (letters[0] != 'z') {
        c->is_bad = c->is_bad || letters[0] != '\0';
        return;
    }
    entry->has_data = true;
    struct cursor data = read_part(c, read_uleb(c));
    for (letters++; *letters; letters++) {
        if (*letters == 'R')
            entry->encoding = (uint8_t)read_fixed(&data, 1);
        else if (*letters == 'L')
            read_fixed(&data, 1);
        else if (*letters == 'P')
            read_pointer_value(&data, (uint8_t)read_fixed(&data, 1));
        else if (*letters == 'S')
            entry->is_signal = true;
        else
            data.is_bad = true;
    }
    c->is_bad = c->is_bad || data.is_bad;
}

static bool read_common(struct cursor c, struct entry *entry)
{
    enum { RETURN_ADDRESS = 16 };
    uint64_t id = read_fixed(&c, 4);
    uint64_t version = read_fixed(&c, 1);
    const char *letters = (const char *)c.at;
    while (read_fixed(&c, 1) != 0)
        continue; /* past the end it reads 0 */
    if (c.is_bad || id != 0 || (version != 1 && version != 3))
        return false;
    entry->code_align = read_uleb(&c);
    entry->data_align = read_sleb(&c);
    uint64_t return_register = version == 1 ? read_fixed(&c, 1) : read_uleb(&c);
    read_augmentation(&c, letters, entry);
    entry->common_program = c;
    return !c.is_bad && return_register == RETURN_ADDRESS;
}

static bool read_entry(uintptr_t at, uintptr_t start, uintptr_t end, struct entry *entry)
{
    struct cursor c = record_at(at, start, end);
    uintptr_t self = (uintptr_t)c.at;
    uint64_t back = read_fixed(&c, 4);
    if (c.is_bad || back == 0 || !read_common(record_at(self - back, start, end), entry))
        return false;
    entry->start = read_pointer(&c, entry->encoding);
    entry->size = read_pointer_value(&c, entry->encoding);
    if (entry->has_data)
        read_part(&c, read_uleb(&c));
    entry->program = c;
    return !c.is_bad;
}

/* Where the entry is that starts last before `pc`; 0: none. The table is in order of address. */
static uintptr_t search_table(uintptr_t pc, uintptr_t header, const int32_t *table, uint64_t count)
{
    uint64_t low = 0, high = count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (header + (uintptr_t)(intptr_t)table[2 * middle] <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? header + (uintptr_t)(intptr_t)table[2 * low - 1] : 0;
}

bool cfi_find_entry(uintptr_t pc, uintptr_t header, uintptr_t start, uintptr_t end,
                    struct entry *entry)
{
    if (header < start || header >= end)
        return false;
    struct cursor c = { .at = (const uint8_t *)header, .end = (const uint8_t *)end };
    uint64_t version = read_fixed(&c, 1);
    uint8_t frame_encoding = (uint8_t)read_fixed(&c, 1);
    uint8_t count_encoding = (uint8_t)read_fixed(&c, 1);
    uint64_t table_encoding = read_fixed(&c, 1);
    read_pointer_value(&c, frame_encoding);
    uint64_t count = read_pointer_value(&c, count_encoding);
    if (c.is_bad || version != 1 || table_encoding != (POINTER_TO_HEADER | POINTER_SDATA4) ||
        count > (uint64_t)(c.end - c.at) / 8)
        return false;
    uintptr_t at = search_table(pc, header, (const int32_t *)(const void *)c.at, count);
    return at != 0 && read_entry(at, start, end, entry) && pc - entry->start < entry->size;
}
