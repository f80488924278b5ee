/* Tests of decoder/heap_event.h: every layout, field by field, and every shorter payload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder/heap_event.h"

#include <stdlib.h>
#include <string.h>

/* What a field of a payload is: a pointer or 4 bytes, and where it goes in struct event. */
enum field {
    END,
    HEAP,
    ADDRESS,
    SIZE,
    SECOND_0,
    SECOND_1,
    SECOND_2,
    SECOND_3,
    POINTER,
    NUMBER,
    OWNER,
    ULONG
};

#define FREE_BYTES SECOND_0
#define COMMITTED SECOND_1
#define RESERVED SECOND_2
#define LARGE SECOND_3
#define OLD_ADDRESS SECOND_0
#define OLD_SIZE SECOND_1

enum { PAYLOAD_MAX = 128, HEADER_PID = 7, HEADER_TID = 8 };
enum { HAS_HEAP = EVENT_HAS_HEAP, HAS_SPACE = EVENT_HAS_HEAP | EVENT_HAS_SPACE };
enum { HAS_LARGE = HAS_SPACE | EVENT_HAS_LARGE_UNCOMMITTED };

/* Fields one after the other, as the structures of ntwmi.h have them. */
struct payload_case {
    const char *name;
    uint16_t group;
    uint8_t opcode;
    uint8_t version;
    uint8_t kind;
    uint8_t has;
    enum field fields[12];
};

static const struct payload_case cases[] = {
    { "create 3",
      GROUP_HEAP,
      32,
      3,
      EVENT_create,
      HAS_SPACE,
      { HEAP, NUMBER, RESERVED, COMMITTED, POINTER } },
    { "create 2", GROUP_HEAP, 32, 2, EVENT_create, HAS_HEAP, { HEAP, NUMBER } },
    { "create 0", GROUP_HEAP, 32, 0, EVENT_create, HAS_HEAP, { HEAP, NUMBER } },
    { "alloc", GROUP_HEAP, 33, 2, EVENT_alloc, HAS_HEAP, { HEAP, SIZE, ADDRESS, NUMBER } },
    { "realloc",
      GROUP_HEAP,
      34,
      2,
      EVENT_realloc,
      HAS_HEAP,
      { HEAP, ADDRESS, OLD_ADDRESS, SIZE, OLD_SIZE, NUMBER } },
    { "destroy", GROUP_HEAP, 35, 2, EVENT_destroy, HAS_HEAP, { HEAP } },
    { "free", GROUP_HEAP, 36, 2, EVENT_free, HAS_HEAP, { HEAP, ADDRESS, NUMBER } },
    { "extend 3",
      GROUP_HEAP,
      37,
      3,
      EVENT_extend,
      HAS_SPACE,
      { HEAP, SIZE, ADDRESS, FREE_BYTES, COMMITTED, RESERVED, ULONG, POINTER } },
    { "extend 2",
      GROUP_HEAP,
      37,
      2,
      EVENT_extend,
      HAS_SPACE,
      { HEAP, SIZE, ADDRESS, FREE_BYTES, COMMITTED, RESERVED, ULONG } },
    { "snapshot 3",
      GROUP_HEAP,
      38,
      3,
      EVENT_snapshot,
      HAS_LARGE,
      { HEAP, FREE_BYTES, COMMITTED, RESERVED, ULONG, ULONG, LARGE, ULONG, ULONG, POINTER } },
    { "snapshot 2",
      GROUP_HEAP,
      38,
      2,
      EVENT_snapshot,
      HAS_LARGE,
      { HEAP, FREE_BYTES, COMMITTED, RESERVED, ULONG, ULONG, LARGE, ULONG, ULONG } },
    { "snapshot 0",
      GROUP_HEAP,
      38,
      0,
      EVENT_snapshot,
      HAS_SPACE,
      { HEAP, FREE_BYTES, COMMITTED, RESERVED, ULONG } },
    { "contract",
      GROUP_HEAP,
      42,
      3,
      EVENT_contract,
      HAS_SPACE,
      { HEAP, SIZE, ADDRESS, FREE_BYTES, COMMITTED, RESERVED, ULONG, POINTER } },
    { "lock", GROUP_HEAP, 43, 2, EVENT_other, HAS_HEAP, { HEAP } },
    { "unlock", GROUP_HEAP, 44, 2, EVENT_other, HAS_HEAP, { HEAP } },
    { "validate", GROUP_HEAP, 45, 2, EVENT_other, HAS_HEAP, { HEAP } },
    { "walk", GROUP_HEAP, 46, 2, EVENT_other, HAS_HEAP, { HEAP } },
    { "subsegment alloc",
      GROUP_HEAP,
      47,
      2,
      EVENT_other,
      HAS_HEAP,
      { HEAP, POINTER, POINTER, POINTER } },
    { "subsegment free",
      GROUP_HEAP,
      48,
      2,
      EVENT_other,
      HAS_HEAP,
      { HEAP, POINTER, POINTER, POINTER } },
    { "subsegment alloc cached",
      GROUP_HEAP,
      49,
      2,
      EVENT_other,
      HAS_HEAP,
      { HEAP, POINTER, POINTER, POINTER } },
    { "subsegment free cached",
      GROUP_HEAP,
      50,
      2,
      EVENT_other,
      HAS_HEAP,
      { HEAP, POINTER, POINTER, POINTER } },
    { "commit", GROUP_HEAP, 51, 2, EVENT_commit, HAS_HEAP, { HEAP, ADDRESS, SIZE, ULONG } },
    { "decommit", GROUP_HEAP, 52, 2, EVENT_decommit, HAS_HEAP, { HEAP, ADDRESS, SIZE, ULONG } },
    { "subsegment init",
      GROUP_HEAP,
      53,
      2,
      EVENT_other,
      HAS_HEAP,
      { HEAP, POINTER, POINTER, POINTER, ULONG } },
    { "affinity manager enable", GROUP_HEAP, 54, 2, EVENT_other, HAS_HEAP, { HEAP, ULONG } },
    { "affinity slot assigned", GROUP_HEAP, 55, 2, EVENT_other, 0, { ULONG } },
    { "subsegment activated", GROUP_HEAP, 56, 2, EVENT_other, HAS_HEAP, { HEAP, POINTER } },
    { "affinity slot changed", GROUP_HEAP, 57, 2, EVENT_other, HAS_HEAP, { HEAP, POINTER, ULONG } },
    { "reuse threshold", GROUP_HEAP, 58, 2, EVENT_other, HAS_HEAP, { HEAP, POINTER, ULONG } },
    { "range create",
      GROUP_PAGE_FAULT,
      0x65,
      2,
      EVENT_range_create,
      HAS_HEAP,
      { HEAP, SIZE, NUMBER } },
    { "range reserve",
      GROUP_PAGE_FAULT,
      0x66,
      2,
      EVENT_range_reserve,
      HAS_HEAP,
      { HEAP, ADDRESS, SIZE } },
    { "range release",
      GROUP_PAGE_FAULT,
      0x67,
      2,
      EVENT_range_release,
      HAS_HEAP,
      { HEAP, ADDRESS, SIZE } },
    { "range destroy", GROUP_PAGE_FAULT, 0x68, 2, EVENT_range_destroy, HAS_HEAP, { HEAP } },
};

