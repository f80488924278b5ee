/* Call frame information: .eh_frame_hdr leads to the entry of a function, which is a program. */
#include "data/record/cfi.h"

#include <string.h>

/* ---- reading ---- */

/* Never past `end`; then `is_bad`, and what is read is 0. */
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool is_bad;
};

static uint64_t read_fixed(struct cursor *c, size_t size)
{
    uint64_t value = 0;
    if ((size_t)(c->end - c->at) < size) {
        c->is_bad = true;
        return 0;
    }
    memcpy(&value, c->at, size); /* little-endian, as layout.h demands */
    c->at += size;
    return value;
}

static int64_t read_signed(struct cursor *c, size_t size)
{
    unsigned unused_bits = 64 - 8 * (unsigned)size;
    return (int64_t)(read_fixed(c, size) << unused_bits) >> unused_bits;
}

static uint64_t read_uleb(struct cursor *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t byte = read_fixed(c, 1);
        value |= (byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return value;
    }
    c->is_bad = true;
    return 0;
}

static int64_t read_sleb(struct cursor *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64;) {
        uint64_t byte = read_fixed(c, 1);
        value |= (byte & 0x7F) << shift;
        shift += 7;
        if (!(byte & 0x80))
            return shift < 64 ? (int64_t)(value << (64 - shift)) >> (64 - shift) : (int64_t)value;
    }
    c->is_bad = true;
    return 0;
}

/* The next `size` bytes, which are skipped. */
static struct cursor read_part(struct cursor *c, uint64_t size)
{
    struct cursor part = *c;
    if (size > (uint64_t)(c->end - c->at)) {
        c->is_bad = part.is_bad = true;
        size = 0;
    }
    part.end = part.at + size;
    c->at += size;
    return part;
}

enum { /* DW_EH_PE_: how a pointer is encoded */
       POINTER_ABSOLUTE = 0x00,
       POINTER_UDATA4 = 0x03,
       POINTER_UDATA8 = 0x04,
       POINTER_SDATA4 = 0x0B,
       POINTER_SDATA8 = 0x0C,
       POINTER_FORMAT = 0x0F,
       POINTER_TO_SELF = 0x10,
       POINTER_TO_HEADER = 0x30,
       POINTER_BASE = 0x70,
};

/* As it stands there: what it is relative to is not looked at. */
static uint64_t read_pointer_value(struct cursor *c, uint8_t encoding)
{
    switch (encoding & POINTER_FORMAT) {
    case POINTER_ABSOLUTE:
    case POINTER_UDATA8:
    case POINTER_SDATA8:
        return read_fixed(c, 8);
    case POINTER_UDATA4:
        return read_fixed(c, 4);
    case POINTER_SDATA4:
        return (uint64_t)read_signed(c, 4);
    default:
        c->is_bad = true;
        return 0;
    }
}

static uint64_t read_pointer(struct cursor *c, uint8_t encoding)
{
    uint64_t self = (uintptr_t)c->at;
    uint64_t value = read_pointer_value(c, encoding);
    if ((encoding & POINTER_BASE) == POINTER_TO_SELF)
        return value + self;
    if ((encoding & POINTER_BASE) != POINTER_ABSOLUTE)
        c->is_bad = true;
    return value;
}

/* ---- the entry of a function ---- */

/* What an entry (FDE) and what it has in common with others (CIE) tell. */
struct entry {
    uintptr_t start, size; /* of the code */
    uint64_t code_align;
    int64_t data_align;
    uint8_t encoding;
    bool has_data;
    bool is_signal;
    struct cursor common_program;
    struct cursor program;
};

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

