/* Tests of decoder/event_forms.h: a form tells what reading header and payload one by one tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder/event_forms.h"
#include "decoder/process_event.h"
#include "decoder/stack_event.h"
#include "tests/decoded.h"
#include "tests/etl_builder.h"

#include <stdlib.h>
#include <string.h>

enum { EVENT_MAX = 256, FLAG_ONE_COUNTER = 1 };

static const uint8_t group_kinds[] = { HEADER_SYSTEM32,  HEADER_SYSTEM64,   HEADER_COMPACT32,
                                       HEADER_COMPACT64, HEADER_PERFINFO32, HEADER_PERFINFO64 };
enum { GROUP_KINDS = sizeof group_kinds };

/* What makes up the look of an event. */
struct look_case {
    uint8_t kind, group, opcode, version, flags;
};

/* An event of `size` bytes on the heap; bytes that the look does not tell differ by `seed`. */
static uint8_t *make_event(const struct look_case *c, size_t size, unsigned seed)
{
    uint8_t *event = malloc(size);
    assert_non_null(event);
    for (size_t i = 0; i < size; i++)
        event[i] = (uint8_t)(i * 37 + seed * 101 + 1);
    event[0] = c->version;
    event[1] = c->flags;
    event[2] = c->kind;
    event[3] = 0xc0;
    event[4] = (uint8_t)size;
    event[5] = (uint8_t)(size >> 8);
    event[6] = c->opcode;
    event[7] = c->group;
    return event;
}

static struct event_forms *new_forms(void)
{
    struct event_forms *forms = malloc(sizeof *forms);
    assert_non_null(forms);
    event_forms_init(forms);
    return forms;
}

/* Such an event with other bytes behind it, EVENT_MAX in all. */
static uint8_t *make_room(const struct look_case *c, size_t size, unsigned seed)
{
    uint8_t *event = make_event(c, size, seed);
    uint8_t *room = malloc(EVENT_MAX);
    assert_non_null(room);
    memset(room, 0xdd, EVENT_MAX);
    memcpy(room, event, size);
    free(event);
    return room;
}

/* Learns from such an event of `size` bytes. False: there is no form for it after that either. */
static bool learn(struct event_forms *forms, const struct look_case *c, size_t size,
                  struct formed *formed)
{
    uint8_t *event = make_room(c, size, 1);
    struct event_header header;
    assert_int_equal(event_header_read(event, size, &header), EVENT_FOUND);
    event_forms_learn(forms, &header);
    bool is_found = event_forms_find(forms, event, EVENT_MAX, 0, formed);
    free(event);
    return is_found;
}

static void check_same_event(const struct heap_form *form, const uint8_t *start,
                             const struct event_header *header)
{
    struct event expected, got;
    uint32_t pid;
    bool is_known;
    memset(&expected, 0, sizeof expected);
    memset(&got, 0xee, sizeof got);
    assert_int_equal(heap_event_decode(header, &expected, &pid, &is_known), HEAP_DECODED);
    assert_true(is_known);
    assert_int_equal(load_u32(start + HEADER_PID_AT), pid);
    assert_int_equal(load_u32(start + HEADER_TID_AT), expected.thread);
    heap_form_read(form, start, &got);
    assert_true(got.heap == expected.heap && got.address == expected.address &&
                got.size == expected.size && got.free_bytes == expected.free_bytes &&
                got.committed_bytes == expected.committed_bytes &&
                got.reserved_bytes == expected.reserved_bytes &&
                got.large_uncommitted_bytes == expected.large_uncommitted_bytes &&
                got.source == expected.source);
    assert_int_equal(got.kind, expected.kind);
    assert_int_equal(got.has, expected.has);
}

/* In memory of exactly so many bytes: a form never looks behind it. */
static bool finds_in(const struct event_forms *forms, const uint8_t *event, size_t size,
                     struct formed *formed)
{
    uint8_t *memory = malloc(size > 0 ? size : 1);
    assert_non_null(memory);
    memcpy(memory, event, size);
    bool is_found = event_forms_find(forms, memory, size, 0, formed);
    if (is_found && formed->heap) {
        struct event out;
        heap_form_read(formed->heap, memory, &out);
    }
    free(memory);
    return is_found;
}