enum { CASES = sizeof cases / sizeof cases[0] };

static void append(uint8_t *payload, size_t *size, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        payload[(*size)++] = (uint8_t)(value >> (8 * i));
}

/* A different value in every field, all bytes of it set. */
static size_t make_payload(const struct payload_case *c, size_t pointer_bytes, uint8_t *payload,
                           struct event *expected)
{
    uint64_t *places[] = { [HEAP] = &expected->heap,
                           [ADDRESS] = &expected->address,
                           [SIZE] = &expected->size,
                           [SECOND_0] = &expected->free_bytes,
                           [SECOND_1] = &expected->committed_bytes,
                           [SECOND_2] = &expected->reserved_bytes,
                           [SECOND_3] = &expected->large_uncommitted_bytes };
    size_t size = 0;
    *expected = (struct event){ .kind = c->kind, .has = c->has, .thread = HEADER_TID };
    for (size_t i = 0; c->fields[i] != END; i++) {
        bool is_pointer = c->fields[i] <= POINTER;
        uint64_t value = UINT64_C(0x8182838485868788) + i * UINT64_C(0x0101010101010101);
        if (!is_pointer || pointer_bytes == 4)
            value &= UINT32_MAX;
        append(payload, &size, value, is_pointer ? pointer_bytes : 4);
        if (c->fields[i] == NUMBER)
            expected->source = (uint32_t)value;
        else if (c->fields[i] < POINTER)
            *places[c->fields[i]] = value;
    }
    return size;
}

static struct event_header header_over(const struct payload_case *c, size_t pointer_bytes,
                                       const uint8_t *payload, size_t size)
{
    return (struct event_header){ .payload = payload,
                                  .payload_bytes = size,
                                  .pid = HEADER_PID,
                                  .tid = HEADER_TID,
                                  .group = c->group,
                                  .version = c->version,
                                  .opcode = c->opcode,
                                  .pointer_bytes = (uint8_t)pointer_bytes,
                                  .has_owner = true };
}

