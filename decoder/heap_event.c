/* Payloads of heap events and heap ranges. */
#include "decoder/heap_event.h"

#include "decoder/bytes.h"

#include <assert.h>
#include <string.h>

enum field_width { END_OF_FIELDS = 0, POINTER, ULONG };

/* A pointer fills a uint64_t of struct event, a ULONG fills a uint32_t. */
struct field {
    uint8_t width;
    uint8_t target; /* offset in struct event, or SKIP */
};

enum { SKIP = 0xff, FIELDS_MAX = 10, VERSIONS_MAX = 3, OPCODES = 27 };

struct layout {
    uint8_t kind; /* enum event_kind */
    uint8_t has;
    uint8_t version_first, version_last; /* that have this layout */
    uint8_t size[2];                     /* bytes with pointers of 4, of 8; 0: no layout */
    struct field fields[FIELDS_MAX + 1];
};

#define PTR(member)                                                                                \
    {                                                                                              \
        POINTER, offsetof(struct event, member)                                                    \
    }
#define U32(member)                                                                                \
    {                                                                                              \
        ULONG, offsetof(struct event, member)                                                      \
    }
#define SKIP_PTR                                                                                   \
    {                                                                                              \
        POINTER, SKIP                                                                              \
    }
#define SKIP_U32                                                                                   \
    {                                                                                              \
        ULONG, SKIP                                                                                \
    }
#define NO_MORE                                                                                    \
    {                                                                                              \
        END_OF_FIELDS, SKIP                                                                        \
    }
#define SPACE EVENT_HAS_HEAP | EVENT_HAS_SPACE

/* Events of which only the heap matters, if they name it; they stay in the table for their sizes.
 */
#define OTHER(size32, size64, ...)                                                                 \
    {                                                                                              \
        EVENT_other, EVENT_HAS_HEAP, 2, 2, { size32, size64 },                                     \
        {                                                                                          \
            PTR(heap), __VA_ARGS__                                                                 \
        }                                                                                          \
    }

enum { HEAP_OPCODE_FIRST = 32, RANGE_OPCODE_FIRST = 0x64, RANGE_OPCODES = 5 };

/*
 * By opcode, newest first; nothing is padded. Source of fields and widths: phnt ntwmi.h
 * ETW_HEAP_EVENT_… (packed), of which versions have them: PerfView kerneltraceeventparser.mof and
 * dissect.etl's manifest of 222962ab-6180-4b88-a825-346b75f2a24a; where two of them tell, they
 * agree. 39 to 41 (snapshots of create, destroy, extend) are known by name only.
 */
