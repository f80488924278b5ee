/* Tests of decoder/event_header.h: every kind of header, and headers that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder/event_header.h"

#include <stdlib.h>
#include <string.h>

enum { EVENT_BYTES = 0x80, PID = 1234, TID = 5678, TICKS = 0x12345678 };

static const uint8_t heap_guid[GUID_BYTES] = { 0xab, 0x62, 0x29, 0x22, 0x80, 0x61, 0x88, 0x4b,
                                               0xa8, 0x25, 0x34, 0x6b, 0x75, 0xf2, 0xa2, 0x4a };

struct header_case {
    const char *name;
    uint8_t kind;
    uint8_t header_bytes;
    uint8_t size_at, ticks_at, opcode_at, version_at;
    uint8_t pointer_bytes;
    bool has_owner;
    bool has_guid;
};

static const struct header_case cases[] = {
    { "SYSTEM32", HEADER_SYSTEM32, 0x20, 4, 0x10, 6, 0, 4, true, false },
    { "SYSTEM64", HEADER_SYSTEM64, 0x20, 4, 0x10, 6, 0, 8, true, false },
    { "COMPACT32", HEADER_COMPACT32, 0x18, 4, 0x10, 6, 0, 4, true, false },
    { "COMPACT64", HEADER_COMPACT64, 0x18, 4, 0x10, 6, 0, 8, true, false },
    { "PERFINFO32", HEADER_PERFINFO32, 0x10, 4, 0x08, 6, 0, 4, false, false },
    { "PERFINFO64", HEADER_PERFINFO64, 0x10, 4, 0x08, 6, 0, 8, false, false },
    { "FULL32", HEADER_FULL32, 0x30, 0, 0x10, 4, 6, 4, true, true },
    { "FULL64", HEADER_FULL64, 0x30, 0, 0x10, 4, 6, 8, true, true },
    { "INSTANCE32", HEADER_INSTANCE32, 0x48, 0, 0x10, 4, 6, 4, true, true },
    { "INSTANCE64", HEADER_INSTANCE64, 0x48, 0, 0x10, 4, 6, 8, true, true },
    { "EVENT32", HEADER_EVENT32, 0x50, 0, 0x10, 0x2d, 0x2a, 4, true, true },
    { "EVENT64", HEADER_EVENT64, 0x50, 0, 0x10, 0x2d, 0x2a, 8, true, true },
};

enum { CASES = sizeof cases / sizeof cases[0] };

static void put(uint8_t *at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* An allocation of EVENT_BYTES with an event of that size: a heap alloc of version 2. */
static uint8_t *make_event(const struct header_case *c)
{
    uint8_t *event = calloc(1, EVENT_BYTES);
    assert_non_null(event);
    if (!c->has_guid)
        event[7] = GROUP_HEAP;
    else
        memcpy(event + 0x18, heap_guid, GUID_BYTES);
    if (c->has_owner) {
        put(event + 8, TID, 4);
        put(event + 12, PID, 4);
    }
    put(event + c->ticks_at, TICKS, 8);
    event[c->opcode_at] = 33;
    event[c->version_at] = 2;
    event[2] = c->kind;
    event[3] = 0xc0;
    put(event + c->size_at, EVENT_BYTES, 2);
    return event;
}

static void reads_every_kind_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        const struct header_case *c = &cases[i];
        struct event_header header;
        uint8_t *event = make_event(c);
        print_message("%s\n", c->name);
        assert_int_equal(event_header_read(event, EVENT_BYTES, &header), EVENT_FOUND);
        assert_string_equal(header_kind_names[header.kind], c->name);
        assert_ptr_equal(header.start, event);
        assert_int_equal(header.size, EVENT_BYTES);
        assert_int_equal(header.group, GROUP_HEAP);
        assert_int_equal(header.opcode, 33);
        assert_int_equal(header.version, 2);
        assert_int_equal(header.pointer_bytes, c->pointer_bytes);
        assert_true(header.has_ticks);
        assert_int_equal(header.ticks, TICKS);
        assert_int_equal(header.has_owner, c->has_owner);
        assert_int_equal(header.pid, c->has_owner ? PID : 0);
        assert_int_equal(header.tid, c->has_owner ? TID : 0);
        assert_ptr_equal(header.payload, event + c->header_bytes);
        assert_int_equal(header.payload_bytes, EVENT_BYTES - c->header_bytes);
        assert_ptr_equal(header.guid, c->has_guid ? event + 0x18 : NULL);
        free(event);
    }
}

