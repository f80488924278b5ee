/* Payloads of heap events and heap ranges. */
#include "decoder/heap_event.h"

#include "decoder/bytes.h"

enum { VERSIONS_MAX = 3, HEAP_OPCODE_FIRST = 32, HEAP_OPCODES = 27 };
enum { RANGE_OPCODE_FIRST = 0x64, RANGE_OPCODES = 5 };

/* Bytes with pointers of 4, of 8. */
struct extent {
    uint8_t by_width[2];
};

/*
 * Where in the payload the fields of struct event are. The handle is at 0 in every event that has
 * one; for any other field 0 means that the event does not have it.
 */
struct layout {
    uint8_t kind;                        /* enum event_kind */
    uint8_t has;                         /* EVENT_HAS_…; without EVENT_HAS_HEAP nothing is read */
    uint8_t version_first, version_last; /* that have this layout; first > last ends the list */
    struct extent size;
    struct extent address, bytes;
    struct extent second[4]; /* old_address and old_size, or free_bytes and what follows it */
    struct extent number;    /* source or flags, 4 bytes */
    struct extent owner;     /* process id, 4 bytes */
};

#define AT(narrow, wide)                                                                           \
    {                                                                                              \
        {                                                                                          \
            narrow, wide                                                                           \
        }                                                                                          \
    }
#define SPACE (EVENT_HAS_HEAP | EVENT_HAS_SPACE)
#define SPACE_AND_LARGE (SPACE | EVENT_HAS_LARGE_UNCOMMITTED)

/* Events of which only the heap matters; the size tells whether they are whole. */
#define OTHER(narrow, wide)                                                                        \
    {                                                                                              \
        {                                                                                          \
            EVENT_other, EVENT_HAS_HEAP, 2, 2, .size = AT(narrow, wide)                            \
        }                                                                                          \
    }

/* clang-format off: rows are read by column */
/*
 * By opcode, newest version first; nothing is padded. Source of the fields and their widths: phnt
 * ntwmi.h ETW_HEAP_EVENT_… (packed); of which versions have them: PerfView
 * kerneltraceeventparser.mof and dissect.etl's manifest of 222962ab-6180-4b88-a825-346b75f2a24a.
 * Where two of them tell, they agree. 39 to 41 (snapshots of create, destroy, extend) are known by
 * name only.
 */