static void assert_same_event(const struct event *a, const struct event *b)
{
    assert_true(a->heap == b->heap);
    assert_true(a->address == b->address);
    assert_true(a->size == b->size);
    assert_true(a->free_bytes == b->free_bytes);
    assert_true(a->committed_bytes == b->committed_bytes);
    assert_true(a->reserved_bytes == b->reserved_bytes);
    assert_true(a->large_uncommitted_bytes == b->large_uncommitted_bytes);
    assert_int_equal(a->source, b->source);
    assert_int_equal(a->thread, b->thread);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->has, b->has);
}

/* Decodes a heap copy of exactly `size` bytes, into an event full of rubbish. */
static enum heap_found decode(const struct payload_case *c, size_t pointer_bytes,
                              const uint8_t *payload, size_t size, struct event *event,
                              uint32_t *pid, bool *is_known)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, payload, size);
    memset(event, 0xee, sizeof *event);
    struct event_header header = header_over(c, pointer_bytes, copy, size);
    enum heap_found found = heap_event_decode(&header, event, pid, is_known);
    free(copy);
    return found;
}

static void decodes_every_field_and_takes_a_longer_payload(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        for (size_t pointer_bytes = 4; pointer_bytes <= 8; pointer_bytes += 4) {
            uint8_t payload[PAYLOAD_MAX] = { 0 };
            struct event expected;
            struct event event;
            uint32_t pid;
            bool is_known;
            size_t size = make_payload(&cases[i], pointer_bytes, payload, &expected);
            print_message("%s, %zu\n", cases[i].name, pointer_bytes);
            for (size_t more = 0; more <= 9; more++) {
                assert_int_equal(
                    decode(&cases[i], pointer_bytes, payload, size + more, &event, &pid, &is_known),
                    HEAP_DECODED);
                assert_same_event(&event, &expected);
                assert_int_equal(pid, HEADER_PID);
                assert_true(is_known);
            }
        }
    }
}

static void refuses_every_shorter_payload(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        for (size_t pointer_bytes = 4; pointer_bytes <= 8; pointer_bytes += 4) {
            uint8_t payload[PAYLOAD_MAX];
            struct event event;
            uint32_t pid;
            bool is_known;
            size_t whole = make_payload(&cases[i], pointer_bytes, payload, &event);
            for (size_t size = 0; size < whole; size++)
                assert_int_equal(
                    decode(&cases[i], pointer_bytes, payload, size, &event, &pid, &is_known),
                    HEAP_TOO_SHORT);
        }
    }
}

static void reads_an_unknown_version_by_the_newest_layout_that_fits(void **state)
{
    (void)state;
    static const struct {
        uint8_t version;
        size_t size;
        enum heap_found found;
        uint8_t has;
    } versions[] = {
        { 4, 64, HEAP_DECODED, HAS_LARGE }, { 4, 63, HEAP_DECODED, HAS_LARGE },
        { 4, 56, HEAP_DECODED, HAS_LARGE }, { 1, 55, HEAP_DECODED, HAS_SPACE },
        { 1, 36, HEAP_DECODED, HAS_SPACE }, { 1, 35, HEAP_TOO_SHORT, 0 },
        { 255, 0, HEAP_TOO_SHORT, 0 },
    };
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        struct payload_case snapshot = { .group = GROUP_HEAP,
                                         .opcode = 38,
                                         .version = versions[i].version };
        uint8_t payload[PAYLOAD_MAX] = { 0 };
        struct event event;
        uint32_t pid;
        bool is_known;
        assert_int_equal(decode(&snapshot, 8, payload, versions[i].size, &event, &pid, &is_known),
                         versions[i].found);
        assert_false(is_known);
        if (versions[i].found == HEAP_DECODED)
            assert_int_equal(event.has, versions[i].has);
    }
}