static bool find_entry(uintptr_t pc, uintptr_t header, uintptr_t start, uintptr_t end,
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

/* ---- the program of an entry ---- */

enum {                  /* DW_CFA_ */
       CFA_ADVANCE = 1, /* of the two high bits */
       CFA_OFFSET = 2,
       CFA_RESTORE = 3,
       CFA_NOP = 0x00,
       CFA_SET_LOCATION = 0x01,
       CFA_ADVANCE_1 = 0x02,
       CFA_ADVANCE_2 = 0x03,
       CFA_ADVANCE_4 = 0x04,
       CFA_OFFSET_LONG = 0x05,
       CFA_RESTORE_LONG = 0x06,
       CFA_UNDEFINED = 0x07,
       CFA_SAME_VALUE = 0x08,
       CFA_REMEMBER = 0x0A,
       CFA_RECALL = 0x0B,
       CFA_DEFINE = 0x0C,
       CFA_DEFINE_REGISTER = 0x0D,
       CFA_DEFINE_OFFSET = 0x0E,
       CFA_DEFINE_EXPRESSION = 0x0F,
       CFA_EXPRESSION = 0x10,
       CFA_OFFSET_SIGNED = 0x11,
       CFA_DEFINE_SIGNED = 0x12,
       CFA_DEFINE_OFFSET_SIGNED = 0x13,
       CFA_GNU_ARGUMENTS = 0x2E,
};

enum { NOT_FOLLOWED = 0xFF, REMEMBERED_MAX = 8 };

struct machine {
    const struct entry *entry;
    struct frame_rule rule;
    struct frame_rule initial; /* what the common program leaves, to be restored */
    struct frame_rule remembered[REMEMBERED_MAX];
    unsigned depth;
    uintptr_t location;
    bool is_return_known, is_return_undefined;
    bool is_bad;
};

/* A saved_register or REGISTER_SP out of DWARF's number of it. */
static uint8_t register_of(uint64_t number)
{
    switch (number) {
    case 3:
        return SAVED_BX;
    case 6:
        return SAVED_BP;
    case 7:
        return REGISTER_SP;
    case 12:
    case 13:
    case 14:
    case 15:
        return (uint8_t)(SAVED_12 + (number - 12));
    default:
        return NOT_FOLLOWED;
    }
}

static int32_t narrow(struct machine *m, int64_t value)
{
    if (value != (int32_t)value)
        m->is_bad = true;
    return (int32_t)value;
}

static void save(struct machine *m, uint64_t number, int64_t offset, bool is_at_bp)
{
    enum { RETURN_ADDRESS = 16 };
    uint8_t which = register_of(number);
    if (number == RETURN_ADDRESS) {
        m->rule.return_offset = narrow(m, offset);
        m->is_return_known = !is_at_bp;
        m->is_return_undefined = false;
    } else if (which < SAVED_COUNT) {
        m->rule.is_saved |= (uint8_t)(1U << which);
        m->rule.is_at_bp =
            (uint8_t)((m->rule.is_at_bp & ~(1U << which)) | (unsigned)is_at_bp << which);
        m->rule.saved_offset[which] = narrow(m, offset);
    }
}

/* `number` is unchanged: it holds what it held in the caller. */
static void keep(struct machine *m, uint64_t number)
{
    uint8_t which = register_of(number);
    if (which < SAVED_COUNT)
        m->rule.is_saved &= (uint8_t) ~(1U << which);
}

static void restore(struct machine *m, uint64_t number)
{
    uint8_t which = register_of(number);
    if (which >= SAVED_COUNT)
        return;
    if (m->initial.is_saved >> which & 1)
        save(m, number, m->initial.saved_offset[which], m->initial.is_at_bp >> which & 1);
    else
        keep(m, number);
}

static void define_cfa(struct machine *m, uint64_t number, int64_t offset, bool is_stored)
{
    m->rule.cfa_register = register_of(number);
    m->rule.cfa_offset = narrow(m, offset);
    m->rule.cfa_is_stored = is_stored;
}

/*
 * Of expressions, those that a compiler writes where it aligns the stack: a register and an offset,
 * and for the CFA what is stored there. Whatever else there is leaves the frame unknown.
 */
static bool read_expression(struct cursor *c, uint64_t *number, int64_t *offset, bool *is_stored)
{
    enum { BASE_REGISTER_0 = 0x70, BASE_REGISTER_31 = 0x8F, DEREFERENCE = 0x06 };
    struct cursor body = read_part(c, read_uleb(c));
    uint64_t operation = read_fixed(&body, 1);
    *number = operation - BASE_REGISTER_0;
    *offset = read_sleb(&body);
    *is_stored = body.at < body.end;
    if (*is_stored && read_fixed(&body, 1) != DEREFERENCE)
        body.is_bad = true;
    return operation >= BASE_REGISTER_0 && operation <= BASE_REGISTER_31 && !body.is_bad &&
           body.at == body.end;
}

static void define_by_expression(struct machine *m, struct cursor *c)
{
    uint64_t number;
    int64_t offset;
    bool is_stored;
    if (read_expression(c, &number, &offset, &is_stored))
        define_cfa(m, number, offset, is_stored);
    else
        m->rule.cfa_register = NOT_FOLLOWED;
}

static void save_by_expression(struct machine *m, struct cursor *c)
{
    enum { BP = 6 };
    uint64_t saved = read_uleb(c), number;
    int64_t offset;
    bool is_stored;
    if (read_expression(c, &number, &offset, &is_stored) && number == BP && !is_stored)
        save(m, saved, offset, true);
    else
        m->is_bad = true;
}

static void remember(struct machine *m)
{
    if (m->depth == REMEMBERED_MAX)
        m->is_bad = true;
    else
        m->remembered[m->depth++] = m->rule;
}

static void recall(struct machine *m)
{
    if (m->depth == 0)
        m->is_bad = true;
    else
        m->rule = m->remembered[--m->depth];
}

static int64_t read_aligned(const struct machine *m, struct cursor *c, bool is_signed)
{
    uint64_t factor = is_signed ? (uint64_t)read_sleb(c) : read_uleb(c);
    return (int64_t)(factor * (uint64_t)m->entry->data_align);
}

/* Those with a whole byte for a name, but for the ones that go to another location. */
static void execute_long(struct machine *m, struct cursor *c, uint64_t operation)
{
    uint64_t number;
    switch (operation) {
    case CFA_NOP:
        break;
    case CFA_OFFSET_LONG:
    case CFA_OFFSET_SIGNED:
        number = read_uleb(c);
        save(m, number, read_aligned(m, c, operation == CFA_OFFSET_SIGNED), false);
        break;
    case CFA_RESTORE_LONG:
        restore(m, read_uleb(c));
        break;
    case CFA_UNDEFINED:
        number = read_uleb(c);
        m->is_return_undefined = m->is_return_undefined || number == 16;
        break;
    case CFA_SAME_VALUE:
        keep(m, read_uleb(c));
        break;
    case CFA_REMEMBER:
        remember(m);
        break;
    case CFA_RECALL:
        recall(m);
        break;
    case CFA_DEFINE:
        number = read_uleb(c);
        define_cfa(m, number, (int64_t)read_uleb(c), false);
        break;
    case CFA_DEFINE_SIGNED:
        number = read_uleb(c);
        define_cfa(m, number, read_aligned(m, c, true), false);
        break;
    case CFA_DEFINE_REGISTER:
        m->rule.cfa_register = register_of(read_uleb(c));
        break;
    case CFA_DEFINE_OFFSET:
        m->rule.cfa_offset = narrow(m, (int64_t)read_uleb(c));
        break;
    case CFA_DEFINE_OFFSET_SIGNED:
        m->rule.cfa_offset = narrow(m, read_aligned(m, c, true));
        break;
    case CFA_DEFINE_EXPRESSION:
        define_by_expression(m, c);
        break;
    case CFA_EXPRESSION:
        save_by_expression(m, c);
        break;
    case CFA_GNU_ARGUMENTS:
        read_uleb(c);
        break;
    default:
        m->is_bad = true;
    }
}

/* Whether `operation` goes to another location, and which. */
static bool advance(struct machine *m, struct cursor *c, uint64_t operation)
{
    uint64_t steps;
    if (operation >> 6 == CFA_ADVANCE)
        steps = operation & 0x3F;
    else if (operation == CFA_ADVANCE_1)
        steps = read_fixed(c, 1);
    else if (operation == CFA_ADVANCE_2)
        steps = read_fixed(c, 2);
    else if (operation == CFA_ADVANCE_4)
        steps = read_fixed(c, 4);
    else if (operation == CFA_SET_LOCATION) {
        m->location = read_pointer(c, m->entry->encoding);
        return true;
    } else
        return false;
    m->location += steps * m->entry->code_align;
    return true;
}

/* Up to the instructions that hold for what comes after `pc`. */
static void execute(struct machine *m, struct cursor c, uintptr_t pc)
{
    while (c.at < c.end && !c.is_bad && !m->is_bad) {
        uint64_t operation = read_fixed(&c, 1);
        if (advance(m, &c, operation)) {
            if (m->location > pc)
                return;
        } else if (operation >> 6 == CFA_OFFSET) {
            save(m, operation & 0x3F, read_aligned(m, &c, false), false);
        } else if (operation >> 6 == CFA_RESTORE) {
            restore(m, operation & 0x3F);
        } else {
            execute_long(m, &c, operation);
        }
    }
    m->is_bad = m->is_bad || c.is_bad;
}

static void find_lowest(struct frame_rule *rule)
{
    rule->lowest_offset = rule->return_offset;
    rule->is_plain = !rule->cfa_is_stored && rule->is_at_bp == 0 && rule->return_offset <= -8 &&
                     rule->return_offset % 8 == 0;
    for (unsigned r = 0; r < SAVED_COUNT; r++) {
        int32_t offset = rule->saved_offset[r];
        if (!(rule->is_saved >> r & 1))
            continue;
        rule->is_plain = rule->is_plain && offset <= -8 && offset % 8 == 0;
        if (offset < rule->lowest_offset)
            rule->lowest_offset = offset;
    }
}

void cfi_find_rule(uintptr_t pc, uintptr_t header, uintptr_t start, uintptr_t end,
                   struct frame_rule *rule)
{
    struct entry entry = { .encoding = POINTER_ABSOLUTE };
    *rule = (struct frame_rule){ .kind = FRAME_UNKNOWN };
#if defined __x86_64__
    if (!find_entry(pc, header, start, end, &entry))
        return;
#else
    (void)find_entry;
    return;
#endif
    struct machine m = { .entry = &entry, .location = entry.start };
    execute(&m, entry.common_program, UINTPTR_MAX);
    m.initial = m.rule;
    execute(&m, entry.program, pc);
    if (entry.is_signal)
        rule->kind = FRAME_SIGNAL;
    else if (m.is_bad)
        return;
    else if (m.is_return_undefined)
        rule->kind = FRAME_OUTERMOST;
    else if (m.is_return_known && m.rule.cfa_register <= REGISTER_SP) {
        *rule = m.rule;
        rule->kind = FRAME_CALLED;
        find_lowest(rule);
    }
}