/* Another event of the form. */
static void check_form(const struct event_forms *forms, const struct look_case *c, size_t size,
                       const struct heap_form *form)
{
    size_t reach = form ? form->reach : size;
    uint8_t *event = make_room(c, size, (unsigned)size);
    struct event_header header;
    struct formed formed;
    assert_true(reach >= size);
    assert_int_equal(event_header_read(event, size, &header), EVENT_FOUND);
    assert_int_equal(event_meaning(&header), form ? MEANING_HEAP : MEANING_FOREIGN);
    assert_true(finds_in(forms, event, reach, &formed));
    assert_ptr_equal(formed.heap, form);
    assert_true(formed.ticks == header.ticks);
    for (size_t less = 0; less < reach; less++)
        assert_false(finds_in(forms, event, less, &formed));
    if (form)
        check_same_event(form, event, &header);
    free(event);
}

/* How many heap events have a form, of all of a group but some versions. */
static size_t check_group(uint8_t group)
{
    enum { MORE = 7 };
    struct event_forms *forms = new_forms();
    size_t heap_forms = 0;
    for (unsigned at = 0; at < GROUP_KINDS * 256u * 6; at++) {
        static const uint8_t versions[] = { 0, 1, 2, 3, 4, 255 };
        const struct look_case c = { .kind = group_kinds[at % GROUP_KINDS],
                                     .group = group,
                                     .opcode = (uint8_t)(at / GROUP_KINDS % 256),
                                     .version = versions[at / GROUP_KINDS / 256],
                                     .flags = at % 5 == 0 ? FLAG_ONE_COUNTER : 0 };
        size_t size = header_shapes[c.kind].header_bytes;
        struct formed formed;
        while (size < EVENT_MAX && !learn(forms, &c, size, &formed))
            size++;
        if (size == EVENT_MAX)
            continue;
        heap_forms += formed.heap != NULL;
        check_form(forms, &c, size, formed.heap);
        assert_true(learn(forms, &c, size + MORE, &formed));
        check_form(forms, &c, size + MORE, formed.heap);
    }
    free(forms);
    return heap_forms;
}

static void tells_what_reading_one_by_one_tells(void **state)
{
    (void)state;
    /* Of 4 kinds that have an owner. Create has versions 0 to 2, 19 others have version 2. */
    assert_int_equal(check_group(GROUP_HEAP), 4 * (3 + 19));
    assert_int_equal(check_group(GROUP_PAGE_FAULT), 4 * 5 * 4);
    assert_int_equal(check_group(GROUP_PROCESS), 0);
    assert_int_equal(check_group(0x0f), 0);
}

static void has_no_form_for_what_is_read_one_by_one(void **state)
{
    (void)state;
    static const struct look_case cases[] = {
        { HEADER_SYSTEM64, GROUP_PROCESS, PROCESS_START, 3, 0 },
        { HEADER_PERFINFO64, GROUP_STACK_WALK, STACK_WALK, 2, 0 },
        { HEADER_SYSTEM64, GROUP_IMAGE, 10, 2, 0 },
        { HEADER_SYSTEM64, GROUP_HEAP, 33, 3, 0 },         /* an unknown version */
        { HEADER_PERFINFO64, GROUP_HEAP, 33, 2, 0 },       /* nobody owns it */
        { HEADER_SYSTEM64, GROUP_HEAP, 39, 2, 0 },         /* undescribed */
        { HEADER_SYSTEM64, GROUP_HEAP, 55, 2, 0 },         /* names no heap */
        { HEADER_SYSTEM64, GROUP_PAGE_FAULT, 0x64, 2, 0 }, /* names its owner */
    };
    struct event_forms *forms = new_forms();
    struct formed formed;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_false(learn(forms, &cases[i], EVENT_MAX, &formed));
    free(forms);
}

static void an_event_too_short_for_its_kind_teaches_nothing(void **state)
{
    (void)state;
    const struct look_case alloc = { HEADER_SYSTEM64, GROUP_HEAP, 33, 2, 0 };
    struct event_forms *forms = new_forms();
    struct formed formed;
    for (size_t size = 0x20; size < 0x20 + 28; size++)
        assert_false(learn(forms, &alloc, size, &formed));
    assert_true(learn(forms, &alloc, 0x20 + 28, &formed));
    free(forms);
}