static void refuses_an_event_that_leaves_the_buffer(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        uint8_t *whole = make_event(&cases[i]);
        for (size_t left = 0; left < EVENT_BYTES; left++) {
            struct event_header header;
            uint8_t *event = malloc(left > 0 ? left : 1);
            assert_non_null(event);
            memcpy(event, whole, left);
            assert_int_equal(event_header_read(event, left, &header), EVENT_BAD);
            free(event);
        }
        free(whole);
    }
}

static void refuses_an_event_smaller_than_its_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        uint8_t *event = make_event(&cases[i]);
        for (uint16_t size = 0; size <= cases[i].header_bytes; size++) {
            struct event_header header;
            put(event + cases[i].size_at, size, 2);
            assert_int_equal(event_header_read(event, EVENT_BYTES, &header),
                             size < cases[i].header_bytes ? EVENT_BAD : EVENT_FOUND);
        }
        free(event);
    }
}

static void tells_filler_from_markers_it_does_not_know(void **state)
{
    (void)state;
    static const struct {
        uint32_t marker;
        enum event_found found;
    } markers[] = {
        { 0xffffffff, EVENT_FILLER }, { 0x00000000, EVENT_BAD },   { 0xc0000002, EVENT_BAD },
        { 0xc00c0040, EVENT_BAD },    { 0xc00e0040, EVENT_BAD },   { 0xc00f0040, EVENT_BAD },
        { 0xc0160040, EVENT_BAD },    { 0xc0ff0040, EVENT_BAD },   { 0xb0120040, EVENT_BAD },
        { 0xfffffffe, EVENT_BAD },    { 0xc00d0040, EVENT_FOUND },
    };
    for (size_t i = 0; i < sizeof markers / sizeof markers[0]; i++) {
        struct event_header header;
        uint8_t event[EVENT_BYTES] = { 0 };
        put(event, markers[i].marker, 4);
        assert_int_equal(event_header_read(event, sizeof event, &header), markers[i].found);
    }
}

static void steps_over_counters_before_the_payload(void **state)
{
    (void)state;
    static const struct {
        uint8_t flags;
        size_t bytes;
    } counters[] = { { 0x00, 0 }, { 0x80, 8 }, { 0x03, 24 }, { 0x87, 64 }, { 0x78, 0 } };
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        struct event_header header;
        uint8_t *event = make_event(&cases[1]);
        event[1] = counters[i].flags;
        assert_int_equal(event_header_read(event, EVENT_BYTES, &header), EVENT_FOUND);
        assert_ptr_equal(header.payload, event + 0x20 + counters[i].bytes);
        assert_int_equal(header.payload_bytes, EVENT_BYTES - 0x20 - counters[i].bytes);
        /* More counters than the event has bytes leave no payload. */
        put(event + 4, 0x20, 2);
        assert_int_equal(event_header_read(event, EVENT_BYTES, &header), EVENT_FOUND);
        assert_int_equal(header.payload_bytes, 0);
        free(event);
    }
}

