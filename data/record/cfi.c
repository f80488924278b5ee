/* Call frame information: the entry of a function is a program, which makes the rule. */
#include "data/record/cfi.h"

#include "data/record/cfi_entry.h"

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
    struct entry entry = { .start = 0 };
    *rule = (struct frame_rule){ .kind = FRAME_UNKNOWN };
#if defined __x86_64__
    if (!cfi_find_entry(pc, header, start, end, &entry))
        return;
#else
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