/* Such as damage: they are that of an empty place. */
static void zeros_have_no_form(void **state)
{
    (void)state;
    static const uint8_t zeros[EVENT_MAX];
    struct event_forms *forms = new_forms();
    struct formed formed;
    assert_false(event_forms_find(forms, zeros, sizeof zeros, 0, &formed));
    free(forms);
}

/* Or they would push each other out, event after event. */
static void the_events_that_a_heap_trace_is_made_of_have_places_of_their_own(void **state)
{
    (void)state;
    static const struct {
        uint8_t opcode, bytes[2];
    } kinds[] = { { 33, { 16, 28 } }, { 34, { 24, 44 } }, { 36, { 12, 20 } } };
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    for (size_t k = 0; k < 4; k++) {
        struct event_forms *forms = new_forms();
        const struct heap_form *places[KINDS];
        for (size_t i = 0; i < KINDS; i++) {
            const struct header_shape *shape = &header_shapes[group_kinds[k]];
            const struct look_case c = {
                .kind = group_kinds[k], .group = GROUP_HEAP, .opcode = kinds[i].opcode, .version = 2
            };
            struct formed formed;
            size_t size = shape->header_bytes + (size_t)kinds[i].bytes[shape->pointer_bytes == 8];
            assert_true(learn(forms, &c, size, &formed));
            places[i] = formed.heap;
            for (size_t before = 0; before < i; before++)
                assert_ptr_not_equal(places[before], places[i]);
        }
        free(forms);
    }
}

/* A heap event whose form takes the place of that of an ALLOC. */
static struct etl_event rival_of_alloc(void)
{
    enum { ALLOC_BYTES = 0x20 + 28 };
    const struct look_case alloc = { HEADER_SYSTEM64, GROUP_HEAP, 33, 2, 0 };
    struct look_case rival = { HEADER_SYSTEM64, GROUP_HEAP, 36, 2, 0 };
    struct event_forms *forms = new_forms();
    struct formed place, formed;
    size_t size = ALLOC_BYTES;
    assert_true(learn(forms, &alloc, ALLOC_BYTES, &place));
    do {
        assert_true(++size < UINT8_MAX);
        assert_true(learn(forms, &rival, size, &formed));
    } while (formed.heap != place.heap);
    free(forms);
    static const uint8_t zeros[UINT8_MAX];
    return (struct etl_event){ .header = rival.kind,
                               .group = rival.group,
                               .opcode = rival.opcode,
                               .version = rival.version,
                               .cpu = 1,
                               .pid = 100,
                               .payload = zeros,
                               .payload_size = size - 0x20 };
}

/* An event waits for its turn, and meanwhile another CPU's takes the place of its form. */
static void an_event_keeps_its_meaning_while_other_cpus_are_read(void **state)
{
    (void)state;
    enum { ROUNDS = 40, RUN = 3 };
    struct etl *etl = etl_builder_new(NULL);
    struct etl_event rival = rival_of_alloc();
    for (uint64_t i = 0; i < ROUNDS * RUN; i++) {
        uint64_t time_ns = (2 * (i / RUN) * RUN + i % RUN + 1) * US;
        rival.ticks = etl_ticks(etl, time_ns + RUN * US);
        etl_put(etl, &rival);
        etl_as(etl, 0, 100, 1);
        etl_alloc(etl, time_ns, 0x10000, 0x20000 + i, 1 + i, ETL_MAINPATH);
    }
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    struct decoded decoded = decode(trace, size);
    decoded_expect_clean(&decoded);
    assert_int_equal(decoded.count, 2 * ROUNDS * RUN);
    uint64_t allocs = 0;
    for (size_t i = 0; i < decoded.count; i++) {
        const struct event *event = &decoded.events[i];
        assert_int_equal(event->kind, event->cpu == 0 ? EVENT_alloc : EVENT_free);
        if (event->cpu == 0) {
            assert_true(event->address == 0x20000 + allocs && event->size == 1 + allocs);
            allocs++;
        }
    }
    decoded_release(&decoded);
    free(trace);
    etl_builder_free(etl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_reading_one_by_one_tells),
        cmocka_unit_test(has_no_form_for_what_is_read_one_by_one),
        cmocka_unit_test(an_event_too_short_for_its_kind_teaches_nothing),
        cmocka_unit_test(zeros_have_no_form),
        cmocka_unit_test(the_events_that_a_heap_trace_is_made_of_have_places_of_their_own),
        cmocka_unit_test(an_event_keeps_its_meaning_while_other_cpus_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