static const struct layout heap_layouts[OPCODES][VERSIONS_MAX] = {
    [32 - HEAP_OPCODE_FIRST] = { { EVENT_create,
                                   SPACE,
                                   3,
                                   3,
                                   { 20, 36 },
                                   { PTR(heap), U32(flags), PTR(reserved_bytes),
                                     PTR(committed_bytes), SKIP_PTR } },
                                 { EVENT_create,
                                   EVENT_HAS_HEAP,
                                   0,
                                   2,
                                   { 8, 12 },
                                   { PTR(heap), U32(flags) } } },
    [33 - HEAP_OPCODE_FIRST] = { { EVENT_alloc,
                                   EVENT_HAS_HEAP,
                                   2,
                                   2,
                                   { 16, 28 },
                                   { PTR(heap), PTR(size), PTR(address), U32(source) } } },
    [34 - HEAP_OPCODE_FIRST] = { { EVENT_realloc,
                                   EVENT_HAS_HEAP,
                                   2,
                                   2,
                                   { 24, 44 },
                                   { PTR(heap), PTR(address), PTR(old_address), PTR(size),
                                     PTR(old_size), U32(source) } } },
    [35 - HEAP_OPCODE_FIRST] = { { EVENT_destroy, EVENT_HAS_HEAP, 2, 2, { 4, 8 }, { PTR(heap) } } },
    [36 - HEAP_OPCODE_FIRST] = { { EVENT_free,
                                   EVENT_HAS_HEAP,
                                   2,
                                   2,
                                   { 12, 20 },
                                   { PTR(heap), PTR(address), U32(source) } } },
    [37 - HEAP_OPCODE_FIRST] = { { EVENT_extend,
                                   SPACE,
                                   3,
                                   3,
                                   { 32, 60 },
                                   { PTR(heap), PTR(size), PTR(address), PTR(free_bytes),
                                     PTR(committed_bytes), PTR(reserved_bytes),
                                     SKIP_U32 /* NoOfUCRs */, SKIP_PTR /* AllocatedSpace */ } },
                                 { EVENT_extend,
                                   SPACE,
                                   0,
                                   2,
                                   { 28, 52 },
                                   { PTR(heap), PTR(size), PTR(address), PTR(free_bytes),
                                     PTR(committed_bytes), PTR(reserved_bytes), SKIP_U32 } } },
    [38 - HEAP_OPCODE_FIRST] = { { EVENT_snapshot,
                                   SPACE | EVENT_HAS_LARGE_UNCOMMITTED,
                                   3,
                                   3,
                                   { 40, 64 },
                                   { PTR(heap), PTR(free_bytes), PTR(committed_bytes),
                                     PTR(reserved_bytes), SKIP_U32 /* Flags */,
                                     SKIP_U32 /* ProcessId */, PTR(large_uncommitted_bytes),
                                     SKIP_U32 /* FreeListLength */, SKIP_U32 /* UCRLength */,
                                     SKIP_PTR } },
                                 { EVENT_snapshot,
                                   SPACE | EVENT_HAS_LARGE_UNCOMMITTED,
                                   2,
                                   2,
                                   { 36, 56 },
                                   { PTR(heap), PTR(free_bytes), PTR(committed_bytes),
                                     PTR(reserved_bytes), SKIP_U32, SKIP_U32,
                                     PTR(large_uncommitted_bytes), SKIP_U32, SKIP_U32 } },
                                 { EVENT_snapshot,
                                   SPACE,
                                   0,
                                   0,
                                   { 20, 36 },
                                   { PTR(heap), PTR(free_bytes), PTR(committed_bytes),
                                     PTR(reserved_bytes), SKIP_U32 } } },
    [42 - HEAP_OPCODE_FIRST] = { { EVENT_contract,
                                   SPACE,
                                   3,
                                   3,
                                   { 32, 60 },
                                   { PTR(heap), PTR(size), PTR(address), PTR(free_bytes),
                                     PTR(committed_bytes), PTR(reserved_bytes), SKIP_U32,
                                     SKIP_PTR } } },
    [43 - HEAP_OPCODE_FIRST] = { OTHER(4, 8, NO_MORE) }, /* lock */
    [44 - HEAP_OPCODE_FIRST] = { OTHER(4, 8, NO_MORE) }, /* unlock */
    [45 - HEAP_OPCODE_FIRST] = { OTHER(4, 8, NO_MORE) }, /* validate */
    [46 - HEAP_OPCODE_FIRST] = { OTHER(4, 8, NO_MORE) }, /* walk */
    /* subsegment: alloc, free, alloc cached, free cached */
    [47 - HEAP_OPCODE_FIRST] = { OTHER(16, 32, SKIP_PTR, SKIP_PTR, SKIP_PTR) },
    [48 - HEAP_OPCODE_FIRST] = { OTHER(16, 32, SKIP_PTR, SKIP_PTR, SKIP_PTR) },
    [49 - HEAP_OPCODE_FIRST] = { OTHER(16, 32, SKIP_PTR, SKIP_PTR, SKIP_PTR) },
    [50 - HEAP_OPCODE_FIRST] = { OTHER(16, 32, SKIP_PTR, SKIP_PTR, SKIP_PTR) },
    [51 -
        HEAP_OPCODE_FIRST] = { { EVENT_commit,
                                 EVENT_HAS_HEAP,
                                 2,
                                 2,
                                 { 16, 28 },
                                 { PTR(heap), PTR(address), PTR(size), SKIP_U32 /* Caller */ } } },
    [52 - HEAP_OPCODE_FIRST] = { { EVENT_decommit,
                                   EVENT_HAS_HEAP,
                                   2,
                                   2,
                                   { 16, 28 },
                                   { PTR(heap), PTR(address), PTR(size), SKIP_U32 } } },
    /* subsegment init */
    [53 - HEAP_OPCODE_FIRST] = { OTHER(20, 36, SKIP_PTR, SKIP_PTR, SKIP_PTR, SKIP_U32) },
    [54 - HEAP_OPCODE_FIRST] = { OTHER(8, 12, SKIP_U32) }, /* affinity manager enable */
    /* affinity slot assigned: names no heap */
    [55 - HEAP_OPCODE_FIRST] = { { EVENT_other, 0, 2, 2, { 4, 4 }, { SKIP_U32 } } },
    [56 - HEAP_OPCODE_FIRST] = { OTHER(8, 16, SKIP_PTR) },            /* subsegment activated */
    [57 - HEAP_OPCODE_FIRST] = { OTHER(12, 20, SKIP_PTR, SKIP_U32) }, /* affinity slot changed */
    [58 - HEAP_OPCODE_FIRST] = { OTHER(12, 20, SKIP_PTR, SKIP_U32) }, /* reuse threshold */
};

/*
 * Source: phnt ntwmi.h (HEAP_RANGE_…), PerfView's mof and Memory…TraceData. No source tells
 * versions of the first four apart; WMI has a rundown of version 4 with one more field, in an order
 * that nobody tells. After the fields of a rundown come RangeCount pairs of address and size.
 */