static void steps_over_extended_items(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t first_bytes;
        uint16_t first_more;
        uint16_t second_bytes;
        uint16_t second_more;
        size_t payload_at;
    } chains[] = {
        { "one item", 16, 0, 0, 0, 0x60 },
        { "one item, its size not rounded", 12, 0, 0, 0, 0x60 },
        { "two items", 16, 1, 24, 0, 0x78 },
        { "other bits of the linkage", 16, 2, 0, 0, 0x60 },
        { "an item without a size", 0, 0, 0, 0, EVENT_BYTES },
        { "a second item without a size", 16, 1, 0, 1, EVENT_BYTES },
        { "an item that leaves the event", 0xffff, 0, 0, 0, EVENT_BYTES },
        { "a chain that does not end", 16, 1, 16, 1, EVENT_BYTES },
    };
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        struct event_header header;
        uint8_t *event = make_event(&cases[CASES - 1]);
        print_message("%s\n", chains[i].name);
        event[4] = 1; /* EXTENDED_INFO */
        put(event + 0x50, chains[i].first_bytes, 2);
        put(event + 0x54, chains[i].first_more, 2);
        put(event + 0x60, chains[i].second_bytes, 2);
        put(event + 0x64, chains[i].second_more, 2);
        assert_int_equal(event_header_read(event, EVENT_BYTES, &header), EVENT_FOUND);
        assert_int_equal(header.payload_bytes, EVENT_BYTES - chains[i].payload_at);
        assert_ptr_equal(header.payload, event + chains[i].payload_at);
        free(event);
    }
}

static void reads_the_options_of_a_message(void **state)
{
    (void)state;
    static const struct {
        uint16_t options;
        size_t ticks_at; /* 0: none */
        size_t owner_at;
        size_t header_bytes;
    } messages[] = {
        { 0x00, 0, 0, 8 },    { 0x01, 0, 0, 12 },   { 0x02, 0, 0, 24 }, { 0x04, 0, 0, 12 },
        { 0x06, 0, 0, 12 },   { 0x08, 8, 0, 16 },   { 0x20, 0, 8, 16 }, { 0x28, 8, 16, 24 },
        { 0x2b, 28, 36, 44 }, { 0x2d, 16, 24, 32 },
    };
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        for (size_t size = 0; size <= messages[i].header_bytes; size++) {
            struct event_header header;
            uint8_t whole[64] = { 0 };
            uint8_t *event = malloc(size > 0 ? size : 1);
            assert_non_null(event);
            put(whole, messages[i].header_bytes, 2);
            whole[3] = 0x90;
            put(whole + 6, messages[i].options, 2);
            if (messages[i].ticks_at)
                put(whole + messages[i].ticks_at, TICKS, 8);
            if (messages[i].owner_at) {
                put(whole + messages[i].owner_at, TID, 4);
                put(whole + messages[i].owner_at + 4, PID, 4);
            }
            memcpy(event, whole, size);
            enum event_found found = event_header_read(event, size, &header);
            assert_int_equal(found, size < messages[i].header_bytes ? EVENT_BAD : EVENT_FOUND);
            if (found == EVENT_FOUND) {
                assert_int_equal(header.kind, HEADER_MESSAGE);
                assert_int_equal(header.group, GROUP_NONE);
                assert_int_equal(header.has_ticks, messages[i].ticks_at != 0);
                assert_int_equal(header.ticks, messages[i].ticks_at ? TICKS : 0);
                assert_int_equal(header.has_owner, messages[i].owner_at != 0);
                assert_int_equal(header.pid, messages[i].owner_at ? PID : 0);
                assert_int_equal(header.payload_bytes, 0);
            }
            free(event);
        }
    }
}

static void a_foreign_guid_is_no_group(void **state)
{
    (void)state;
    struct event_header header;
    uint8_t *event = make_event(&cases[CASES - 1]);
    for (size_t i = 0; i < GUID_BYTES; i++) {
        event[0x18 + i] ^= 1;
        assert_int_equal(event_header_read(event, EVENT_BYTES, &header), EVENT_FOUND);
        assert_int_equal(header.group, GROUP_NONE);
        event[0x18 + i] ^= 1;
    }
    free(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind_alike),
        cmocka_unit_test(refuses_an_event_that_leaves_the_buffer),
        cmocka_unit_test(refuses_an_event_smaller_than_its_header),
        cmocka_unit_test(tells_filler_from_markers_it_does_not_know),
        cmocka_unit_test(steps_over_counters_before_the_payload),
        cmocka_unit_test(steps_over_extended_items),
        cmocka_unit_test(reads_the_options_of_a_message),
        cmocka_unit_test(a_foreign_guid_is_no_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