static const struct layout heap_layouts[HEAP_OPCODES][VERSIONS_MAX + 1] = {
    [32 - HEAP_OPCODE_FIRST] = {
        { EVENT_create, SPACE, 3, 3, .size = AT(20, 36), .number = AT(4, 8),
          .second = { [2] = AT(8, 12) /* ReserveSize */, [1] = AT(12, 20) /* CommitSize */ } },
        { EVENT_create, EVENT_HAS_HEAP, 0, 2, .size = AT(8, 12), .number = AT(4, 8) } },
    [33 - HEAP_OPCODE_FIRST] = {
        { EVENT_alloc, EVENT_HAS_HEAP, 2, 2, .size = AT(16, 28),
          .bytes = AT(4, 8), .address = AT(8, 16), .number = AT(12, 24) } },
    [34 - HEAP_OPCODE_FIRST] = {
        { EVENT_realloc, EVENT_HAS_HEAP, 2, 2, .size = AT(24, 44),
          .address = AT(4, 8), .bytes = AT(12, 24), .number = AT(20, 40),
          .second = { AT(8, 16) /* OldAddress */, AT(16, 32) /* OldSize */ } } },
    [35 - HEAP_OPCODE_FIRST] = {
        { EVENT_destroy, EVENT_HAS_HEAP, 2, 2, .size = AT(4, 8) } },
    [36 - HEAP_OPCODE_FIRST] = {
        { EVENT_free, EVENT_HAS_HEAP, 2, 2, .size = AT(12, 20),
          .address = AT(4, 8), .number = AT(8, 16) } },
    [37 - HEAP_OPCODE_FIRST] = {
        { EVENT_extend, SPACE, 3, 3, .size = AT(32, 60), .bytes = AT(4, 8), .address = AT(8, 16),
          .second = { AT(12, 24), AT(16, 32), AT(20, 40) } },
        { EVENT_extend, SPACE, 0, 2, .size = AT(28, 52), .bytes = AT(4, 8), .address = AT(8, 16),
          .second = { AT(12, 24), AT(16, 32), AT(20, 40) } } },
    [38 - HEAP_OPCODE_FIRST] = {
        { EVENT_snapshot, SPACE_AND_LARGE, 3, 3, .size = AT(40, 64),
          .second = { AT(4, 8), AT(8, 16), AT(12, 24), AT(24, 40) } },
        { EVENT_snapshot, SPACE_AND_LARGE, 2, 2, .size = AT(36, 56),
          .second = { AT(4, 8), AT(8, 16), AT(12, 24), AT(24, 40) } },
        { EVENT_snapshot, SPACE, 0, 0, .size = AT(20, 36),
          .second = { AT(4, 8), AT(8, 16), AT(12, 24) } } },
    [42 - HEAP_OPCODE_FIRST] = {
        { EVENT_contract, SPACE, 3, 3, .size = AT(32, 60), .bytes = AT(4, 8), .address = AT(8, 16),
          .second = { AT(12, 24), AT(16, 32), AT(20, 40) } } },
    [43 - HEAP_OPCODE_FIRST] = OTHER(4, 8),   /* lock */
    [44 - HEAP_OPCODE_FIRST] = OTHER(4, 8),   /* unlock */
    [45 - HEAP_OPCODE_FIRST] = OTHER(4, 8),   /* validate */
    [46 - HEAP_OPCODE_FIRST] = OTHER(4, 8),   /* walk */
    [47 - HEAP_OPCODE_FIRST] = OTHER(16, 32), /* subsegment alloc */
    [48 - HEAP_OPCODE_FIRST] = OTHER(16, 32), /* subsegment free */
    [49 - HEAP_OPCODE_FIRST] = OTHER(16, 32), /* subsegment alloc cached */
    [50 - HEAP_OPCODE_FIRST] = OTHER(16, 32), /* subsegment free cached */
    [51 - HEAP_OPCODE_FIRST] = {
        { EVENT_commit, EVENT_HAS_HEAP, 2, 2, .size = AT(16, 28),
          .address = AT(4, 8), .bytes = AT(8, 16) } },
    [52 - HEAP_OPCODE_FIRST] = {
        { EVENT_decommit, EVENT_HAS_HEAP, 2, 2, .size = AT(16, 28),
          .address = AT(4, 8), .bytes = AT(8, 16) } },
    [53 - HEAP_OPCODE_FIRST] = OTHER(20, 36), /* subsegment init */
    [54 - HEAP_OPCODE_FIRST] = OTHER(8, 12),  /* affinity manager enable */
    [55 - HEAP_OPCODE_FIRST] = {              /* affinity slot assigned: names no heap */
        { EVENT_other, 0, 2, 2, .size = AT(4, 4) } },
    [56 - HEAP_OPCODE_FIRST] = OTHER(8, 16),  /* subsegment activated */
    [57 - HEAP_OPCODE_FIRST] = OTHER(12, 20), /* affinity slot changed */
    [58 - HEAP_OPCODE_FIRST] = OTHER(12, 20), /* reuse threshold activated */
};

/*
 * Source: phnt ntwmi.h (HEAP_RANGE_…) and PerfView's mof. No source tells versions of the last four
 * apart; WMI has a rundown of version 4 with one more field, in an order that nobody tells. After
 * the fields of a rundown come RangeCount pairs of address and size.
 */