static void adds_up_the_ranges_of_a_rundown(void **state)
{
    (void)state;
    const struct payload_case rundown = { .group = GROUP_PAGE_FAULT, .opcode = 0x64, .version = 2 };
    for (size_t pointer_bytes = 4; pointer_bytes <= 8; pointer_bytes += 4) {
        uint8_t payload[PAYLOAD_MAX];
        size_t whole = 0;
        struct event event;
        uint32_t pid;
        bool is_known;
        append(payload, &whole, 0x1000, pointer_bytes);
        append(payload, &whole, 0x55, 4); /* Flags */
        append(payload, &whole, 99, 4);   /* Pid */
        append(payload, &whole, 2, 4);    /* RangeCount */
        append(payload, &whole, 0, 4);
        append(payload, &whole, 0x10000, pointer_bytes);
        append(payload, &whole, 0x3000, pointer_bytes);
        append(payload, &whole, 0x20000, pointer_bytes);
        append(payload, &whole, 0x4000, pointer_bytes);
        assert_int_equal(decode(&rundown, pointer_bytes, payload, whole, &event, &pid, &is_known),
                         HEAP_DECODED);
        assert_int_equal(event.kind, EVENT_range_rundown);
        assert_int_equal(event.heap, 0x1000);
        assert_int_equal(event.flags, 0x55);
        assert_int_equal(event.size, 0x7000);
        assert_int_equal(pid, 99);
        for (size_t size = 0; size < whole; size++)
            assert_int_equal(
                decode(&rundown, pointer_bytes, payload, size, &event, &pid, &is_known),
                HEAP_TOO_SHORT);
    }
}

static void refuses_more_ranges_than_there_are(void **state)
{
    (void)state;
    const struct payload_case rundown = { .group = GROUP_PAGE_FAULT, .opcode = 0x64, .version = 2 };
    static const uint32_t counts[] = { 3, 0x10000000, 0x80000000, UINT32_MAX };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint8_t payload[24 + 2 * 16] = { 0 };
        size_t at = 16;
        struct event event;
        uint32_t pid;
        bool is_known;
        append(payload, &at, counts[i], 4);
        assert_int_equal(decode(&rundown, 8, payload, sizeof payload, &event, &pid, &is_known),
                         HEAP_TOO_SHORT);
    }
}

static void an_event_without_an_owner_is_no_use_unless_it_names_one(void **state)
{
    (void)state;
    static const uint8_t payload[32] = { 0 };
    struct event event;
    uint32_t pid;
    bool is_known;
    struct event_header header = { .payload = payload,
                                   .payload_bytes = sizeof payload,
                                   .group = GROUP_HEAP,
                                   .opcode = 33,
                                   .version = 2,
                                   .pointer_bytes = 8 };
    assert_int_equal(heap_event_decode(&header, &event, &pid, &is_known), HEAP_TOO_SHORT);
    header.group = GROUP_PAGE_FAULT;
    header.opcode = 0x64;
    assert_int_equal(heap_event_decode(&header, &event, &pid, &is_known), HEAP_DECODED);
}

static void leaves_other_providers_alone(void **state)
{
    (void)state;
    struct event event;
    uint32_t pid;
    bool is_known;
    for (uint16_t group = 0; group <= GROUP_NONE; group++) {
        for (uint16_t opcode = 0; opcode <= UINT8_MAX; opcode++) {
            struct event_header header = { .group = group,
                                           .opcode = (uint8_t)opcode,
                                           .pointer_bytes = 8 };
            bool is_range = group == GROUP_PAGE_FAULT && opcode >= 0x64 && opcode <= 0x68;
            enum heap_found found = heap_event_decode(&header, &event, &pid, &is_known);
            assert_int_equal(found != HEAP_NOT, group == GROUP_HEAP || is_range);
        }
    }
}

static void counts_heap_events_that_nobody_describes(void **state)
{
    (void)state;
    static const uint8_t opcodes[] = { 0, 31, 39, 40, 41, 59, 255 };
    for (size_t i = 0; i < sizeof opcodes; i++) {
        struct payload_case c = { .group = GROUP_HEAP, .opcode = opcodes[i], .version = 9 };
        struct event event;
        uint32_t pid;
        bool is_known;
        assert_int_equal(decode(&c, 8, (const uint8_t *)"", 0, &event, &pid, &is_known),
                         HEAP_DECODED);
        assert_int_equal(event.kind, EVENT_other);
        assert_int_equal(event.has, 0);
        assert_true(event.heap == 0);
        assert_true(is_known);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_every_field_and_takes_a_longer_payload),
        cmocka_unit_test(refuses_every_shorter_payload),
        cmocka_unit_test(reads_an_unknown_version_by_the_newest_layout_that_fits),
        cmocka_unit_test(adds_up_the_ranges_of_a_rundown),
        cmocka_unit_test(refuses_more_ranges_than_there_are),
        cmocka_unit_test(an_event_without_an_owner_is_no_use_unless_it_names_one),
        cmocka_unit_test(leaves_other_providers_alone),
        cmocka_unit_test(counts_heap_events_that_nobody_describes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