static const struct layout range_layouts[RANGE_OPCODES][VERSIONS_MAX] = {
    [0x64 - RANGE_OPCODE_FIRST] = { { EVENT_range_rundown,
                                      EVENT_HAS_HEAP,
                                      0,
                                      3,
                                      { 20, 24 },
                                      { PTR(heap), U32(flags), U32(process) /* the owner's id */,
                                        SKIP_U32 /* RangeCount */, SKIP_U32 } } },
    [0x65 - RANGE_OPCODE_FIRST] = { { EVENT_range_create,
                                      EVENT_HAS_HEAP,
                                      0,
                                      4,
                                      { 12, 20 },
                                      { PTR(heap), PTR(size), U32(flags) } } },
    [0x66 - RANGE_OPCODE_FIRST] = { { EVENT_range_reserve,
                                      EVENT_HAS_HEAP,
                                      0,
                                      4,
                                      { 12, 24 },
                                      { PTR(heap), PTR(address), PTR(size) } } },
    [0x67 - RANGE_OPCODE_FIRST] = { { EVENT_range_release,
                                      EVENT_HAS_HEAP,
                                      0,
                                      4,
                                      { 12, 24 },
                                      { PTR(heap), PTR(address), PTR(size) } } },
    [0x68 - RANGE_OPCODE_FIRST] = { { EVENT_range_destroy,
                                      EVENT_HAS_HEAP,
                                      0,
                                      4,
                                      { 4, 8 },
                                      { PTR(heap) } } },
};

/* An event of the heap provider that no source describes: it counts, and says nothing. */
static const struct layout undescribed[VERSIONS_MAX] = { { .kind = EVENT_other,
                                                           .version_last = UINT8_MAX } };

static const struct layout *layouts_of(const struct event_header *header)
{
    if (header->group == GROUP_PAGE_FAULT)
        return range_layouts[header->opcode - RANGE_OPCODE_FIRST];
    unsigned index = header->opcode - (unsigned)HEAP_OPCODE_FIRST;
    if (index >= OPCODES || heap_layouts[index][0].size[0] == 0)
        return undescribed;
    return heap_layouts[index];
}

/* The layout of this version; of an unknown version, the newest that fits. NULL: too short. */
static const struct layout *choose(const struct layout *layouts, const struct event_header *header,
                                   size_t width, bool *is_known)
{
    const struct layout *fits = NULL;
    *is_known = true;
    for (size_t i = 0; i < VERSIONS_MAX; i++) {
        const struct layout *layout = &layouts[i];
        if (i > 0 && layout->size[0] == 0)
            break;
        if (header->version >= layout->version_first && header->version <= layout->version_last)
            return header->payload_bytes >= layout->size[width] ? layout : NULL;
        if (!fits && header->payload_bytes >= layout->size[width])
            fits = layout;
    }
    *is_known = false;
    return fits;
}

/* The one check of the whole record has been made, so these loads need none. */
static inline void read_fields(const struct layout *layout, const uint8_t *at, size_t pointer_bytes,
                               struct event *out)
{
    for (const struct field *f = layout->fields; f->width != END_OF_FIELDS; f++) {
        if (f->width == POINTER) {
            uint64_t value = pointer_bytes == 8 ? load_u64(at) : load_u32(at);
            if (f->target != SKIP)
                memcpy((char *)out + f->target, &value, sizeof value);
            at += pointer_bytes;
        } else {
            uint32_t value = load_u32(at);
            if (f->target != SKIP)
                memcpy((char *)out + f->target, &value, sizeof value);
            at += 4;
        }
    }
}

/* False when the payload does not hold all the ranges it announces. Sizes past 64 bits stay there.
 */
static bool add_ranges(const struct event_header *header, const struct layout *layout,
                       uint64_t *sum)
{
    size_t pointer_bytes = header->pointer_bytes;
    size_t fixed = layout->size[pointer_bytes == 8];
    struct bytes b = bytes_over(header->payload + fixed, header->payload_bytes - fixed);
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
    bool is_wide = header->pointer_bytes == 8;
    const struct layout *layout = choose(layouts_of(header), header, is_wide, is_known);
    if (!layout)
        return HEAP_TOO_SHORT;

    *out = (struct event){ .thread = header->tid, .kind = layout->kind, .has = layout->has };
    if (is_wide)
        read_fields(layout, header->payload, 8, out);
    else
        read_fields(layout, header->payload, 4, out);
    if (layout->kind == EVENT_range_rundown) {
        *pid = out->process;
        out->process = 0;
        return add_ranges(header, layout, &out->size) ? HEAP_DECODED : HEAP_TOO_SHORT;
    }
    *pid = header->pid;
    return header->has_owner ? HEAP_DECODED : HEAP_TOO_SHORT;
}