static const struct layout range_layouts[RANGE_OPCODES][VERSIONS_MAX + 1] = {
    [0x64 - RANGE_OPCODE_FIRST] = { { EVENT_range_rundown, EVENT_HAS_HEAP, 0, 3, .size = AT(20, 24),
                                      .number = AT(4, 8), .owner = AT(8, 12) } },
    [0x65 - RANGE_OPCODE_FIRST] = { { EVENT_range_create, EVENT_HAS_HEAP, 0, 4, .size = AT(12, 20),
                                      .bytes = AT(4, 8), .number = AT(8, 16) } },
    [0x66 - RANGE_OPCODE_FIRST] = { { EVENT_range_reserve, EVENT_HAS_HEAP, 0, 4, .size = AT(12, 24),
                                      .address = AT(4, 8), .bytes = AT(8, 16) } },
    [0x67 - RANGE_OPCODE_FIRST] = { { EVENT_range_release, EVENT_HAS_HEAP, 0, 4, .size = AT(12, 24),
                                      .address = AT(4, 8), .bytes = AT(8, 16) } },
    [0x68 -
        RANGE_OPCODE_FIRST] = { { EVENT_range_destroy, EVENT_HAS_HEAP, 0, 4, .size = AT(4, 8) } },
};
/* clang-format on */

/* An event of the heap provider that no source describes: it counts, and says nothing. */
static const struct layout undescribed[VERSIONS_MAX + 1] = {
    { .kind = EVENT_other, .version_last = UINT8_MAX },
};

static size_t size_of(const struct layout *layout, size_t width)
{
    return layout->size.by_width[width];
}

static const struct layout *layouts_of(const struct event_header *header)
{
    if (header->group == GROUP_PAGE_FAULT)
        return range_layouts[header->opcode - RANGE_OPCODE_FIRST];
    unsigned index = header->opcode - (unsigned)HEAP_OPCODE_FIRST;
    if (index >= HEAP_OPCODES || size_of(heap_layouts[index], 0) == 0)
        return undescribed;
    return heap_layouts[index];
}

/* The newest layout that fits a version we do not know. NULL: none does. */
static const struct layout *newest_that_fits(const struct layout *layouts, size_t payload_bytes,
                                             size_t width)
{
    for (const struct layout *layout = layouts; size_of(layout, width) > 0; layout++)
        if (payload_bytes >= size_of(layout, width))
            return layout;
    return NULL;
}

/* The layout of this version. NULL: the payload is too short. */
static const struct layout *choose(const struct layout *layouts, const struct event_header *header,
                                   size_t width, bool *is_known)
{
    const struct layout *layout = layouts;
    *is_known = true;
    do {
        if (header->version >= layout->version_first && header->version <= layout->version_last)
            return header->payload_bytes >= size_of(layout, width) ? layout : NULL;
        layout++;
    } while (size_of(layout, width) > 0);
    *is_known = false;
    return newest_that_fits(layouts, header->payload_bytes, width);
}

static bool has_own_owner(const struct layout *layout)
{
    return layout->owner.by_width[0];
}

/* Where a field of up to 8 bytes is in the event, all of it kept or nothing. */
static uint8_t place(struct heap_form *form, size_t payload_at, size_t at)
{
    size_t end = payload_at + at + sizeof(uint64_t);
    if (form->reach < end)
        form->reach = (uint16_t)end;
    return (uint8_t)(payload_at + at);
}

static void make_form(const struct event_header *header, const struct layout *layout, size_t width,
                      struct heap_form *form)
{
    const struct header_shape *shape = &header_shapes[header->kind];
    const struct extent fields[HEAP_FORM_FIELDS] = { layout->address, layout->bytes,
                                                     layout->second[0], layout->second[1] };
    const uint64_t pointer = width ? UINT64_MAX : UINT32_MAX;
    size_t payload_at = (size_t)(header->payload - header->start);
    size_t number_at = layout->number.by_width[width];
    *form = (struct heap_form){ .first_bytes = load_u64(header->start),
                                .keep_heap = pointer,
                                .reach = header->size,
                                .ticks_at = shape->ticks_at,
                                .kind = layout->kind,
                                .has = layout->has };
    form->heap_at = place(form, payload_at, 0);
    for (size_t i = 0; i < HEAP_FORM_FIELDS; i++) {
        size_t at = fields[i].by_width[width];
        form->at[i] = place(form, payload_at, at);
        form->keep[i] = at ? pointer : 0;
    }
    form->number_at = (uint8_t)(payload_at + number_at);
    form->keep_number = number_at ? UINT32_MAX : 0;
}

bool heap_form_of(const struct event_header *header, struct heap_form *form)
{
    size_t width = header->pointer_bytes == 8;
    bool is_known;
    if (!is_heap_event(header) || !header->has_owner ||
        header_shapes[header->kind].family != FAMILY_GROUP)
        return false;
    const struct layout *layout = choose(layouts_of(header), header, width, &is_known);
    if (!layout || !is_known || !(layout->has & EVENT_HAS_HEAP) || has_own_owner(layout) ||
        layout->has & EVENT_HAS_SPACE)
        return false;
    make_form(header, layout, width, form);
    return true;
}

/* 0 of a field that the event does not have. */
static uint64_t field(const uint8_t *payload, struct extent at, size_t width)
{
    size_t offset = at.by_width[width];
    if (offset == 0)
        return 0;
    return width ? load_u64(payload + offset) : load_u32(payload + offset);
}

static void read_fields(const struct layout *layout, const uint8_t *payload, size_t width,
                        struct event *out)
{
    out->heap = width ? load_u64(payload) : load_u32(payload);
    out->address = field(payload, layout->address, width);
    out->size = field(payload, layout->bytes, width);
    out->free_bytes = field(payload, layout->second[0], width);
    out->committed_bytes = field(payload, layout->second[1], width);
    out->reserved_bytes = field(payload, layout->second[2], width);
    out->large_uncommitted_bytes = field(payload, layout->second[3], width);
    if (layout->number.by_width[width])
        out->source = load_u32(payload + layout->number.by_width[width]);
}

/* False when the payload does not hold all the ranges it announces. Sums past 64 bits stay there.
 */
static bool add_ranges(const struct event_header *header, size_t fixed_bytes, uint64_t *sum)
{
    size_t pointer_bytes = header->pointer_bytes;
    struct bytes b = bytes_over(header->payload + fixed_bytes, header->payload_bytes - fixed_bytes);
    uint32_t count = load_u32(header->payload + pointer_bytes + 8);
    if (count > b.left / (2 * pointer_bytes))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        bytes_take(&b, pointer_bytes);
        uint64_t size = bytes_pointer(&b, pointer_bytes);
        *sum = size > UINT64_MAX - *sum ? UINT64_MAX : *sum + size;
    }
    return true;
}

enum heap_found heap_event_decode(const struct event_header *header, struct event *out,
                                  uint32_t *pid, bool *is_known)
{
    if (!is_heap_event(header))
        return HEAP_NOT;
    size_t width = header->pointer_bytes == 8;
    const struct layout *layout = choose(layouts_of(header), header, width, is_known);
    if (!layout)
        return HEAP_TOO_SHORT;

    *out = (struct event){ .kind = layout->kind, .has = layout->has };
    if (layout->has & EVENT_HAS_HEAP)
        read_fields(layout, header->payload, width, out);
    out->thread = header->tid;
    *pid = header->pid;
    if (has_own_owner(layout)) {
        *pid = load_u32(header->payload + layout->owner.by_width[width]);
        return add_ranges(header, size_of(layout, width), &out->size) ? HEAP_DECODED
                                                                      : HEAP_TOO_SHORT;
    }
    return header->has_owner ? HEAP_DECODED : HEAP_TOO_SHORT;
}
